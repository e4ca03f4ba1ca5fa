//! What the ledger of minutes is watched by.

use chrono::{DateTime, Utc};
use kit::gauges::Measured;
use sqlx::PgConnection;

/// Minutes by which balances and postings differ, which is never but zero, and
/// the holds that wait for their order.
pub fn measure(conn: &mut PgConnection, now: DateTime<Utc>) -> Measured<'_> {
    Box::pin(async move {
        let drift: i64 = sqlx::query_scalar(
            "SELECT (SELECT coalesce(sum(abs(a.balance - coalesce(p.minutes, 0))), 0)
                     FROM credit_accounts a
                     LEFT JOIN (SELECT account_id, sum(minutes) AS minutes
                                FROM postings GROUP BY account_id) p ON p.account_id = a.id)::bigint
                  + (SELECT coalesce(sum(abs(e.minutes)), 0)
                     FROM (SELECT sum(minutes) AS minutes FROM postings GROUP BY entry_id) e)::bigint
                  + (SELECT coalesce(sum(abs(a.held - coalesce(h.minutes, 0))), 0)
                     FROM credit_accounts a
                     LEFT JOIN (SELECT account_id, sum(minutes) AS minutes FROM credit_holds
                                WHERE state = 'HELD' GROUP BY account_id) h
                            ON h.account_id = a.id)::bigint",
        )
        .fetch_one(&mut *conn)
        .await?;
        let (waiting, oldest): (i64, f64) = sqlx::query_as(
            "SELECT count(*),
                    greatest(coalesce(extract(epoch FROM $1 - min(placed_at)), 0), 0)::float8
             FROM credit_holds WHERE state = 'HELD'",
        )
        .bind(now)
        .fetch_one(conn)
        .await?;
        #[expect(clippy::cast_precision_loss, reason = "gauges")]
        Ok(vec![
            ("eldercare.credits.drift_minutes", drift as f64),
            ("eldercare.holds.waiting", waiting as f64),
            ("eldercare.holds.oldest_seconds", oldest),
        ])
    })
}
