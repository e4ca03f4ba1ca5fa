//! 社工服务机构 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    DivisionCode, Page,
    keys::{CommunityId, OrganizationId, SocialWorkerId},
};
use kit::error::{Error, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{Reading, one};
use crate::domain::agency::{
    Agency, AgencyCheck, AgencyCheckId, AgencyFilter, AgencyId, Dispatch, DispatchId,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    organization_id: Uuid,
    division_code: String,
    lines: Vec<String>,
    introduction: String,
    state: String,
    reason: Option<String>,
    valid_to: Option<NaiveDate>,
    version: i32,
    applied_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

const SELECT: &str = "SELECT a.id, a.organization_id, a.division_code, a.lines, a.introduction,
    a.state, a.reason, a.version, a.applied_at, a.updated_at,
    (SELECT upper(c.valid) - 1 FROM agency_checks c WHERE c.agency_id = a.id
     ORDER BY c.id DESC LIMIT 1) AS valid_to
    FROM agencies a";

impl TryFrom<Row> for Agency {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let read = Reading {
            table: "agencies",
            id: row.id,
        };
        Ok(Self {
            id: AgencyId::from_uuid(row.id),
            organization_id: OrganizationId::from_uuid(row.organization_id),
            division_code: read.word("division_code", &row.division_code)?,
            lines: read.words("lines", &row.lines)?,
            introduction: row.introduction,
            state: read.word("state", &row.state)?,
            reason: row.reason,
            valid_to: row.valid_to,
            version: row.version,
            applied_at: row.applied_at,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new agency.
pub async fn insert(conn: &mut PgConnection, agency: &Agency) -> Result<()> {
    let lines: Vec<&str> = agency.lines.iter().map(|line| line.as_str()).collect();
    sqlx::query(
        "INSERT INTO agencies (id, organization_id, division_code, lines, introduction, state,
             applied_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
    )
    .bind(agency.id.as_uuid())
    .bind(agency.organization_id.as_uuid())
    .bind(agency.division_code.as_str())
    .bind(&lines)
    .bind(&agency.introduction)
    .bind(agency.state.as_str())
    .bind(agency.applied_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes where an agency stands; a version that moved is a conflict.
pub async fn update(conn: &mut PgConnection, agency: &mut Agency) -> Result<()> {
    let done = sqlx::query(
        "UPDATE agencies SET state = $3, reason = $4, updated_at = $5, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(agency.id.as_uuid())
    .bind(agency.version)
    .bind(agency.state.as_str())
    .bind(&agency.reason)
    .bind(agency.updated_at)
    .execute(conn)
    .await?;
    one(&done)?;
    agency.version += 1;
    Ok(())
}

/// Whether an organisation has a standing in a division.
pub async fn stands(
    conn: &mut PgConnection,
    organization: OrganizationId,
    division: &DivisionCode,
) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM agencies
         WHERE organization_id = $1 AND division_code = $2 AND state <> 'ENDED')",
    )
    .bind(organization.as_uuid())
    .bind(division.as_str())
    .fetch_one(conn)
    .await?)
}

/// How many social workers an organisation employs who serve.
pub async fn count_workers(conn: &mut PgConnection, organization: OrganizationId) -> Result<i32> {
    Ok(sqlx::query_scalar(
        "SELECT count(*)::int FROM social_workers
         WHERE employer_organization_id = $1 AND active",
    )
    .bind(organization.as_uuid())
    .fetch_one(conn)
    .await?)
}

/// Writes what a check found.
pub async fn insert_check(
    conn: &mut PgConnection,
    agency: AgencyId,
    check: &AgencyCheck,
    by: &str,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO agency_checks (id, agency_id, registered, workers, workers_needed, passed,
             note, valid, checked_by, checked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7,
             CASE WHEN $6 THEN daterange($8, $9, '[]') END, $10, $11)",
    )
    .bind(check.id.as_uuid())
    .bind(agency.as_uuid())
    .bind(check.registered)
    .bind(check.workers)
    .bind(check.workers_needed)
    .bind(check.passed)
    .bind(&check.note)
    .bind(check.valid.map(|(from, _)| from))
    .bind(check.valid.map(|(_, to)| to))
    .bind(by)
    .bind(check.checked_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// An agency, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: AgencyId) -> Result<Option<Agency>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query
        .push(" WHERE a.id = ")
        .push_bind(id.as_uuid())
        .push(" FOR UPDATE OF a");
    let row: Option<Row> = query.build_query_as().fetch_optional(conn).await?;
    row.map(Agency::try_from).transpose()
}

/// Many agencies.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[AgencyId],
) -> Result<HashMap<AgencyId, Agency>> {
    let ids: Vec<Uuid> = ids.iter().map(AgencyId::as_uuid).collect();
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query.push(" WHERE a.id = ANY (").push_bind(ids).push(")");
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter()
        .map(|row| Agency::try_from(row).map(|one| (one.id, one)))
        .collect()
}

/// A page of agencies, newest first.
pub async fn list(
    conn: &mut PgConnection,
    filter: &AgencyFilter,
    page: &Page,
) -> Result<Vec<Agency>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query.push(" WHERE TRUE");
    super::push_within(&mut query, "a.division_code", filter.division.as_ref());
    if let Some(line) = filter.line {
        query
            .push(" AND a.lines @> ARRAY[")
            .push_bind(line.as_str())
            .push("]");
    }
    if let Some(state) = filter.state {
        query.push(" AND a.state = ").push_bind(state.as_str());
    }
    if let Some(day) = filter.qualified_on {
        query
            .push(
                " AND a.state = 'QUALIFIED' AND (SELECT c.valid FROM agency_checks c
                  WHERE c.agency_id = a.id ORDER BY c.id DESC LIMIT 1) @> ",
            )
            .push_bind(day);
    }
    super::push_page(&mut query, "a.id", page)?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Agency::try_from).collect()
}

