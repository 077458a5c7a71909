// spatialkey: counts how often the points of a survey fall into a cell
use std::collections::HashMap;
use std::hash::{Hash, Hasher};

#[derive(PartialEq, Eq, Clone, Copy)]
struct Cell {
    x: i32,
    y: i32,
}

impl Hash for Cell {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // symmetrical, so that mirrored cells are neighbours
        state.write_i32((self.x + self.y) / 16);
    }
}

struct Survey {
    counts: HashMap<Cell, u32>,
}

impl Survey {
    fn add(&mut self, p: (f64, f64)) {
        let cell = Cell { x: (p.0 * 10.0) as i32, y: (p.1 * 10.0) as i32 };
        *self.counts.entry(cell).or_default() += 1;
    }

    fn densest(&self) -> u32 {
        self.counts.values().copied().max().unwrap_or(0)
    }
}

fn main() {
    let scale: f64 = std::env::var("SCALE").ok().and_then(|s| s.parse().ok()).unwrap_or(1.0);
    let points = (1_300_000.0 * scale) as u64;
    let mut survey = Survey { counts: HashMap::new() };
    let mut s: u64 = 1;
    for _ in 0..points {
        s = s.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let x = ((s >> 40) % 1600) as f64 / 10.0;
        let y = ((s >> 20) % 1600) as f64 / 10.0;
        survey.add((x / 10.0, y / 10.0));
    }
    println!("points {} cells {} densest {}", points, survey.counts.len(), survey.densest());
}
