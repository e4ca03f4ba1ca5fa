//! 服务对象 in SQL.

use std::collections::HashMap;

use kernel::{Direction, Page, keys::ResidentId};
use kit::{
    auth::{Columns, Scope},
    error::{Error, Result},
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::elder::{Elder, ElderFilter};

#[derive(sqlx::FromRow)]
struct Row {
    resident_id: Uuid,
    category: String,
    lives_alone: bool,
    division_code: String,
    demo: bool,
    version: i32,
    registered_at: chrono::DateTime<chrono::Utc>,
    updated_at: chrono::DateTime<chrono::Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "resident_id, category, lives_alone, division_code, demo, version, registered_at,
         updated_at"
    };
}

impl TryFrom<Row> for Elder {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("elders", column, row.resident_id);
        Ok(Self {
            resident_id: ResidentId::from_uuid(row.resident_id),
            category: row.category.parse().map_err(|_| bad("category"))?,
            lives_alone: row.lives_alone,
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            demo: row.demo,
            version: row.version,
            registered_at: row.registered_at,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new elder.
pub async fn insert(conn: &mut PgConnection, elder: &Elder) -> Result<()> {
    sqlx::query(
        "INSERT INTO elders (resident_id, category, lives_alone, division_code, demo, version,
             registered_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(elder.resident_id.as_uuid())
    .bind(elder.category.as_str())
    .bind(elder.lives_alone)
    .bind(elder.division_code.as_str())
    .bind(elder.demo)
    .bind(elder.version)
    .bind(elder.registered_at)
    .bind(elder.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, elder: &mut Elder) -> Result<()> {
    let done = sqlx::query(
        "UPDATE elders SET category = $3, lives_alone = $4, division_code = $5,
             version = version + 1, updated_at = $6
         WHERE resident_id = $1 AND version = $2",
    )
    .bind(elder.resident_id.as_uuid())
    .bind(elder.version)
    .bind(elder.category.as_str())
    .bind(elder.lives_alone)
    .bind(elder.division_code.as_str())
    .bind(elder.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    elder.version += 1;
    Ok(())
}

/// The elder of a resident.
pub async fn find(conn: &mut PgConnection, id: ResidentId) -> Result<Option<Elder>> {
    Ok(load_many(conn, &[id]).await?.remove(&id))
}

/// The elder, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: ResidentId) -> Result<Option<Elder>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM elders WHERE resident_id = $1 FOR NO KEY UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Elder::try_from).transpose()
}

/// Many elders in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[ResidentId],
) -> Result<HashMap<ResidentId, Elder>> {
    let ids: Vec<Uuid> = ids.iter().map(ResidentId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM elders WHERE resident_id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Elder::try_from(row).map(|elder| (elder.resident_id, elder)))
        .collect()
}

/// A page of elders, newest first, within what the caller may see.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &ElderFilter,
    page: &Page,
) -> Result<Vec<Elder>> {
    let mut query: QueryBuilder<Postgres> =
        QueryBuilder::new(concat!("SELECT ", columns!(), " FROM elders WHERE true"));
    let columns = Columns {
        division: "division_code",
        resident: Some("resident_id"),
        organization: None,
    };
    scope.push_with(&mut query, &columns);
    if let Some(below) = filter.below {
        query
            .push(" AND division_code LIKE ")
            .push_bind(format!("{}%", below.prefix()));
    }
    if let Some(category) = filter.category {
        query.push(" AND category = ").push_bind(category.as_str());
    }
    if let Some(alone) = filter.lives_alone {
        query.push(" AND lives_alone = ").push_bind(alone);
    }
    if let Some(looked_in_on) = filter.looked_in_on {
        query
            .push(
                " AND EXISTS (SELECT 1 FROM contact_schedules s
                  WHERE s.elder_id = elders.resident_id AND s.ended_at IS NULL) = ",
            )
            .push_bind(looked_in_on);
    }
    let (compare, order) = match page.direction {
        Direction::Forward => (" < ", " ORDER BY resident_id DESC"),
        Direction::Backward => (" > ", " ORDER BY resident_id"),
    };
    if let Some((after,)) = page.keys::<(Uuid,)>()? {
        query
            .push(" AND resident_id")
            .push(compare)
            .push_bind(after);
    }
    query
        .push(order)
        .push(" LIMIT ")
        .push_bind(page.fetch_limit());
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Elder::try_from).collect()
}
