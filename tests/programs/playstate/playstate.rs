// playstate: a board game server that tells every client about every move
use std::fmt::Write;

#[derive(Debug, Clone, Copy)]
struct Unit {
    kind: u8,
    x: i16,
    y: i16,
    health: f32,
}

struct Game {
    turn: u32,
    units: Vec<Unit>,
    clients: Vec<Client>,
}

#[derive(Default)]
struct Client {
    bytes: usize,
    digest: u32,
}

impl Client {
    fn send(&mut self, message: &str) {
        self.bytes += message.len();
        let head = message.as_bytes();
        for k in (0..head.len()).step_by(97) {
            self.digest = self.digest.rotate_left(3) ^ u32::from(head[k]);
        }
    }
}

impl Game {
    fn to_json(&self) -> String {
        let mut s = String::new();
        let _ = write!(s, "{{\"turn\":{},\"units\":[", self.turn);
        for (i, u) in self.units.iter().enumerate() {
            if i > 0 {
                s.push(',');
            }
            let _ = write!(s, "{{\"kind\":{},\"x\":{},\"y\":{},\"health\":{:.2}}}", u.kind, u.x, u.y, u.health);
        }
        s.push_str("]}");
        s
    }

    fn step(&mut self, n: usize) {
        self.turn += 1;
        let len = self.units.len();
        let u = &mut self.units[n % len];
        u.x = (u.x + 3) % 64;
        u.y = (u.y + u.x) % 64;
        u.health = (u.health * 0.97).max(1.0);
    }

    fn broadcast(&mut self) {
        for i in 0..self.clients.len() {
            let state = self.to_json();
            self.clients[i].send(&state);
        }
    }
}

fn main() {
    let scale = std::env::var("SCALE").map_or(1.0, |s| s.parse::<f64>().unwrap_or(1.0));
    let moves = (1400.0 * scale) as usize;
    let units = (0..200).map(|i| Unit { kind: (i % 5) as u8, x: i, y: i * 3 % 64, health: 100.0 - f32::from(i) / 7.0 }).collect();
    let clients = (0..50).map(|_| Client::default()).collect();
    let mut game = Game { turn: 0, units, clients };
    for n in 0..moves {
        game.step(n * 7);
        game.broadcast();
    }
    let bytes: usize = game.clients.iter().map(|c| c.bytes).sum();
    println!("moves {} bytes {} digest {:08x}", moves, bytes, game.clients[49].digest);
}
