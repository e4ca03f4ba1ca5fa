//! Lots and holds as an account's owner sees them, and what falls due.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::Minutes;
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    credit::{CreditAccountId, CreditLot, Statement},
    order::OrderId,
};

/// What is left in lots of many accounts, in the order in which it is spent.
pub async fn load_lots(
    conn: &mut PgConnection,
    accounts: &[CreditAccountId],
) -> Result<HashMap<CreditAccountId, Vec<CreditLot>>> {
    type Row = (Uuid, String, Option<NaiveDate>, i64, bool, DateTime<Utc>);
    let ids: Vec<Uuid> = accounts.iter().map(CreditAccountId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT l.account_id, l.kind, nullif(l.expires_on, 'infinity'), l.minutes_left,
             k.transferable, l.first_at
         FROM credit_lots l JOIN credit_lot_kinds k ON k.kind = l.kind
         WHERE l.account_id = ANY ($1) AND l.minutes_left > 0
         ORDER BY l.account_id, l.expires_on, k.spent",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<CreditAccountId, Vec<CreditLot>> = HashMap::new();
    for (account, kind, expires_on, left, transferable, first_at) in rows {
        let account_id = CreditAccountId::from_uuid(account);
        found.entry(account_id).or_default().push(CreditLot {
            account_id,
            kind: kind
                .parse()
                .map_err(|_| Error::inconsistent("credit_lots", "kind", account))?,
            expires_on,
            left: Minutes::new(left),
            transferable,
            first_at,
        });
    }
    Ok(found)
}

/// An order that minutes are set aside for.
#[derive(Clone, Debug)]
pub struct Hold {
    pub order_id: OrderId,
    pub minutes: Minutes,
    pub placed_at: DateTime<Utc>,
}

/// What is on hold of an account, oldest first, at most 200.
pub async fn list_holds(conn: &mut PgConnection, account: CreditAccountId) -> Result<Vec<Hold>> {
    let rows: Vec<(Uuid, i64, DateTime<Utc>)> = sqlx::query_as(
        "SELECT order_id, minutes, placed_at FROM credit_holds
         WHERE account_id = $1 AND state = 'HELD' ORDER BY placed_at, id LIMIT 200",
    )
    .bind(account.as_uuid())
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(order, minutes, placed_at)| Hold {
            order_id: OrderId::from_uuid(order),
            minutes: Minutes::new(minutes),
            placed_at,
        })
        .collect())
}

/// What an account gained and spent from one instant until before another.
pub async fn statement(
    conn: &mut PgConnection,
    account: CreditAccountId,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Statement> {
    let (opening, gained, spent): (i64, i64, i64) = sqlx::query_as(
        "SELECT coalesce(sum(p.minutes) FILTER (WHERE e.at < $2), 0)::bigint,
                coalesce(sum(p.minutes) FILTER (WHERE e.at >= $2 AND p.minutes > 0), 0)::bigint,
                coalesce(-sum(p.minutes) FILTER (WHERE e.at >= $2 AND p.minutes < 0), 0)::bigint
         FROM postings p JOIN journal_entries e ON e.id = p.entry_id
         WHERE p.account_id = $1 AND e.at < $3",
    )
    .bind(account.as_uuid())
    .bind(from)
    .bind(until)
    .fetch_one(conn)
    .await?;
    Ok(Statement {
        opening: Minutes::new(opening),
        gained: Minutes::new(gained),
        spent: Minutes::new(spent),
        closing: Minutes::new(opening + gained - spent),
    })
}

/// The first day on which something of an account no longer counts.
pub async fn next_expiry(
    conn: &mut PgConnection,
    account: CreditAccountId,
) -> Result<Option<NaiveDate>> {
    Ok(sqlx::query_scalar(
        "SELECT min(expires_on) FROM credit_lots
         WHERE account_id = $1 AND minutes_left > 0 AND expires_on < 'infinity'",
    )
    .bind(account.as_uuid())
    .fetch_one(conn)
    .await?)
}

/// How many minutes of an account no longer count on a day.
pub async fn expiring(
    conn: &mut PgConnection,
    account: CreditAccountId,
    on: NaiveDate,
) -> Result<Minutes> {
    let minutes: i64 = sqlx::query_scalar(
        "SELECT coalesce(sum(minutes_left), 0)::bigint FROM credit_lots
         WHERE account_id = $1 AND expires_on <= $2",
    )
    .bind(account.as_uuid())
    .bind(on)
    .fetch_one(conn)
    .await?;
    Ok(Minutes::new(minutes))
}
