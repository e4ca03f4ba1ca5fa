//! What planning and merging cost beside the plainest way to the same answer:
//! `just bench-gateway`.
//!
//! | part | file |
//! |---|---|
//! | a graph of four subgraphs, the query, its one right answer | [`graph`] |
//! | the subgraphs, in a process of their own, over gRPC and HTTP | [`subgraphs`] |
//! | the gateway, and the floor: the same calls, nothing planned or merged | [`server`] |
//! | fifty connections, a token of its own on every request, every body checked | [`load`] |
//! | processor time and memory of a process | [`process`] |
//!
//! Gateway and floor take turns in short slices, so that whatever else the
//! machine does meets both. Nothing here judges time.

#![expect(
    clippy::unwrap_used,
    reason = "a measurement that cannot go on shall stop"
)]
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod graph;
mod load;
mod process;
mod server;
mod subgraphs;

use std::collections::BTreeMap;

use load::Slice;
use mimalloc::MiMalloc;
use process::Child;

/// As in the platform's binary.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Connections at once.
const CONNECTIONS: usize = 50;
/// Turns that gateway and floor take.
const ROUNDS: usize = 4;
/// Requests of one turn.
const REQUESTS: usize = 1_000;
/// Requests before the first turn.
const WARM_UP: usize = 500;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        match words.as_slice() {
            ["subgraphs"] => subgraphs::serve().await,
            ["gateway", by, addresses] => server::gateway(by, addresses).await,
            ["floor", by, addresses] => server::floor(by, addresses).await,
            ["profile"] => profile().await,
            _ => compare(&words).await,
        }
    });
}

/// Requests within this process and nothing else, for a profiler:
/// `valgrind --tool=callgrind <benchmark> profile`.
async fn profile() {
    let gateway = server::in_process().await;
    for number in 0..500 {
        let body = server::ask(&gateway, number).await;
        assert_eq!(body, graph::expected());
    }
}

/// One server and what was measured of it.
struct Measured {
    child: Child,
    slices: Vec<Slice>,
    cpu_micros: u64,
}

impl Measured {
    fn start(what: &str, by: &str, addresses: &str) -> Self {
        Self {
            child: Child::start(&[what, by, addresses]),
            slices: Vec::new(),
            cpu_micros: 0,
        }
    }

    async fn slice(&mut self) {
        let before = self.child.cpu_micros();
        let slice = load::run(&self.child.said, CONNECTIONS, REQUESTS).await;
        self.cpu_micros += self.child.cpu_micros() - before;
        self.slices.push(slice);
    }

    fn rate(&self) -> f64 {
        let requests: usize = self.slices.iter().map(|it| it.micros.len()).sum();
        let seconds: f64 = self.slices.iter().map(|it| it.elapsed.as_secs_f64()).sum();
        as_f64(requests) / seconds
    }

    fn cpu(&self) -> f64 {
        let requests: usize = self.slices.iter().map(|it| it.micros.len()).sum();
        as_f64(usize::try_from(self.cpu_micros).unwrap()) / as_f64(requests)
    }

    /// Milliseconds that `percent` of the requests stay within.
    fn percentile(&self, percent: usize) -> f64 {
        let mut all: Vec<u64> = self
            .slices
            .iter()
            .flat_map(|it| it.micros.iter().copied())
            .collect();
        all.sort_unstable();
        let at = (all.len() * percent / 100).min(all.len() - 1);
        as_f64(usize::try_from(all[at]).unwrap()) / 1_000.0
    }
}

fn as_f64(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap())
}

async fn compare(wanted: &[&str]) {
    let subgraphs = Child::start(&["subgraphs"]);
    println!(
        "{CONNECTIONS} connections, {} requests each, answers of {} bytes, load before: {}",
        ROUNDS * REQUESTS,
        graph::expected().len(),
        process::load_average(),
    );
    let mut rows = BTreeMap::new();
    for by in ["grpc", "http", "memory"] {
        if !wanted.is_empty() && !wanted.contains(&by) {
            continue;
        }
        let mut pair = ["gateway", "floor"].map(|what| Measured::start(what, by, &subgraphs.said));
        for it in &pair {
            load::run(&it.child.said, CONNECTIONS, WARM_UP).await;
        }
        for round in 0..ROUNDS {
            // Whoever goes second finds the machine as warm as who went first.
            let order = if round % 2 == 0 { [0, 1] } else { [1, 0] };
            for index in order {
                pair[index].slice().await;
            }
        }
        rows.insert(by, pair);
    }
    println!("| transport | | requests/s | p50 ms | p99 ms | CPU µs/request | peak MB |");
    println!("|---|---|---:|---:|---:|---:|---:|");
    for (by, pair) in &rows {
        for (it, what) in pair.iter().zip(["gateway", "floor"]) {
            println!(
                "| {by} | {what} | {:.0} | {:.1} | {:.1} | {:.0} | {:.1} |",
                it.rate(),
                it.percentile(50),
                it.percentile(99),
                it.cpu(),
                it.child.peak_megabytes(),
            );
        }
        let [gateway, floor] = pair;
        println!(
            "| {by} | **gateway / floor** | **{:.0} %** | | | {:+.0} | |",
            gateway.rate() / floor.rate() * 100.0,
            gateway.cpu() - floor.cpu(),
        );
    }
    println!("load after: {}", process::load_average());
    println!("{}", server::cold_plan().await);
}
