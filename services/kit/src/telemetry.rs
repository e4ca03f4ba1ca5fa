//! Logs, traces, metrics. Personal data never goes here.

use std::time::Duration;

use anyhow::{Context, Result};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{
    WithExportConfig as _, WithTonicConfig as _, tonic_types::transport::ClientTlsConfig,
};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::{
    EnvFilter, Layer, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::{config::Settings, lifecycle::pause};

/// Held by `main`: flushes the traces when dropped.
#[derive(Debug)]
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
    metrics: PrometheusHandle,
    ended: CancellationToken,
}

/// Bounds of every histogram, in seconds: from a cached read to the longest
/// request. Objectives are asked at 1 s.
const SECONDS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// How often what was recorded is put into its bounds, also where nobody
/// scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

impl Telemetry {
    /// Installs logging, tracing and metrics for this process; once.
    pub fn install(settings: &Settings, process: &'static str) -> Result<Self> {
        opentelemetry::global::set_text_map_propagator(
            opentelemetry_sdk::propagation::TraceContextPropagator::new(),
        );
        let traces = settings
            .otlp_endpoint
            .as_deref()
            .map(|endpoint| provider(endpoint, process))
            .transpose()?;
        let filter = EnvFilter::try_new(&settings.log).context("the log filter is malformed")?;
        let lines = if settings.log_json {
            tracing_subscriber::fmt::layer()
                .json()
                .with_current_span(true)
                .with_writer(std::io::stderr)
                .boxed()
        } else {
            tracing_subscriber::fmt::layer()
                .with_target(false)
                .with_writer(std::io::stderr)
                .boxed()
        };
        tracing_subscriber::registry()
            .with(filter)
            .with(lines)
            .with(
                traces
                    .as_ref()
                    .map(|t| tracing_opentelemetry::layer().with_tracer(t.tracer("sanshe"))),
            )
            .try_init()
            .context("telemetry was installed twice")?;
        let metrics = recorder()?;
        let ended = CancellationToken::new();
        keep_up(metrics.clone(), ended.clone());
        Ok(Self {
            traces,
            metrics,
            ended,
        })
    }

    /// What `/metrics` prints.
    pub fn metrics(&self) -> PrometheusHandle {
        self.metrics.clone()
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        self.ended.cancel();
        if let Some(traces) = &self.traces {
            let _ = traces.shutdown();
        }
    }
}

/// Installs the metrics of this process alone; once.
pub fn recorder() -> Result<PrometheusHandle> {
    PrometheusBuilder::new()
        .set_buckets(SECONDS)
        .context("the bounds of the histograms")?
        .install_recorder()
        .context("the metrics recorder was installed twice")
}

/// A task of the process and not of a service: it ends with the telemetry.
fn keep_up(metrics: PrometheusHandle, ended: CancellationToken) {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        return;
    };
    runtime.spawn(async move {
        while pause(&ended, UPKEEP).await {
            metrics.run_upkeep();
        }
    });
}

fn provider(endpoint: &str, process: &'static str) -> Result<SdkTracerProvider> {
    let mut exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint);
    if endpoint.starts_with("https://") {
        // The authorities that the machine believes.
        exporter = exporter.with_tls_config(ClientTlsConfig::new().with_native_roots());
    }
    let exporter = exporter
        .build()
        .context("the trace exporter cannot be built")?;
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(Resource::builder().with_service_name(process).build())
        .build())
}
