//! What operations watch: the ledger of minutes, alarms nobody answers, and what
//! is late.

use chrono::{DateTime, Utc};
use kit::gauges::Measured;
use sqlx::PgConnection;

use crate::store;

/// The drift, and what waits.
pub fn measure(conn: &mut PgConnection, now: DateTime<Utc>) -> Measured<'_> {
    Box::pin(async move {
        let drift = store::gauge::drift(conn).await?;
        let (waiting, oldest) = store::gauge::waiting(conn, now).await?;
        let (contacts, appeals, audits) = store::gauge::overdue(conn, now).await?;
        let (unanswered, longest) = store::gauge::unanswered(conn, now).await?;
        #[expect(clippy::cast_precision_loss, reason = "gauges")]
        Ok(vec![
            ("eldercare.credits.drift_minutes", drift as f64),
            ("eldercare.holds.waiting", waiting as f64),
            ("eldercare.holds.oldest_seconds", oldest),
            ("eldercare.alarms.unanswered", unanswered as f64),
            ("eldercare.alarms.oldest_unanswered_seconds", longest),
            ("eldercare.contacts.overdue", contacts as f64),
            ("eldercare.appeals.overdue", appeals as f64),
            ("eldercare.visit_audits.overdue", audits as f64),
        ])
    })
}
