//! 成长评估: scoring and reading.

use chrono::NaiveDate;
use kernel::refuse;
use serde::Serialize;
use serde_json::json;

use super::{
    ask::{Ask, first},
    incubatee::tell,
};
use crate::{
    domain::{
        growth::{GrowthKind, GrowthScore},
        incubatee::{Incubatee, IncubateeId},
        limits::check_number,
        organization::check_text,
    },
    error::Result,
};

/// A score.
#[derive(Clone, Debug, Serialize)]
pub struct Score {
    pub incubatee_id: IncubateeId,
    pub kind: GrowthKind,
    pub score: i32,
    pub evidence: String,
    pub on: NaiveDate,
}

/// The centre scores how far an organisation has grown.
pub async fn score(ask: &Ask<'_>, input: Score) -> Result<Incubatee> {
    let start = ask.lock::<Incubatee, _>("scoreGrowth", input.incubatee_id, &input);
    let (mut open, one) = first!(start.await?);
    one.check_day("input.on", input.on, open.today())?;
    let Some(stage) = one.stage else {
        return Err(refuse!(
            Refused, "NOT_INCUBATING", zh: "该组织当前不在孵化期", en: "the organisation is not being incubated",
        )
        .into());
    };
    let given = GrowthScore {
        id: open.id(),
        incubatee_id: one.id,
        kind: input.kind,
        stage,
        score: check_number("input.score", input.score, 0, 100)?,
        evidence: check_text(&input.evidence, "input.evidence", 1000)?,
        assessed_on: input.on,
        assessed_by: open.actor(),
        created_at: open.now,
    };
    open.insert(&given).await?;
    tell(&mut open, &one).await?;
    let detail = json!({ "kind": given.kind, "score": given.score });
    open.finish_with(one, detail).await
}
