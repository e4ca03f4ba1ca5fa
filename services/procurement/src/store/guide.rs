//! 指南 in SQL: versions follow each other, none is changed.

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, Fen, Page};
use kit::{
    error::{Error, Result},
    record,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::below;
use crate::domain::guide::{Guide, GuideFilter, GuideId, GuideKind};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    division_code: String,
    kind: String,
    year: i32,
    title: String,
    body: String,
    budget_fen: Option<i64>,
    version: i32,
    published_by: String,
    published_at: DateTime<Utc>,
}

impl TryFrom<Row> for Guide {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("guides", column, row.id);
        Ok(Self {
            id: GuideId::from_uuid(row.id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            kind: row.kind.parse().map_err(|_| bad("kind"))?,
            year: row.year,
            title: row.title,
            body: row.body,
            budget: row.budget_fen.map(Fen::new),
            version: row.version,
            published_by: row.published_by,
            published_at: row.published_at,
        })
    }
}

/// Writes a version.
pub async fn insert(conn: &mut PgConnection, one: &Guide) -> Result<()> {
    sqlx::query(
        "INSERT INTO guides (id, division_code, kind, year, title, body, budget_fen, version,
             published_by, published_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(one.id.as_uuid())
    .bind(one.division_code.as_str())
    .bind(one.kind.as_str())
    .bind(one.year)
    .bind(&one.title)
    .bind(&one.body)
    .bind(one.budget.map(Fen::get))
    .bind(one.version)
    .bind(&one.published_by)
    .bind(one.published_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The version in force; none is 0.
pub async fn version(
    conn: &mut PgConnection,
    division: &DivisionCode,
    kind: GuideKind,
    year: i32,
) -> Result<i32> {
    Ok(sqlx::query_scalar(
        "SELECT coalesce(max(version), 0) FROM guides
         WHERE division_code = $1 AND kind = $2 AND year = $3",
    )
    .bind(division.as_str())
    .bind(kind.as_str())
    .bind(year)
    .fetch_one(conn)
    .await?)
}

/// A page of guides, newest first: those in force, or all versions.
pub async fn list(
    conn: &mut PgConnection,
    filter: &GuideFilter,
    page: &Page,
) -> Result<Vec<Guide>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(
        "SELECT id, division_code, kind, year, title, body, budget_fen, version, published_by,
                published_at
         FROM guides WHERE TRUE",
    );
    if !filter.all_versions {
        query.push(
            " AND version = (SELECT max(o.version) FROM guides o
                 WHERE o.division_code = guides.division_code AND o.kind = guides.kind
                   AND o.year = guides.year)",
        );
    }
    if let Some(kind) = filter.kind {
        query.push(" AND kind = ").push_bind(kind.as_str());
    }
    if let Some(year) = filter.year {
        query.push(" AND year = ").push_bind(year);
    }
    below(&mut query, filter.below.as_ref());
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Guide::try_from).collect()
}