#[derive(sqlx::FromRow)]
struct CheckRow {
    id: Uuid,
    agency_id: Uuid,
    registered: bool,
    workers: i32,
    workers_needed: i32,
    passed: bool,
    note: String,
    valid_from: Option<NaiveDate>,
    valid_to: Option<NaiveDate>,
    checked_at: DateTime<Utc>,
}

/// What checks found of many agencies, newest first.
pub async fn load_checks(
    conn: &mut PgConnection,
    ids: &[AgencyId],
) -> Result<HashMap<AgencyId, Vec<AgencyCheck>>> {
    let ids: Vec<Uuid> = ids.iter().map(AgencyId::as_uuid).collect();
    let rows: Vec<CheckRow> = sqlx::query_as(
        "SELECT id, agency_id, registered, workers, workers_needed, passed, note,
                lower(valid) AS valid_from, upper(valid) - 1 AS valid_to, checked_at
         FROM agency_checks WHERE agency_id = ANY ($1) ORDER BY id DESC",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<AgencyId, Vec<AgencyCheck>> = HashMap::new();
    for row in rows {
        let check = AgencyCheck {
            id: AgencyCheckId::from_uuid(row.id),
            registered: row.registered,
            workers: row.workers,
            workers_needed: row.workers_needed,
            passed: row.passed,
            note: row.note,
            valid: row.valid_from.zip(row.valid_to),
            checked_at: row.checked_at,
        };
        let of = AgencyId::from_uuid(row.agency_id);
        found.entry(of).or_default().push(check);
    }
    Ok(found)
}

#[derive(sqlx::FromRow)]
struct DispatchRow {
    id: Uuid,
    agency_id: Uuid,
    social_worker_id: Uuid,
    community_id: Uuid,
    lines: Vec<String>,
    first: NaiveDate,
    last: Option<NaiveDate>,
}

const DISPATCH: &str = "SELECT id, agency_id, social_worker_id, community_id, lines,
    lower(period) AS first, upper(period) - 1 AS last FROM dispatches";

impl TryFrom<DispatchRow> for Dispatch {
    type Error = Error;

    fn try_from(row: DispatchRow) -> Result<Self> {
        let read = Reading {
            table: "dispatches",
            id: row.id,
        };
        Ok(Self {
            id: DispatchId::from_uuid(row.id),
            agency_id: AgencyId::from_uuid(row.agency_id),
            social_worker_id: SocialWorkerId::from_uuid(row.social_worker_id),
            community_id: CommunityId::from_uuid(row.community_id),
            lines: read.words("lines", &row.lines)?,
            from: row.first,
            to: row.last,
        })
    }
}

/// Writes that somebody is sent.
pub async fn insert_dispatch(
    conn: &mut PgConnection,
    dispatch: &Dispatch,
    (by, at): (&str, DateTime<Utc>),
) -> Result<()> {
    let lines: Vec<&str> = dispatch.lines.iter().map(|line| line.as_str()).collect();
    sqlx::query(
        "INSERT INTO dispatches (id, agency_id, social_worker_id, community_id, lines, period,
             dispatched_by, dispatched_at)
         VALUES ($1, $2, $3, $4, $5, daterange($6, $7, '[]'), $8, $9)",
    )
    .bind(dispatch.id.as_uuid())
    .bind(dispatch.agency_id.as_uuid())
    .bind(dispatch.social_worker_id.as_uuid())
    .bind(dispatch.community_id.as_uuid())
    .bind(&lines)
    .bind(dispatch.from)
    .bind(dispatch.to)
    .bind(by)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes the last day of a dispatch.
pub async fn end_dispatch(conn: &mut PgConnection, dispatch: &Dispatch) -> Result<()> {
    let done = sqlx::query(
        "UPDATE dispatches SET period = daterange(lower(period), $2, '[]') WHERE id = $1",
    )
    .bind(dispatch.id.as_uuid())
    .bind(dispatch.to)
    .execute(conn)
    .await?;
    one(&done)
}

/// A dispatch, locked until the end of the transaction.
pub async fn lock_dispatch(conn: &mut PgConnection, id: DispatchId) -> Result<Option<Dispatch>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(DISPATCH);
    query
        .push(" WHERE id = ")
        .push_bind(id.as_uuid())
        .push(" FOR UPDATE");
    let row: Option<DispatchRow> = query.build_query_as().fetch_optional(conn).await?;
    row.map(Dispatch::try_from).transpose()
}

/// Whom many agencies have sent, newest first.
pub async fn load_dispatches(
    conn: &mut PgConnection,
    ids: &[AgencyId],
) -> Result<HashMap<AgencyId, Vec<Dispatch>>> {
    let ids: Vec<Uuid> = ids.iter().map(AgencyId::as_uuid).collect();
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(DISPATCH);
    query
        .push(" WHERE agency_id = ANY (")
        .push_bind(ids)
        .push(") ORDER BY id DESC");
    let rows: Vec<DispatchRow> = query.build_query_as().fetch_all(conn).await?;
    let mut found: HashMap<AgencyId, Vec<Dispatch>> = HashMap::new();
    for row in rows {
        let dispatch = Dispatch::try_from(row)?;
        found.entry(dispatch.agency_id).or_default().push(dispatch);
    }
    Ok(found)
}
