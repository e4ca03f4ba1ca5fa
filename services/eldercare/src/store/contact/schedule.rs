//! Who is looked in on how often, by which rule, and how many were.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, keys::ResidentId};
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use super::under;
use crate::domain::{
    assessment::AbilityLevel,
    contact::{ContactRule, ContactSchedule, Isolation, ScreenIsolation},
};

#[derive(sqlx::FromRow)]
struct Row {
    elder_id: Uuid,
    division_code: String,
    risk: String,
    rule_code: String,
    isolated: bool,
    started_by: String,
    started_at: DateTime<Utc>,
    evaluated_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "elder_id, division_code, risk, rule_code, isolated, started_by, started_at, evaluated_at,
         ended_at"
    };
}

impl TryFrom<Row> for ContactSchedule {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("contact_schedules", column, row.elder_id);
        Ok(Self {
            elder_id: ResidentId::from_uuid(row.elder_id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            risk: row.risk.parse().map_err(|_| bad("risk"))?,
            rule_code: row.rule_code,
            isolated: row.isolated,
            started_by: row.started_by,
            started_at: row.started_at,
            evaluated_at: row.evaluated_at,
            ended_at: row.ended_at,
        })
    }
}

/// All rules, also those that ended, in the order in which they decide.
pub async fn list_rules(conn: &mut PgConnection) -> Result<Vec<ContactRule>> {
    type Rule = (
        String,
        i32,
        Option<String>,
        Option<i32>,
        Option<bool>,
        Option<bool>,
        String,
        NaiveDate,
        Option<NaiveDate>,
        String,
    );
    let rows: Vec<Rule> = sqlx::query_as(
        "SELECT code, priority, category, min_level, lives_alone, isolated, risk, valid_from,
             valid_to, source
         FROM contact_rules ORDER BY priority, valid_from",
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let (code, priority, category, level, lives_alone, isolated, risk, from, to, source) =
                row;
            let bad = |column| Error::inconsistent("contact_rules", column, &code);
            Ok(ContactRule {
                category: category
                    .map(|one| one.parse().map_err(|_| bad("category")))
                    .transpose()?,
                min_level: level
                    .map(|one| AbilityLevel::of(one).ok_or_else(|| bad("min_level")))
                    .transpose()?,
                risk: risk.parse().map_err(|_| bad("risk"))?,
                code: code.clone(),
                priority,
                lives_alone,
                isolated,
                valid_from: from,
                valid_to: to,
                source,
            })
        })
        .collect()
}

/// Begins to look in on an elder; false where somebody does already.
pub async fn insert_schedule(conn: &mut PgConnection, one: &ContactSchedule) -> Result<()> {
    sqlx::query(
        "INSERT INTO contact_schedules (elder_id, division_code, risk, rule_code, isolated,
             started_by, started_at, evaluated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(one.elder_id.as_uuid())
    .bind(one.division_code.as_str())
    .bind(one.risk.as_str())
    .bind(&one.rule_code)
    .bind(one.isolated)
    .bind(&one.started_by)
    .bind(one.started_at)
    .bind(one.evaluated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes a class that was decided anew.
pub async fn update_schedule(conn: &mut PgConnection, one: &ContactSchedule) -> Result<()> {
    let done = sqlx::query(
        "UPDATE contact_schedules SET risk = $2, rule_code = $3, isolated = $4, evaluated_at = $5,
             division_code = $6
         WHERE elder_id = $1",
    )
    .bind(one.elder_id.as_uuid())
    .bind(one.risk.as_str())
    .bind(&one.rule_code)
    .bind(one.isolated)
    .bind(one.evaluated_at)
    .bind(one.division_code.as_str())
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    Ok(())
}

/// Nobody is looked in on any more.
pub async fn end_schedule(
    conn: &mut PgConnection,
    elder: ResidentId,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "UPDATE contact_schedules SET ended_at = $2 WHERE elder_id = $1 AND ended_at IS NULL",
    )
    .bind(elder.as_uuid())
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

/// How an elder is looked in on, locked until the end of the transaction.
pub async fn lock_schedule(
    conn: &mut PgConnection,
    elder: ResidentId,
) -> Result<Option<ContactSchedule>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM contact_schedules WHERE elder_id = $1 FOR UPDATE"
    ))
    .bind(elder.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(ContactSchedule::try_from).transpose()
}

/// When an elder is due, and when somebody last looked in.
type Times = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

type TimesRow = (Uuid, Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// How elders are looked in on, with when each is due and was last seen.
pub async fn load_schedules(
    conn: &mut PgConnection,
    elders: &[ResidentId],
) -> Result<HashMap<ResidentId, (ContactSchedule, Times)>> {
    let ids: Vec<Uuid> = elders.iter().map(ResidentId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM contact_schedules WHERE elder_id = ANY ($1) AND ended_at IS NULL"
    ))
    .bind(&ids)
    .fetch_all(&mut *conn)
    .await?;
    let times: Vec<TimesRow> = sqlx::query_as(
        "SELECT elder_id, min(due_at) FILTER (WHERE state = 'DUE'), max(done_at)
         FROM contacts WHERE elder_id = ANY ($1) GROUP BY elder_id",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let times: HashMap<Uuid, Times> = times
        .into_iter()
        .map(|(elder, due, done)| (elder, (due, done)))
        .collect();
    rows.into_iter()
        .map(|row| {
            let seen: Times = times.get(&row.elder_id).copied().unwrap_or_default();
            let one = ContactSchedule::try_from(row)?;
            Ok((one.elder_id, (one, seen)))
        })
        .collect()
}

/// Writes a screening; the database adds it up again.
pub async fn insert_screening(
    conn: &mut PgConnection,
    id: Uuid,
    (asked, found): (&ScreenIsolation, Isolation),
    by: &str,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO isolation_screenings (id, elder_id, family, friends, score, threshold,
             isolated, screened_by, screened_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(id)
    .bind(asked.elder_id.as_uuid())
    .bind(&asked.family)
    .bind(&asked.friends)
    .bind(found.score)
    .bind(found.threshold)
    .bind(found.isolated)
    .bind(by)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether the last screening found an elder isolated.
pub async fn is_isolated(conn: &mut PgConnection, elder: ResidentId) -> Result<bool> {
    let found: Option<bool> = sqlx::query_scalar(
        "SELECT isolated FROM isolation_screenings WHERE elder_id = $1
         ORDER BY screened_at DESC, id DESC LIMIT 1",
    )
    .bind(elder.as_uuid())
    .fetch_optional(conn)
    .await?;
    Ok(found.unwrap_or(false))
}

/// Of a class in a division: how many, and how many were seen.
#[derive(Clone, Debug)]
pub struct Coverage {
    pub risk: String,
    pub elders: i64,
    pub seen: i64,
}

/// How many of each class were looked in on, from one instant until another.
pub async fn coverage(
    conn: &mut PgConnection,
    division: &DivisionCode,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<Coverage>> {
    let rows: Vec<(String, i64, i64)> = sqlx::query_as(
        "SELECT s.risk, count(*),
                count(*) FILTER (WHERE EXISTS (
                    SELECT 1 FROM contacts c WHERE c.elder_id = s.elder_id
                    AND c.done_at >= $2 AND c.done_at < $3))
         FROM contact_schedules s
         WHERE s.division_code LIKE $1 AND s.started_at < $3
           AND (s.ended_at IS NULL OR s.ended_at >= $2)
         GROUP BY s.risk ORDER BY s.risk",
    )
    .bind(under(division))
    .bind(from)
    .bind(until)
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(risk, elders, seen)| Coverage { risk, elders, seen })
        .collect())
}
