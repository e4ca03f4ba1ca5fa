//! What operations watch of the ledger of funds.

use chrono::{DateTime, Utc};
use kit::gauges::Measured;
use sqlx::PgConnection;

use crate::store;

/// The drift, and what waits.
pub fn measure(conn: &mut PgConnection, now: DateTime<Utc>) -> Measured<'_> {
    Box::pin(async move {
        let drift = store::gauge::drift(conn).await?;
        let (waiting, oldest) = store::gauge::waiting(conn, now).await?;
        #[expect(clippy::cast_precision_loss, reason = "gauges")]
        Ok(vec![
            ("procurement.funds.drift_fen", drift as f64),
            ("procurement.reservations.waiting", waiting as f64),
            ("procurement.reservations.oldest_seconds", oldest),
        ])
    })
}
