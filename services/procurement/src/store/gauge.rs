//! What the ledger of funds is watched by.

use chrono::{DateTime, Utc};
use kit::error::Result;
use sqlx::PgConnection;

/// 分 by which balances and postings differ: never but zero.
pub async fn drift(conn: &mut PgConnection) -> Result<i64> {
    Ok(sqlx::query_scalar(
        "SELECT (SELECT coalesce(sum(abs(a.balance_fen - coalesce(p.fen, 0))), 0)
                 FROM fund_accounts a
                 LEFT JOIN (SELECT fund_id, account, sum(amount_fen) AS fen
                            FROM fund_postings GROUP BY fund_id, account) p
                        ON p.fund_id = a.fund_id AND p.account = a.account)::bigint
              + (SELECT coalesce(sum(abs(e.fen)), 0)
                 FROM (SELECT sum(amount_fen) AS fen
                       FROM fund_postings GROUP BY entry_id) e)::bigint",
    )
    .fetch_one(conn)
    .await?)
}

/// How much is reserved for needs without a contract, as a number of needs,
/// and for how many seconds the oldest.
pub async fn waiting(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<(i64, f64)> {
    Ok(sqlx::query_as(
        "SELECT count(*),
                greatest(coalesce(extract(epoch FROM $1 - min(r.reserved_at)), 0), 0)::float8
         FROM reservations r JOIN procurement_needs n ON n.id = r.need_id
         WHERE n.state IN ('RESERVED', 'TENDERING')",
    )
    .bind(now)
    .fetch_one(conn)
    .await?)
}
