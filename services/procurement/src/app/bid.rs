//! 投标: submit sealed, withdraw, unseal at the opening, qualify, read.

use std::collections::HashMap;

use kernel::{
    IdempotencyKey,
    idempotency::RequestHash,
    keys::{OrganizationId, TenderId},
    refuse,
};
use kit::auth::{Caller, Resource};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{record, tender};
use crate::{
    domain::{
        bid::{Bid, BidId, BidState, EnvelopeText, read_key},
        tender::{Tender, TenderState},
    },
    error::Result,
    state::State,
    store,
};

/// What a bid is to the policies.
pub fn resource(bid: &Bid, tender: &Tender) -> Resource {
    Resource::new("Bid", bid.id)
        .in_division(tender.division_code)
        .of_organization(bid.organization_id.as_uuid())
}

/// A sealed offer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Submit {
    pub tender_id: TenderId,
    pub organization_id: OrganizationId,
    pub envelope: EnvelopeText,
}

/// Takes a sealed bid; nobody here can read it.
pub async fn submit(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Submit,
) -> Result<Bid> {
    let asked = Resource::any("Bid").of_organization(input.organization_id.as_uuid());
    state.core.authorize(caller, "submitBid", &asked)?;
    let before = state.core.answered(caller, "submitBid", &key, &input);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    let envelope = input.envelope.read()?;
    let supplier = state.suppliers.find(caller, input.organization_id).await?;

    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx
        .replay("submitBid", &key, &input, state.core.clock.now())
        .await?
    {
        return Ok(first);
    }
    let held = store::tender::hold(&mut tx, input.tender_id).await?;
    let tender = held.filter(|one| tender::may_read(state, caller, one));
    let tender = tender.ok_or_else(tender::unknown)?;
    // Read after the lock: whoever waited past the close comes too late.
    let now = state.core.clock.now();
    tender.takes_bids(now)?;
    supplier.check(tender.elder_care)?;
    let bid = Bid {
        id: BidId::new(&state.core.ids),
        tender_id: tender.id,
        organization_id: input.organization_id,
        envelope,
        state: BidState::Sealed,
        price: None,
        proposal: None,
        finding: None,
        received_at: now,
        unsealed_at: None,
        updated_at: now,
        version: 1,
    };
    store::bid::insert(&mut tx, &bid, &supplier.controllers)
        .await
        .map_err(told)?;
    record(
        &mut tx,
        caller,
        "submitBid",
        &resource(&bid, &tender),
        now,
        json!({}),
    )
    .await?;
    tx.answer(bid).await
}

/// The database's refusals in words.
fn told(error: kit::Error) -> kit::Error {
    match error.reason() {
        "SAME_CONTROLLER" => refuse!(
            Refused,
            "SAME_CONTROLLER",
            field: "input.organizationId",
            zh: "与另一投标人存在同一负责人或控制关系,不得参加同一项目的投标",
            en: "another bidder is led or controlled by the same person; only one of them may bid",
        )
        .into(),
        "BID_ALREADY_SUBMITTED" => refuse!(
            AlreadyExists,
            "BID_ALREADY_SUBMITTED",
            zh: "该组织已投标;如需更改,请先撤回",
            en: "this organisation has a bid already; withdraw it first to change it",
        )
        .into(),
        _ => error,
    }
}

/// Withdraws a bid before the close.
pub async fn withdraw(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: BidId,
) -> Result<Bid> {
    caller.signed_in("withdrawBid")?;
    let mut tx = state.core.db.begin(caller).await?;
    let (tender, mut bid) = locked(&mut tx, id).await?;
    authorize(state, caller, "withdrawBid", &bid, &tender)?;
    let now = state.core.clock.now();
    if let Some(first) = tx.replay("withdrawBid", &key, &id, now).await? {
        return Ok(first);
    }
    tender.takes_bids(now)?;
    bid.withdraw(now)?;
    store::bid::update(&mut tx, &mut bid).await?;
    store::bid::release_controllers(&mut tx, bid.id).await?;
    record(
        &mut tx,
        caller,
        "withdrawBid",
        &resource(&bid, &tender),
        now,
        json!({}),
    )
    .await?;
    tx.answer(bid).await
}

