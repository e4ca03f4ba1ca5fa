//! 个案 in SQL.

pub mod consent;
pub mod glass;
pub mod note;
pub mod plan;
pub mod referral;

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    DivisionCode, Page,
    keys::{CommunityId, ResidentId, SocialWorkerId},
};
use kit::{
    auth::Scope,
    error::{Error, Result},
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{Reading, one};
use crate::domain::case::{
    Case, CaseClosure, CaseCount, CaseFilter, CaseId, CaseMove, CasePart, CaseStatistics, Caseload,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    client_resident_id: Uuid,
    community_id: Option<Uuid>,
    division_code: String,
    worker_id: Uuid,
    supervisor_id: Uuid,
    risk: String,
    phase: String,
    round: i32,
    contact_by: NaiveDate,
    closure: Option<String>,
    demo: bool,
    version: i32,
    opened_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    updated_at: DateTime<Utc>,
}

macro_rules! columns {
    () => {
        "id, client_resident_id, community_id, division_code, worker_id, supervisor_id, risk,
         phase, round, contact_by, closure, demo, version, opened_at, ended_at, updated_at"
    };
}

impl TryFrom<Row> for Case {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let read = Reading {
            table: "cases",
            id: row.id,
        };
        Ok(Self {
            id: CaseId::from_uuid(row.id),
            client_id: ResidentId::from_uuid(row.client_resident_id),
            community_id: row.community_id.map(CommunityId::from_uuid),
            division_code: read.word("division_code", &row.division_code)?,
            worker_id: SocialWorkerId::from_uuid(row.worker_id),
            supervisor_id: SocialWorkerId::from_uuid(row.supervisor_id),
            risk: read.word("risk", &row.risk)?,
            phase: read.word("phase", &row.phase)?,
            round: row.round,
            contact_by: row.contact_by,
            closure: read.maybe("closure", row.closure.as_deref())?,
            demo: row.demo,
            version: row.version,
            opened_at: row.opened_at,
            ended_at: row.ended_at,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new case with the sealed words of its intake.
pub async fn insert(conn: &mut PgConnection, case: &Case, problem: &[u8], by: &str) -> Result<()> {
    sqlx::query(
        "INSERT INTO cases (id, client_resident_id, community_id, division_code, worker_id,
             supervisor_id, risk, phase, round, problem_enc, contact_by, demo, moved_by, opened_at,
             updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(case.id.as_uuid())
    .bind(case.client_id.as_uuid())
    .bind(case.community_id.map(|id| id.as_uuid()))
    .bind(case.division_code.as_str())
    .bind(case.worker_id.as_uuid())
    .bind(case.supervisor_id.as_uuid())
    .bind(case.risk.as_str())
    .bind(case.phase.as_str())
    .bind(case.round)
    .bind(problem)
    .bind(case.contact_by)
    .bind(case.demo)
    .bind(by)
    .bind(case.opened_at)
    .bind(case.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes where a case stands; a version that moved is a conflict.
pub async fn update(conn: &mut PgConnection, case: &mut Case, by: &str) -> Result<()> {
    let done = sqlx::query(
        "UPDATE cases SET worker_id = $3, supervisor_id = $4, risk = $5, phase = $6, round = $7,
             contact_by = $8, closure = $9, ended_at = $10, moved_by = $11, updated_at = $12,
             version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(case.id.as_uuid())
    .bind(case.version)
    .bind(case.worker_id.as_uuid())
    .bind(case.supervisor_id.as_uuid())
    .bind(case.risk.as_str())
    .bind(case.phase.as_str())
    .bind(case.round)
    .bind(case.contact_by)
    .bind(case.closure.map(CaseClosure::as_str))
    .bind(case.ended_at)
    .bind(by)
    .bind(case.updated_at)
    .execute(conn)
    .await?;
    one(&done)?;
    case.version += 1;
    Ok(())
}

/// A case, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: CaseId) -> Result<Option<Case>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM cases WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Case::try_from).transpose()
}

/// Many cases in one statement.
pub async fn load_many(conn: &mut PgConnection, ids: &[CaseId]) -> Result<HashMap<CaseId, Case>> {
    let ids: Vec<Uuid> = ids.iter().map(CaseId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM cases WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Case::try_from(row).map(|case| (case.id, case)))
        .collect()
}

/// Whether a worker has an open case of a client.
pub async fn is_open(
    conn: &mut PgConnection,
    client: ResidentId,
    worker: SocialWorkerId,
) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM cases
         WHERE client_resident_id = $1 AND worker_id = $2 AND ended_at IS NULL)",
    )
    .bind(client.as_uuid())
    .bind(worker.as_uuid())
    .fetch_one(conn)
    .await?)
}

/// The open cases of a client, locked.
pub async fn lock_open_of(conn: &mut PgConnection, client: ResidentId) -> Result<Vec<Case>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM cases WHERE client_resident_id = $1 AND ended_at IS NULL ORDER BY id FOR UPDATE"
    ))
    .bind(client.as_uuid())
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Case::try_from).collect()
}

/// Who looks at a list of cases.
#[derive(Clone, Debug)]
pub struct Onlooker {
    pub worker: Option<SocialWorkerId>,
    pub resident: Option<ResidentId>,
    pub subject: String,
    pub now: DateTime<Utc>,
}

