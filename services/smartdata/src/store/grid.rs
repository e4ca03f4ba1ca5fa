//! 网格 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{Direction, DivisionCode, GridCode, Page, keys::GridId};
use kit::error::{Error, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::grid::{Grid, Lead};

const SELECT: &str = "SELECT g.id, g.code, g.name, g.kind, g.demo, g.created_at,
    l.subject, l.name AS lead_name, lower(l.period) AS since
    FROM grids g LEFT JOIN grid_leads l ON l.grid_id = g.id AND upper_inf(l.period)";

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    code: String,
    name: String,
    kind: String,
    demo: bool,
    created_at: DateTime<Utc>,
    subject: Option<String>,
    lead_name: Option<String>,
    since: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Grid {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("grids", column, row.id);
        let lead = match (row.subject, row.lead_name, row.since) {
            (Some(subject), Some(name), Some(since)) => Some(Lead {
                subject,
                name,
                since,
            }),
            _ => None,
        };
        Ok(Self {
            id: GridId::from_uuid(row.id),
            code: row.code.parse().map_err(|_| bad("code"))?,
            kind: row.kind.parse().map_err(|_| bad("kind"))?,
            name: row.name,
            lead,
            demo: row.demo,
            created_at: row.created_at,
        })
    }
}

/// Writes a new grid.
pub async fn insert(conn: &mut PgConnection, grid: &Grid) -> Result<()> {
    sqlx::query(
        "INSERT INTO grids (id, code, name, kind, demo, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(grid.id.as_uuid())
    .bind(grid.code.as_str())
    .bind(&grid.name)
    .bind(grid.kind.as_str())
    .bind(grid.demo)
    .bind(grid.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends the present lead, if there is one, and begins the next.
pub async fn change_lead(conn: &mut PgConnection, grid: GridId, lead: &Lead) -> Result<()> {
    sqlx::query(
        "UPDATE grid_leads SET period = tstzrange(lower(period), $2)
         WHERE grid_id = $1 AND upper_inf(period)",
    )
    .bind(grid.as_uuid())
    .bind(lead.since)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO grid_leads (grid_id, subject, name, period)
         VALUES ($1, $2, $3, tstzrange($4, NULL))",
    )
    .bind(grid.as_uuid())
    .bind(&lead.subject)
    .bind(&lead.name)
    .bind(lead.since)
    .execute(conn)
    .await?;
    Ok(())
}

/// The grid of an id, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: GridId) -> Result<Option<Grid>> {
    let locked: Option<Uuid> = sqlx::query_scalar("SELECT id FROM grids WHERE id = $1 FOR UPDATE")
        .bind(id.as_uuid())
        .fetch_optional(&mut *conn)
        .await?;
    if locked.is_none() {
        return Ok(None);
    }
    Ok(load_many(conn, &[id]).await?.remove(&id))
}

/// The grid of a code.
pub async fn find_by_code(conn: &mut PgConnection, code: &GridCode) -> Result<Option<Grid>> {
    Ok(load_many_by_code(conn, std::slice::from_ref(code))
        .await?
        .remove(code))
}

/// Many grids in one statement; those that do not exist are left out.
pub async fn load_many(conn: &mut PgConnection, ids: &[GridId]) -> Result<HashMap<GridId, Grid>> {
    let ids: Vec<Uuid> = ids.iter().map(GridId::as_uuid).collect();
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query.push(" WHERE g.id = ANY (").push_bind(ids).push(")");
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter()
        .map(|row| Grid::try_from(row).map(|grid| (grid.id, grid)))
        .collect()
}

/// The same, by code.
pub async fn load_many_by_code(
    conn: &mut PgConnection,
    codes: &[GridCode],
) -> Result<HashMap<GridCode, Grid>> {
    let codes: Vec<&str> = codes.iter().map(GridCode::as_str).collect();
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query
        .push(" WHERE g.code = ANY (")
        .push_bind(codes)
        .push(")");
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter()
        .map(|row| Grid::try_from(row).map(|grid| (grid.code, grid)))
        .collect()
}

/// A page of grids below a division, in code order.
pub async fn list(
    conn: &mut PgConnection,
    below: Option<&DivisionCode>,
    page: &Page,
) -> Result<Vec<Grid>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query.push(" WHERE true");
    if let Some(below) = below {
        query
            .push(" AND g.community_code LIKE ")
            .push_bind(format!("{}%", below.prefix()));
    }
    let (compare, order) = match page.direction {
        Direction::Forward => (" > ", " ORDER BY g.code"),
        Direction::Backward => (" < ", " ORDER BY g.code DESC"),
    };
    if let Some((after,)) = page.keys::<(String,)>()? {
        query.push(" AND g.code").push(compare).push_bind(after);
    }
    query
        .push(order)
        .push(" LIMIT ")
        .push_bind(page.fetch_limit());
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Grid::try_from).collect()
}
