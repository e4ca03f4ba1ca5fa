//! 资金: create, appropriate, read; other use cases move its money with [`move_money`].

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, Fen, IdempotencyKey, Page, Paged, keys::FundId, refuse};
use kit::auth::{Caller, Resource};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::record;
use crate::{
    domain::{
        fund::{Entry, EntryId, EntryKind, Fund},
        text,
    },
    error::Result,
    state::State,
    store,
};

/// What a fund is to the policies.
pub fn resource(fund: &Fund) -> Resource {
    Resource::new("Fund", fund.id).in_division(fund.division_code)
}

/// A new fund.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Create {
    pub name: String,
    pub division_code: DivisionCode,
}

/// Creates an empty fund.
pub async fn create(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Create,
) -> Result<Fund> {
    let asked = Resource::any("Fund").in_division(input.division_code);
    state.core.authorize(caller, "createFund", &asked)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("createFund", &key, &input, now).await? {
        return Ok(first);
    }
    let fund = Fund::try_new(
        FundId::new(&state.core.ids),
        &input.name,
        input.division_code,
        now,
    )?;
    store::fund::insert(&mut tx, &fund).await?;
    record(
        &mut tx,
        caller,
        "createFund",
        &resource(&fund),
        now,
        json!({}),
    )
    .await?;
    tx.answer(fund).await
}

/// Money comes in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Appropriate {
    pub fund_id: FundId,
    pub amount: Fen,
    /// The document it rests on.
    pub document: String,
}

/// Puts money into a fund.
pub async fn appropriate(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Appropriate,
) -> Result<Fund> {
    let document = text("input.document", &input.document, 200)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut fund = store::fund::lock(&mut tx, input.fund_id)
        .await?
        .ok_or_else(unknown)?;
    state
        .core
        .authorize(caller, "appropriateFund", &resource(&fund))?;
    if let Some(first) = tx.replay("appropriateFund", &key, &input, now).await? {
        return Ok(first);
    }
    let movement = Movement {
        kind: EntryKind::Appropriate,
        amount: input.amount,
        reference: None,
        document: Some(document),
    };
    move_money(&mut tx, state, caller, &mut fund, movement, now).await?;
    let detail = json!({ "amount_fen": input.amount });
    record(
        &mut tx,
        caller,
        "appropriateFund",
        &resource(&fund),
        now,
        detail,
    )
    .await?;
    tx.answer(fund).await
}

/// What is moved, and for what.
pub(super) struct Movement {
    pub kind: EntryKind,
    pub amount: Fen,
    pub reference: Option<Uuid>,
    pub document: Option<String>,
}

impl Movement {
    /// A movement for a need, contract or milestone.
    pub fn of(kind: EntryKind, amount: Fen, reference: Uuid) -> Self {
        Self {
            kind,
            amount,
            reference: Some(reference),
            document: None,
        }
    }
}

/// Moves money of a locked fund.
pub(super) async fn move_money(
    conn: &mut PgConnection,
    state: &State,
    caller: &Caller,
    fund: &mut Fund,
    movement: Movement,
    now: DateTime<Utc>,
) -> Result<EntryId> {
    fund.apply(movement.kind, movement.amount)?;
    let entry = Entry {
        id: EntryId::new(&state.core.ids),
        fund_id: fund.id,
        kind: movement.kind,
        amount: movement.amount,
        reference: movement.reference,
        document: movement.document,
        actor: caller.actor.subject.clone(),
        at: now,
    };
    store::fund::post(conn, &entry).await?;
    Ok(entry.id)
}

/// Funds and their balances are public (预算公开).
pub async fn load_many(state: &State, ids: &[FundId]) -> Result<HashMap<FundId, Fund>> {
    store::fund::load_many(&mut *state.core.db.read().await?, ids).await
}

/// A page of a fund's entries, for those who answer for it.
pub async fn list_entries(
    state: &State,
    caller: &Caller,
    fund: &Fund,
    page: &Page,
) -> Result<Paged<Entry>> {
    state
        .core
        .authorize(caller, "readFundEntries", &resource(fund))?;
    let rows = store::fund::list_entries(&mut *state.core.db.read().await?, fund.id, page).await?;
    Ok(page.finish(rows))
}

/// The fund is not there.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "FUND_NOT_FOUND",
        zh: "没有这项资金",
        en: "there is no such fund",
    )
    .into()
}
