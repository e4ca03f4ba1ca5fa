//! 课程 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{Minutes, Page, keys::ResidentId};
use kit::error::{Error, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{Reading, one};
use crate::domain::{
    course::{Course, CourseFilter, CourseId, Enrolment, EnrolmentState},
    training::TrainingId,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    kind: String,
    content: String,
    title: String,
    place: String,
    division_code: String,
    starts_at: DateTime<Utc>,
    minutes: i32,
    capacity: i32,
    enrolled: i64,
    state: String,
    reason: Option<String>,
    version: i32,
    announced_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

const SELECT: &str = "SELECT c.id, c.kind, c.content, c.title, c.place, c.division_code,
    c.starts_at, c.minutes, c.capacity, c.state, c.reason, c.version, c.announced_at, c.updated_at,
    (SELECT count(*) FROM enrolments e
     WHERE e.course_id = c.id AND e.state IN ('ENROLLED', 'ATTENDED')) AS enrolled
    FROM courses c";

impl TryFrom<Row> for Course {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let read = Reading {
            table: "courses",
            id: row.id,
        };
        Ok(Self {
            id: CourseId::from_uuid(row.id),
            kind: read.word("kind", &row.kind)?,
            content: read.word("content", &row.content)?,
            title: row.title,
            place: row.place,
            division_code: read.word("division_code", &row.division_code)?,
            starts_at: row.starts_at,
            minutes: Minutes::new(row.minutes.into()),
            capacity: row.capacity,
            enrolled: row.enrolled,
            state: read.word("state", &row.state)?,
            reason: row.reason,
            version: row.version,
            announced_at: row.announced_at,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new course.
pub async fn insert(conn: &mut PgConnection, course: &Course, by: &str) -> Result<()> {
    sqlx::query(
        "INSERT INTO courses (id, kind, content, title, place, division_code, starts_at, minutes,
             capacity, state, announced_by, announced_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)",
    )
    .bind(course.id.as_uuid())
    .bind(course.kind.as_str())
    .bind(course.content.as_str())
    .bind(&course.title)
    .bind(&course.place)
    .bind(course.division_code.as_str())
    .bind(course.starts_at)
    .bind(i32::try_from(course.minutes.get()).unwrap_or(i32::MAX))
    .bind(course.capacity)
    .bind(course.state.as_str())
    .bind(by)
    .bind(course.announced_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes where a course stands; a version that moved is a conflict.
pub async fn update(conn: &mut PgConnection, course: &mut Course) -> Result<()> {
    let done = sqlx::query(
        "UPDATE courses SET state = $3, reason = $4, updated_at = $5, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(course.id.as_uuid())
    .bind(course.version)
    .bind(course.state.as_str())
    .bind(&course.reason)
    .bind(course.updated_at)
    .execute(conn)
    .await?;
    one(&done)?;
    course.version += 1;
    Ok(())
}

/// A course, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: CourseId) -> Result<Option<Course>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query
        .push(" WHERE c.id = ")
        .push_bind(id.as_uuid())
        .push(" FOR UPDATE OF c");
    let row: Option<Row> = query.build_query_as().fetch_optional(conn).await?;
    row.map(Course::try_from).transpose()
}

/// Many courses.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[CourseId],
) -> Result<HashMap<CourseId, Course>> {
    let ids: Vec<Uuid> = ids.iter().map(CourseId::as_uuid).collect();
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query.push(" WHERE c.id = ANY (").push_bind(ids).push(")");
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter()
        .map(|row| Course::try_from(row).map(|one| (one.id, one)))
        .collect()
}

/// A page of courses, newest first.
pub async fn list(
    conn: &mut PgConnection,
    filter: &CourseFilter,
    page: &Page,
) -> Result<Vec<Course>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query.push(" WHERE TRUE");
    super::push_within(&mut query, "c.division_code", filter.division.as_ref());
    if let Some(kind) = filter.kind {
        query.push(" AND c.kind = ").push_bind(kind.as_str());
    }
    if let Some(state) = filter.state {
        query.push(" AND c.state = ").push_bind(state.as_str());
    }
    if let Some(after) = filter.after {
        query.push(" AND c.starts_at > ").push_bind(after);
    }
    super::push_page(&mut query, "c.id", page)?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Course::try_from).collect()
}

#[derive(sqlx::FromRow)]
struct EnrolmentRow {
    course_id: Uuid,
    resident_id: Uuid,
    division_code: String,
    state: String,
    enrolled_at: DateTime<Utc>,
}

const ENROLMENT: &str =
    "SELECT course_id, resident_id, division_code, state, enrolled_at FROM enrolments";

impl TryFrom<EnrolmentRow> for Enrolment {
    type Error = Error;

    fn try_from(row: EnrolmentRow) -> Result<Self> {
        let read = Reading {
            table: "enrolments",
            id: row.course_id,
        };
        Ok(Self {
            course_id: CourseId::from_uuid(row.course_id),
            resident_id: ResidentId::from_uuid(row.resident_id),
            division_code: read.word("division_code", &row.division_code)?,
            state: read.word("state", &row.state)?,
            enrolled_at: row.enrolled_at,
        })
    }
}

/// Somebody enrols, or comes back after they withdrew.
pub async fn enrol(conn: &mut PgConnection, enrolment: &Enrolment) -> Result<()> {
    let done = sqlx::query(
        "INSERT INTO enrolments AS e (course_id, resident_id, division_code, state, enrolled_at,
             updated_at)
         VALUES ($1, $2, $3, $4, $5, $5)
         ON CONFLICT (course_id, resident_id) DO UPDATE SET state = $4, updated_at = $5
         WHERE e.state = 'WITHDRAWN'",
    )
    .bind(enrolment.course_id.as_uuid())
    .bind(enrolment.resident_id.as_uuid())
    .bind(enrolment.division_code.as_str())
    .bind(enrolment.state.as_str())
    .bind(enrolment.enrolled_at)
    .execute(conn)
    .await?;
    one(&done)
}

/// Writes where an enrolment stands, with its hours where somebody came.
pub async fn mark(
    conn: &mut PgConnection,
    enrolment: &Enrolment,
    training: Option<TrainingId>,
    at: DateTime<Utc>,
) -> Result<()> {
    let done = sqlx::query(
        "UPDATE enrolments SET state = $3, training_id = $4, updated_at = $5
         WHERE course_id = $1 AND resident_id = $2 AND state = 'ENROLLED'",
    )
    .bind(enrolment.course_id.as_uuid())
    .bind(enrolment.resident_id.as_uuid())
    .bind(enrolment.state.as_str())
    .bind(training.map(|id| id.as_uuid()))
    .bind(at)
    .execute(conn)
    .await?;
    one(&done)
}

/// The hours of somebody who came, in the one ledger.
pub async fn insert_hours(
    conn: &mut PgConnection,
    (id, course): (TrainingId, &Course),
    enrolment: &Enrolment,
    (by, at): (&str, DateTime<Utc>),
) -> Result<()> {
    sqlx::query(
        "INSERT INTO trainings (id, resident_id, division_code, course, minutes, held_on,
             recorded_by, recorded_at, course_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(id.as_uuid())
    .bind(enrolment.resident_id.as_uuid())
    .bind(enrolment.division_code.as_str())
    .bind(&course.title)
    .bind(course.minutes.get())
    .bind(kernel::china_date(course.starts_at))
    .bind(by)
    .bind(at)
    .bind(course.id.as_uuid())
    .execute(conn)
    .await?;
    Ok(())
}

/// The enrolment of somebody in a course, locked.
pub async fn lock_enrolment(
    conn: &mut PgConnection,
    course: CourseId,
    resident: ResidentId,
) -> Result<Option<Enrolment>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(ENROLMENT);
    query
        .push(" WHERE course_id = ")
        .push_bind(course.as_uuid())
        .push(" AND resident_id = ")
        .push_bind(resident.as_uuid())
        .push(" FOR UPDATE");
    let row: Option<EnrolmentRow> = query.build_query_as().fetch_optional(conn).await?;
    row.map(Enrolment::try_from).transpose()
}

/// All enrolments of a course, by state where one is named.
pub async fn list_enrolments(
    conn: &mut PgConnection,
    course: CourseId,
    state: Option<EnrolmentState>,
) -> Result<Vec<Enrolment>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(ENROLMENT);
    query
        .push(" WHERE course_id = ")
        .push_bind(course.as_uuid());
    if let Some(state) = state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    query.push(" ORDER BY enrolled_at, resident_id");
    let rows: Vec<EnrolmentRow> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Enrolment::try_from).collect()
}

/// A page of somebody's enrolments, by course, newest first.
pub async fn list_of(
    conn: &mut PgConnection,
    resident: ResidentId,
    page: &Page,
) -> Result<Vec<Enrolment>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(ENROLMENT);
    query
        .push(" WHERE resident_id = ")
        .push_bind(resident.as_uuid());
    super::push_page(&mut query, "course_id", page)?;
    let rows: Vec<EnrolmentRow> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Enrolment::try_from).collect()
}
