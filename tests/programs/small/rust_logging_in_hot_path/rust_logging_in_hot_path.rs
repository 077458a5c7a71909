use std::fs::File;
use std::io::Write;
struct Meter { log: File, total: u64 }
impl Meter {
    fn ingest(&mut self, id: u32, v: u64) {
        self.total += v;
        writeln!(self.log, "[debug] meter {} value {} total {}", id, v, self.total).unwrap();
    }
}
fn main() {
    let mut m = Meter { log: File::create("/dev/null").unwrap(), total: 0 };
    for i in 0..900_000u32 { m.ingest(i % 50, (i as u64 * 7) % 1000); }
    println!("{}", m.total);
}
