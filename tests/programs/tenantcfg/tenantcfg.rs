// tenantcfg: answers requests of several tenants, each with an own configuration
use std::collections::HashMap;

#[derive(Clone, Debug)]
struct Feature {
    name: String,
    enabled: bool,
    limits: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Config {
    tenant: String,
    features: HashMap<String, Feature>,
    hosts: Vec<String>,
}

struct Registry {
    configs: Vec<Config>,
}

impl Registry {
    fn new(n: usize) -> Registry {
        let configs = (0..n)
            .map(|i| Config {
                tenant: format!("tenant-{i}"),
                features: (0..40)
                    .map(|f| (format!("feature-{f}"), Feature { name: format!("f{f}"), enabled: (f + i) % 3 > 0, limits: vec![f as u32; 8] }))
                    .collect(),
                hosts: (0..12).map(|h| format!("host{h}.tenant{i}.example.org")).collect(),
            })
            .collect();
        Registry { configs }
    }

    fn config_for(&self, tenant: usize) -> Config {
        self.configs[tenant % self.configs.len()].clone()
    }
}

fn handle(reg: &Registry, request: u32) -> u64 {
    let cfg = reg.config_for(request as usize);
    let want = request as usize % 40;
    let feature = cfg.features.values().find(|f| f.limits[0] as usize == want);
    match feature {
        Some(f) if f.enabled => u64::from(f.limits[3]) * 17 + cfg.hosts.len() as u64 + f.name.len() as u64,
        Some(_) => 3,
        None => cfg.tenant.len() as u64,
    }
}

fn main() {
    let scale = std::env::var("SCALE").ok().and_then(|s| s.parse::<f64>().ok()).unwrap_or(1.0);
    let requests = (300_000.0 * scale) as u32;
    let reg = Registry::new(20);
    let mut sum = 0u64;
    for r in 0..requests {
        sum = sum.wrapping_mul(31).wrapping_add(handle(&reg, r.wrapping_mul(2654435761) >> 7));
    }
    println!("requests {requests} sum {sum:x}");
}
