// ticketqueue: a print queue with priorities
struct Job {
    id: u64,
    pages: u32,
    urgent: bool,
}

struct Spooler {
    waiting: Vec<Job>,
    printed: u64,
    digest: u64,
}

impl Spooler {
    fn submit(&mut self, job: Job) {
        if job.urgent {
            let at = self.waiting.iter().take_while(|j| j.urgent).count();
            self.waiting.insert(at, job);
        } else {
            self.waiting.push(job);
        }
    }

    fn print_next(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let job = self.waiting.remove(0);
        self.printed += u64::from(job.pages);
        self.digest = self.digest.wrapping_mul(1099511628211) ^ job.id;
    }
}

fn main() {
    let scale: f64 = std::env::var("SCALE").ok().and_then(|v| v.parse().ok()).unwrap_or(1.0);
    let n = (50_000.0 * scale.sqrt() * 2.0) as u64;
    let mut sp = Spooler { waiting: Vec::new(), printed: 0, digest: 7 };
    let mut r: u64 = 42;
    for id in 0..n {
        r = r.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        sp.submit(Job { id, pages: (r >> 60) as u32, urgent: r >> 54 == 0 });
    }
    while !sp.waiting.is_empty() {
        sp.print_next();
    }
    println!("pages {} digest {:016x}", sp.printed, sp.digest);
}
