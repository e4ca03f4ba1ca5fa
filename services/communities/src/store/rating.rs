//! 评价 in SQL.

use chrono::{DateTime, Utc};
use kernel::keys::{NeedId, ProposalId, ResidentId, TraceId};
use kit::error::Result;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::rating::Rating;

#[derive(sqlx::FromRow)]
struct Row {
    need_id: Uuid,
    proposal_id: Uuid,
    resident_id: Uuid,
    stars: i32,
    comment: Option<String>,
    rated_at: DateTime<Utc>,
}

/// Writes the rating; a second one is refused by the key.
pub async fn insert(conn: &mut PgConnection, rating: &Rating) -> Result<()> {
    sqlx::query(
        "INSERT INTO ratings (need_id, proposal_id, resident_id, stars, comment, rated_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(rating.need_id.as_uuid())
    .bind(rating.proposal_id.as_uuid())
    .bind(rating.resident_id.as_uuid())
    .bind(rating.stars)
    .bind(&rating.comment)
    .bind(rating.rated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The rating that ended a chain.
pub async fn find_by_trace(conn: &mut PgConnection, trace: TraceId) -> Result<Option<Rating>> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT r.need_id, r.proposal_id, r.resident_id, r.stars, r.comment, r.rated_at
         FROM ratings r JOIN needs n ON n.id = r.need_id WHERE n.trace_id = $1",
    )
    .bind(trace.as_uuid())
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Rating {
        need_id: NeedId::from_uuid(row.need_id),
        proposal_id: ProposalId::from_uuid(row.proposal_id),
        resident_id: ResidentId::from_uuid(row.resident_id),
        stars: row.stars,
        comment: row.comment,
        rated_at: row.rated_at,
    }))
}
