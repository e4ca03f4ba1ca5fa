//! 评审成员替换: a seat changes hands before the ranking; the sheet of whoever falls
//! out counts no more.

use kernel::{
    IdempotencyKey, china_date,
    keys::{ExpertId, TenderId},
    refuse,
};
use kit::{auth::Caller, db::Tx, error::Error};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{expert, panel, record, tender};
use crate::{
    domain::{
        panel::Panel,
        replacement::{self, Replacement, ReplacementReason},
        tender::Tender,
        text,
    },
    error::Result,
    state::State,
    store,
};

/// Who falls out, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Replace {
    pub tender_id: TenderId,
    pub expert_id: ExpertId,
    pub reason: ReplacementReason,
    pub statement: String,
    /// Who takes a seat of the buyer; that of an expert goes by lot.
    pub substitute_id: Option<ExpertId>,
}

/// Replaces a member: an expert by the next lot of the draw, a person of the buyer
/// by another one.
pub async fn replace(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Replace,
) -> Result<TenderId> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let of = tender::lock(&mut tx, input.tender_id).await?;
    let resource = tender::resource(&of);
    state
        .core
        .authorize(caller, "replacePanelMember", &resource)?;
    if let Some(first) = tx.replay("replacePanelMember", &key, &input, now).await? {
        return Ok(first);
    }
    let statement = text("input.statement", &input.statement, 500)?;
    replacement::check_time(of.state)?;
    let seated = store::panel::find(&mut tx, of.id).await?.ok_or_else(|| {
        refuse!(
            Refused,
            "PANEL_MISSING",
            zh: "尚未组成评审小组",
            en: "no panel is formed yet",
        )
    })?;
    let seat = replacement::seat(&seated, input.expert_id)?;
    replacement::check_named(seat.role, input.substitute_id)?;
    let today = china_date(now);
    let own = store::expert::conflicted(&mut tx, of.id, &[input.expert_id], today).await?;
    if input.reason == ReplacementReason::Conflicted && own.is_empty() {
        return Err(refuse!(
            Refused,
            "REPLACEMENT_CONFLICT_UNKNOWN",
            field: "input.reason",
            zh: "该成员没有已登记的利害关系;请先登记回避关系",
            en: "no conflict of this member is declared; declare the relation first",
        )
        .into());
    }
    let come = match input.substitute_id {
        Some(named) => of_buyer(&mut tx, state, &of, &seated, named).await?,
        None => drawn(&mut tx, state, &of, &seated).await?,
    };
    let one = Replacement {
        tender_id: of.id,
        gone: input.expert_id,
        come,
        reason: input.reason,
        statement,
        by: caller.actor.subject.clone(),
        at: now,
    };
    store::replacement::insert(&mut tx, &one, seat.role).await?;
    let detail = json!({ "out": one.gone, "in": one.come, "reason": one.reason });
    record(
        &mut tx,
        caller,
        "replacePanelMember",
        &resource,
        now,
        detail,
    )
    .await?;
    tx.answer(of.id).await
}

/// The next lot among the list that was fixed with the notice.
async fn drawn(tx: &mut Tx, state: &State, of: &Tender, seated: &Panel) -> Result<ExpertId> {
    let pool = store::expert_pool::load_many(tx, &[of.id])
        .await?
        .remove(&of.id)
        .ok_or_else(|| Error::inconsistent("expert_pools", "tender_id", of.id))?;
    let today = china_date(state.core.clock.now());
    let tied = store::expert::conflicted(tx, of.id, &pool.experts, today).await?;
    let bids: Vec<[u8; 32]> = store::bid::lock_all(tx, of.id)
        .await?
        .iter()
        .map(|bid| bid.envelope.commitment)
        .collect();
    Ok(replacement::next_lot(seated, &bids, &pool.experts, &tied)?)
}

/// Another person of the buyer, free of conflicts, who has not sat yet.
async fn of_buyer(
    tx: &mut Tx,
    state: &State,
    of: &Tender,
    seated: &Panel,
    named: ExpertId,
) -> Result<ExpertId> {
    const FIELD: &str = "input.substituteId";
    if !store::expert::load_many(tx, &state.core.pii, &[named])
        .await?
        .contains_key(&named)
    {
        return Err(expert::unknown().at(FIELD));
    }
    let sat = |one: &ExpertId| {
        seated.members.iter().any(|m| m.expert_id == *one)
            || seated.replacements.iter().any(|r| r.gone == *one)
    };
    if sat(&named) {
        return Err(refuse!(
            Invalid,
            "PANEL_MEMBER_TWICE",
            field: FIELD,
            zh: "此人已是或曾是该小组成员",
            en: "this person sits or sat on the panel already",
        )
        .into());
    }
    let today = china_date(state.core.clock.now());
    let tied = store::expert::conflicted(tx, of.id, &[named], today).await?;
    if tied.is_empty() {
        return Ok(named);
    }
    Err(panel::conflicted().at(FIELD))
}
