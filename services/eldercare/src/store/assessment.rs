//! 能力评估 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::keys::{ResidentId, SocialWorkerId};
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::assessment::{
    AbilityLevel, Adjusters, Assessment, AssessmentId, INSTRUMENT, ITEMS, ItemScore, Scored,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    elder_id: Uuid,
    reason: String,
    coma: bool,
    dementia_or_mental: bool,
    risk_events: i32,
    b1: i32,
    b2: i32,
    b3: i32,
    b4: i32,
    total: i32,
    base_level: i32,
    final_level: i32,
    explanation_zh: String,
    explanation_en: String,
    assessed_at: DateTime<Utc>,
    valid_from: NaiveDate,
    valid_to: NaiveDate,
    item_codes: Vec<String>,
    item_scores: Vec<i32>,
    assessors: Vec<Uuid>,
}

impl TryFrom<Row> for Assessment {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("assessments", column, row.id);
        Ok(Self {
            id: AssessmentId::from_uuid(row.id),
            elder_id: ResidentId::from_uuid(row.elder_id),
            reason: row.reason.parse().map_err(|_| bad("reason"))?,
            assessors: row
                .assessors
                .into_iter()
                .map(SocialWorkerId::from_uuid)
                .collect(),
            items: row
                .item_codes
                .into_iter()
                .zip(row.item_scores)
                .map(|(code, score)| ItemScore { code, score })
                .collect(),
            adjusters: Adjusters {
                coma: row.coma,
                dementia_or_mental: row.dementia_or_mental,
                risk_events: row.risk_events,
            },
            scored: Scored {
                parts: [row.b1, row.b2, row.b3, row.b4],
                total: row.total,
                base_level: AbilityLevel::of(row.base_level).ok_or_else(|| bad("base_level"))?,
                final_level: AbilityLevel::of(row.final_level).ok_or_else(|| bad("final_level"))?,
                explanation_zh: row.explanation_zh,
                explanation_en: row.explanation_en,
            },
            assessed_at: row.assessed_at,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
        })
    }
}

/// Ends what holds on `from`, so that a later assessment may begin.
pub async fn end_current(
    conn: &mut PgConnection,
    elder: ResidentId,
    from: NaiveDate,
) -> Result<()> {
    sqlx::query(
        "UPDATE assessments SET valid_to = $3
         WHERE elder_id = $1 AND instrument = $2 AND valid_from <= $3 AND valid_to > $3",
    )
    .bind(elder.as_uuid())
    .bind(INSTRUMENT)
    .bind(from)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes an assessment with its items and assessors; the database adds them
/// up again at commit.
pub async fn insert(conn: &mut PgConnection, assessment: &Assessment) -> Result<()> {
    let Assessment {
        scored, adjusters, ..
    } = assessment;
    let [b1, b2, b3, b4] = scored.parts;
    sqlx::query(
        "INSERT INTO assessments (id, elder_id, instrument, reason, coma, dementia_or_mental,
             risk_events, b1, b2, b3, b4, base_level, final_level, explanation_zh,
             explanation_en, assessed_at, valid_from, valid_to)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
    )
    .bind(assessment.id.as_uuid())
    .bind(assessment.elder_id.as_uuid())
    .bind(INSTRUMENT)
    .bind(assessment.reason.as_str())
    .bind(adjusters.coma)
    .bind(adjusters.dementia_or_mental)
    .bind(adjusters.risk_events)
    .bind(b1)
    .bind(b2)
    .bind(b3)
    .bind(b4)
    .bind(scored.base_level.number())
    .bind(scored.final_level.number())
    .bind(&scored.explanation_zh)
    .bind(&scored.explanation_en)
    .bind(assessment.assessed_at)
    .bind(assessment.valid_from)
    .bind(assessment.valid_to)
    .execute(&mut *conn)
    .await?;
    let codes: Vec<&str> = assessment
        .items
        .iter()
        .map(|item| item.code.as_str())
        .collect();
    let scores: Vec<i32> = assessment.items.iter().map(|item| item.score).collect();
    sqlx::query(
        "INSERT INTO assessment_scores (assessment_id, instrument, item_code, score)
         SELECT $1, $2, i.code, i.score FROM unnest($3::text[], $4::integer[]) AS i (code, score)",
    )
    .bind(assessment.id.as_uuid())
    .bind(INSTRUMENT)
    .bind(codes)
    .bind(scores)
    .execute(&mut *conn)
    .await?;
    let assessors: Vec<Uuid> = assessment
        .assessors
        .iter()
        .map(SocialWorkerId::as_uuid)
        .collect();
    sqlx::query(
        "INSERT INTO assessment_assessors (assessment_id, social_worker_id)
         SELECT $1, a FROM unnest($2::uuid[]) AS a",
    )
    .bind(assessment.id.as_uuid())
    .bind(assessors)
    .execute(conn)
    .await?;
    Ok(())
}

