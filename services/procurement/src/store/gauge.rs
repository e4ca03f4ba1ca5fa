//! What the ledger of funds is watched by.

use chrono::{DateTime, Utc};
use kit::gauges::Measured;
use sqlx::PgConnection;

/// 分 by which balances and postings differ, which is never but zero, and the
/// money reserved for needs that have no contract yet.
pub fn measure(conn: &mut PgConnection, now: DateTime<Utc>) -> Measured<'_> {
    Box::pin(async move {
        let drift: i64 = sqlx::query_scalar(
            "SELECT (SELECT coalesce(sum(abs(a.balance_fen - coalesce(p.fen, 0))), 0)
                     FROM fund_accounts a
                     LEFT JOIN (SELECT fund_id, account, sum(amount_fen) AS fen
                                FROM fund_postings GROUP BY fund_id, account) p
                            ON p.fund_id = a.fund_id AND p.account = a.account)::bigint
                  + (SELECT coalesce(sum(abs(e.fen)), 0)
                     FROM (SELECT sum(amount_fen) AS fen FROM fund_postings GROUP BY entry_id) e)::bigint",
        )
        .fetch_one(&mut *conn)
        .await?;
        let (waiting, oldest): (i64, f64) = sqlx::query_as(
            "SELECT count(*),
                    greatest(coalesce(extract(epoch FROM $1 - min(r.reserved_at)), 0), 0)::float8
             FROM reservations r JOIN procurement_needs n ON n.id = r.need_id
             WHERE n.state IN ('RESERVED', 'TENDERING')",
        )
        .bind(now)
        .fetch_one(conn)
        .await?;
        #[expect(clippy::cast_precision_loss, reason = "gauges")]
        Ok(vec![
            ("procurement.funds.drift_fen", drift as f64),
            ("procurement.reservations.waiting", waiting as f64),
            ("procurement.reservations.oldest_seconds", oldest),
        ])
    })
}
