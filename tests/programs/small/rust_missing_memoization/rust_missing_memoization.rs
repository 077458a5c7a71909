fn ways(amount: i64, coins: &[i64]) -> u64 {
    if amount == 0 {
        return 1;
    }
    if amount < 0 || coins.is_empty() {
        return 0;
    }
    ways(amount - coins[0], coins) + ways(amount, &coins[1..])
}
fn main() {
    let coins = [1, 2, 5, 10, 20, 50, 100, 200];
    let mut t = 0;
    for a in 0..12 { t += ways(420 + a, &coins[1..]); }
    println!("{}", t);
}
