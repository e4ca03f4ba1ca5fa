//! 社会组织 in SQL.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::{
    DivisionCode, Page,
    keys::{CommunityId, OrganizationId, ResidentId},
};
use kit::{
    auth::{Reach, Scope},
    error::{Error, Result},
    record::newest_first,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::organization::{
    FunctionalType, Organization, OrganizationKind, OrganizationStatus, Origin, StatusChange,
    UsccOverride,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    name: String,
    uscc: Option<String>,
    override_reason: Option<String>,
    override_by: Option<String>,
    override_at: Option<chrono::DateTime<chrono::Utc>>,
    kind: String,
    functional_type: String,
    origin: String,
    sponsor_body: Option<String>,
    registrar_division: String,
    community_id: Option<Uuid>,
    fields: Vec<String>,
    related_residents: Vec<Uuid>,
    status: String,
    status_reason: Option<String>,
    registered_on: Option<NaiveDate>,
    demo: bool,
    version: i32,
    created_at: chrono::DateTime<chrono::Utc>,
    updated_at: chrono::DateTime<chrono::Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, name, uscc, override_reason, override_by, override_at, kind, functional_type,
         origin, sponsor_body, registrar_division, community_id, fields, related_residents,
         status, status_reason, registered_on, demo, version, created_at, updated_at"
    };
}

impl TryFrom<Row> for Organization {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("organizations", column, row.id);
        let fields = row.fields.iter().map(|field| field.parse());
        let uscc_override = match (row.override_reason, row.override_by, row.override_at) {
            (Some(reason), Some(by), Some(at)) => Some(UsccOverride { reason, by, at }),
            _ => None,
        };
        Ok(Self {
            id: OrganizationId::from_uuid(row.id),
            kind: row.kind.parse().map_err(|_| bad("kind"))?,
            functional_type: row
                .functional_type
                .parse()
                .map_err(|_| bad("functional_type"))?,
            origin: row.origin.parse().map_err(|_| bad("origin"))?,
            registrar_division: row
                .registrar_division
                .parse()
                .map_err(|_| bad("registrar_division"))?,
            community_id: row.community_id.map(CommunityId::from_uuid),
            fields: fields
                .collect::<Result<_, _>>()
                .map_err(|_| bad("fields"))?,
            related_residents: row
                .related_residents
                .into_iter()
                .map(ResidentId::from_uuid)
                .collect(),
            status: row.status.parse().map_err(|_| bad("status"))?,
            name: row.name,
            uscc: row.uscc,
            uscc_override,
            sponsor_body: row.sponsor_body,
            status_reason: row.status_reason,
            registered_on: row.registered_on,
            demo: row.demo,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// The columns of a row; the generated one is read by people alone.
const SELECT: &str = concat!("SELECT ", columns!(), " FROM organizations");

/// Which organisations a list asks for.
#[derive(Clone, Debug, Default)]
pub struct OrganizationFilter {
    pub below: Option<DivisionCode>,
    pub kind: Option<OrganizationKind>,
    pub status: Option<OrganizationStatus>,
    pub functional_type: Option<FunctionalType>,
    pub origin: Option<Origin>,
    pub name_contains: Option<String>,
    /// Whether it may take elder care, and on which day.
    pub elder_care: Option<(bool, NaiveDate)>,
}

/// Writes a new organisation.
pub async fn insert(conn: &mut PgConnection, one: &Organization) -> Result<()> {
    let kept = one.uscc_override.as_ref();
    sqlx::query(
        "INSERT INTO organizations (id, name, uscc, override_reason, override_by, override_at, kind,
             functional_type, origin, sponsor_body, registrar_division, community_id, fields,
             related_residents, status, status_reason, registered_on, demo, version, created_at,
             updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
             $19, $20, $21)",
    )
    .bind(one.id.as_uuid())
    .bind(&one.name)
    .bind(&one.uscc)
    .bind(kept.map(|kept| &kept.reason))
    .bind(kept.map(|kept| &kept.by))
    .bind(kept.map(|kept| kept.at))
    .bind(one.kind.as_str())
    .bind(one.functional_type.as_str())
    .bind(one.origin.as_str())
    .bind(&one.sponsor_body)
    .bind(one.registrar_division.as_str())
    .bind(one.community_id.map(|id| id.as_uuid()))
    .bind(fields(one))
    .bind(related(one))
    .bind(one.status.as_str())
    .bind(&one.status_reason)
    .bind(one.registered_on)
    .bind(one.demo)
    .bind(one.version)
    .bind(one.created_at)
    .bind(one.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, one: &mut Organization) -> Result<()> {
    let kept = one.uscc_override.as_ref();
    let done = sqlx::query(
        "UPDATE organizations SET name = $3, uscc = $4, override_reason = $5, override_by = $6,
             override_at = $7, functional_type = $8, sponsor_body = $9, fields = $10,
             related_residents = $11, status = $12, status_reason = $13, registered_on = $14,
             version = version + 1, updated_at = $15
         WHERE id = $1 AND version = $2",
    )
    .bind(one.id.as_uuid())
    .bind(one.version)
    .bind(&one.name)
    .bind(&one.uscc)
    .bind(kept.map(|kept| &kept.reason))
    .bind(kept.map(|kept| &kept.by))
    .bind(kept.map(|kept| kept.at))
    .bind(one.functional_type.as_str())
    .bind(&one.sponsor_body)
    .bind(fields(one))
    .bind(related(one))
    .bind(one.status.as_str())
    .bind(&one.status_reason)
    .bind(one.registered_on)
    .bind(one.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    one.version += 1;
    Ok(())
}

fn fields(one: &Organization) -> Vec<&'static str> {
    one.fields.iter().map(|field| field.as_str()).collect()
}

fn related(one: &Organization) -> Vec<Uuid> {
    one.related_residents
        .iter()
        .map(ResidentId::as_uuid)
        .collect()
}

/// Keeps a decision of the registrar.
pub async fn insert_status_change(conn: &mut PgConnection, change: &StatusChange) -> Result<()> {
    sqlx::query(
        "INSERT INTO organization_status_changes
             (organization_id, from_state, to_state, reason, decided_by, decided_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(change.organization_id.as_uuid())
    .bind(change.from.as_str())
    .bind(change.to.as_str())
    .bind(&change.reason)
    .bind(&change.by)
    .bind(change.at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The organisation of an id.
pub async fn find(conn: &mut PgConnection, id: OrganizationId) -> Result<Option<Organization>> {
    Ok(load_many(conn, &[id]).await?.remove(&id))
}

/// The organisation of an id, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: OrganizationId) -> Result<Option<Organization>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM organizations WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Organization::try_from).transpose()
}

/// Whether somebody has the code already.
pub async fn has_uscc(conn: &mut PgConnection, uscc: &str) -> Result<bool> {
    Ok(
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM organizations WHERE uscc = $1)")
            .bind(uscc)
            .fetch_one(conn)
            .await?,
    )
}

/// Many organisations in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[OrganizationId],
) -> Result<HashMap<OrganizationId, Organization>> {
    let ids: Vec<Uuid> = ids.iter().map(OrganizationId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM organizations WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Organization::try_from(row).map(|one| (one.id, one)))
        .collect()
}

/// The same, by unified social credit code.
pub async fn load_many_by_uscc(
    conn: &mut PgConnection,
    codes: &[String],
) -> Result<HashMap<String, Organization>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM organizations WHERE uscc = ANY ($1)"
    ))
    .bind(codes)
    .fetch_all(conn)
    .await?;
    let ones = rows.into_iter().map(Organization::try_from);
    ones.filter_map(|one| match one {
        Ok(one) => one.uscc.clone().map(|code| Ok((code, one))),
        Err(error) => Some(Err(error)),
    })
    .collect()
}

/// A page of organisations, newest first. Applications are shown only within
/// the caller's reach; the register itself is public.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &OrganizationFilter,
    page: &Page,
) -> Result<Vec<Organization>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query.push(" WHERE (status <> 'PREPARING'");
    match &scope.reach {
        Reach::Everything => query.push(" OR TRUE"),
        Reach::Prefix(prefix) => query
            .push(" OR registrar_division LIKE ")
            .push_bind(format!("{prefix}%")),
        Reach::Nothing => query.push(""),
    };
    if let Some(own) = scope.organization {
        query.push(" OR id = ").push_bind(own);
    }
    query.push(")");
    push_filter(&mut query, filter);
    newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Organization::try_from).collect()
}

fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &OrganizationFilter) {
    if let Some(below) = &filter.below {
        query
            .push(" AND registrar_division LIKE ")
            .push_bind(format!("{}%", below.prefix()));
    }
    let words = [
        (" AND kind = ", filter.kind.map(OrganizationKind::as_str)),
        (
            " AND status = ",
            filter.status.map(OrganizationStatus::as_str),
        ),
        (
            " AND functional_type = ",
            filter.functional_type.map(FunctionalType::as_str),
        ),
        (" AND origin = ", filter.origin.map(Origin::as_str)),
    ];
    for (sql, word) in words {
        if let Some(word) = word {
            query.push(sql).push_bind(word);
        }
    }
    if let Some(part) = &filter.name_contains {
        // strpos, not LIKE: a name may hold `%` and means it.
        query
            .push(" AND strpos(name, ")
            .push_bind(part.clone())
            .push(") > 0");
    }
    if let Some((capable, day)) = filter.elder_care {
        query
            .push(if capable { " AND" } else { " AND NOT" })
            .push(
                " (status = 'REGISTERED' AND EXISTS (SELECT 1 FROM certifications c
                  WHERE c.organization_id = organizations.id AND c.capability = 'ELDER_CARE'
                    AND ",
            )
            .push_bind(day)
            .push(" BETWEEN c.valid_from AND c.valid_to AND (c.revoked_on IS NULL OR ")
            .push_bind(day)
            .push(" < c.revoked_on)))");
    }
}
