// turnstile: counts visitors of a stadium at many gates
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::thread;

#[derive(Default)]
struct Stadium {
    by_block: HashMap<u32, u64>,
    total: u64,
}

fn enter(stadium: &Mutex<Stadium>, block: u32) {
    let mut s = stadium.lock().unwrap();
    *s.by_block.entry(block).or_insert(0) += 1;
    s.total += 1;
}

fn gate(stadium: Arc<Mutex<Stadium>>, visitors: u32, mut seed: u32) {
    for _ in 0..visitors {
        seed = seed.wrapping_mul(747796405).wrapping_add(2891336453);
        enter(&stadium, (seed >> 20) % 64);
    }
}

fn main() {
    let scale: f64 = std::env::var("SCALE").ok().and_then(|s| s.parse().ok()).unwrap_or(1.0);
    let visitors = (2_500_000.0 * scale) as u32;
    let stadium = Arc::new(Mutex::new(Stadium::default()));
    let gates: Vec<_> = (0..6)
        .map(|g| {
            let s = Arc::clone(&stadium);
            thread::spawn(move || gate(s, visitors, g + 1))
        })
        .collect();
    for g in gates {
        g.join().unwrap();
    }
    let s = stadium.lock().unwrap();
    println!("visitors {} blocks {}", s.total, s.by_block.len());
}
