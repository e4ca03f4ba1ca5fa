//! How long each stage of a request takes.

use std::time::Instant;

/// Runs a stage and takes its time.
pub fn timed<T>(stage: &'static str, run: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let outcome = run();
    record(stage, begun);
    outcome
}

/// Notes the time of a stage that began at `begun`.
pub fn record(stage: &'static str, begun: Instant) {
    metrics::histogram!("gateway.stage.seconds", "stage" => stage)
        .record(begun.elapsed().as_secs_f64());
}