/// A page of the cases that somebody works on, supervises, is the client of,
/// or has broken the glass of; newest first.
pub async fn list(
    conn: &mut PgConnection,
    who: &Onlooker,
    filter: &CaseFilter,
    page: &Page,
) -> Result<Vec<Case>> {
    let worker = who.worker.map(|id| id.as_uuid());
    let resident = who.resident.map(|id| id.as_uuid());
    let mut query: QueryBuilder<Postgres> =
        QueryBuilder::new(concat!("SELECT ", columns!(), " FROM cases WHERE "));
    match filter.part {
        Some(CasePart::Worker) => query.push("worker_id = ").push_bind(worker),
        Some(CasePart::Supervisor) => query.push("supervisor_id = ").push_bind(worker),
        Some(CasePart::Client) => query.push("client_resident_id = ").push_bind(resident),
        None => query
            .push("(worker_id = ")
            .push_bind(worker)
            .push(" OR supervisor_id = ")
            .push_bind(worker)
            .push(" OR client_resident_id = ")
            .push_bind(resident)
            .push(" OR id IN (SELECT case_id FROM case_glass WHERE actor = ")
            .push_bind(who.subject.clone())
            .push(" AND until > ")
            .push_bind(who.now)
            .push("))"),
    };
    if let Some(phase) = filter.phase {
        query.push(" AND phase = ").push_bind(phase.as_str());
    }
    if let Some(risk) = filter.risk {
        query.push(" AND risk = ").push_bind(risk.as_str());
    }
    if let Some(open) = filter.open {
        query.push(" AND (ended_at IS NULL) = ").push_bind(open);
    }
    if let Some(day) = filter.overdue_on {
        query
            .push(" AND ended_at IS NULL AND contact_by < ")
            .push_bind(day);
    }
    super::push_page(&mut query, "id", page)?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Case::try_from).collect()
}

/// The phases that many cases went through, in order.
pub async fn load_moves(
    conn: &mut PgConnection,
    ids: &[CaseId],
) -> Result<HashMap<CaseId, Vec<CaseMove>>> {
    type Row = (Uuid, Option<String>, String, i32, DateTime<Utc>);
    let ids: Vec<Uuid> = ids.iter().map(CaseId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT case_id, from_phase, to_phase, round, moved_at FROM case_moves
         WHERE case_id = ANY ($1) ORDER BY case_id, number",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<CaseId, Vec<CaseMove>> = HashMap::new();
    for (id, from, to, round, moved_at) in rows {
        let read = Reading {
            table: "case_moves",
            id,
        };
        let case_id = CaseId::from_uuid(id);
        found.entry(case_id).or_default().push(CaseMove {
            case_id,
            from: read.maybe("from_phase", from.as_deref())?,
            to: read.word("to_phase", &to)?,
            round,
            moved_at,
        });
    }
    Ok(found)
}

/// How much those have to do whom somebody supervises, and they themself.
pub async fn caseload(
    conn: &mut PgConnection,
    of: SocialWorkerId,
    today: NaiveDate,
) -> Result<Vec<Caseload>> {
    let rows: Vec<(Uuid, i64, i64, i64, i64)> = sqlx::query_as(
        "SELECT c.worker_id, count(*), count(*) FILTER (WHERE c.contact_by < $2),
                count(*) FILTER (WHERE c.risk IN ('HIGH', 'CRISIS')),
                count(*) FILTER (WHERE c.phase = 'PLAN' AND EXISTS (
                    SELECT 1 FROM case_plans p WHERE p.case_id = c.id AND p.round = c.round
                      AND p.approved IS NULL
                      AND p.number = (SELECT max(l.number) FROM case_plans l WHERE l.case_id = c.id)))
         FROM cases c
         WHERE c.ended_at IS NULL AND (c.worker_id = $1 OR c.supervisor_id = $1)
         GROUP BY c.worker_id ORDER BY c.worker_id",
    )
    .bind(of.as_uuid())
    .bind(today)
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(worker, open, overdue, at_risk, plans_waiting)| Caseload {
            worker_id: SocialWorkerId::from_uuid(worker),
            open,
            overdue,
            at_risk,
            plans_waiting,
        })
        .collect())
}

/// Numbers within a reach, of open cases and of what began and ended between two days.
pub async fn statistics(
    conn: &mut PgConnection,
    scope: &Scope,
    within: Option<&DivisionCode>,
    (from, to): (NaiveDate, NaiveDate),
    least: i64,
) -> Result<CaseStatistics> {
    let pattern = scope.pattern();
    let inside = within.map(|code| format!("{}%", code.prefix()));
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        "WITH seen AS (
             SELECT phase, risk, closure, opened_at, ended_at FROM cases
             WHERE ($1::text IS NULL OR division_code LIKE $1)
               AND ($2::text IS NULL OR division_code LIKE $2))
         SELECT 'phase', phase, count(*) FROM seen WHERE ended_at IS NULL GROUP BY phase
         UNION ALL SELECT 'risk', risk, count(*) FROM seen WHERE ended_at IS NULL GROUP BY risk
         UNION ALL SELECT 'closure', closure, count(*) FROM seen
             WHERE sw_day(ended_at) BETWEEN $3 AND $4 GROUP BY closure
         UNION ALL SELECT 'opened', '', count(*) FROM seen WHERE sw_day(opened_at) BETWEEN $3 AND $4
         UNION ALL SELECT 'ended', '', count(*) FROM seen WHERE sw_day(ended_at) BETWEEN $3 AND $4
         ORDER BY 1, 2",
    )
    .bind(pattern)
    .bind(inside)
    .bind(from)
    .bind(to)
    .fetch_all(conn)
    .await?;
    let of = |kind: &str| -> Vec<CaseCount> {
        rows.iter()
            .filter(|(one, ..)| one == kind)
            .map(|(_, key, count)| CaseCount {
                key: key.clone(),
                count: *count,
            })
            .collect()
    };
    let sum = |kind: &str| of(kind).iter().map(|one| one.count).sum();
    Ok(CaseStatistics {
        least,
        phases: of("phase"),
        risks: of("risk"),
        closures: of("closure"),
        opened: sum("opened"),
        ended: sum("ended"),
    })
}
