//! 志愿者 in SQL.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::{
    Page,
    keys::{CommunityId, ResidentId, TraceId, VolunteerId},
};
use kit::{
    auth::Scope,
    error::{Error, Result},
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::volunteer::{
    Volunteer, VolunteerFilter, VolunteerTraining, VolunteerTrainingId,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    resident_id: Uuid,
    community_id: Option<Uuid>,
    division_code: String,
    skills: Vec<String>,
    trained_from: Option<NaiveDate>,
    insured_until: Option<NaiveDate>,
    adult_by: Option<NaiveDate>,
    guardian_consent_at: Option<chrono::DateTime<chrono::Utc>>,
    active: bool,
    demo: bool,
    version: i32,
    registered_at: chrono::DateTime<chrono::Utc>,
    updated_at: chrono::DateTime<chrono::Utc>,
}

impl TryFrom<Row> for Volunteer {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("volunteers", column, row.id);
        Ok(Self {
            id: VolunteerId::from_uuid(row.id),
            resident_id: ResidentId::from_uuid(row.resident_id),
            community_id: row.community_id.map(CommunityId::from_uuid),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            skills: row.skills,
            trained_from: row.trained_from,
            insured_until: row.insured_until,
            adult_by: row.adult_by,
            guardian_consent_at: row.guardian_consent_at,
            active: row.active,
            demo: row.demo,
            version: row.version,
            registered_at: row.registered_at,
            updated_at: row.updated_at,
        })
    }
}

const SELECT: &str =
    "SELECT v.id, v.resident_id, v.community_id, v.division_code, v.skills, v.insured_until,
    v.adult_by, v.guardian_consent_at, v.active, v.demo, v.version, v.registered_at, v.updated_at,
    (SELECT min(t.held_on) FROM volunteer_trainings t WHERE t.volunteer_id = v.id) AS trained_from
    FROM volunteers v";

/// Writes a new volunteer.
pub async fn insert(conn: &mut PgConnection, volunteer: &Volunteer) -> Result<()> {
    sqlx::query(
        "INSERT INTO volunteers (id, resident_id, community_id, division_code, skills,
             insured_until, adult_by, guardian_consent_at, active, demo, version,
             registered_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(volunteer.id.as_uuid())
    .bind(volunteer.resident_id.as_uuid())
    .bind(volunteer.community_id.map(|id| id.as_uuid()))
    .bind(volunteer.division_code.as_str())
    .bind(&volunteer.skills)
    .bind(volunteer.insured_until)
    .bind(volunteer.adult_by)
    .bind(volunteer.guardian_consent_at)
    .bind(volunteer.active)
    .bind(volunteer.demo)
    .bind(volunteer.version)
    .bind(volunteer.registered_at)
    .bind(volunteer.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what staff have seen; a version that moved is a conflict.
pub async fn update(conn: &mut PgConnection, volunteer: &mut Volunteer) -> Result<()> {
    let done = sqlx::query(
        "UPDATE volunteers SET skills = $3, insured_until = $4, guardian_consent_at = $5,
             active = $6, updated_at = $7, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(volunteer.id.as_uuid())
    .bind(volunteer.version)
    .bind(&volunteer.skills)
    .bind(volunteer.insured_until)
    .bind(volunteer.guardian_consent_at)
    .bind(volunteer.active)
    .bind(volunteer.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    volunteer.version += 1;
    Ok(())
}

/// Writes a training of a volunteer.
pub async fn insert_training(
    conn: &mut PgConnection,
    training: &VolunteerTraining,
    by: &str,
    at: chrono::DateTime<chrono::Utc>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO volunteer_trainings (id, volunteer_id, topic, held_on, recorded_by, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(training.id.as_uuid())
    .bind(training.volunteer_id.as_uuid())
    .bind(&training.topic)
    .bind(training.held_on)
    .bind(by)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The trainings of many volunteers, newest first.
pub async fn load_trainings(
    conn: &mut PgConnection,
    ids: &[VolunteerId],
) -> Result<HashMap<VolunteerId, Vec<VolunteerTraining>>> {
    let ids: Vec<Uuid> = ids.iter().map(VolunteerId::as_uuid).collect();
    let rows: Vec<(Uuid, Uuid, String, NaiveDate)> = sqlx::query_as(
        "SELECT id, volunteer_id, topic, held_on FROM volunteer_trainings
         WHERE volunteer_id = ANY ($1) ORDER BY held_on DESC, id DESC",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<VolunteerId, Vec<VolunteerTraining>> = HashMap::new();
    for (id, volunteer, topic, held_on) in rows {
        let volunteer_id = VolunteerId::from_uuid(volunteer);
        found
            .entry(volunteer_id)
            .or_default()
            .push(VolunteerTraining {
                id: VolunteerTrainingId::from_uuid(id),
                volunteer_id,
                topic,
                held_on,
            });
    }
    Ok(found)
}

/// A volunteer, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: VolunteerId) -> Result<Option<Volunteer>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query
        .push(" WHERE v.id = ")
        .push_bind(id.as_uuid())
        .push(" FOR UPDATE OF v");
    let row: Option<Row> = query.build_query_as().fetch_optional(conn).await?;
    row.map(Volunteer::try_from).transpose()
}

/// The volunteer a resident is.
pub async fn find_by_resident(
    conn: &mut PgConnection,
    resident: ResidentId,
) -> Result<Option<Volunteer>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query
        .push(" WHERE v.resident_id = ")
        .push_bind(resident.as_uuid());
    let row: Option<Row> = query.build_query_as().fetch_optional(conn).await?;
    row.map(Volunteer::try_from).transpose()
}

/// Many volunteers in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[VolunteerId],
) -> Result<HashMap<VolunteerId, Volunteer>> {
    let ids: Vec<Uuid> = ids.iter().map(VolunteerId::as_uuid).collect();
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query.push(" WHERE v.id = ANY (").push_bind(ids).push(")");
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter()
        .map(|row| Volunteer::try_from(row).map(|volunteer| (volunteer.id, volunteer)))
        .collect()
}

/// Those whose service in a chain still stands.
pub async fn list_by_trace(conn: &mut PgConnection, trace: TraceId) -> Result<Vec<Volunteer>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query
        .push(
            " WHERE v.id IN (SELECT volunteer_id FROM volunteer_records
                             WHERE reverses IS NULL AND reversed_by IS NULL AND trace_id = ",
        )
        .push_bind(trace.as_uuid())
        .push(") ORDER BY v.id");
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Volunteer::try_from).collect()
}

/// A page of volunteers within the scope, or the caller, newest first.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &VolunteerFilter,
    page: &Page,
) -> Result<Vec<Volunteer>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query.push(" WHERE (");
    match scope.pattern() {
        None => query.push("TRUE"),
        Some(pattern) => query.push("v.division_code LIKE ").push_bind(pattern),
    };
    if let Some(resident) = scope.resident {
        query.push(" OR v.resident_id = ").push_bind(resident);
    }
    query.push(")");
    if let Some(community) = filter.community {
        query
            .push(" AND v.community_id = ")
            .push_bind(community.as_uuid());
    }
    if let Some(skill) = &filter.skill {
        query
            .push(" AND ")
            .push_bind(skill.clone())
            .push(" = ANY (v.skills)");
    }
    if let Some(active) = filter.active {
        query.push(" AND v.active = ").push_bind(active);
    }
    super::push_page(&mut query, "v.id", page)?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Volunteer::try_from).collect()
}
