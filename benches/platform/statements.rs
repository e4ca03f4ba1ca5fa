//! Which SQL statements a service runs for one request, as the driver logs
//! them: each belongs to the span of the subgraph call that it was run in.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Result;
use std::sync::atomic::{AtomicBool, Ordering};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id},
    subscriber::Interest,
};
use tracing_subscriber::{
    Layer, Registry,
    layer::{Context, SubscriberExt as _},
    registry::LookupSpan,
};

/// The span that a service opens for one call of the gateway.
const CALL: &str = "subgraph.execute";
/// Where the driver tells its statements.
const DRIVER: &str = "sqlx::query";

/// Service → statement → how often.
pub type Counts = BTreeMap<String, BTreeMap<String, usize>>;

/// The counter; off, it costs one load for each span.
#[derive(Clone, Default)]
pub struct Statements(Arc<Inner>);

#[derive(Default)]
struct Inner {
    counting: AtomicBool,
    counts: Mutex<Counts>,
}

impl Statements {
    /// A counter of all statements of this process.
    pub fn install() -> Result<Self> {
        let counter = Self::default();
        tracing::subscriber::set_global_default(Registry::default().with(counter.clone()))?;
        Ok(counter)
    }

    /// Begins anew.
    pub fn begin(&self) {
        self.counts().clear();
        self.0.counting.store(true, Ordering::SeqCst);
    }

    /// Ends; answers what was run within subgraph calls.
    pub fn end(&self) -> Counts {
        self.0.counting.store(false, Ordering::SeqCst);
        std::mem::take(&mut *self.counts())
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.0.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Service(String);

impl<S> Layer<S> for Statements
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.0.counting.load(Ordering::Relaxed)
            && (metadata.is_span() || metadata.target() == DRIVER)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if attributes.metadata().name() != CALL {
            return;
        }
        let mut read = Read::default();
        attributes.record(&mut read);
        if let (Some(span), Some(service)) = (context.span(id), read.service) {
            span.extensions_mut().insert(Service(service));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if event.metadata().target() != DRIVER {
            return;
        }
        let service = context
            .event_scope(event)
            .into_iter()
            .flatten()
            .find_map(|span| {
                let extensions = span.extensions();
                extensions.get::<Service>().map(|service| service.0.clone())
            });
        // Relays and timers ask the database as well, outside of any call.
        let Some(service) = service else { return };
        let mut read = Read::default();
        event.record(&mut read);
        let statement = read.statement.or(read.summary).unwrap_or_default();
        *self
            .counts()
            .entry(service)
            .or_default()
            .entry(statement)
            .or_default() += 1;
    }
}

#[derive(Default)]
struct Read {
    service: Option<String>,
    summary: Option<String>,
    statement: Option<String>,
}

impl Visit for Read {
    fn record_str(&mut self, field: &Field, value: &str) {
        let text = || Some(value.split_whitespace().collect::<Vec<_>>().join(" "));
        match field.name() {
            "service" => self.service = text(),
            "summary" => self.summary = text(),
            // Empty where the summary is all of it.
            "db.statement" if !value.is_empty() => self.statement = text(),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}
