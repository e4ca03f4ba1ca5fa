//! 告警 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    Direction, Page,
    keys::{OrganizationId, ResidentId, VisitId},
};
use kit::{
    auth::Scope,
    error::{Error, Result},
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::{
    alarm::{Alarm, AlarmFilter, AlarmId},
    contact::ContactId,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    elder_id: Uuid,
    division_code: String,
    kind: String,
    visit_id: Option<Uuid>,
    contact_id: Option<Uuid>,
    organization_id: Option<Uuid>,
    note: Option<String>,
    channel: String,
    assisted_by: Option<String>,
    raised_by: String,
    repeats: i32,
    rung: String,
    state: String,
    outcome: Option<String>,
    version: i32,
    raised_at: DateTime<Utc>,
    answered_at: Option<DateTime<Utc>>,
    answered_by: Option<String>,
    resolved_at: Option<DateTime<Utc>>,
    resolved_by: Option<String>,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, elder_id, division_code, kind, visit_id, contact_id, organization_id, note, channel,
         assisted_by, raised_by, repeats, rung, state, outcome, version, raised_at, answered_at,
         answered_by, resolved_at, resolved_by, updated_at"
    };
}

impl TryFrom<Row> for Alarm {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("alarms", column, row.id);
        Ok(Self {
            id: AlarmId::from_uuid(row.id),
            elder_id: ResidentId::from_uuid(row.elder_id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            kind: row.kind.parse().map_err(|_| bad("kind"))?,
            rung: row.rung.parse().map_err(|_| bad("rung"))?,
            state: row.state.parse().map_err(|_| bad("state"))?,
            visit_id: row.visit_id.map(VisitId::from_uuid),
            contact_id: row.contact_id.map(ContactId::from_uuid),
            organization_id: row.organization_id.map(OrganizationId::from_uuid),
            note: row.note,
            channel: row.channel,
            assisted_by: row.assisted_by,
            raised_by: row.raised_by,
            repeats: row.repeats,
            outcome: row.outcome,
            version: row.version,
            raised_at: row.raised_at,
            answered_at: row.answered_at,
            answered_by: row.answered_by,
            resolved_at: row.resolved_at,
            resolved_by: row.resolved_by,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new alarm; false where the visit has had one of its kind.
pub async fn insert(conn: &mut PgConnection, alarm: &Alarm) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO alarms (id, elder_id, division_code, kind, visit_id, organization_id, note,
             channel, assisted_by, raised_by, repeats, rung, state, version, raised_at, updated_at,
             contact_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
         ON CONFLICT (visit_id, kind) WHERE visit_id IS NOT NULL DO NOTHING",
    )
    .bind(alarm.id.as_uuid())
    .bind(alarm.elder_id.as_uuid())
    .bind(alarm.division_code.as_str())
    .bind(alarm.kind.as_str())
    .bind(alarm.visit_id.map(|id| id.as_uuid()))
    .bind(alarm.organization_id.map(|id| id.as_uuid()))
    .bind(&alarm.note)
    .bind(&alarm.channel)
    .bind(&alarm.assisted_by)
    .bind(&alarm.raised_by)
    .bind(alarm.repeats)
    .bind(alarm.rung.as_str())
    .bind(alarm.state.as_str())
    .bind(alarm.version)
    .bind(alarm.raised_at)
    .bind(alarm.updated_at)
    .bind(alarm.contact_id.map(|id| id.as_uuid()))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, alarm: &mut Alarm) -> Result<()> {
    let done = sqlx::query(
        "UPDATE alarms SET repeats = $3, rung = $4, state = $5, outcome = $6, answered_at = $7,
             answered_by = $8, resolved_at = $9, resolved_by = $10, updated_at = $11,
             version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(alarm.id.as_uuid())
    .bind(alarm.version)
    .bind(alarm.repeats)
    .bind(alarm.rung.as_str())
    .bind(alarm.state.as_str())
    .bind(&alarm.outcome)
    .bind(alarm.answered_at)
    .bind(&alarm.answered_by)
    .bind(alarm.resolved_at)
    .bind(&alarm.resolved_by)
    .bind(alarm.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    alarm.version += 1;
    Ok(())
}

/// An alarm, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: AlarmId) -> Result<Option<Alarm>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM alarms WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Alarm::try_from).transpose()
}

/// The open call for help of an elder, locked.
pub async fn lock_open_sos(conn: &mut PgConnection, elder: ResidentId) -> Result<Option<Alarm>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM alarms WHERE elder_id = $1 AND kind = 'SOS' AND state <> 'RESOLVED'
         FOR UPDATE"
    ))
    .bind(elder.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Alarm::try_from).transpose()
}

/// The open alarms of a visit, locked.
pub async fn lock_open_of_visit(conn: &mut PgConnection, visit: VisitId) -> Result<Vec<Alarm>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM alarms WHERE visit_id = $1 AND state <> 'RESOLVED' ORDER BY id FOR UPDATE"
    ))
    .bind(visit.as_uuid())
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Alarm::try_from).collect()
}

