//! 质疑 in SQL, and whether a contract may be signed.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{
    Page,
    keys::{OrganizationId, TenderId},
};
use kit::{
    error::{Error, Result},
    record,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{below, grouped, uuids};
use crate::domain::challenge::{Challenge, ChallengeAnswer, ChallengeFilter, ChallengeId, Hold};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    tender_id: Uuid,
    division_code: String,
    organization_id: Uuid,
    subject: String,
    facts: String,
    request: String,
    raised_by: String,
    raised_at: DateTime<Utc>,
    known_at: DateTime<Utc>,
    answer_by: DateTime<Utc>,
    state: String,
    version: i32,
    affects_result: Option<bool>,
    answer: Option<String>,
    answered_by: Option<String>,
    in_time: Option<bool>,
    ended_at: Option<DateTime<Utc>>,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, tender_id, division_code, organization_id, subject, facts, request, raised_by,
         raised_at, known_at, answer_by, state, version, affects_result, answer, answered_by,
         in_time, ended_at, updated_at"
    };
}

impl TryFrom<Row> for Challenge {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("challenges", column, row.id);
        let answer = match (row.answer, row.affects_result, row.answered_by, row.in_time) {
            (Some(text), Some(affects_result), Some(by), Some(in_time)) => Some(ChallengeAnswer {
                text,
                affects_result,
                by,
                in_time,
            }),
            _ => None,
        };
        Ok(Self {
            id: ChallengeId::from_uuid(row.id),
            tender_id: TenderId::from_uuid(row.tender_id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            organization_id: OrganizationId::from_uuid(row.organization_id),
            subject: row.subject.parse().map_err(|_| bad("subject"))?,
            facts: row.facts,
            request: row.request,
            raised_by: row.raised_by,
            raised_at: row.raised_at,
            known_at: row.known_at,
            answer_by: row.answer_by,
            state: row.state.parse().map_err(|_| bad("state"))?,
            version: row.version,
            answer,
            ended_at: row.ended_at,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new challenge.
pub async fn insert(conn: &mut PgConnection, one: &Challenge) -> Result<()> {
    sqlx::query(
        "INSERT INTO challenges (id, tender_id, division_code, organization_id, subject, facts,
             request, raised_by, raised_at, known_at, answer_by, state, version, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(one.id.as_uuid())
    .bind(one.tender_id.as_uuid())
    .bind(one.division_code.as_str())
    .bind(one.organization_id.as_uuid())
    .bind(one.subject.as_str())
    .bind(&one.facts)
    .bind(&one.request)
    .bind(&one.raised_by)
    .bind(one.raised_at)
    .bind(one.known_at)
    .bind(one.answer_by)
    .bind(one.state.as_str())
    .bind(one.version)
    .bind(one.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes answer and state; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, one: &mut Challenge) -> Result<()> {
    let answer = one.answer.as_ref();
    let done = sqlx::query(
        "UPDATE challenges SET state = $3, affects_result = $4, answer = $5, answered_by = $6,
             in_time = $7, ended_at = $8, updated_at = $9, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(one.id.as_uuid())
    .bind(one.version)
    .bind(one.state.as_str())
    .bind(answer.map(|answer| answer.affects_result))
    .bind(answer.map(|answer| answer.text.as_str()))
    .bind(answer.map(|answer| answer.by.as_str()))
    .bind(answer.map(|answer| answer.in_time))
    .bind(one.ended_at)
    .bind(one.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    one.version += 1;
    Ok(())
}

/// The challenge of an id, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: ChallengeId) -> Result<Option<Challenge>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM challenges WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Challenge::try_from).transpose()
}

/// Many challenges; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[ChallengeId],
) -> Result<HashMap<ChallengeId, Challenge>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM challenges WHERE id = ANY ($1)"
    ))
    .bind(uuids(ids))
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Challenge::try_from(row).map(|one| (one.id, one)))
        .collect()
}

/// The challenges against many tenders, oldest first.
pub async fn load_many_by_tender(
    conn: &mut PgConnection,
    tenders: &[TenderId],
) -> Result<HashMap<TenderId, Vec<Challenge>>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM challenges WHERE tender_id = ANY ($1) ORDER BY id"
    ))
    .bind(uuids(tenders))
    .fetch_all(conn)
    .await?;
    let found: Result<Vec<Challenge>> = rows.into_iter().map(Challenge::try_from).collect();
    Ok(grouped(found?, |one| one.tender_id))
}

/// A page of challenges, newest first.
pub async fn list(
    conn: &mut PgConnection,
    filter: &ChallengeFilter,
    page: &Page,
) -> Result<Vec<Challenge>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM challenges WHERE TRUE"
    ));
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    if let Some(tender) = filter.tender_id {
        query.push(" AND tender_id = ").push_bind(tender.as_uuid());
    }
    if let Some(at) = filter.overdue_at {
        query
            .push(" AND state = 'RAISED' AND answer_by < ")
            .push_bind(at);
    }
    below(&mut query, filter.below.as_ref());
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Challenge::try_from).collect()
}

/// Whether the result of a tender was found wrong.
pub async fn is_upheld(conn: &mut PgConnection, tender: TenderId) -> Result<bool> {
    Ok(sqlx::query_scalar("SELECT prc_result_undone($1)")
        .bind(tender.as_uuid())
        .fetch_one(conn)
        .await?)
}

/// Whether challenges and complaints let the contract of a tender be signed.
pub async fn hold(conn: &mut PgConnection, tender: TenderId, now: DateTime<Utc>) -> Result<Hold> {
    let (undone, suspended, seconds): (bool, bool, f64) = sqlx::query_as(
        "SELECT prc_result_undone($1), prc_signing_suspended($1, $2),
                extract(epoch FROM prc_suspended($1, $2))::float8",
    )
    .bind(tender.as_uuid())
    .bind(now)
    .fetch_one(conn)
    .await?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a span between two instants of this century"
    )]
    let held_up = TimeDelta::seconds(seconds as i64);
    Ok(Hold {
        undone,
        suspended,
        held_up,
    })
}
