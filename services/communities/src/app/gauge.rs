//! What operations watch: needs that nobody looks at.

use chrono::{DateTime, Utc};
use kit::gauges::Measured;
use sqlx::PgConnection;

use crate::store;

/// How many are overdue, and since when.
pub fn measure(conn: &mut PgConnection, now: DateTime<Utc>) -> Measured<'_> {
    Box::pin(async move {
        let (overdue, oldest) = store::gauge::overdue(conn, now).await?;
        #[expect(clippy::cast_precision_loss, reason = "gauges")]
        Ok(vec![
            ("communities.needs.overdue", overdue as f64),
            ("communities.needs.oldest_overdue_seconds", oldest),
        ])
    })
}
