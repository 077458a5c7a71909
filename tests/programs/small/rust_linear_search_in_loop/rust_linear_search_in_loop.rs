fn unique_visitors(log: &[u64]) -> Vec<u64> {
    let mut seen: Vec<u64> = Vec::new();
    for v in log {
        if !seen.contains(v) {
            seen.push(*v);
        }
    }
    seen
}
fn main() {
    let mut x: u64 = 1;
    let log: Vec<u64> = (0..260_000).map(|_| { x = x.wrapping_mul(6364136223846793005).wrapping_add(1); (x >> 33) % 30_000 }).collect();
    println!("{}", unique_visitors(&log).len());
}
