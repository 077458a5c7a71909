fn samples(n: usize) -> Vec<Box<f64>> {
    let mut v = Vec::new();
    for i in 0..n {
        v.push(Box::new((i % 97) as f64));
    }
    v
}
fn mean(n: usize) -> f64 {
    let v = samples(n);
    let mut s = 0.0;
    for x in v.iter() { s += **x; }
    s / n as f64
}
fn main() { let mut t = 0.0; for k in 0..120 { t += mean(300_000 + k); } println!("{}", t); }
