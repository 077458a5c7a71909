fn shade(i: u64) -> u64 { (0..200).fold(i, |a, k| a.wrapping_mul(31).wrapping_add(k)) }
fn render_all(n: u64) -> u64 {
    let mut sum = 0u64;
    let mut hs = Vec::new();
    for i in 0..n { hs.push(std::thread::spawn(move || shade(i))); }
    for h in hs { sum = sum.wrapping_add(h.join().unwrap()); }
    sum
}
fn main() { let mut t = 0u64; for r in 0..200 { t = t.wrapping_add(render_all(200 + r % 2)); } println!("{}", t); }
