//! 收费分档 in SQL: rules and decisions.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::keys::ResidentId;
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    assessment::AbilityLevel,
    tier::{ServiceLine, TierDecision, TierDecisionId, TierInputs, TierRule},
};

#[derive(sqlx::FromRow)]
struct RuleRow {
    code: String,
    line: String,
    priority: i32,
    category: Option<String>,
    min_level: Option<i32>,
    lives_alone: Option<bool>,
    tier: String,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    source: String,
}

/// The columns of [`RuleRow`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! rule_columns {
    () => {
        "code, line, priority, category, min_level, lives_alone, tier, valid_from, valid_to,
         source"
    };
}

impl TryFrom<RuleRow> for TierRule {
    type Error = Error;

    fn try_from(row: RuleRow) -> Result<Self> {
        let bad = |column| Error::inconsistent("tier_rules", column, &row.code);
        Ok(Self {
            line: row.line.parse().map_err(|_| bad("line"))?,
            category: row
                .category
                .map(|category| category.parse().map_err(|_| bad("category")))
                .transpose()?,
            min_level: level(row.min_level).map_err(|()| bad("min_level"))?,
            tier: row.tier.parse().map_err(|_| bad("tier"))?,
            priority: row.priority,
            lives_alone: row.lives_alone,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            source: row.source,
            code: row.code,
        })
    }
}

fn level(number: Option<i32>) -> Result<Option<AbilityLevel>, ()> {
    number
        .map(|number| AbilityLevel::of(number).ok_or(()))
        .transpose()
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    elder_id: Uuid,
    line: String,
    tier: String,
    rule_code: String,
    category: String,
    level: Option<i32>,
    lives_alone: bool,
    inputs_hash: String,
    explanation_zh: String,
    explanation_en: String,
    decided_at: DateTime<Utc>,
    period_from: NaiveDate,
    period_to: NaiveDate,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, elder_id, line, tier, rule_code, category, level, lives_alone, inputs_hash,
         explanation_zh, explanation_en, decided_at, period_from, period_to"
    };
}

impl TryFrom<Row> for TierDecision {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("tier_decisions", column, row.id);
        Ok(Self {
            id: TierDecisionId::from_uuid(row.id),
            elder_id: ResidentId::from_uuid(row.elder_id),
            line: row.line.parse().map_err(|_| bad("line"))?,
            tier: row.tier.parse().map_err(|_| bad("tier"))?,
            inputs: TierInputs {
                category: row.category.parse().map_err(|_| bad("category"))?,
                level: level(row.level).map_err(|()| bad("level"))?,
                lives_alone: row.lives_alone,
            },
            rule_code: row.rule_code,
            inputs_hash: row.inputs_hash,
            explanation_zh: row.explanation_zh,
            explanation_en: row.explanation_en,
            decided_at: row.decided_at,
            period_from: row.period_from,
            period_to: row.period_to,
        })
    }
}

/// All rules, also those that ended, in the order in which they decide.
pub async fn list_rules(
    conn: &mut PgConnection,
    line: Option<ServiceLine>,
) -> Result<Vec<TierRule>> {
    let rows: Vec<RuleRow> = sqlx::query_as(concat!(
        "SELECT ",
        rule_columns!(),
        " FROM tier_rules WHERE $1::text IS NULL OR line = $1
         ORDER BY line, priority, valid_from"
    ))
    .bind(line.map(ServiceLine::as_str))
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TierRule::try_from).collect()
}

/// The decision in force on a day.
pub async fn find_on(
    conn: &mut PgConnection,
    elder: ResidentId,
    line: ServiceLine,
    on: NaiveDate,
) -> Result<Option<TierDecision>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM tier_decisions
         WHERE elder_id = $1 AND line = $2 AND period_from <= $3 AND period_to > $3"
    ))
    .bind(elder.as_uuid())
    .bind(line.as_str())
    .bind(on)
    .fetch_optional(conn)
    .await?;
    row.map(TierDecision::try_from).transpose()
}

/// Ends the decision in force on the day a new one begins, and writes that.
pub async fn replace(conn: &mut PgConnection, decision: &TierDecision) -> Result<()> {
    sqlx::query(
        "UPDATE tier_decisions SET period_to = $3
         WHERE elder_id = $1 AND line = $2 AND period_from <= $3 AND period_to > $3",
    )
    .bind(decision.elder_id.as_uuid())
    .bind(decision.line.as_str())
    .bind(decision.period_from)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO tier_decisions (id, elder_id, line, tier, rule_code, category, level,
             lives_alone, inputs_hash, explanation_zh, explanation_en, decided_at, period_from,
             period_to)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(decision.id.as_uuid())
    .bind(decision.elder_id.as_uuid())
    .bind(decision.line.as_str())
    .bind(decision.tier.as_str())
    .bind(&decision.rule_code)
    .bind(decision.inputs.category.as_str())
    .bind(decision.inputs.level.map(AbilityLevel::number))
    .bind(decision.inputs.lives_alone)
    .bind(&decision.inputs_hash)
    .bind(&decision.explanation_zh)
    .bind(&decision.explanation_en)
    .bind(decision.decided_at)
    .bind(decision.period_from)
    .bind(decision.period_to)
    .execute(conn)
    .await?;
    Ok(())
}

/// The decisions in force on a day, of many elders.
pub async fn load_many_on(
    conn: &mut PgConnection,
    elders: &[ResidentId],
    on: NaiveDate,
) -> Result<HashMap<ResidentId, Vec<TierDecision>>> {
    let ids: Vec<Uuid> = elders.iter().map(ResidentId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM tier_decisions
         WHERE elder_id = ANY ($1) AND period_from <= $2 AND period_to > $2
         ORDER BY elder_id, line"
    ))
    .bind(&ids)
    .bind(on)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<ResidentId, Vec<TierDecision>> = HashMap::new();
    for row in rows {
        let decision = TierDecision::try_from(row)?;
        found.entry(decision.elder_id).or_default().push(decision);
    }
    Ok(found)
}

/// Decisions by id.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[TierDecisionId],
) -> Result<HashMap<TierDecisionId, TierDecision>> {
    let ids: Vec<Uuid> = ids.iter().map(TierDecisionId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM tier_decisions WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| TierDecision::try_from(row).map(|decision| (decision.id, decision)))
        .collect()
}