/// Opens a bid with the bidder's own key, at the opening and not before.
pub async fn unseal(
    state: &State,
    caller: &Caller,
    idempotency: IdempotencyKey,
    id: BidId,
    key: &str,
) -> Result<Bid> {
    caller.signed_in("unsealBid")?;
    let mut tx = state.core.db.begin(caller).await?;
    let (tender, mut bid) = locked(&mut tx, id).await?;
    authorize(state, caller, "unsealBid", &bid, &tender)?;
    let now = state.core.clock.now();
    // The hash alone is kept: a key is nobody's but the bidder's.
    let asked = (id, RequestHash::of_bytes(key.as_bytes()).to_hex());
    if let Some(first) = tx.replay("unsealBid", &idempotency, &asked, now).await? {
        return Ok(first);
    }
    match tender.state {
        TenderState::Opening => {}
        TenderState::Draft | TenderState::Published => {
            return Err(refuse!(
                Refused,
                "KEY_BEFORE_OPENING",
                zh: "尚未开标,请勿提交密钥",
                en: "the opening has not begun; keep your key",
            )
            .into());
        }
        _ => {
            return Err(refuse!(
                Refused,
                "OPENING_FINISHED",
                zh: "开标已结束,不能再解封",
                en: "the opening is over; no bid is unsealed any more",
            )
            .into());
        }
    }
    bid.unseal(&read_key(key)?, tender.ceiling, now)?;
    store::bid::update(&mut tx, &mut bid).await?;
    record(
        &mut tx,
        caller,
        "unsealBid",
        &resource(&bid, &tender),
        now,
        json!({}),
    )
    .await?;
    tx.answer(bid).await
}

/// The buyer's judgement of a bidder.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Qualify {
    pub bid_id: BidId,
    pub passed: bool,
    pub note: Option<String>,
}

/// Judges whether a bidder qualifies, between the opening and the evaluation.
pub async fn qualify(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Qualify,
) -> Result<Bid> {
    caller.signed_in("qualifyBid")?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let (tender, mut bid) = locked(&mut tx, input.bid_id).await?;
    authorize(state, caller, "qualifyBid", &bid, &tender)?;
    if let Some(first) = tx.replay("qualifyBid", &key, &input, now).await? {
        return Ok(first);
    }
    tender.state.must_be(TenderState::Opened)?;
    bid.qualify(input.passed, input.note.as_deref(), now)?;
    store::bid::update(&mut tx, &mut bid).await?;
    let detail = json!({ "passed": input.passed });
    record(
        &mut tx,
        caller,
        "qualifyBid",
        &resource(&bid, &tender),
        now,
        detail,
    )
    .await?;
    tx.answer(bid).await
}

/// Whether the caller may do this. Before the bids are read out, nobody learns
/// by trying which bids there are.
fn authorize(
    state: &State,
    caller: &Caller,
    action: &str,
    bid: &Bid,
    tender: &Tender,
) -> Result<()> {
    let allowed = state.core.authorize(caller, action, &resource(bid, tender));
    let own = caller.actor.organization_id == Some(bid.organization_id.as_uuid());
    let public = tender.state.is_opened() && tender.opened_at.is_some();
    allowed.map_err(|denied| if own || public { denied } else { unknown() })
}

/// The bid and its tender: the tender is held first, as every other use case does.
async fn locked(tx: &mut kit::db::Tx, id: BidId) -> Result<(Tender, Bid)> {
    let seen = store::bid::find(tx, id).await?.ok_or_else(unknown)?;
    let tender = store::tender::hold(tx, seen.tender_id)
        .await?
        .ok_or_else(tender::unknown)?;
    let bid = store::bid::lock(tx, id).await?.ok_or_else(unknown)?;
    Ok((tender, bid))
}

/// What the caller may see of the bids of tenders: before the end of the
/// opening only their own; proposals only for those who judge.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[TenderId],
) -> Result<HashMap<TenderId, Vec<Bid>>> {
    let mut conn = state.core.db.read().await?;
    let tenders = store::tender::load_many(&mut conn, ids).await?;
    let mut bids = store::bid::load_many(&mut conn, ids).await?;
    let panels = match caller.actor.expert_id {
        Some(_) => store::panel::load_many(&mut conn, ids).await?,
        None => HashMap::new(),
    };
    bids.retain(|id, _| {
        tenders
            .get(id)
            .is_some_and(|one| tender::may_read(state, caller, one))
    });
    for (id, bids) in &mut bids {
        let Some(tender) = tenders.get(id) else {
            continue;
        };
        let own = |bid: &Bid| caller.actor.organization_id == Some(bid.organization_id.as_uuid());
        if !tender.state.is_opened() || tender.opened_at.is_none() {
            bids.retain(own);
            continue;
        }
        let member = panels.get(id).is_some_and(|panel| {
            panel
                .members
                .iter()
                .any(|m| Some(m.expert_id.as_uuid()) == caller.actor.expert_id)
        });
        if !member && !tender::may_read_file(state, caller, tender) {
            for bid in bids.iter_mut().filter(|bid| !own(bid)) {
                bid.proposal = None;
            }
        }
    }
    Ok(bids)
}

/// How many bids stand, once the close has come; nobody learns it before.
pub async fn count_many(state: &State, ids: &[TenderId]) -> Result<HashMap<TenderId, usize>> {
    let bids = store::bid::load_many(&mut *state.core.db.read().await?, ids).await?;
    Ok(ids
        .iter()
        .map(|id| (*id, bids.get(id).map_or(0, Vec::len)))
        .collect())
}

/// The bid is not there, or not for this caller.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "BID_NOT_FOUND",
        zh: "没有这份投标,或您无权查看",
        en: "there is no such bid, or it is not for you to see",
    )
    .into()
}
