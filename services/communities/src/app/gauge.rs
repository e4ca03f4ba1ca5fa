//! What operations watch: needs that nobody looks at, and what is late.

use chrono::{DateTime, Utc};
use kit::gauges::Measured;
use sqlx::PgConnection;

use crate::store;

/// How many are overdue, and since when the oldest need is.
pub fn measure(conn: &mut PgConnection, now: DateTime<Utc>) -> Measured<'_> {
    Box::pin(async move {
        let (overdue, oldest) = store::gauge::overdue(conn, now).await?;
        let late = store::gauge::late(conn, now).await?;
        #[expect(clippy::cast_precision_loss, reason = "gauges")]
        Ok(vec![
            ("communities.needs.overdue", overdue as f64),
            ("communities.needs.oldest_overdue_seconds", oldest),
            ("communities.tasks.overdue", late.tasks as f64),
            ("communities.admissions.overdue", late.admissions as f64),
            (
                "communities.rectifications.overdue",
                late.rectifications as f64,
            ),
            (
                "communities.joint_actions.overdue",
                late.joint_actions as f64,
            ),
            (
                "communities.study_reports.overdue",
                late.study_reports as f64,
            ),
            (
                "communities.study_measures.overdue",
                late.study_measures as f64,
            ),
        ])
    })
}
