//! What the ledger of minutes is watched by.

use chrono::{DateTime, Utc};
use kit::error::Result;
use sqlx::PgConnection;

/// Minutes by which balances, holds, lots and postings differ: never but zero.
pub async fn drift(conn: &mut PgConnection) -> Result<i64> {
    Ok(sqlx::query_scalar(
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
                        ON h.account_id = a.id)::bigint
              + (SELECT coalesce(sum(abs(a.balance - coalesce(l.minutes, 0))), 0)
                 FROM credit_accounts a
                 LEFT JOIN (SELECT account_id, sum(minutes_left) AS minutes FROM credit_lots
                            GROUP BY account_id) l ON l.account_id = a.id
                 WHERE a.owner_kind IN ('PERSON', 'ORG'))::bigint",
    )
    .fetch_one(conn)
    .await?)
}

/// How many alarms nobody has answered, and for how many seconds the oldest.
pub async fn unanswered(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<(i64, f64)> {
    Ok(sqlx::query_as(
        "SELECT count(*),
                greatest(coalesce(extract(epoch FROM $1 - min(raised_at)), 0), 0)::float8
         FROM alarms WHERE state = 'RAISED'",
    )
    .bind(now)
    .fetch_one(conn)
    .await?)
}

/// What somebody should have done by now: contacts, appeals, audits of visits.
pub async fn overdue(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<(i64, i64, i64)> {
    Ok(sqlx::query_as(
        "SELECT (SELECT count(*) FROM contacts WHERE state = 'DUE' AND due_at < $1),
                (SELECT count(*) FROM appeals WHERE state = 'RAISED' AND due_at < $1),
                (SELECT count(*) FROM visit_audits
                 WHERE state IN ('FLAGGED', 'AUDITED') AND due_at < $1)",
    )
    .bind(now)
    .fetch_one(conn)
    .await?)
}

/// How many holds wait for their order, and for how many seconds the oldest.
pub async fn waiting(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<(i64, f64)> {
    Ok(sqlx::query_as(
        "SELECT count(*),
                greatest(coalesce(extract(epoch FROM $1 - min(placed_at)), 0), 0)::float8
         FROM credit_holds WHERE state = 'HELD'",
    )
    .bind(now)
    .fetch_one(conn)
    .await?)
}
