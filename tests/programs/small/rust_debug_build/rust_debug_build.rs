struct Image { w: usize, h: usize, px: Vec<f32> }
impl Image { fn at(&self, x: usize, y: usize) -> f32 { self.px[y * self.w + x] } }
fn blur(a: &Image) -> Image {
    let mut px = vec![0.0; a.w * a.h];
    for y in 1..a.h - 1 { for x in 1..a.w - 1 {
        px[y * a.w + x] = (a.at(x - 1, y) + a.at(x + 1, y) + a.at(x, y - 1) + a.at(x, y + 1) + a.at(x, y)) / 5.0;
    } }
    Image { w: a.w, h: a.h, px }
}
fn main() {
    let mut im = Image { w: 500, h: 500, px: (0..250000).map(|i| (i % 255) as f32).collect() };
    for _ in 0..40 { im = blur(&im); }
    println!("{}", im.at(40, 40));
}
