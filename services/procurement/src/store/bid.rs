//! 投标 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    Fen,
    keys::{OrganizationId, ResidentId, TenderId},
    seal::Envelope,
};
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{grouped, uuids};
use crate::domain::bid::{Bid, BidId};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    tender_id: Uuid,
    organization_id: Uuid,
    nonce: Vec<u8>,
    ciphertext: Vec<u8>,
    commitment: Vec<u8>,
    state: String,
    price_fen: Option<i64>,
    proposal: Option<String>,
    finding: Option<String>,
    received_at: DateTime<Utc>,
    unsealed_at: Option<DateTime<Utc>>,
    updated_at: DateTime<Utc>,
    version: i32,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, tender_id, organization_id, nonce, ciphertext, commitment, state, price_fen,
         proposal, finding, received_at, unsealed_at, updated_at, version"
    };
}

impl TryFrom<Row> for Bid {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("bids", column, row.id);
        Ok(Self {
            id: BidId::from_uuid(row.id),
            tender_id: TenderId::from_uuid(row.tender_id),
            organization_id: OrganizationId::from_uuid(row.organization_id),
            envelope: Envelope {
                nonce: row.nonce.as_slice().try_into().map_err(|_| bad("nonce"))?,
                commitment: row
                    .commitment
                    .as_slice()
                    .try_into()
                    .map_err(|_| bad("commitment"))?,
                ciphertext: row.ciphertext,
            },
            state: row.state.parse().map_err(|_| bad("state"))?,
            price: row.price_fen.map(Fen::new),
            proposal: row.proposal,
            finding: row.finding,
            received_at: row.received_at,
            unsealed_at: row.unsealed_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}

/// Writes a new bid and who stands behind the bidder.
pub async fn insert(conn: &mut PgConnection, bid: &Bid, controllers: &[ResidentId]) -> Result<()> {
    sqlx::query(
        "INSERT INTO bids (id, tender_id, organization_id, nonce, ciphertext, commitment, state,
             received_at, updated_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(bid.id.as_uuid())
    .bind(bid.tender_id.as_uuid())
    .bind(bid.organization_id.as_uuid())
    .bind(bid.envelope.nonce.as_slice())
    .bind(&bid.envelope.ciphertext)
    .bind(bid.envelope.commitment.as_slice())
    .bind(bid.state.as_str())
    .bind(bid.received_at)
    .bind(bid.updated_at)
    .bind(bid.version)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO bid_controllers (bid_id, tender_id, resident_id)
         SELECT $1, $2, resident FROM unnest($3::uuid[]) AS resident
         ON CONFLICT (bid_id, resident_id) DO NOTHING",
    )
    .bind(bid.id.as_uuid())
    .bind(bid.tender_id.as_uuid())
    .bind(uuids(controllers))
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, bid: &mut Bid) -> Result<()> {
    let done = sqlx::query(
        "UPDATE bids SET state = $3, price_fen = $4, proposal = $5, finding = $6,
             unsealed_at = $7, updated_at = $8, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(bid.id.as_uuid())
    .bind(bid.version)
    .bind(bid.state.as_str())
    .bind(bid.price.map(Fen::get))
    .bind(&bid.proposal)
    .bind(&bid.finding)
    .bind(bid.unsealed_at)
    .bind(bid.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    bid.version += 1;
    Ok(())
}

/// A withdrawn bid no longer keeps others of the same controller out.
pub async fn release_controllers(conn: &mut PgConnection, bid: BidId) -> Result<()> {
    sqlx::query("UPDATE bid_controllers SET active = false WHERE bid_id = $1")
        .bind(bid.as_uuid())
        .execute(conn)
        .await?;
    Ok(())
}

/// The bid of an id.
pub async fn find(conn: &mut PgConnection, id: BidId) -> Result<Option<Bid>> {
    let row: Option<Row> =
        sqlx::query_as(concat!("SELECT ", columns!(), " FROM bids WHERE id = $1"))
            .bind(id.as_uuid())
            .fetch_optional(conn)
            .await?;
    row.map(Bid::try_from).transpose()
}

/// The bid of an id, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: BidId) -> Result<Option<Bid>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM bids WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Bid::try_from).transpose()
}

/// The bids of a tender but withdrawn ones, locked, in the order of receipt.
pub async fn lock_all(conn: &mut PgConnection, tender: TenderId) -> Result<Vec<Bid>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM bids WHERE tender_id = $1 AND state <> 'WITHDRAWN' ORDER BY id FOR UPDATE"
    ))
    .bind(tender.as_uuid())
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Bid::try_from).collect()
}

/// The bids of many tenders but withdrawn ones, in the order of receipt.
pub async fn load_many(
    conn: &mut PgConnection,
    tenders: &[TenderId],
) -> Result<HashMap<TenderId, Vec<Bid>>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM bids WHERE tender_id = ANY ($1) AND state <> 'WITHDRAWN' ORDER BY id"
    ))
    .bind(uuids(tenders))
    .fetch_all(conn)
    .await?;
    let bids: Result<Vec<Bid>> = rows.into_iter().map(Bid::try_from).collect();
    Ok(grouped(bids?, |bid| bid.tender_id))
}
