// primefarm: factor statistics of consecutive numbers
fn factor_count(mut n: u64) -> u32 {
    let mut count = 0;
    let mut d = 2;
    while n > 1 && d <= n {
        while n % d == 0 {
            n /= d;
            count += 1;
        }
        d += 1;
    }
    count
}

fn digit_sum(mut n: u64) -> u64 {
    let mut s = 0;
    while n > 0 {
        s += n % 10;
        n /= 10;
    }
    s
}

fn survey(from: u64, to: u64) -> (u64, u64) {
    let mut a = 0;
    let mut b = 0;
    for n in from..to {
        a = a * 3 % 1_000_007 + u64::from(factor_count(n));
        b += digit_sum(n);
    }
    (a, b)
}

fn main() {
    let scale: f64 = std::env::var("SCALE").ok().and_then(|s| s.parse().ok()).unwrap_or(1.0);
    let to = 10_000 + (96_000.0 * scale) as u64;
    let (a, b) = survey(10_000, to);
    println!("numbers {} a {} b {}", to - 10_000, a, b);
}
