//! 物资 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, GridCode, Page};
use kit::{
    auth::Scope,
    error::{Error, Result},
    record,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::page;
use crate::domain::asset::{Asset, AssetCount, AssetId, AssetKind, AssetState};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    code: String,
    name: String,
    kind: String,
    division_code: String,
    grid_code: Option<String>,
    location: String,
    custodian: String,
    unit: String,
    quantity: i32,
    state: String,
    counted_at: DateTime<Utc>,
    version: i32,
    registered_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, code, name, kind, division_code, grid_code, location, custodian, unit, quantity,
         state, counted_at, version, registered_at"
    };
}

impl TryFrom<Row> for Asset {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("assets", column, row.id);
        Ok(Self {
            id: AssetId::from_uuid(row.id),
            code: row.code,
            name: row.name,
            kind: row.kind.parse().map_err(|_| bad("kind"))?,
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            grid_code: row
                .grid_code
                .map(|text| text.parse())
                .transpose()
                .map_err(|_| bad("grid_code"))?,
            location: row.location,
            custodian: row.custodian,
            unit: row.unit,
            quantity: row.quantity,
            state: row.state.parse().map_err(|_| bad("state"))?,
            counted_at: row.counted_at,
            version: row.version,
            registered_at: row.registered_at,
        })
    }
}

/// Writes a new one.
pub async fn insert(conn: &mut PgConnection, asset: &Asset) -> Result<()> {
    sqlx::query(
        "INSERT INTO assets (id, code, name, kind, division_code, grid_code, location, custodian, unit, quantity,
             state, counted_at, version, registered_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(asset.id.as_uuid())
    .bind(&asset.code)
    .bind(&asset.name)
    .bind(asset.kind.as_str())
    .bind(asset.division_code.as_str())
    .bind(asset.grid_code.as_ref().map(GridCode::as_str))
    .bind(&asset.location)
    .bind(&asset.custodian)
    .bind(&asset.unit)
    .bind(asset.quantity)
    .bind(asset.state.as_str())
    .bind(asset.counted_at)
    .bind(asset.version)
    .bind(asset.registered_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, asset: &mut Asset) -> Result<()> {
    let done = sqlx::query(
        "UPDATE assets SET quantity = $3, state = $4, counted_at = $5, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(asset.id.as_uuid())
    .bind(asset.version)
    .bind(asset.quantity)
    .bind(asset.state.as_str())
    .bind(asset.counted_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    asset.version += 1;
    Ok(())
}

/// The one of an id, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: AssetId) -> Result<Option<Asset>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM assets WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Asset::try_from).transpose()
}

/// Many in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[AssetId],
) -> Result<HashMap<AssetId, Asset>> {
    let ids: Vec<Uuid> = ids.iter().map(AssetId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM assets WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Asset::try_from(row).map(|it| (it.id, it)))
        .collect()
}

#[derive(sqlx::FromRow)]
struct CountRow {
    asset_id: Uuid,
    version: i32,
    quantity: i32,
    state: String,
    note: Option<String>,
    actor: String,
    actor_name: Option<String>,
    at: DateTime<Utc>,
}

/// Writes what a count found.
pub async fn insert_count(conn: &mut PgConnection, count: &AssetCount) -> Result<()> {
    sqlx::query(
        "INSERT INTO asset_counts (asset_id, version, quantity, state, note, actor, actor_name, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(count.asset_id.as_uuid())
    .bind(count.version)
    .bind(count.quantity)
    .bind(count.state.as_str())
    .bind(&count.note)
    .bind(&count.actor)
    .bind(&count.actor_name)
    .bind(count.at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The counts of assets, newest first.
pub async fn load_counts(
    conn: &mut PgConnection,
    ids: &[AssetId],
) -> Result<HashMap<AssetId, Vec<AssetCount>>> {
    let ids: Vec<Uuid> = ids.iter().map(AssetId::as_uuid).collect();
    let rows: Vec<CountRow> = sqlx::query_as(
        "SELECT asset_id, version, quantity, state, note, actor, actor_name, at
         FROM asset_counts WHERE asset_id = ANY ($1) ORDER BY asset_id, version DESC",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<AssetId, Vec<AssetCount>> = HashMap::new();
    for row in rows {
        let bad = |_| Error::inconsistent("asset_counts", "state", row.asset_id);
        let count = AssetCount {
            asset_id: AssetId::from_uuid(row.asset_id),
            version: row.version,
            quantity: row.quantity,
            state: row.state.parse().map_err(bad)?,
            note: row.note,
            actor: row.actor,
            actor_name: row.actor_name,
            at: row.at,
        };
        found.entry(count.asset_id).or_default().push(count);
    }
    Ok(found)
}

/// Which assets a list asks for.
#[derive(Clone, Debug, Default)]
pub struct AssetFilter {
    pub below: Option<DivisionCode>,
    pub kind: Option<AssetKind>,
    pub state: Option<AssetState>,
    /// Only those that were last counted before.
    pub counted_before: Option<DateTime<Utc>>,
}

/// A page of assets within a reach, newest first.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &AssetFilter,
    page: &Page,
) -> Result<Vec<Asset>> {
    let mut query: QueryBuilder<Postgres> =
        QueryBuilder::new(concat!("SELECT ", columns!(), " FROM assets WHERE true"));
    scope.push(&mut query, "division_code");
    if let Some(below) = &filter.below {
        page::below(&mut query, "division_code", below);
    }
    if let Some(kind) = filter.kind {
        query.push(" AND kind = ").push_bind(kind.as_str());
    }
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    if let Some(before) = filter.counted_before {
        query
            .push(" AND state <> 'RETIRED' AND counted_at < ")
            .push_bind(before);
    }
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Asset::try_from).collect()
}