/// The open alarms about contacts that an elder was to have, locked.
pub async fn lock_open_of_contacts(
    conn: &mut PgConnection,
    elder: ResidentId,
) -> Result<Vec<Alarm>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM alarms WHERE elder_id = $1 AND kind = 'CONTACT_MISSED' AND state <> 'RESOLVED'
         ORDER BY id FOR UPDATE"
    ))
    .bind(elder.as_uuid())
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Alarm::try_from).collect()
}

/// Many alarms in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[AlarmId],
) -> Result<HashMap<AlarmId, Alarm>> {
    let ids: Vec<Uuid> = ids.iter().map(AlarmId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM alarms WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Alarm::try_from(row).map(|alarm| (alarm.id, alarm)))
        .collect()
}

/// The organisation whose people came to an elder last.
pub async fn last_provider(
    conn: &mut PgConnection,
    elder: ResidentId,
) -> Result<Option<OrganizationId>> {
    let found: Option<Uuid> = sqlx::query_scalar(
        "SELECT organization_id FROM visits WHERE elder_id = $1 ORDER BY id DESC LIMIT 1",
    )
    .bind(elder.as_uuid())
    .fetch_optional(conn)
    .await?;
    Ok(found.map(OrganizationId::from_uuid))
}

/// A page of alarms, newest first: within the scope, of the caller or their
/// relatives, of the caller's organisation where it is called.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &AlarmFilter,
    page: &Page,
) -> Result<Vec<Alarm>> {
    let mut query: QueryBuilder<Postgres> =
        QueryBuilder::new(concat!("SELECT ", columns!(), " FROM alarms WHERE ("));
    match scope.pattern() {
        None => query.push("TRUE"),
        Some(pattern) => query.push("division_code LIKE ").push_bind(pattern),
    };
    if let Some(me) = scope.resident {
        query.push(" OR elder_id = ").push_bind(me);
        query
            .push(
                " OR elder_id IN (SELECT relative_id FROM relations
                 WHERE ended_at IS NULL AND resident_id = ",
            )
            .push_bind(me);
        query
            .push(
                " UNION SELECT resident_id FROM relations
                 WHERE ended_at IS NULL AND relative_id = ",
            )
            .push_bind(me)
            .push(")");
    }
    if let Some(organization) = scope.organization {
        query
            .push(" OR (organization_id = ")
            .push_bind(organization)
            .push(" AND (visit_id IS NOT NULL OR rung IN ('PROVIDER', 'EMERGENCY')))");
    }
    query.push(")");
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    if let Some(elder) = filter.elder {
        query.push(" AND elder_id = ").push_bind(elder.as_uuid());
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
    rows.into_iter().map(Alarm::try_from).collect()
}
