use std::fs::File;
use std::io::Read;
struct Reader { f: File }
impl Reader {
    fn next_byte(&mut self) -> Option<u8> {
        let mut b = [0u8; 1];
        match self.f.read(&mut b) { Ok(1) => Some(b[0]), _ => None }
    }
}
fn main() {
    std::fs::write("build/in.bin", vec![7u8; 3_500_000]).unwrap();
    let mut r = Reader { f: File::open("build/in.bin").unwrap() };
    let mut h = 0u32;
    while let Some(b) = r.next_byte() { h = h.wrapping_mul(31) ^ b as u32; }
    std::fs::remove_file("build/in.bin").unwrap();
    println!("{}", h);
}
