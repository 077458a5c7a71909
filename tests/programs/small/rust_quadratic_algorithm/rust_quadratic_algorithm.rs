fn is_palindrome(s: &str) -> bool {
    let n = s.chars().count();
    for i in 0..n / 2 {
        if s.chars().nth(i) != s.chars().nth(n - 1 - i) {
            return false;
        }
    }
    true
}
fn main() {
    let half: String = (0..9000).map(|i| char::from(b'a' + (i % 26) as u8)).collect();
    let s = format!("{}{}", half, half.chars().rev().collect::<String>());
    let mut n = 0;
    for _ in 0..12 { if is_palindrome(&s) { n += 1; } }
    println!("{}", n);
}
