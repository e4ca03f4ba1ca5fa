//! 中标 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    Fen,
    keys::{OrganizationId, TenderId},
};
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use super::uuids;
use crate::domain::{
    award::{Award, AwardId, Publicity},
    bid::BidId,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    tender_id: Uuid,
    bid_id: Uuid,
    organization_id: Uuid,
    amount_fen: i64,
    decided_at: DateTime<Utc>,
    in_time: bool,
    notice_by: DateTime<Utc>,
    published_at: Option<DateTime<Utc>>,
    publicity_ends_at: Option<DateTime<Utc>>,
    sign_by: Option<DateTime<Utc>>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, tender_id, bid_id, organization_id, amount_fen, decided_at, in_time, notice_by,
         published_at, publicity_ends_at, sign_by"
    };
}

impl From<Row> for Award {
    fn from(row: Row) -> Self {
        let publicity = match (row.published_at, row.publicity_ends_at, row.sign_by) {
            (Some(published_at), Some(ends_at), Some(sign_by)) => Some(Publicity {
                published_at,
                ends_at,
                sign_by,
            }),
            _ => None,
        };
        Self {
            id: AwardId::from_uuid(row.id),
            tender_id: TenderId::from_uuid(row.tender_id),
            bid_id: BidId::from_uuid(row.bid_id),
            organization_id: OrganizationId::from_uuid(row.organization_id),
            amount: Fen::new(row.amount_fen),
            decided_at: row.decided_at,
            in_time: row.in_time,
            notice_by: row.notice_by,
            publicity,
        }
    }
}

/// Writes a new award.
pub async fn insert(conn: &mut PgConnection, award: &Award) -> Result<()> {
    sqlx::query(
        "INSERT INTO awards (id, tender_id, bid_id, organization_id, amount_fen, decided_at,
             in_time, notice_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(award.id.as_uuid())
    .bind(award.tender_id.as_uuid())
    .bind(award.bid_id.as_uuid())
    .bind(award.organization_id.as_uuid())
    .bind(award.amount.get())
    .bind(award.decided_at)
    .bind(award.in_time)
    .bind(award.notice_by)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes the notice, once.
pub async fn publish(conn: &mut PgConnection, award: &Award, told: &Publicity) -> Result<()> {
    let done = sqlx::query(
        "UPDATE awards SET published_at = $2, publicity_ends_at = $3, sign_by = $4
         WHERE id = $1 AND published_at IS NULL",
    )
    .bind(award.id.as_uuid())
    .bind(told.published_at)
    .bind(told.ends_at)
    .bind(told.sign_by)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    Ok(())
}

/// The award of a tender.
pub async fn find(conn: &mut PgConnection, tender: TenderId) -> Result<Option<Award>> {
    Ok(load_many(conn, &[tender]).await?.remove(&tender))
}

/// The awards of many tenders.
pub async fn load_many(
    conn: &mut PgConnection,
    tenders: &[TenderId],
) -> Result<HashMap<TenderId, Award>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM awards WHERE tender_id = ANY ($1)"
    ))
    .bind(uuids(tenders))
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (TenderId::from_uuid(row.tender_id), row.into()))
        .collect())
}
