struct Row { id: u32, name: String }
fn render_table(rows: &[Row]) -> String {
    let mut html = String::from("<table>");
    for r in rows {
        html = format!("{}<tr><td>{}</td><td>{}</td></tr>", html, r.id, r.name);
    }
    html + "</table>"
}
fn main() {
    let rows: Vec<Row> = (0..16000).map(|i| Row { id: i, name: format!("name {}", i * 7) }).collect();
    let mut n = 0;
    for _ in 0..4 { n += render_table(&rows).len(); }
    println!("{}", n);
}
