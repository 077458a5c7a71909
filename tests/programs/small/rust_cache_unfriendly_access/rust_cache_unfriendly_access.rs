fn column_means(grid: &Vec<Vec<f64>>) -> Vec<f64> {
    let rows = grid.len();
    let cols = grid[0].len();
    let mut out = vec![0.0; cols];
    for c in 0..cols {
        let mut sum = 0.0;
        for r in 0..rows {
            sum += grid[r][c];
        }
        out[c] = sum / rows as f64;
    }
    out
}
fn main() {
    let grid: Vec<Vec<f64>> = (0..3000).map(|r| (0..3000).map(|c| (r * c % 97) as f64).collect()).collect();
    let mut t = 0.0;
    for _ in 0..12 { t += column_means(&grid)[7]; }
    println!("{}", t);
}