/// The assessment in force on a day.
pub async fn find_on(
    conn: &mut PgConnection,
    elder: ResidentId,
    on: NaiveDate,
) -> Result<Option<AssessmentId>> {
    let found: Option<Uuid> = sqlx::query_scalar(
        "SELECT id FROM assessments
         WHERE elder_id = $1 AND instrument = $3 AND valid_from <= $2 AND valid_to > $2
         ORDER BY assessed_at DESC LIMIT 1",
    )
    .bind(elder.as_uuid())
    .bind(on)
    .bind(INSTRUMENT)
    .fetch_optional(conn)
    .await?;
    Ok(found.map(AssessmentId::from_uuid))
}

/// The level in force on a day; none where no assessment holds.
pub async fn level_on(
    conn: &mut PgConnection,
    elder: ResidentId,
    on: NaiveDate,
) -> Result<Option<AbilityLevel>> {
    let level: Option<i32> = sqlx::query_scalar(
        "SELECT final_level FROM assessments
         WHERE elder_id = $1 AND valid_from <= $2 AND valid_to > $2
         ORDER BY assessed_at DESC LIMIT 1",
    )
    .bind(elder.as_uuid())
    .bind(on)
    .fetch_optional(conn)
    .await?;
    level
        .map(|level| {
            AbilityLevel::of(level)
                .ok_or_else(|| Error::inconsistent("assessments", "final_level", elder))
        })
        .transpose()
}

/// The newest assessments of each elder, at most 20.
pub async fn load_many(
    conn: &mut PgConnection,
    elders: &[ResidentId],
) -> Result<HashMap<ResidentId, Vec<Assessment>>> {
    let ids: Vec<Uuid> = elders.iter().map(ResidentId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT a.id, a.elder_id, a.reason, a.coma, a.dementia_or_mental, a.risk_events, a.b1, a.b2, a.b3, a.b4,
             a.total, a.base_level, a.final_level, a.explanation_zh, a.explanation_en,
             a.assessed_at, a.valid_from, a.valid_to,
             ARRAY(SELECT s.item_code FROM assessment_scores s
                   JOIN assessment_items i ON (i.instrument, i.code) = (s.instrument, s.item_code)
                   WHERE s.assessment_id = a.id ORDER BY i.position) AS item_codes,
             ARRAY(SELECT s.score FROM assessment_scores s
                   JOIN assessment_items i ON (i.instrument, i.code) = (s.instrument, s.item_code)
                   WHERE s.assessment_id = a.id ORDER BY i.position) AS item_scores,
             ARRAY(SELECT w.social_worker_id FROM assessment_assessors w
                   WHERE w.assessment_id = a.id ORDER BY 1) AS assessors
         FROM unnest($1::uuid[]) AS elder
         CROSS JOIN LATERAL (SELECT * FROM assessments WHERE elder_id = elder
                             ORDER BY assessed_at DESC LIMIT 20) AS a
         ORDER BY a.elder_id, a.assessed_at DESC",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<ResidentId, Vec<Assessment>> = HashMap::new();
    for row in rows {
        let assessment = Assessment::try_from(row)?;
        found
            .entry(assessment.elder_id)
            .or_default()
            .push(assessment);
    }
    Ok(found)
}

/// Whether the items of the database are those of the domain (tests).
pub async fn items_agree(conn: &mut PgConnection) -> Result<bool> {
    let rows: Vec<(String, String, i32)> = sqlx::query_as(
        "SELECT code, part, max_score FROM assessment_items
         WHERE instrument = $1 ORDER BY position",
    )
    .bind(INSTRUMENT)
    .fetch_all(conn)
    .await?;
    Ok(rows.len() == ITEMS.len()
        && rows.iter().zip(ITEMS).all(|((code, part, max), item)| {
            code == item.code && part == item.part.as_str() && *max == item.max
        }))
}
