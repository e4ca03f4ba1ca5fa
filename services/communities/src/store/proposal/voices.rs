//! What residents say about a proposal: seconds and objections.

use chrono::{DateTime, Utc};
use kernel::{
    Kind,
    keys::{ProposalId, ResidentId},
};
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

/// A resident seconds; a second time is refused by the key.
pub async fn insert_second(
    conn: &mut PgConnection,
    proposal: ProposalId,
    resident: ResidentId,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO proposal_seconds (proposal_id, resident_id, seconded_at) VALUES ($1, $2, $3)",
    )
    .bind(proposal.as_uuid())
    .bind(resident.as_uuid())
    .bind(now)
    .execute(conn)
    .await
    .map_err(
        |error| match error.as_database_error().and_then(|e| e.constraint()) {
            Some("proposal_seconded_already") => Error::new(
                Kind::AlreadyExists,
                "PROPOSAL_SECONDED_ALREADY",
                "该居民已附议过此议题,每人一次",
                "this resident has seconded the proposal already; everyone does so once",
            ),
            _ => error.into(),
        },
    )?;
    Ok(())
}

/// An objection, open until it is resolved.
pub async fn insert_objection(
    conn: &mut PgConnection,
    id: Uuid,
    proposal: ProposalId,
    resident: ResidentId,
    body: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO proposal_objections (id, proposal_id, resident_id, body, raised_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(id)
    .bind(proposal.as_uuid())
    .bind(resident.as_uuid())
    .bind(body)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Resolves the open objection of a proposal.
pub async fn resolve_objection(
    conn: &mut PgConnection,
    proposal: ProposalId,
    upheld: bool,
    note: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let done = sqlx::query(
        "UPDATE proposal_objections SET upheld = $2, note = $3, resolved_at = $4
         WHERE proposal_id = $1 AND resolved_at IS NULL",
    )
    .bind(proposal.as_uuid())
    .bind(upheld)
    .bind(note)
    .bind(now)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    Ok(())
}
