//! The supergraph loader: any text is a graph or a refusal.

#![no_main]

use std::sync::OnceLock;

use gateway::{
    config::Limits,
    peer::Peers,
    supergraph::{Generation, Transports},
};
use libfuzzer_sys::fuzz_target;
use tokio::runtime::Runtime;

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        // The planner's panics are caught by the loader; libFuzzer's own hook
        // would end the process before that. One that gets out still ends it.
        std::panic::set_hook(Box::new(|_| {}));
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime")
    })
}

fuzz_target!(|text: &str| {
    // Ways to subgraphs are prepared within a runtime, as the gateway does.
    let _entered = runtime().enter();
    let (peers, limits) = (Peers::unused(), Limits::default());
    let loaded = Generation::load(1, text.to_owned(), Transports::new(), &peers, &limits);
    // What can be served can be read again, and its second planner made or not.
    if let Ok(generation) = loaded {
        assert!(!generation.api_sdl().is_empty());
        let _ = generation.reached();
    }
});
