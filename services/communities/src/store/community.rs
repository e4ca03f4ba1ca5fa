//! 社区 in SQL.

use std::collections::HashMap;

use kernel::{Direction, DivisionCode, Page, keys::CommunityId};
use kit::error::{Error, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::community::Community;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    division_code: String,
    name: String,
    kind: String,
    households: i32,
    population: i32,
    service_area_m2: i32,
    active: bool,
    demo: bool,
    created_at: chrono::DateTime<chrono::Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, division_code, name, kind, households, population, service_area_m2, active, demo,
         created_at"
    };
}

impl TryFrom<Row> for Community {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("communities", column, row.id);
        Ok(Self {
            id: CommunityId::from_uuid(row.id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            name: row.name.clone(),
            kind: row.kind.parse().map_err(|_| bad("kind"))?,
            households: row.households,
            population: row.population,
            service_area_m2: row.service_area_m2,
            active: row.active,
            demo: row.demo,
            created_at: row.created_at,
        })
    }
}

/// Writes a new community.
pub async fn insert(conn: &mut PgConnection, community: &Community) -> Result<()> {
    sqlx::query(
        "INSERT INTO communities (id, division_code, name, kind, households, population,
             service_area_m2, active, demo, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(community.id.as_uuid())
    .bind(community.division_code.as_str())
    .bind(&community.name)
    .bind(community.kind.as_str())
    .bind(community.households)
    .bind(community.population)
    .bind(community.service_area_m2)
    .bind(community.active)
    .bind(community.demo)
    .bind(community.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Many communities in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[CommunityId],
) -> Result<HashMap<CommunityId, Community>> {
    let ids: Vec<Uuid> = ids.iter().map(CommunityId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM communities WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Community::try_from(row).map(|community| (community.id, community)))
        .collect()
}

/// The same, by division.
pub async fn load_many_by_code(
    conn: &mut PgConnection,
    codes: &[DivisionCode],
) -> Result<HashMap<DivisionCode, Community>> {
    let codes: Vec<&str> = codes.iter().map(DivisionCode::as_str).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM communities WHERE division_code = ANY ($1)"
    ))
    .bind(&codes)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Community::try_from(row).map(|community| (community.division_code, community)))
        .collect()
}

/// A page of communities in code order, below a division.
pub async fn list(
    conn: &mut PgConnection,
    below: Option<&DivisionCode>,
    page: &Page,
) -> Result<Vec<Community>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM communities WHERE true"
    ));
    if let Some(below) = below {
        query
            .push(" AND division_code LIKE ")
            .push_bind(format!("{}%", below.prefix()));
    }
    let (compare, order) = match page.direction {
        Direction::Forward => (" > ", " ORDER BY division_code"),
        Direction::Backward => (" < ", " ORDER BY division_code DESC"),
    };
    if let Some((after,)) = page.keys::<(String,)>()? {
        query
            .push(" AND division_code")
            .push(compare)
            .push_bind(after);
    }
    query
        .push(order)
        .push(" LIMIT ")
        .push_bind(page.fetch_limit());
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Community::try_from).collect()
}
