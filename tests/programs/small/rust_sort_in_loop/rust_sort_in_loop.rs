#[derive(Clone, Copy)]
struct Bid { price: u32, qty: u32 }
struct Book { bids: Vec<Bid> }
impl Book {
    fn insert(&mut self, bid: Bid) {
        self.bids.push(bid);
        self.bids.sort_by(|a, b| b.price.cmp(&a.price));
    }
    fn best(&self) -> u32 { self.bids[0].price * self.bids[0].qty % 7 }
}
fn main() {
    let mut b = Book { bids: vec![] };
    let mut x: u32 = 5; let mut t = 0u64;
    for _ in 0..28000 { x = x.wrapping_mul(1664525).wrapping_add(1013904223); b.insert(Bid { price: x >> 12, qty: x & 7 }); t += b.best() as u64; }
    println!("{}", t);
}
