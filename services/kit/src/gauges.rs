//! What a service counts in its own tables, measured now and then: what waits,
//! what should be zero. Each replica measures for itself; whoever reads takes
//! the largest.
//!
//! A service says what it measures in its `serve`, beside its other parts:
//!
//! ```ignore
//! gauges::watch(&core, app::gauge::measure);
//! ```

use std::{future::Future, pin::Pin, time::Duration};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::{error::Result, lifecycle::pause, service::Core};

/// Ledgers are read as a whole: often enough to be told, not a load.
const EVERY: Duration = Duration::from_mins(5);

/// Names and values, once measured.
pub type Measured<'c> = Pin<Box<dyn Future<Output = Result<Vec<(&'static str, f64)>>> + Send + 'c>>;

/// Measures at once and then regularly, until the stop.
pub fn watch(core: &Core, measure: fn(&mut PgConnection, DateTime<Utc>) -> Measured<'_>) {
    let (service, pool, clock) = (core.name, core.db.pool().clone(), core.clock.clone());
    let stopping = core.tasks.stopping();
    core.tasks.spawn("gauges", async move {
        while !stopping.is_cancelled() {
            let measured = async { measure(&mut *pool.acquire().await?, clock.now()).await };
            match measured.await {
                Ok(values) => {
                    for (name, value) in values {
                        metrics::gauge!(name, "service" => service).set(value);
                    }
                }
                Err(error) => tracing::warn!(service, %error, "gauges could not be measured"),
            }
            pause(&stopping, EVERY).await;
        }
    });
}
