//! 预估、计划、评估 in SQL. Words come and go sealed.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::keys::SocialWorkerId;
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::{Reading, one};
use crate::domain::case::{
    CaseId, CaseRisk,
    plan::{CaseAssessmentId, CaseEvaluationId, CasePlan, CasePlanId, Signing},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    case_id: Uuid,
    round: i32,
    number: i32,
    goals: i32,
    review_on: NaiveDate,
    drafted_at: DateTime<Utc>,
    signed_by: Option<String>,
    signed_at: Option<DateTime<Utc>>,
    approved: Option<bool>,
    reviewed_at: Option<DateTime<Utc>>,
}

macro_rules! columns {
    () => {
        "p.id, p.case_id, p.round, p.number, p.review_on, p.drafted_at, p.signed_by, p.signed_at,
         p.approved, p.reviewed_at,
         (SELECT count(*)::int FROM case_plan_goals g WHERE g.plan_id = p.id) AS goals"
    };
}

impl TryFrom<Row> for CasePlan {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let read = Reading {
            table: "case_plans",
            id: row.id,
        };
        Ok(Self {
            id: CasePlanId::from_uuid(row.id),
            case_id: CaseId::from_uuid(row.case_id),
            round: row.round,
            number: row.number,
            goals: row.goals,
            review_on: row.review_on,
            drafted_at: row.drafted_at,
            signed_by: read.maybe("signed_by", row.signed_by.as_deref())?,
            signed_at: row.signed_at,
            approved: row.approved,
            reviewed_at: row.reviewed_at,
        })
    }
}

/// What was found, sealed.
#[derive(Debug)]
pub struct NewAssessment<'a> {
    pub id: CaseAssessmentId,
    pub case_id: CaseId,
    pub round: i32,
    pub risk: CaseRisk,
    pub findings: &'a [u8],
    pub by: &'a str,
    pub at: DateTime<Utc>,
}

