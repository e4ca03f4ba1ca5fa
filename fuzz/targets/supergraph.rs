//! The supergraph loader: any text is a graph or a refusal.

#![no_main]

use gateway::{
    config::Limits,
    peer::Peers,
    supergraph::{Generation, Transports},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // The planner's panics are caught by the loader; libFuzzer's own hook would
    // end the process before that. One that gets out still ends it.
    static HOOK: std::sync::Once = std::sync::Once::new();
    HOOK.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    let (peers, limits) = (Peers::unused(), Limits::default());
    let loaded = Generation::load(1, text.to_owned(), Transports::new(), &peers, &limits);
    // What can be served can be read again, and its second planner made or not.
    if let Ok(generation) = loaded {
        assert!(!generation.api_sdl().is_empty());
        let _ = generation.reached();
    }
});
