//! 抽取名单 in SQL: written once, before the tender goes public.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::keys::{ExpertId, TenderId};
use kit::error::Result;
use sqlx::PgConnection;
use uuid::Uuid;

use super::uuids;
use crate::domain::expert_pool::ExpertPool;

/// Writes the list of a tender, its members first: the row of the list closes it.
pub async fn insert(conn: &mut PgConnection, pool: &ExpertPool) -> Result<()> {
    sqlx::query(
        "INSERT INTO expert_pool_members (tender_id, expert_id) SELECT $1, unnest($2::uuid[])",
    )
    .bind(pool.tender_id.as_uuid())
    .bind(uuids(&pool.experts))
    .execute(&mut *conn)
    .await?;
    sqlx::query("INSERT INTO expert_pools (tender_id, digest, frozen_at) VALUES ($1, $2, $3)")
        .bind(pool.tender_id.as_uuid())
        .bind(&pool.digest)
        .bind(pool.frozen_at)
        .execute(conn)
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    tender_id: Uuid,
    digest: String,
    frozen_at: DateTime<Utc>,
    experts: Vec<Uuid>,
}

/// The lists of many tenders.
pub async fn load_many(
    conn: &mut PgConnection,
    tenders: &[TenderId],
) -> Result<HashMap<TenderId, ExpertPool>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT p.tender_id, p.digest, p.frozen_at, array_agg(m.expert_id ORDER BY m.expert_id) AS experts
         FROM expert_pools p JOIN expert_pool_members m USING (tender_id)
         WHERE p.tender_id = ANY ($1) GROUP BY p.tender_id",
    )
    .bind(uuids(tenders))
    .fetch_all(conn)
    .await?;
    let pools = rows.into_iter().map(|row| {
        let tender_id = TenderId::from_uuid(row.tender_id);
        let pool = ExpertPool {
            tender_id,
            digest: row.digest,
            experts: row.experts.into_iter().map(ExpertId::from_uuid).collect(),
            frozen_at: row.frozen_at,
        };
        (tender_id, pool)
    });
    Ok(pools.collect())
}
