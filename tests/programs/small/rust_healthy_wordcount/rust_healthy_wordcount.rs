use std::collections::HashMap;
fn count(words: &[u32], m: &mut HashMap<u32, u32>) { for w in words { *m.entry(*w).or_insert(0) += 1; } }
fn main() { let mut x: u32 = 1; let w: Vec<u32> = (0..9_000_000).map(|_| { x = x.wrapping_mul(1664525).wrapping_add(1013904223); (x >> 8) % 400_000 }).collect(); let mut m = HashMap::new(); for _ in 0..3 { count(&w, &mut m); } println!("{}", m.len()); }
