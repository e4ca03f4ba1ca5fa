//! 表决 in SQL; the votes themselves are in `votes`.

mod votes;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::keys::ProposalId;
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::ballot::{Ballot, BallotId, Tally};

pub use votes::{Cast, find_receipt, insert_cast, insert_choice, list_choices};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    proposal_id: Uuid,
    unit: String,
    rule: String,
    eligible: i32,
    quorum_percent: i32,
    quorum_source: String,
    opens_at: DateTime<Utc>,
    closes_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
    votes_for: Option<i32>,
    votes_against: Option<i32>,
    abstentions: Option<i32>,
    decision: Option<String>,
    closed_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Ballot {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("ballots", column, row.id);
        let result = match (
            row.votes_for,
            row.votes_against,
            row.abstentions,
            row.decision,
            row.closed_at,
        ) {
            (
                Some(votes_for),
                Some(votes_against),
                Some(abstentions),
                Some(decision),
                Some(closed_at),
            ) => Some(Tally {
                votes_for,
                votes_against,
                abstentions,
                decision: decision.parse().map_err(|_| bad("decision"))?,
                closed_at,
            }),
            _ => None,
        };
        Ok(Self {
            id: BallotId::from_uuid(row.id),
            proposal_id: ProposalId::from_uuid(row.proposal_id),
            unit: row.unit.parse().map_err(|_| bad("unit"))?,
            rule: row.rule.parse().map_err(|_| bad("rule"))?,
            eligible: row.eligible,
            quorum_percent: row.quorum_percent,
            quorum_source: row.quorum_source,
            opens_at: row.opens_at,
            closes_at: row.closes_at,
            created_at: row.created_at,
            result,
        })
    }
}

/// Writes a new ballot.
pub async fn insert(conn: &mut PgConnection, ballot: &Ballot) -> Result<()> {
    sqlx::query(
        "INSERT INTO ballots (id, proposal_id, unit, rule, eligible, quorum_percent,
             quorum_source, opens_at, closes_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(ballot.id.as_uuid())
    .bind(ballot.proposal_id.as_uuid())
    .bind(ballot.unit.as_str())
    .bind(ballot.rule.as_str())
    .bind(ballot.eligible)
    .bind(ballot.quorum_percent)
    .bind(&ballot.quorum_source)
    .bind(ballot.opens_at)
    .bind(ballot.closes_at)
    .bind(ballot.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks a ballot alone until the end of the transaction: votes that are being
/// cast come first, later ones wait for the count and are refused.
pub async fn lock(conn: &mut PgConnection, id: BallotId) -> Result<()> {
    sqlx::query("SELECT 1 FROM ballots WHERE id = $1 FOR UPDATE")
        .bind(id.as_uuid())
        .execute(conn)
        .await?;
    Ok(())
}

/// The ballot of an id.
pub async fn find(conn: &mut PgConnection, id: BallotId) -> Result<Option<Ballot>> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT b.id, b.proposal_id, b.unit, b.rule, b.eligible, b.quorum_percent,
             b.quorum_source, b.opens_at, b.closes_at, b.created_at,
             r.votes_for, r.votes_against, r.abstentions, r.decision, r.closed_at
         FROM ballots b LEFT JOIN ballot_results r ON r.ballot_id = b.id WHERE b.id = $1",
    )
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Ballot::try_from).transpose()
}

/// The newest ballot of each proposal.
pub async fn load_newest(
    conn: &mut PgConnection,
    proposals: &[ProposalId],
) -> Result<HashMap<ProposalId, Ballot>> {
    let ids: Vec<Uuid> = proposals.iter().map(ProposalId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT DISTINCT ON (b.proposal_id)
             b.id, b.proposal_id, b.unit, b.rule, b.eligible, b.quorum_percent,
             b.quorum_source, b.opens_at, b.closes_at, b.created_at,
             r.votes_for, r.votes_against, r.abstentions, r.decision, r.closed_at
         FROM ballots b LEFT JOIN ballot_results r ON r.ballot_id = b.id
         WHERE b.proposal_id = ANY ($1)
         ORDER BY b.proposal_id, b.created_at DESC, b.id DESC",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Ballot::try_from(row).map(|ballot| (ballot.proposal_id, ballot)))
        .collect()
}

/// Writes the count, once.
pub async fn insert_result(conn: &mut PgConnection, ballot: BallotId, tally: &Tally) -> Result<()> {
    sqlx::query(
        "INSERT INTO ballot_results (ballot_id, votes_for, votes_against, abstentions, decision,
             closed_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(ballot.as_uuid())
    .bind(tally.votes_for)
    .bind(tally.votes_against)
    .bind(tally.abstentions)
    .bind(tally.decision.as_str())
    .bind(tally.closed_at)
    .execute(conn)
    .await?;
    Ok(())
}
