//! The supergraph loader: any text is a graph or a refusal.

#![no_main]

use gateway::{config::Limits, supergraph::{Generation, Transports}};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // The planner's panics are caught by the loader; libFuzzer's own hook would
    // end the process before that. One that gets out still ends it.
    static HOOK: std::sync::Once = std::sync::Once::new();
    HOOK.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    let _ = Generation::load(1, text.to_owned(), Transports::new(), &Limits::default());
});
