//! 养老服务设施 and their rooms in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, Page, keys::OrganizationId};
use kit::{
    error::{Error, Result},
    record,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::facility::{Facility, FacilityId, Room, RoomId};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    organization_id: Option<Uuid>,
    division_code: String,
    name: String,
    capacity: i32,
    opened_by: String,
    opened_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, organization_id, division_code, name, capacity, opened_by, opened_at"
    };
}

#[derive(sqlx::FromRow)]
struct RoomRow {
    id: Uuid,
    facility_id: Uuid,
    kind: String,
    name: String,
    capacity: i32,
    added_at: DateTime<Utc>,
}

/// The columns of [`RoomRow`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! room_columns {
    () => {
        "id, facility_id, kind, name, capacity, added_at"
    };
}

impl TryFrom<RoomRow> for Room {
    type Error = Error;

    fn try_from(row: RoomRow) -> Result<Self> {
        Ok(Self {
            id: RoomId::from_uuid(row.id),
            facility_id: FacilityId::from_uuid(row.facility_id),
            kind: row
                .kind
                .parse()
                .map_err(|_| Error::inconsistent("rooms", "kind", row.id))?,
            name: row.name,
            capacity: row.capacity,
            added_at: row.added_at,
        })
    }
}

async fn with_rooms(conn: &mut PgConnection, rows: Vec<Row>) -> Result<Vec<Facility>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let rooms: Vec<RoomRow> = sqlx::query_as(concat!(
        "SELECT ",
        room_columns!(),
        " FROM rooms WHERE facility_id = ANY ($1) ORDER BY id"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut of: HashMap<Uuid, Vec<Room>> = HashMap::new();
    for row in rooms {
        of.entry(row.facility_id).or_default().push(row.try_into()?);
    }
    rows.into_iter()
        .map(|row| {
            Ok(Facility {
                id: FacilityId::from_uuid(row.id),
                organization_id: row.organization_id.map(OrganizationId::from_uuid),
                division_code: row
                    .division_code
                    .parse()
                    .map_err(|_| Error::inconsistent("facilities", "division_code", row.id))?,
                name: row.name,
                capacity: row.capacity,
                rooms: of.remove(&row.id).unwrap_or_default(),
                opened_by: row.opened_by,
                opened_at: row.opened_at,
            })
        })
        .collect()
}

/// Writes a new facility.
pub async fn insert(conn: &mut PgConnection, facility: &Facility) -> Result<()> {
    sqlx::query(
        "INSERT INTO facilities (id, organization_id, division_code, name, capacity, opened_by,
             opened_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(facility.id.as_uuid())
    .bind(facility.organization_id.map(|id| id.as_uuid()))
    .bind(facility.division_code.as_str())
    .bind(&facility.name)
    .bind(facility.capacity)
    .bind(&facility.opened_by)
    .bind(facility.opened_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes a new room.
pub async fn insert_room(conn: &mut PgConnection, room: &Room) -> Result<()> {
    sqlx::query(
        "INSERT INTO rooms (id, facility_id, kind, name, capacity, added_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(room.id.as_uuid())
    .bind(room.facility_id.as_uuid())
    .bind(room.kind.as_str())
    .bind(&room.name)
    .bind(room.capacity)
    .bind(room.added_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Many facilities in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[FacilityId],
) -> Result<HashMap<FacilityId, Facility>> {
    let ids: Vec<Uuid> = ids.iter().map(FacilityId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM facilities WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(&mut *conn)
    .await?;
    let found = with_rooms(conn, rows).await?;
    Ok(found.into_iter().map(|one| (one.id, one)).collect())
}

/// The facility of a room.
pub async fn find_of_room(conn: &mut PgConnection, room: RoomId) -> Result<Option<Facility>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM facilities WHERE id = (SELECT facility_id FROM rooms WHERE id = $1)"
    ))
    .bind(room.as_uuid())
    .fetch_all(&mut *conn)
    .await?;
    Ok(with_rooms(conn, rows).await?.pop())
}

/// A page of facilities, newest first.
pub async fn list(
    conn: &mut PgConnection,
    below: Option<DivisionCode>,
    page: &Page,
) -> Result<Vec<Facility>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM facilities WHERE true"
    ));
    if let Some(below) = below {
        query
            .push(" AND division_code LIKE ")
            .push_bind(format!("{}%", below.prefix()));
    }
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(&mut *conn).await?;
    with_rooms(conn, rows).await
}
