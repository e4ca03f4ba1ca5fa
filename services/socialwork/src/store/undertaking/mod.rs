//! 小组、社区活动、政策倡导 in SQL.

pub mod session;

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    Page,
    keys::{CommunityId, SocialWorkerId},
};
use kit::error::{Error, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{Reading, one};
use crate::domain::undertaking::{
    Measure, MeasureId, Undertaking, UndertakingFilter, UndertakingId,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    kind: String,
    community_id: Uuid,
    division_code: String,
    lead_id: Uuid,
    title: String,
    aim: String,
    audience: String,
    phase: String,
    addressee: Option<String>,
    answer: Option<String>,
    summary: Option<String>,
    members: i64,
    version: i32,
    started_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    updated_at: DateTime<Utc>,
}

const SELECT: &str = "SELECT u.id, u.kind, u.community_id, u.division_code, u.lead_id, u.title,
    u.aim, u.audience, u.phase, u.addressee, u.answer, u.summary, u.version, u.started_at,
    u.ended_at, u.updated_at,
    (SELECT count(*) FROM undertaking_participants p
     WHERE p.undertaking_id = u.id AND p.left_at IS NULL) AS members
    FROM undertakings u";

impl TryFrom<Row> for Undertaking {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let read = Reading {
            table: "undertakings",
            id: row.id,
        };
        Ok(Self {
            id: UndertakingId::from_uuid(row.id),
            kind: read.word("kind", &row.kind)?,
            community_id: CommunityId::from_uuid(row.community_id),
            division_code: read.word("division_code", &row.division_code)?,
            lead_id: SocialWorkerId::from_uuid(row.lead_id),
            title: row.title,
            aim: row.aim,
            audience: row.audience,
            phase: read.word("phase", &row.phase)?,
            addressee: row.addressee,
            answer: row.answer,
            summary: row.summary,
            members: row.members,
            version: row.version,
            started_at: row.started_at,
            ended_at: row.ended_at,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new undertaking.
pub async fn insert(conn: &mut PgConnection, new: &Undertaking) -> Result<()> {
    sqlx::query(
        "INSERT INTO undertakings (id, kind, community_id, division_code, lead_id, title, aim,
             audience, phase, started_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
    )
    .bind(new.id.as_uuid())
    .bind(new.kind.as_str())
    .bind(new.community_id.as_uuid())
    .bind(new.division_code.as_str())
    .bind(new.lead_id.as_uuid())
    .bind(&new.title)
    .bind(&new.aim)
    .bind(&new.audience)
    .bind(new.phase.as_str())
    .bind(new.started_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes where it stands; a version that moved is a conflict.
pub async fn update(conn: &mut PgConnection, undertaking: &mut Undertaking) -> Result<()> {
    let done = sqlx::query(
        "UPDATE undertakings SET phase = $3, addressee = $4, answer = $5, summary = $6,
             ended_at = $7, updated_at = $8, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(undertaking.id.as_uuid())
    .bind(undertaking.version)
    .bind(undertaking.phase.as_str())
    .bind(&undertaking.addressee)
    .bind(&undertaking.answer)
    .bind(&undertaking.summary)
    .bind(undertaking.ended_at)
    .bind(undertaking.updated_at)
    .execute(conn)
    .await?;
    one(&done)?;
    undertaking.version += 1;
    Ok(())
}

/// One, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: UndertakingId) -> Result<Option<Undertaking>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query
        .push(" WHERE u.id = ")
        .push_bind(id.as_uuid())
        .push(" FOR UPDATE OF u");
    let row: Option<Row> = query.build_query_as().fetch_optional(conn).await?;
    row.map(Undertaking::try_from).transpose()
}

/// Many in one statement.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[UndertakingId],
) -> Result<HashMap<UndertakingId, Undertaking>> {
    let ids: Vec<Uuid> = ids.iter().map(UndertakingId::as_uuid).collect();
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query.push(" WHERE u.id = ANY (").push_bind(ids).push(")");
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter()
        .map(|row| Undertaking::try_from(row).map(|one| (one.id, one)))
        .collect()
}

/// A page, newest first.
pub async fn list(
    conn: &mut PgConnection,
    filter: &UndertakingFilter,
    page: &Page,
) -> Result<Vec<Undertaking>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query.push(" WHERE TRUE");
    super::push_within(&mut query, "u.division_code", filter.division.as_ref());
    let ids = [
        (
            " AND u.community_id = ",
            filter.community.map(|id| id.as_uuid()),
        ),
        (" AND u.lead_id = ", filter.lead.map(|id| id.as_uuid())),
    ];
    for (text, id) in ids {
        if let Some(id) = id {
            query.push(text).push_bind(id);
        }
    }
    if let Some(kind) = filter.kind {
        query.push(" AND u.kind = ").push_bind(kind.as_str());
    }
    if let Some(running) = filter.running {
        query
            .push(" AND (u.ended_at IS NULL) = ")
            .push_bind(running);
    }
    if let Some(resident) = filter.participant {
        query
            .push(
                " AND EXISTS (SELECT 1 FROM undertaking_participants p
                              WHERE p.undertaking_id = u.id AND p.resident_id = ",
            )
            .push_bind(resident.as_uuid())
            .push(")");
    }
    super::push_page(&mut query, "u.id", page)?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Undertaking::try_from).collect()
}

/// Writes a measure.
pub async fn insert_measure(conn: &mut PgConnection, new: &Measure) -> Result<()> {
    sqlx::query(
        "INSERT INTO undertaking_measures (id, undertaking_id, name, unit, baseline, target)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(new.id.as_uuid())
    .bind(new.undertaking_id.as_uuid())
    .bind(&new.name)
    .bind(&new.unit)
    .bind(new.baseline)
    .bind(new.target)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what a measure showed.
pub async fn insert_reading(
    conn: &mut PgConnection,
    id: Uuid,
    measure: &Measure,
    (by, at): (&str, DateTime<Utc>),
) -> Result<()> {
    sqlx::query(
        "INSERT INTO undertaking_readings (id, measure_id, value, taken_on, taken_by, taken_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id)
    .bind(measure.id.as_uuid())
    .bind(measure.value)
    .bind(measure.taken_on)
    .bind(by)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct MeasureRow {
    id: Uuid,
    undertaking_id: Uuid,
    name: String,
    unit: String,
    baseline: i32,
    target: i32,
    value: Option<i32>,
    taken_on: Option<NaiveDate>,
}

/// The measures of many, each with its newest reading.
pub async fn load_measures(
    conn: &mut PgConnection,
    ids: &[UndertakingId],
) -> Result<HashMap<UndertakingId, Vec<Measure>>> {
    let ids: Vec<Uuid> = ids.iter().map(UndertakingId::as_uuid).collect();
    let rows: Vec<MeasureRow> = sqlx::query_as(
        "SELECT m.id, m.undertaking_id, m.name, m.unit, m.baseline, m.target, r.value, r.taken_on
         FROM undertaking_measures m LEFT JOIN LATERAL (
             SELECT n.value, n.taken_on FROM undertaking_readings n
             WHERE n.measure_id = m.id ORDER BY n.id DESC LIMIT 1) AS r ON true
         WHERE m.undertaking_id = ANY ($1) ORDER BY m.id",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<UndertakingId, Vec<Measure>> = HashMap::new();
    for row in rows {
        let undertaking_id = UndertakingId::from_uuid(row.undertaking_id);
        found.entry(undertaking_id).or_default().push(Measure {
            id: MeasureId::from_uuid(row.id),
            undertaking_id,
            name: row.name,
            unit: row.unit,
            baseline: row.baseline,
            target: row.target,
            value: row.value,
            taken_on: row.taken_on,
        });
    }
    Ok(found)
}
