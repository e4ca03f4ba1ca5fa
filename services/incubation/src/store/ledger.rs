//! 账目 in SQL: entries are written here, both their sides by the database.

use std::collections::HashMap;

use kernel::Fen;
use kit::{
    error::Result,
    record::{belonging, ids, record, texts},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::ledger::{MoneyEntry, MoneyEntryId, MoneyEntryKind};

ids!(MoneyEntryId);
texts!(MoneyEntryKind);
record!(
    MoneyEntry,
    MoneyEntryId,
    "money_entries",
    [
        id, kind, owner_id, amount_fen, stage_no, subject, evidence, booked_on, booked_by,
        created_at
    ]
);

/// What an account of an owner holds.
pub async fn balance(conn: &mut PgConnection, owner: Uuid, kind: &str) -> Result<Fen> {
    let fen: i64 = sqlx::query_scalar("SELECT money_balance($1, $2)")
        .bind(owner)
        .bind(kind)
        .fetch_one(conn)
        .await?;
    Ok(Fen::new(fen))
}

/// The entries of many owners, each in order.
pub async fn entries(
    conn: &mut PgConnection,
    owners: &[Uuid],
) -> Result<HashMap<Uuid, Vec<MoneyEntry>>> {
    let mut found: HashMap<Uuid, Vec<MoneyEntry>> = HashMap::new();
    for entry in belonging::<MoneyEntry>(conn, "owner_id", owners.to_vec()).await? {
        found.entry(entry.owner_id).or_default().push(entry);
    }
    Ok(found)
}
