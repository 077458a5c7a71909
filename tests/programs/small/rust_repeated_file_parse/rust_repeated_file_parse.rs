use std::collections::HashMap;
fn load_limits(path: &str) -> HashMap<String, u32> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().filter_map(|l| { let mut p = l.split('='); Some((p.next()?.trim().to_string(), p.next()?.trim().parse().ok()?)) }).collect()
}
fn limit_for(user: &str) -> u32 { load_limits("build/limits.txt").get(user).copied().unwrap_or(5) }
fn main() {
    let t: String = (0..300).map(|i| format!("user{} = {}\n", i, i * 3)).collect();
    std::fs::write("build/limits.txt", t).unwrap();
    let mut s = 0u64;
    for i in 0..30_000 { s += limit_for(&format!("user{}", i % 300)) as u64; }
    println!("{}", s);
}
