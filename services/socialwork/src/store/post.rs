//! 专业社工岗位 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Page, keys::SocialWorkerId};
use kit::error::{Error, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{Reading, one};
use crate::domain::{
    post::{Post, PostFilter, PostHolding, PostHoldingId, PostId},
    studio::StudioId,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    studio_id: Uuid,
    division_code: String,
    title: String,
    duties: String,
    established_at: DateTime<Utc>,
    abolished_at: Option<DateTime<Utc>>,
}

const SELECT: &str = "SELECT p.id, p.studio_id, p.division_code, p.title, p.duties,
    p.established_at, p.abolished_at FROM posts p";

impl TryFrom<Row> for Post {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let read = Reading {
            table: "posts",
            id: row.id,
        };
        Ok(Self {
            id: PostId::from_uuid(row.id),
            studio_id: StudioId::from_uuid(row.studio_id),
            division_code: read.word("division_code", &row.division_code)?,
            title: row.title,
            duties: row.duties,
            established_at: row.established_at,
            abolished_at: row.abolished_at,
        })
    }
}

#[derive(sqlx::FromRow)]
struct HoldingRow {
    id: Uuid,
    post_id: Uuid,
    social_worker_id: Uuid,
    first: NaiveDate,
    last: Option<NaiveDate>,
}

/// A range in the database ends before its upper bound.
const HOLDING: &str = "SELECT id, post_id, social_worker_id, lower(period) AS first,
    upper(period) - 1 AS last FROM post_holdings";

impl From<HoldingRow> for PostHolding {
    fn from(row: HoldingRow) -> Self {
        Self {
            id: PostHoldingId::from_uuid(row.id),
            post_id: PostId::from_uuid(row.post_id),
            social_worker_id: SocialWorkerId::from_uuid(row.social_worker_id),
            from: row.first,
            to: row.last,
        }
    }
}

/// Writes a new post.
pub async fn insert(conn: &mut PgConnection, post: &Post) -> Result<()> {
    sqlx::query(
        "INSERT INTO posts (id, studio_id, division_code, title, duties, established_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(post.id.as_uuid())
    .bind(post.studio_id.as_uuid())
    .bind(post.division_code.as_str())
    .bind(&post.title)
    .bind(&post.duties)
    .bind(post.established_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes that a post was abolished.
pub async fn abolish(conn: &mut PgConnection, post: &Post) -> Result<()> {
    let done =
        sqlx::query("UPDATE posts SET abolished_at = $2 WHERE id = $1 AND abolished_at IS NULL")
            .bind(post.id.as_uuid())
            .bind(post.abolished_at)
            .execute(conn)
            .await?;
    one(&done)
}

/// A post, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: PostId) -> Result<Option<Post>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query
        .push(" WHERE p.id = ")
        .push_bind(id.as_uuid())
        .push(" FOR UPDATE OF p");
    let row: Option<Row> = query.build_query_as().fetch_optional(conn).await?;
    row.map(Post::try_from).transpose()
}

/// Whether a studio has a post of this title.
pub async fn stands(conn: &mut PgConnection, studio: StudioId, title: &str) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM posts
         WHERE studio_id = $1 AND title = $2 AND abolished_at IS NULL)",
    )
    .bind(studio.as_uuid())
    .bind(title)
    .fetch_one(conn)
    .await?)
}

/// A page of posts that stand, newest first.
pub async fn list(conn: &mut PgConnection, filter: &PostFilter, page: &Page) -> Result<Vec<Post>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query.push(" JOIN studios s ON s.id = p.studio_id WHERE p.abolished_at IS NULL");
    super::push_within(&mut query, "p.division_code", filter.division.as_ref());
    if let Some(community) = filter.community {
        query
            .push(" AND s.community_id = ")
            .push_bind(community.as_uuid());
    }
    if let Some(day) = filter.vacant_on {
        query
            .push(" AND NOT EXISTS (SELECT 1 FROM post_holdings h WHERE h.post_id = p.id AND h.period @> ")
            .push_bind(day)
            .push(")");
    }
    super::push_page(&mut query, "p.id", page)?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Post::try_from).collect()
}

/// Writes that somebody holds a post.
pub async fn insert_holding(
    conn: &mut PgConnection,
    holding: &PostHolding,
    (by, at): (&str, DateTime<Utc>),
) -> Result<()> {
    sqlx::query(
        "INSERT INTO post_holdings (id, post_id, social_worker_id, period, appointed_by, appointed_at)
         VALUES ($1, $2, $3, daterange($4, $5, '[]'), $6, $7)",
    )
    .bind(holding.id.as_uuid())
    .bind(holding.post_id.as_uuid())
    .bind(holding.social_worker_id.as_uuid())
    .bind(holding.from)
    .bind(holding.to)
    .bind(by)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes the last day of a holding.
pub async fn end_holding(conn: &mut PgConnection, holding: &PostHolding) -> Result<()> {
    let done = sqlx::query(
        "UPDATE post_holdings SET period = daterange(lower(period), $2, '[]') WHERE id = $1",
    )
    .bind(holding.id.as_uuid())
    .bind(holding.to)
    .execute(conn)
    .await?;
    one(&done)
}

/// A holding, locked until the end of the transaction.
pub async fn lock_holding(
    conn: &mut PgConnection,
    id: PostHoldingId,
) -> Result<Option<PostHolding>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(HOLDING);
    query
        .push(" WHERE id = ")
        .push_bind(id.as_uuid())
        .push(" FOR UPDATE");
    let row: Option<HoldingRow> = query.build_query_as().fetch_optional(conn).await?;
    Ok(row.map(Into::into))
}

/// Who held many posts, newest first.
pub async fn load_holdings(
    conn: &mut PgConnection,
    posts: &[PostId],
) -> Result<HashMap<PostId, Vec<PostHolding>>> {
    let ids: Vec<Uuid> = posts.iter().map(PostId::as_uuid).collect();
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(HOLDING);
    query
        .push(" WHERE post_id = ANY (")
        .push_bind(ids)
        .push(") ORDER BY lower(period) DESC");
    let rows: Vec<HoldingRow> = query.build_query_as().fetch_all(conn).await?;
    let mut found: HashMap<PostId, Vec<PostHolding>> = HashMap::new();
    for holding in rows.into_iter().map(PostHolding::from) {
        found.entry(holding.post_id).or_default().push(holding);
    }
    Ok(found)
}

/// Posts of many studios that stand, oldest first.
pub async fn load_many_of(
    conn: &mut PgConnection,
    studios: &[StudioId],
) -> Result<HashMap<StudioId, Vec<Post>>> {
    let ids: Vec<Uuid> = studios.iter().map(StudioId::as_uuid).collect();
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query
        .push(" WHERE p.abolished_at IS NULL AND p.studio_id = ANY (")
        .push_bind(ids)
        .push(") ORDER BY p.id");
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    let mut found: HashMap<StudioId, Vec<Post>> = HashMap::new();
    for row in rows {
        let post = Post::try_from(row)?;
        found.entry(post.studio_id).or_default().push(post);
    }
    Ok(found)
}
