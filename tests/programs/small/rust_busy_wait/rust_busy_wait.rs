use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
struct Gate { open: AtomicBool }
impl Gate {
    fn wait_for(&self) {
        while !self.open.load(Ordering::Acquire) {
            std::hint::spin_loop();
        }
    }
}
fn main() {
    let mut n = 0;
    for _ in 0..15 {
        let g = Arc::new(Gate { open: AtomicBool::new(false) });
        let h = g.clone();
        let t = std::thread::spawn(move || { std::thread::sleep(std::time::Duration::from_millis(100)); h.open.store(true, Ordering::Release); });
        g.wait_for();
        t.join().unwrap();
        n += 1;
    }
    println!("{}", n);
}
