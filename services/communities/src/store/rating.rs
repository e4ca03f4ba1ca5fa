//! 评价 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::keys::{NeedId, ProposalId, ResidentId};
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

/// The ratings of what came of needs.
pub async fn load_many(
    conn: &mut PgConnection,
    needs: &[NeedId],
) -> Result<HashMap<NeedId, Rating>> {
    let needs: Vec<Uuid> = needs.iter().map(NeedId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT need_id, proposal_id, resident_id, stars, comment, rated_at
         FROM ratings WHERE need_id = ANY ($1)",
    )
    .bind(&needs)
    .fetch_all(conn)
    .await?;
    let typed = |row: Row| {
        let need_id = NeedId::from_uuid(row.need_id);
        let rating = Rating {
            need_id,
            proposal_id: ProposalId::from_uuid(row.proposal_id),
            resident_id: ResidentId::from_uuid(row.resident_id),
            stars: row.stars,
            comment: row.comment,
            rated_at: row.rated_at,
        };
        (need_id, rating)
    };
    Ok(rows.into_iter().map(typed).collect())
}
