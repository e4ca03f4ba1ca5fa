//! 服务机构 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Page, keys::OrganizationId};
use kit::{
    error::{Error, Result},
    record,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::{provider::Provider, tier::ServiceLine};

#[derive(sqlx::FromRow)]
struct Row {
    organization_id: Uuid,
    division_code: String,
    lines: Vec<String>,
    registered_by: String,
    registered_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "organization_id, division_code, lines, registered_by, registered_at"
    };
}

impl TryFrom<Row> for Provider {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("providers", column, row.organization_id);
        Ok(Self {
            organization_id: OrganizationId::from_uuid(row.organization_id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            lines: row
                .lines
                .iter()
                .map(|line| line.parse().map_err(|_| bad("lines")))
                .collect::<Result<_>>()?,
            registered_by: row.registered_by,
            registered_at: row.registered_at,
        })
    }
}

fn written(lines: &[ServiceLine]) -> Vec<&'static str> {
    lines.iter().map(|line| line.as_str()).collect()
}

/// Writes a provider, or the lines of one that is there; where it lies stays.
pub async fn register(conn: &mut PgConnection, provider: &Provider) -> Result<Provider> {
    let row: Row = sqlx::query_as(concat!(
        "INSERT INTO providers (organization_id, division_code, lines, registered_by,
             registered_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (organization_id) DO UPDATE SET lines = excluded.lines
         RETURNING ",
        columns!()
    ))
    .bind(provider.organization_id.as_uuid())
    .bind(provider.division_code.as_str())
    .bind(written(&provider.lines))
    .bind(&provider.registered_by)
    .bind(provider.registered_at)
    .fetch_one(conn)
    .await?;
    row.try_into()
}

/// Many providers in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[OrganizationId],
) -> Result<HashMap<OrganizationId, Provider>> {
    let ids: Vec<Uuid> = ids.iter().map(OrganizationId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM providers WHERE organization_id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Provider::try_from(row).map(|one| (one.organization_id, one)))
        .collect()
}

/// One provider.
pub async fn find(conn: &mut PgConnection, id: OrganizationId) -> Result<Option<Provider>> {
    Ok(load_many(conn, &[id]).await?.remove(&id))
}

/// Those lines of a provider for which it holds what they ask for on a day.
pub async fn licensed_lines(
    conn: &mut PgConnection,
    id: OrganizationId,
    on: NaiveDate,
) -> Result<Vec<ServiceLine>> {
    let lines: Vec<String> = sqlx::query_scalar(
        "SELECT line FROM providers p, unnest(p.lines) AS line
         WHERE p.organization_id = $1
           AND unmet_requirement(line, p.organization_id, NULL, NULL, $2, $2) IS NULL
         ORDER BY line",
    )
    .bind(id.as_uuid())
    .bind(on)
    .fetch_all(conn)
    .await?;
    lines
        .iter()
        .map(|line| {
            line.parse()
                .map_err(|_| Error::inconsistent("providers", "lines", id))
        })
        .collect()
}

/// A page of providers, newest first.
pub async fn list(
    conn: &mut PgConnection,
    line: Option<ServiceLine>,
    below: Option<kernel::DivisionCode>,
    page: &Page,
) -> Result<Vec<Provider>> {
    let mut query: QueryBuilder<Postgres> =
        QueryBuilder::new(concat!("SELECT ", columns!(), " FROM providers WHERE true"));
    if let Some(line) = line {
        query
            .push(" AND ")
            .push_bind(line.as_str())
            .push(" = ANY (lines)");
    }
    if let Some(below) = below {
        query
            .push(" AND division_code LIKE ")
            .push_bind(format!("{}%", below.prefix()));
    }
    record::newest_first(&mut query, page, "organization_id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Provider::try_from).collect()
}
