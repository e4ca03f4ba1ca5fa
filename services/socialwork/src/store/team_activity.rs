//! 志愿服务活动与报名 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    Page,
    keys::{ResidentId, SocialWorkerId, TraceId, VolunteerId},
};
use kit::error::{Error, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{Reading, one};
use crate::domain::{
    volunteer_record::VolunteerRecordId,
    volunteer_team::{
        Signup, SignupId, TeamActivity, TeamActivityFilter, TeamActivityId, VolunteerTeamId,
    },
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    team_id: Uuid,
    lead_id: Uuid,
    trace_id: Uuid,
    division_code: String,
    title: String,
    place: String,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    capacity: i32,
    risk: bool,
    recipient_resident_id: Option<Uuid>,
    matched: i64,
    state: String,
    reason: Option<String>,
    version: i32,
    updated_at: DateTime<Utc>,
}

const SELECT: &str = "SELECT a.id, a.team_id, t.lead_id, a.trace_id, a.division_code, a.title,
    a.place, a.starts_at, a.ends_at, a.capacity, a.risk, a.recipient_resident_id, a.state, a.reason,
    a.version, a.updated_at,
    (SELECT count(*) FROM signups s WHERE s.activity_id = a.id
     AND s.state NOT IN ('APPLIED', 'DECLINED', 'WITHDRAWN')) AS matched
    FROM team_activities a JOIN volunteer_teams t ON t.id = a.team_id";

impl TryFrom<Row> for TeamActivity {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let read = Reading {
            table: "team_activities",
            id: row.id,
        };
        Ok(Self {
            id: TeamActivityId::from_uuid(row.id),
            team_id: VolunteerTeamId::from_uuid(row.team_id),
            lead_id: SocialWorkerId::from_uuid(row.lead_id),
            trace_id: TraceId::from_uuid(row.trace_id),
            division_code: read.word("division_code", &row.division_code)?,
            title: row.title,
            place: row.place,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            capacity: row.capacity,
            risk: row.risk,
            recipient_id: row.recipient_resident_id.map(ResidentId::from_uuid),
            matched: row.matched,
            state: read.word("state", &row.state)?,
            reason: row.reason,
            version: row.version,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new activity.
pub async fn insert(conn: &mut PgConnection, new: &TeamActivity) -> Result<()> {
    sqlx::query(
        "INSERT INTO team_activities (id, team_id, trace_id, division_code, title, place, starts_at,
             ends_at, capacity, risk, recipient_resident_id, state, published_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)",
    )
    .bind(new.id.as_uuid())
    .bind(new.team_id.as_uuid())
    .bind(new.trace_id.as_uuid())
    .bind(new.division_code.as_str())
    .bind(&new.title)
    .bind(&new.place)
    .bind(new.starts_at)
    .bind(new.ends_at)
    .bind(new.capacity)
    .bind(new.risk)
    .bind(new.recipient_id.map(|id| id.as_uuid()))
    .bind(new.state.as_str())
    .bind(new.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes where an activity stands; a version that moved is a conflict.
pub async fn update(conn: &mut PgConnection, activity: &mut TeamActivity) -> Result<()> {
    let done = sqlx::query(
        "UPDATE team_activities SET state = $3, reason = $4, updated_at = $5, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(activity.id.as_uuid())
    .bind(activity.version)
    .bind(activity.state.as_str())
    .bind(&activity.reason)
    .bind(activity.updated_at)
    .execute(conn)
    .await?;
    one(&done)?;
    activity.version += 1;
    Ok(())
}

/// An activity, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: TeamActivityId) -> Result<Option<TeamActivity>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query
        .push(" WHERE a.id = ")
        .push_bind(id.as_uuid())
        .push(" FOR UPDATE OF a");
    let row: Option<Row> = query.build_query_as().fetch_optional(conn).await?;
    row.map(TeamActivity::try_from).transpose()
}

/// Many activities.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[TeamActivityId],
) -> Result<HashMap<TeamActivityId, TeamActivity>> {
    let ids: Vec<Uuid> = ids.iter().map(TeamActivityId::as_uuid).collect();
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query.push(" WHERE a.id = ANY (").push_bind(ids).push(")");
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter()
        .map(|row| TeamActivity::try_from(row).map(|one| (one.id, one)))
        .collect()
}

/// A page of activities, newest first.
pub async fn list(
    conn: &mut PgConnection,
    filter: &TeamActivityFilter,
    page: &Page,
) -> Result<Vec<TeamActivity>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query.push(" WHERE TRUE");
    super::push_within(&mut query, "a.division_code", filter.division.as_ref());
    if let Some(team) = filter.team {
        query.push(" AND a.team_id = ").push_bind(team.as_uuid());
    }
    if let Some(state) = filter.state {
        query.push(" AND a.state = ").push_bind(state.as_str());
    }
    if let Some(after) = filter.after {
        query.push(" AND a.ends_at > ").push_bind(after);
    }
    super::push_page(&mut query, "a.id", page)?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(TeamActivity::try_from).collect()
}

#[derive(sqlx::FromRow)]
struct SignupRow {
    id: Uuid,
    activity_id: Uuid,
    volunteer_id: Uuid,
    state: String,
    in_at: Option<DateTime<Utc>>,
    out_at: Option<DateTime<Utc>>,
    confirmed_by: Option<Uuid>,
    record_id: Option<Uuid>,
    version: i32,
    signed_up_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

const SIGNUP: &str = "SELECT id, activity_id, volunteer_id, state, in_at, out_at, confirmed_by,
    record_id, version, signed_up_at, updated_at FROM signups";

impl TryFrom<SignupRow> for Signup {
    type Error = Error;

    fn try_from(row: SignupRow) -> Result<Self> {
        let read = Reading {
            table: "signups",
            id: row.id,
        };
        Ok(Self {
            id: SignupId::from_uuid(row.id),
            activity_id: TeamActivityId::from_uuid(row.activity_id),
            volunteer_id: VolunteerId::from_uuid(row.volunteer_id),
            state: read.word("state", &row.state)?,
            in_at: row.in_at,
            out_at: row.out_at,
            confirmed_by: row.confirmed_by.map(ResidentId::from_uuid),
            record_id: row.record_id.map(VolunteerRecordId::from_uuid),
            version: row.version,
            signed_up_at: row.signed_up_at,
            updated_at: row.updated_at,
        })
    }
}

/// Writes that a volunteer signed up.
pub async fn insert_signup(conn: &mut PgConnection, new: &Signup) -> Result<()> {
    sqlx::query(
        "INSERT INTO signups (id, activity_id, volunteer_id, state, signed_up_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $5)",
    )
    .bind(new.id.as_uuid())
    .bind(new.activity_id.as_uuid())
    .bind(new.volunteer_id.as_uuid())
    .bind(new.state.as_str())
    .bind(new.signed_up_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes where a sign-up stands; a version that moved is a conflict.
pub async fn update_signup(conn: &mut PgConnection, signup: &mut Signup) -> Result<()> {
    let done = sqlx::query(
        "UPDATE signups SET state = $3, in_at = $4, out_at = $5, confirmed_by = $6, record_id = $7,
             updated_at = $8, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(signup.id.as_uuid())
    .bind(signup.version)
    .bind(signup.state.as_str())
    .bind(signup.in_at)
    .bind(signup.out_at)
    .bind(signup.confirmed_by.map(|id| id.as_uuid()))
    .bind(signup.record_id.map(|id| id.as_uuid()))
    .bind(signup.updated_at)
    .execute(conn)
    .await?;
    one(&done)?;
    signup.version += 1;
    Ok(())
}

/// A sign-up, locked until the end of the transaction.
pub async fn lock_signup(conn: &mut PgConnection, id: SignupId) -> Result<Option<Signup>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SIGNUP);
    query
        .push(" WHERE id = ")
        .push_bind(id.as_uuid())
        .push(" FOR UPDATE");
    let row: Option<SignupRow> = query.build_query_as().fetch_optional(conn).await?;
    row.map(Signup::try_from).transpose()
}

/// All who signed up for an activity, or one volunteer's sign-ups; newest first.
pub async fn list_signups(
    conn: &mut PgConnection,
    (activity, volunteer): (Option<TeamActivityId>, Option<VolunteerId>),
    page: &Page,
) -> Result<Vec<Signup>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SIGNUP);
    query.push(" WHERE TRUE");
    if let Some(activity) = activity {
        query
            .push(" AND activity_id = ")
            .push_bind(activity.as_uuid());
    }
    if let Some(volunteer) = volunteer {
        query
            .push(" AND volunteer_id = ")
            .push_bind(volunteer.as_uuid());
    }
    super::push_page(&mut query, "id", page)?;
    let rows: Vec<SignupRow> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Signup::try_from).collect()
}
