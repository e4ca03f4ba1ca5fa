//! 居民 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Direction, DivisionCode, GridCode, Page, keys::ResidentId};
use kit::{
    auth::Scope,
    error::{Error, Result},
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::resident::{Resident, ResidentStatus, Sealed, Verification};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    name_sealed: Vec<u8>,
    citizen_id_sealed: Vec<u8>,
    phone_sealed: Option<Vec<u8>>,
    citizen_index: Vec<u8>,
    birth_date: NaiveDate,
    sex: String,
    community_code: String,
    grid_code: Option<String>,
    status: String,
    verified_at: Option<DateTime<Utc>>,
    verified_by: Option<String>,
    verification_method: Option<String>,
    died_on: Option<NaiveDate>,
    merged_into: Option<Uuid>,
    demo: bool,
    version: i32,
    registered_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, name_sealed, citizen_id_sealed, phone_sealed, citizen_index, birth_date, sex,
         community_code, grid_code, status, verified_at, verified_by, verification_method,
         died_on, merged_into, demo, version, registered_at, updated_at"
    };
}

impl TryFrom<Row> for Resident {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("residents", column, row.id);
        let verification = match (row.verified_at, row.verified_by, row.verification_method) {
            (Some(at), Some(by), Some(method)) => Some(Verification {
                at,
                by,
                method: method.parse().map_err(|_| bad("verification_method"))?,
            }),
            _ => None,
        };
        let grid_code = row
            .grid_code
            .map(|code| code.parse())
            .transpose()
            .map_err(|_| bad("grid_code"))?;
        Ok(Self {
            id: ResidentId::from_uuid(row.id),
            birth_date: row.birth_date,
            sex: row.sex.parse().map_err(|_| bad("sex"))?,
            community_code: row
                .community_code
                .parse()
                .map_err(|_| bad("community_code"))?,
            grid_code,
            status: row.status.parse().map_err(|_| bad("status"))?,
            verification,
            sealed: Sealed {
                name: row.name_sealed,
                citizen_id: row.citizen_id_sealed,
                phone: row.phone_sealed,
                citizen_index: row.citizen_index,
            },
            died_on: row.died_on,
            merged_into: row.merged_into.map(ResidentId::from_uuid),
            demo: row.demo,
            version: row.version,
            registered_at: row.registered_at,
            updated_at: row.updated_at,
        })
    }
}

/// Which residents a list asks for.
#[derive(Clone, Debug, Default)]
pub struct ResidentFilter {
    pub below: Option<DivisionCode>,
    pub grid: Option<GridCode>,
    pub status: Option<ResidentStatus>,
}

/// Writes a new resident.
pub async fn insert(conn: &mut PgConnection, resident: &Resident) -> Result<()> {
    sqlx::query(
        "INSERT INTO residents (id, name_sealed, citizen_id_sealed, phone_sealed, citizen_index,
             birth_date, sex, community_code, grid_code, status, demo, version, registered_at,
             updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(resident.id.as_uuid())
    .bind(&resident.sealed.name)
    .bind(&resident.sealed.citizen_id)
    .bind(&resident.sealed.phone)
    .bind(&resident.sealed.citizen_index)
    .bind(resident.birth_date)
    .bind(resident.sex.as_str())
    .bind(resident.community_code.as_str())
    .bind(resident.grid_code.as_ref().map(GridCode::as_str))
    .bind(resident.status.as_str())
    .bind(resident.demo)
    .bind(resident.version)
    .bind(resident.registered_at)
    .bind(resident.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, resident: &mut Resident) -> Result<()> {
    let verification = resident.verification.as_ref();
    let done = sqlx::query(
        "UPDATE residents SET community_code = $3, grid_code = $4, status = $5,
             verified_at = $6, verified_by = $7, verification_method = $8, died_on = $9,
             updated_at = $10, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(resident.id.as_uuid())
    .bind(resident.version)
    .bind(resident.community_code.as_str())
    .bind(resident.grid_code.as_ref().map(GridCode::as_str))
    .bind(resident.status.as_str())
    .bind(verification.map(|it| it.at))
    .bind(verification.map(|it| it.by.as_str()))
    .bind(verification.map(|it| it.method.as_str()))
    .bind(resident.died_on)
    .bind(resident.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    resident.version += 1;
    Ok(())
}

/// The resident of an id.
pub async fn find(conn: &mut PgConnection, id: ResidentId) -> Result<Option<Resident>> {
    Ok(load_many(conn, &[id]).await?.remove(&id))
}

/// The resident of an id, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: ResidentId) -> Result<Option<Resident>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM residents WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Resident::try_from).transpose()
}

/// The one record of a person.
pub async fn find_by_index(conn: &mut PgConnection, index: &[u8]) -> Result<Option<Resident>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM residents WHERE citizen_index = $1 AND status <> 'MERGED'"
    ))
    .bind(index)
    .fetch_optional(conn)
    .await?;
    row.map(Resident::try_from).transpose()
}

/// Many residents in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[ResidentId],
) -> Result<HashMap<ResidentId, Resident>> {
    let ids: Vec<Uuid> = ids.iter().map(ResidentId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM residents WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Resident::try_from(row).map(|resident| (resident.id, resident)))
        .collect()
}

/// A page of residents, newest first, within what the caller may see.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &ResidentFilter,
    page: &Page,
) -> Result<Vec<Resident>> {
    let mut query: QueryBuilder<Postgres> =
        QueryBuilder::new(concat!("SELECT ", columns!(), " FROM residents WHERE true"));
    scope.push(&mut query, "community_code");
    if let Some(below) = &filter.below {
        query
            .push(" AND community_code LIKE ")
            .push_bind(format!("{}%", below.prefix()));
    }
    if let Some(grid) = &filter.grid {
        query.push(" AND grid_code = ").push_bind(grid.as_str());
    }
    if let Some(status) = filter.status {
        query.push(" AND status = ").push_bind(status.as_str());
    }
    let (compare, order) = match page.direction {
        Direction::Forward => (" < ", " ORDER BY id DESC"),
        Direction::Backward => (" > ", " ORDER BY id"),
    };
    if let Some((after,)) = page.keys::<(Uuid,)>()? {
        query.push(" AND id").push(compare).push_bind(after);
    }
    query
        .push(order)
        .push(" LIMIT ")
        .push_bind(page.fetch_limit());
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Resident::try_from).collect()
}
