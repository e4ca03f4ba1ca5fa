//! One trace from the client through the gateway and a service to PostgreSQL.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use gateway::{
    RequestContext,
    transport::{HttpTransport, SubgraphRequest, SubgraphTransport as _},
};
use http::HeaderMap;
use opentelemetry::trace::{SpanId, TracerProvider as _};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    propagation::TraceContextPropagator,
    trace::{SdkTracerProvider, SpanData, SpanExporter},
};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::support::House;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CLIENT: &str = "b7ad6b7169203331";

/// Keeps the spans of this test's trace and lets all others go.
#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Kept {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let ours = batch
            .into_iter()
            .filter(|span| span.span_context.trace_id().to_string() == TRACE);
        self.0.lock().unwrap().extend(ours);
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_one_trace_down_to_the_database() {
    let kept = Kept::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(kept.clone())
        .build();
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let filter = tracing_subscriber::filter::LevelFilter::INFO;
    let subscriber = tracing_subscriber::registry().with(filter).with(layer);
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let house = House::open().await;
    let mut headers = HeaderMap::new();
    let parent = format!("00-{TRACE}-{CLIENT}-01");
    headers.insert("traceparent", parent.parse().unwrap());
    let context = RequestContext::new(&headers, Duration::from_mins(1), || "trace".to_owned());
    let client = HttpTransport::connect(&house.platform.graph, 1 << 20).unwrap();
    let request = SubgraphRequest {
        query: r#"{ division(code: "110000000000") { name } }"#,
        variables: bytes::Bytes::new(),
    };
    let answer = client.execute(request, &context).await.unwrap();
    assert!(
        !String::from_utf8_lossy(&answer).contains("errors"),
        "{answer:?}"
    );

    let spans = kept.0.lock().unwrap().clone();
    let named = |name: &str| {
        let found = spans.iter().find(|span| span.name == name);
        found.unwrap_or_else(|| {
            let names: Vec<_> = spans.iter().map(|span| &span.name).collect();
            panic!("no span {name} among {names:?}")
        })
    };
    // From the statement up to the client.
    let mut chain = Vec::new();
    let mut at = named("db.read").clone();
    loop {
        chain.push(at.name.to_string());
        if at.parent_span_id == SpanId::from_hex(CLIENT).unwrap() {
            break;
        }
        let above = spans
            .iter()
            .find(|span| span.span_context.span_id() == at.parent_span_id);
        at = above
            .unwrap_or_else(|| panic!("{chain:?} ends without the client"))
            .clone();
    }
    let ours = [
        "db.read",
        "subgraph.execute",
        "gateway.call",
        "gateway.request",
    ];
    chain.retain(|name| ours.contains(&name.as_str()));
    assert_eq!(chain, ours);
}
