//! 地址 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, GridCode, Page};
use kit::{
    auth::Scope,
    error::{Error, Result},
    record,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::page;
use crate::domain::address::{Address, AddressGrid, AddressId};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    division_code: String,
    text: String,
    created_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, division_code, text, created_at"
    };
}

impl TryFrom<Row> for Address {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("addresses", column, row.id);
        Ok(Self {
            id: AddressId::from_uuid(row.id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            text: row.text,
            created_at: row.created_at,
        })
    }
}

/// Writes a new one.
pub async fn insert(conn: &mut PgConnection, address: &Address) -> Result<()> {
    sqlx::query(
        "INSERT INTO addresses (id, division_code, text, created_at)
         VALUES ($1, $2, $3, $4)",
    )
    .bind(address.id.as_uuid())
    .bind(address.division_code.as_str())
    .bind(&address.text)
    .bind(address.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The one of an id, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: AddressId) -> Result<Option<Address>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM addresses WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Address::try_from).transpose()
}

/// Many in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[AddressId],
) -> Result<HashMap<AddressId, Address>> {
    let ids: Vec<Uuid> = ids.iter().map(AddressId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM addresses WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Address::try_from(row).map(|it| (it.id, it)))
        .collect()
}

#[derive(sqlx::FromRow)]
struct GridRow {
    address_id: Uuid,
    grid_code: String,
    since: NaiveDate,
    until: Option<NaiveDate>,
}

/// Writes where an address lies from a day on.
pub async fn insert_grid(conn: &mut PgConnection, grid: &AddressGrid) -> Result<()> {
    sqlx::query(
        "INSERT INTO address_grids (address_id, grid_code, period)
         VALUES ($1, $2, daterange($3, NULL))",
    )
    .bind(grid.address_id.as_uuid())
    .bind(grid.grid_code.as_str())
    .bind(grid.from)
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends the present assignment and begins the next on the same day.
pub async fn change_grid(conn: &mut PgConnection, next: &AddressGrid) -> Result<()> {
    let done = sqlx::query(
        "UPDATE address_grids SET period = daterange(lower(period), $2)
         WHERE address_id = $1 AND upper_inf(period)",
    )
    .bind(next.address_id.as_uuid())
    .bind(next.from)
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    insert_grid(conn, next).await
}

/// Where addresses lay, in the order of time.
pub async fn load_grids(
    conn: &mut PgConnection,
    ids: &[AddressId],
) -> Result<HashMap<AddressId, Vec<AddressGrid>>> {
    let ids: Vec<Uuid> = ids.iter().map(AddressId::as_uuid).collect();
    let rows: Vec<GridRow> = sqlx::query_as(
        "SELECT address_id, grid_code, lower(period) AS since, upper(period) AS until
         FROM address_grids WHERE address_id = ANY ($1) ORDER BY address_id, lower(period)",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<AddressId, Vec<AddressGrid>> = HashMap::new();
    for row in rows {
        let bad = |_| Error::inconsistent("address_grids", "grid_code", row.address_id);
        let grid = AddressGrid {
            address_id: AddressId::from_uuid(row.address_id),
            grid_code: row.grid_code.parse().map_err(bad)?,
            from: row.since,
            until: row.until,
        };
        found.entry(grid.address_id).or_default().push(grid);
    }
    Ok(found)
}

/// Which addresses a list asks for.
#[derive(Clone, Debug, Default)]
pub struct AddressFilter {
    pub below: Option<DivisionCode>,
    /// Only those that lie in this grid on the day.
    pub grid: Option<GridCode>,
    pub on: Option<NaiveDate>,
    /// Only those whose text has this in it.
    pub contains: Option<String>,
}

/// A page of addresses within a reach, newest first.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &AddressFilter,
    page: &Page,
) -> Result<Vec<Address>> {
    let mut query: QueryBuilder<Postgres> =
        QueryBuilder::new(concat!("SELECT ", columns!(), " FROM addresses WHERE true"));
    scope.push(&mut query, "division_code");
    if let Some(below) = &filter.below {
        page::below(&mut query, "division_code", below);
    }
    if let Some(grid) = &filter.grid {
        query
            .push(
                " AND EXISTS (SELECT 1 FROM address_grids g WHERE g.address_id = addresses.id
                 AND g.grid_code = ",
            )
            .push_bind(grid.as_str())
            .push(" AND g.period @> ")
            .push_bind(filter.on)
            .push(")");
    }
    if let Some(words) = &filter.contains {
        query
            .push(" AND strpos(text, ")
            .push_bind(words)
            .push(") > 0");
    }
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Address::try_from).collect()
}
