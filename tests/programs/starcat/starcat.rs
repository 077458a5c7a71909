// starcat: reads, projects, bins and packs a star catalogue; healthy: no single bottleneck
struct Star { ra: f32, dec: f32, mag: f32 }

#[inline(never)]
fn observe(n: usize, seed: &mut u32, out: &mut Vec<Star>) {
    out.clear();
    for _ in 0..n {
        let mut v = [0f32; 3];
        for x in v.iter_mut() {
            *seed = seed.wrapping_mul(1664525).wrapping_add(1013904223);
            *x = (*seed >> 8) as f32 / 16_777_216.0;
        }
        out.push(Star { ra: v[0] * 6.283, dec: v[1] * 1.5, mag: v[2] * 15.0 });
    }
}

#[inline(never)]
fn project(stars: &[Star], xy: &mut Vec<(f32, f32)>) {
    xy.clear();
    for s in stars {
        let c = 1.0 - s.dec * s.dec / 2.0 + s.dec.powi(4) / 24.0;
        xy.push((s.ra * c, s.dec * (1.0 - s.mag / 1000.0).sqrt()));
    }
}

#[inline(never)]
fn bin(xy: &[(f32, f32)], cells: &mut [u32]) {
    for &(x, y) in xy {
        let i = (x * 40.0) as usize % 256 + ((y * 160.0) as usize % 256) * 256;
        cells[i] += 1;
    }
}

#[inline(never)]
fn pack(stars: &[Star], out: &mut Vec<u8>) {
    out.clear();
    for s in stars {
        out.extend_from_slice(&((s.ra * 10000.0) as u16).to_le_bytes());
        out.extend_from_slice(&((s.dec * 20000.0) as u16).to_le_bytes());
        out.push((s.mag * 16.0) as u8);
    }
}

#[inline(never)]
fn checksum(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1u32, 0u32);
    for &c in bytes {
        a = (a + u32::from(c)) & 0xffff;
        b = (b + a) & 0xffff;
    }
    b << 16 | a
}

fn main() {
    let scale: f64 = std::env::var("SCALE").ok().and_then(|s| s.parse().ok()).unwrap_or(1.0);
    let nights = (3_800.0 * scale) as u32;
    let (mut stars, mut xy, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
    let mut cells = vec![0u32; 65536];
    let (mut seed, mut h) = (3u32, 0u64);
    for _ in 0..nights {
        observe(20_000, &mut seed, &mut stars);
        project(&stars, &mut xy);
        bin(&xy, &mut cells);
        pack(&stars, &mut bytes);
        h = h.wrapping_mul(31).wrapping_add(u64::from(checksum(&bytes)));
    }
    println!("nights {} checksum {:x} cell {}", nights, h, cells[300]);
}