/// Writes an assessment.
pub async fn insert_assessment(conn: &mut PgConnection, new: &NewAssessment<'_>) -> Result<()> {
    sqlx::query(
        "INSERT INTO case_assessments (id, case_id, round, risk, findings_enc, written_by, written_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(new.id.as_uuid())
    .bind(new.case_id.as_uuid())
    .bind(new.round)
    .bind(new.risk.as_str())
    .bind(new.findings)
    .bind(new.by)
    .bind(new.at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The number of the next plan of a case.
pub async fn next_number(conn: &mut PgConnection, case: CaseId) -> Result<i32> {
    Ok(
        sqlx::query_scalar(
            "SELECT coalesce(max(number), 0) + 1 FROM case_plans WHERE case_id = $1",
        )
        .bind(case.as_uuid())
        .fetch_one(conn)
        .await?,
    )
}

/// Writes a plan with its sealed goals and indicators.
pub async fn insert(
    conn: &mut PgConnection,
    plan: &CasePlan,
    goals: &[(Vec<u8>, Vec<u8>)],
    by: &str,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO case_plans (id, case_id, round, number, review_on, drafted_by, drafted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(plan.id.as_uuid())
    .bind(plan.case_id.as_uuid())
    .bind(plan.round)
    .bind(plan.number)
    .bind(plan.review_on)
    .bind(by)
    .bind(plan.drafted_at)
    .execute(&mut *conn)
    .await?;
    let (texts, indicators): (Vec<&[u8]>, Vec<&[u8]>) = goals
        .iter()
        .map(|(goal, indicator)| (goal.as_slice(), indicator.as_slice()))
        .unzip();
    sqlx::query(
        "INSERT INTO case_plan_goals (plan_id, position, goal_enc, indicator_enc)
         SELECT $1, g.n - 1, g.goal, g.indicator
         FROM unnest($2::bytea[], $3::bytea[]) WITH ORDINALITY AS g (goal, indicator, n)",
    )
    .bind(plan.id.as_uuid())
    .bind(&texts)
    .bind(&indicators)
    .execute(conn)
    .await?;
    Ok(())
}

/// The newest plan of a case, which counts.
pub async fn lock_newest(conn: &mut PgConnection, case: CaseId) -> Result<Option<CasePlan>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM case_plans p WHERE p.case_id = $1 ORDER BY p.number DESC LIMIT 1 FOR UPDATE OF p"
    ))
    .bind(case.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(CasePlan::try_from).transpose()
}

/// The plans of many cases, newest first.
pub async fn load_many_of(
    conn: &mut PgConnection,
    cases: &[CaseId],
) -> Result<HashMap<CaseId, Vec<CasePlan>>> {
    let ids: Vec<Uuid> = cases.iter().map(CaseId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM case_plans p WHERE p.case_id = ANY ($1) ORDER BY p.number DESC"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<CaseId, Vec<CasePlan>> = HashMap::new();
    for row in rows {
        let plan = CasePlan::try_from(row)?;
        found.entry(plan.case_id).or_default().push(plan);
    }
    Ok(found)
}

/// Writes that the client signed.
pub async fn sign(conn: &mut PgConnection, plan: &CasePlan, paper: Option<&str>) -> Result<()> {
    let done = sqlx::query(
        "UPDATE case_plans SET signed_by = $2, signed_at = $3, paper = $4
         WHERE id = $1 AND signed_at IS NULL",
    )
    .bind(plan.id.as_uuid())
    .bind(plan.signed_by.map(Signing::as_str))
    .bind(plan.signed_at)
    .bind(paper)
    .execute(conn)
    .await?;
    one(&done)
}

/// Writes what the supervisor said.
pub async fn review(
    conn: &mut PgConnection,
    plan: &CasePlan,
    supervisor: SocialWorkerId,
    note: Option<&[u8]>,
) -> Result<()> {
    let done = sqlx::query(
        "UPDATE case_plans SET approved = $2, reviewed_by = $3, reviewed_at = $4,
             review_note_enc = $5
         WHERE id = $1 AND approved IS NULL",
    )
    .bind(plan.id.as_uuid())
    .bind(plan.approved)
    .bind(supervisor.as_uuid())
    .bind(plan.reviewed_at)
    .bind(note)
    .execute(conn)
    .await?;
    one(&done)
}

/// What came of a plan, sealed.
#[derive(Debug)]
pub struct NewEvaluation<'a> {
    pub id: CaseEvaluationId,
    pub plan: &'a CasePlan,
    pub attainments: &'a [i32],
    pub summary: &'a [u8],
    pub by: &'a str,
    pub at: DateTime<Utc>,
}

/// Writes an evaluation.
pub async fn insert_evaluation(conn: &mut PgConnection, new: &NewEvaluation<'_>) -> Result<()> {
    sqlx::query(
        "INSERT INTO case_evaluations (id, case_id, round, plan_id, attainments, summary_enc,
             written_by, written_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(new.id.as_uuid())
    .bind(new.plan.case_id.as_uuid())
    .bind(new.plan.round)
    .bind(new.plan.id.as_uuid())
    .bind(new.attainments)
    .bind(new.summary)
    .bind(new.by)
    .bind(new.at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The sealed words of a case.
#[derive(Debug)]
pub struct SealedFile {
    pub problem: Vec<u8>,
    pub assessments: Vec<SealedAssessment>,
    pub plans: Vec<SealedPlan>,
    pub evaluations: Vec<SealedEvaluation>,
}

/// The sealed words of an assessment.
#[derive(Debug, sqlx::FromRow)]
pub struct SealedAssessment {
    pub id: Uuid,
    pub round: i32,
    pub risk: String,
    pub findings_enc: Vec<u8>,
    pub written_at: DateTime<Utc>,
}

/// The sealed words of a plan.
#[derive(Debug, sqlx::FromRow)]
pub struct SealedPlan {
    pub id: Uuid,
    pub number: i32,
    pub round: i32,
    pub review_note_enc: Option<Vec<u8>>,
    pub goals: Vec<Vec<u8>>,
    pub indicators: Vec<Vec<u8>>,
}

/// The sealed words of an evaluation.
#[derive(Debug, sqlx::FromRow)]
pub struct SealedEvaluation {
    pub id: Uuid,
    pub round: i32,
    pub attainments: Vec<i32>,
    pub summary_enc: Vec<u8>,
    pub written_at: DateTime<Utc>,
}

/// All sealed words of a case; notes are read by the page.
pub async fn find_file(conn: &mut PgConnection, case: CaseId) -> Result<SealedFile> {
    let id = case.as_uuid();
    let problem = sqlx::query_scalar("SELECT problem_enc FROM cases WHERE id = $1")
        .bind(id)
        .fetch_one(&mut *conn)
        .await?;
    let assessments = sqlx::query_as(
        "SELECT id, round, risk, findings_enc, written_at FROM case_assessments
         WHERE case_id = $1 ORDER BY id",
    )
    .bind(id)
    .fetch_all(&mut *conn)
    .await?;
    let plans = sqlx::query_as(
        "SELECT p.id, p.number, p.round, p.review_note_enc,
                ARRAY(SELECT g.goal_enc FROM case_plan_goals g
                      WHERE g.plan_id = p.id ORDER BY g.position) AS goals,
                ARRAY(SELECT g.indicator_enc FROM case_plan_goals g
                      WHERE g.plan_id = p.id ORDER BY g.position) AS indicators
         FROM case_plans p WHERE p.case_id = $1 ORDER BY p.number",
    )
    .bind(id)
    .fetch_all(&mut *conn)
    .await?;
    let evaluations = sqlx::query_as(
        "SELECT id, round, attainments, summary_enc, written_at FROM case_evaluations
         WHERE case_id = $1 ORDER BY id",
    )
    .bind(id)
    .fetch_all(conn)
    .await?;
    Ok(SealedFile {
        problem,
        assessments,
        plans,
        evaluations,
    })
}
