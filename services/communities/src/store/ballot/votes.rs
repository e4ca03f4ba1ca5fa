//! Votes: who voted and how they voted stand in two tables that share nothing
//! but the ballot.

use chrono::{DateTime, Utc};
use kernel::Kind;
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::ballot::BallotId;

/// Somebody's vote in the register of voters.
#[derive(Debug)]
pub struct Cast<'a> {
    pub ballot: BallotId,
    pub voter_key: &'a [u8],
    pub channel: &'a str,
    pub paper_serial: Option<&'a str>,
    pub entered_by: Option<&'a str>,
    pub at: DateTime<Utc>,
}

/// Enters the voter; a second time is refused by the key.
pub async fn insert_cast(conn: &mut PgConnection, cast: &Cast<'_>) -> Result<()> {
    sqlx::query(
        "INSERT INTO ballot_casts (ballot_id, voter_key, channel, paper_serial, entered_by, cast_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(cast.ballot.as_uuid())
    .bind(cast.voter_key)
    .bind(cast.channel)
    .bind(cast.paper_serial)
    .bind(cast.entered_by)
    .bind(cast.at)
    .execute(conn)
    .await
    .map_err(|error| match error.as_database_error().and_then(|e| e.constraint()) {
        Some("ballot_paper_serial") => Error::new(
            Kind::AlreadyExists,
            "BALLOT_PAPER_SERIAL",
            "该编号的纸质选票已经录入",
            "a paper ballot of this number has been entered already",
        )
        .at("input.paperSerial"),
        Some("ballot_already_cast") => Error::new(
            Kind::AlreadyExists,
            "BALLOT_ALREADY_CAST",
            "该居民已投票,每人只有一票(不论线上或纸质)",
            "this resident has voted already; everyone has one ballot, on paper or online",
        ),
        _ => error.into(),
    })?;
    Ok(())
}

/// Drops the sealed choice into the box.
pub async fn insert_choice(
    conn: &mut PgConnection,
    ballot: BallotId,
    receipt_hash: &[u8],
    choice: &[u8],
) -> Result<()> {
    sqlx::query(
        "INSERT INTO ballot_choices (ballot_id, receipt_hash, choice_enc) VALUES ($1, $2, $3)",
    )
    .bind(ballot.as_uuid())
    .bind(receipt_hash)
    .bind(choice)
    .execute(conn)
    .await?;
    Ok(())
}

/// All sealed choices of a ballot, in the order of their receipts.
pub async fn list_choices(conn: &mut PgConnection, ballot: BallotId) -> Result<Vec<Vec<u8>>> {
    Ok(sqlx::query_scalar(
        "SELECT choice_enc FROM ballot_choices WHERE ballot_id = $1 ORDER BY receipt_hash",
    )
    .bind(ballot.as_uuid())
    .fetch_all(conn)
    .await?)
}

/// Whether a receipt is in the box, and whether it was counted.
pub async fn find_receipt(
    conn: &mut PgConnection,
    receipt_hash: &[u8],
) -> Result<Option<(BallotId, bool)>> {
    let row: Option<(Uuid, bool)> = sqlx::query_as(
        "SELECT c.ballot_id, r.ballot_id IS NOT NULL
         FROM ballot_choices c LEFT JOIN ballot_results r ON r.ballot_id = c.ballot_id
         WHERE c.receipt_hash = $1",
    )
    .bind(receipt_hash)
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|(ballot, counted)| (BallotId::from_uuid(ballot), counted)))
}
