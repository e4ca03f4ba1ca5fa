//! Forgets old answers.

use std::time::Duration;

use sqlx::PgPool;

use super::prune;
use crate::lifecycle::{Tasks, pause};

const EVERY: Duration = Duration::from_mins(10);
/// Far longer than any client retries.
const KEEP_SECONDS: f64 = 30.0 * 86_400.0;

/// Forgets answers older than thirty days, until the stop.
pub fn sweep(pool: PgPool, tasks: &Tasks) {
    let stopping = tasks.stopping();
    tasks.spawn("idempotency.sweep", async move {
        while !stopping.is_cancelled() {
            if let Err(error) = once(&pool).await {
                tracing::debug!(%error, "old answers stay for now");
            }
            pause(&stopping, EVERY).await;
        }
    });
}

async fn once(pool: &PgPool) -> crate::Result<()> {
    let mut conn = pool.acquire().await?;
    while prune(&mut conn, KEEP_SECONDS).await? > 0 {}
    Ok(())
}
