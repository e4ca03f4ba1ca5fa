//! What `/metrics` shows of a request.

use metrics_exporter_prometheus::PrometheusBuilder;

use crate::{
    library,
    servers::{self, By, ask},
};

#[tokio::test]
async fn every_stage_operation_and_subgraph_has_its_time() {
    // For the whole process: plans are made on other threads. Other tests of
    // this binary only add to it.
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).unwrap();

    let gateway = servers::gateway_with(library::all(), By::Memory, servers::config()).await;
    ask(
        &gateway,
        "query ReadTheShelf { books { title loans { number } } }",
        &[],
    )
    .await;
    let shown = handle.render();
    for line in [
        r#"gateway_stage_seconds_count{stage="parse"}"#,
        r#"gateway_stage_seconds_count{stage="validate"}"#,
        r#"gateway_stage_seconds_count{stage="plan"}"#,
        r#"gateway_stage_seconds_count{stage="execute"}"#,
        r#"gateway_stage_seconds_count{stage="project"}"#,
        r#"gateway_operation_seconds_count{operation="ReadTheShelf",outcome="ok"} 1"#,
        r#"gateway_subgraph_seconds_count{subgraph="catalogue",outcome="OK"}"#,
        r#"gateway_subgraph_seconds_count{subgraph="loans",outcome="OK"}"#,
        r#"gateway_breaker_state{subgraph="loans"}"#,
        "gateway_plan_cache_misses",
    ] {
        assert!(shown.contains(line), "{line} is not in\n{shown}");
    }
}
