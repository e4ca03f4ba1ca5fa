//! 社区社会工作室 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Page, keys::CommunityId};
use kit::error::Result;
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{Reading, one};
use crate::domain::studio::{Studio, StudioCheck, StudioFilter, StudioId};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    community_id: Uuid,
    division_code: String,
    name: String,
    address: String,
    state: String,
    posts: i64,
    opened_at: Option<DateTime<Utc>>,
    closed_at: Option<DateTime<Utc>>,
    version: i32,
    updated_at: DateTime<Utc>,
}

const SELECT: &str = "SELECT s.id, s.community_id, s.division_code, s.name, s.address, s.state,
    s.opened_at, s.closed_at, s.version, s.updated_at,
    (SELECT count(*) FROM posts p WHERE p.studio_id = s.id AND p.abolished_at IS NULL) AS posts
    FROM studios s";

impl Row {
    fn studio(self, checks: Vec<StudioCheck>) -> Result<Studio> {
        let read = Reading {
            table: "studios",
            id: self.id,
        };
        Ok(Studio {
            id: StudioId::from_uuid(self.id),
            community_id: CommunityId::from_uuid(self.community_id),
            division_code: read.word("division_code", &self.division_code)?,
            name: self.name,
            address: self.address,
            state: read.word("state", &self.state)?,
            checks,
            posts: self.posts,
            opened_at: self.opened_at,
            closed_at: self.closed_at,
            version: self.version,
            updated_at: self.updated_at,
        })
    }
}

/// Puts the newest checks to the studios of a statement.
async fn whole(conn: &mut PgConnection, rows: Vec<Row>) -> Result<Vec<Studio>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let checks: Vec<(Uuid, String, bool, String, NaiveDate)> = sqlx::query_as(
        "SELECT DISTINCT ON (studio_id, item) studio_id, item, met, evidence, checked_on
         FROM studio_checks WHERE studio_id = ANY ($1) ORDER BY studio_id, item, id DESC",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut of: HashMap<Uuid, Vec<StudioCheck>> = HashMap::new();
    for (id, item, met, evidence, checked_on) in checks {
        let read = Reading {
            table: "studio_checks",
            id,
        };
        of.entry(id).or_default().push(StudioCheck {
            item: read.word("item", &item)?,
            met,
            evidence,
            checked_on,
        });
    }
    rows.into_iter()
        .map(|row| {
            let checks = of.remove(&row.id).unwrap_or_default();
            row.studio(checks)
        })
        .collect()
}

/// Writes a new studio.
pub async fn insert(conn: &mut PgConnection, studio: &Studio) -> Result<()> {
    sqlx::query(
        "INSERT INTO studios (id, community_id, division_code, name, address, state, created_at,
             updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
    )
    .bind(studio.id.as_uuid())
    .bind(studio.community_id.as_uuid())
    .bind(studio.division_code.as_str())
    .bind(&studio.name)
    .bind(&studio.address)
    .bind(studio.state.as_str())
    .bind(studio.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what was seen of an item.
pub async fn insert_check(
    conn: &mut PgConnection,
    (id, studio): (Uuid, StudioId),
    check: &StudioCheck,
    (by, at): (&str, DateTime<Utc>),
) -> Result<()> {
    sqlx::query(
        "INSERT INTO studio_checks (id, studio_id, item, met, evidence, checked_on, checked_by,
             checked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(id)
    .bind(studio.as_uuid())
    .bind(check.item.as_str())
    .bind(check.met)
    .bind(&check.evidence)
    .bind(check.checked_on)
    .bind(by)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes where a studio stands; a version that moved is a conflict.
pub async fn update(conn: &mut PgConnection, studio: &mut Studio) -> Result<()> {
    let done = sqlx::query(
        "UPDATE studios SET state = $3, opened_at = $4, closed_at = $5, updated_at = $6,
             version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(studio.id.as_uuid())
    .bind(studio.version)
    .bind(studio.state.as_str())
    .bind(studio.opened_at)
    .bind(studio.closed_at)
    .bind(studio.updated_at)
    .execute(conn)
    .await?;
    one(&done)?;
    studio.version += 1;
    Ok(())
}

/// Whether a community has a studio that is not closed.
pub async fn stands(conn: &mut PgConnection, community: CommunityId) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM studios WHERE community_id = $1 AND state <> 'CLOSED')",
    )
    .bind(community.as_uuid())
    .fetch_one(conn)
    .await?)
}

/// A studio, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: StudioId) -> Result<Option<Studio>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query
        .push(" WHERE s.id = ")
        .push_bind(id.as_uuid())
        .push(" FOR UPDATE OF s");
    let rows: Vec<Row> = query.build_query_as().fetch_all(&mut *conn).await?;
    Ok(whole(conn, rows).await?.pop())
}

/// Many studios.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[StudioId],
) -> Result<HashMap<StudioId, Studio>> {
    let ids: Vec<Uuid> = ids.iter().map(StudioId::as_uuid).collect();
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query.push(" WHERE s.id = ANY (").push_bind(ids).push(")");
    let rows: Vec<Row> = query.build_query_as().fetch_all(&mut *conn).await?;
    let found = whole(conn, rows).await?;
    Ok(found.into_iter().map(|one| (one.id, one)).collect())
}

/// A page of studios, newest first.
pub async fn list(
    conn: &mut PgConnection,
    filter: &StudioFilter,
    page: &Page,
) -> Result<Vec<Studio>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query.push(" WHERE TRUE");
    super::push_within(&mut query, "s.division_code", filter.division.as_ref());
    if let Some(community) = filter.community {
        query
            .push(" AND s.community_id = ")
            .push_bind(community.as_uuid());
    }
    if let Some(state) = filter.state {
        query.push(" AND s.state = ").push_bind(state.as_str());
    }
    if filter.lacking {
        query.push(
            " AND s.state <> 'CLOSED' AND (SELECT count(*) FROM (
                SELECT DISTINCT ON (c.item) c.met FROM studio_checks c
                WHERE c.studio_id = s.id ORDER BY c.item, c.id DESC) AS newest WHERE met) < 5",
        );
    }
    super::push_page(&mut query, "s.id", page)?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(&mut *conn).await?;
    whole(conn, rows).await
}
