//! 复核申请 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    Page,
    keys::{ResidentId, SocialWorkerId},
};
use kit::{
    auth::Scope,
    error::{Error, Result},
    record,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::family;
use crate::domain::{
    appeal::{Against, Appeal, AppealFilter, AppealId, Assessed},
    assessment::{AbilityLevel, AssessmentId},
    tier::TierDecisionId,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    elder_id: Uuid,
    division_code: String,
    assessment_id: Option<Uuid>,
    decision_id: Option<Uuid>,
    grounds: String,
    state: String,
    raised_by: String,
    raised_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    review_assessment_id: Option<Uuid>,
    review_decision_id: Option<Uuid>,
    reasons: Option<String>,
    decided_by: Option<String>,
    decided_at: Option<DateTime<Utc>>,
    version: i32,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, elder_id, division_code, assessment_id, decision_id, grounds, state, raised_by,
         raised_at, due_at, review_assessment_id, review_decision_id, reasons, decided_by,
         decided_at, version, updated_at"
    };
}

fn against(assessment: Option<Uuid>, decision: Option<Uuid>) -> Option<Against> {
    assessment
        .map(|id| Against::Assessment(AssessmentId::from_uuid(id)))
        .or_else(|| decision.map(|id| Against::Tier(TierDecisionId::from_uuid(id))))
}

fn ids(against: Option<Against>) -> (Option<Uuid>, Option<Uuid>) {
    match against {
        Some(Against::Assessment(id)) => (Some(id.as_uuid()), None),
        Some(Against::Tier(id)) => (None, Some(id.as_uuid())),
        None => (None, None),
    }
}

impl TryFrom<Row> for Appeal {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("appeals", column, row.id);
        Ok(Self {
            id: AppealId::from_uuid(row.id),
            elder_id: ResidentId::from_uuid(row.elder_id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            against: against(row.assessment_id, row.decision_id)
                .ok_or_else(|| bad("assessment_id"))?,
            grounds: row.grounds,
            state: row.state.parse().map_err(|_| bad("state"))?,
            raised_by: row.raised_by,
            raised_at: row.raised_at,
            due_at: row.due_at,
            review: against(row.review_assessment_id, row.review_decision_id),
            reasons: row.reasons,
            decided_by: row.decided_by,
            decided_at: row.decided_at,
            version: row.version,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new appeal; a second one against the same is refused by the database.
pub async fn insert(conn: &mut PgConnection, appeal: &Appeal) -> Result<()> {
    let (assessment, decision) = ids(Some(appeal.against));
    sqlx::query(
        "INSERT INTO appeals (id, elder_id, division_code, assessment_id, decision_id, grounds,
             state, raised_by, raised_at, due_at, version, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(appeal.id.as_uuid())
    .bind(appeal.elder_id.as_uuid())
    .bind(appeal.division_code.as_str())
    .bind(assessment)
    .bind(decision)
    .bind(&appeal.grounds)
    .bind(appeal.state.as_str())
    .bind(&appeal.raised_by)
    .bind(appeal.raised_at)
    .bind(appeal.due_at)
    .bind(appeal.version)
    .bind(appeal.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, appeal: &mut Appeal) -> Result<()> {
    let (assessment, decision) = ids(appeal.review);
    let done = sqlx::query(
        "UPDATE appeals SET state = $3, review_assessment_id = $4, review_decision_id = $5,
             reasons = $6, decided_by = $7, decided_at = $8, updated_at = $9,
             version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(appeal.id.as_uuid())
    .bind(appeal.version)
    .bind(appeal.state.as_str())
    .bind(assessment)
    .bind(decision)
    .bind(&appeal.reasons)
    .bind(&appeal.decided_by)
    .bind(appeal.decided_at)
    .bind(appeal.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    appeal.version += 1;
    Ok(())
}

/// An appeal, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: AppealId) -> Result<Option<Appeal>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM appeals WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Appeal::try_from).transpose()
}

/// One appeal.
pub async fn find(conn: &mut PgConnection, id: AppealId) -> Result<Option<Appeal>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM appeals WHERE id = $1"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Appeal::try_from).transpose()
}

/// The appeals against assessments that were not taken back.
pub async fn load_many_of(
    conn: &mut PgConnection,
    assessments: &[AssessmentId],
) -> Result<HashMap<AssessmentId, Appeal>> {
    let ids: Vec<Uuid> = assessments.iter().map(AssessmentId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM appeals WHERE assessment_id = ANY ($1) AND state <> 'WITHDRAWN'"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut found = HashMap::new();
    for row in rows {
        let appeal = Appeal::try_from(row)?;
        if let Against::Assessment(id) = appeal.against {
            found.insert(id, appeal);
        }
    }
    Ok(found)
}

/// What a review looks at of an assessment.
pub async fn assessed(conn: &mut PgConnection, id: AssessmentId) -> Result<Option<Assessed>> {
    type Row = (Uuid, String, i32, DateTime<Utc>, Vec<Uuid>);
    let row: Option<Row> = sqlx::query_as(
        "SELECT a.elder_id, a.reason, a.final_level, a.assessed_at,
             ARRAY(SELECT w.social_worker_id FROM assessment_assessors w
                   WHERE w.assessment_id = a.id ORDER BY 1)
         FROM assessments a WHERE a.id = $1",
    )
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(|(elder, reason, level, assessed_at, assessors)| {
        let bad = |column| Error::inconsistent("assessments", column, id);
        Ok(Assessed {
            id,
            elder_id: ResidentId::from_uuid(elder),
            reason: reason.parse().map_err(|_| bad("reason"))?,
            level: AbilityLevel::of(level).ok_or_else(|| bad("final_level"))?,
            assessors: assessors
                .into_iter()
                .map(SocialWorkerId::from_uuid)
                .collect(),
            assessed_at,
        })
    })
    .transpose()
}

/// A page of appeals, newest first, within what the caller may see.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &AppealFilter,
    page: &Page,
) -> Result<Vec<Appeal>> {
    let mut query: QueryBuilder<Postgres> =
        QueryBuilder::new(concat!("SELECT ", columns!(), " FROM appeals WHERE true"));
    family::push(&mut query, scope, "division_code", "elder_id");
    if let Some(elder) = filter.elder {
        query.push(" AND elder_id = ").push_bind(elder.as_uuid());
    }
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    if let Some(at) = filter.overdue_at {
        query
            .push(" AND state = 'RAISED' AND due_at < ")
            .push_bind(at);
    }
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Appeal::try_from).collect()
}
