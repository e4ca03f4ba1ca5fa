//! 押金: reported, confirmed, given back by stages, deducted, forfeited.

use std::collections::HashMap;

use kernel::{Fen, refuse};
use kit::record::{self, Wanted};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::ask::{self, Ask, Open, first};
use crate::{
    domain::{
        deposit::{DepositStage, DepositState, SpaceDeposit, left, refund_of},
        ledger::{MoneyEntry, MoneyEntryKind},
        limits::check_amount,
        organization::check_text,
        space_licence::{SpaceLicence, SpaceLicenceId},
    },
    error::{Error, Result},
    state::State,
    store,
};

/// A licence and its deposit, both locked.
async fn deposit_of(open: &mut Open<'_>, licence: &SpaceLicence) -> Result<SpaceDeposit> {
    let found = store::deposit::lock_of(open, licence.id).await?;
    found.ok_or_else(|| {
        refuse!(
            Refused,
            "DEPOSIT_NONE",
            field: "input.licenceId",
            zh: "该场地使用没有押金",
            en: "there is no deposit for this licence",
        )
        .into()
    })
}

/// Keeps the move, tells, notes and commits.
async fn moved(
    mut open: Open<'_>,
    licence: SpaceLicence,
    mut deposit: SpaceDeposit,
    from: DepositState,
    reason: Option<String>,
) -> Result<SpaceLicence> {
    let to = deposit.state;
    if from != to {
        ask::moved(&mut open, &mut deposit, (from, to), reason).await?;
    }
    open.tell(
        "incubation.deposit.changed",
        ("space_licence", licence.id.as_uuid()),
        json!({
            "licence_id": licence.id,
            "organization_id": licence.organization_id,
            "division_code": licence.division_code,
            "state": to,
        }),
    )
    .await?;
    let detail = json!({ "deposit_id": deposit.id, "from": from, "to": to });
    open.finish_with(licence, detail).await
}

/// The slip of a payment.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub licence_id: SpaceLicenceId,
    pub slip: String,
}

/// The organisation, or staff for it, says that it paid.
pub async fn report(ask: &Ask<'_>, input: Report) -> Result<SpaceLicence> {
    let start = ask.lock::<SpaceLicence, _>("reportDepositPaid", input.licence_id, &input);
    let (mut open, licence) = first!(start.await?);
    let mut deposit = deposit_of(&mut open, &licence).await?;
    let from = deposit.report(&input.slip, &open.actor(), open.today())?;
    moved(open, licence, deposit, from, None).await
}

/// Whether the money has come.
#[derive(Clone, Debug, Serialize)]
pub struct Confirm {
    pub licence_id: SpaceLicenceId,
    pub received: bool,
    /// Why not.
    pub reason: Option<String>,
}

/// The keeper of the funds confirms that the money has come, or that it has not.
pub async fn confirm(ask: &Ask<'_>, input: Confirm) -> Result<SpaceLicence> {
    let start = ask.lock::<SpaceLicence, _>("confirmDeposit", input.licence_id, &input);
    let (mut open, licence) = first!(start.await?);
    let mut deposit = deposit_of(&mut open, &licence).await?;
    let reason = crate::domain::organization::check_optional(input.reason, "input.reason", 500)?;
    if !input.received {
        let from = deposit.decline()?;
        return moved(open, licence, deposit, from, reason).await;
    }
    let from = deposit.confirm(&open.actor(), open.today())?;
    let booking = Booking {
        kind: MoneyEntryKind::DepositPaid,
        amount: deposit.amount_fen,
        stage_no: None,
        subject: "押金".to_owned(),
        evidence: deposit.slip.clone().unwrap_or_default(),
    };
    book(&mut open, &licence, booking).await?;
    moved(open, licence, deposit, from, reason).await
}

struct Booking {
    kind: MoneyEntryKind,
    amount: Fen,
    stage_no: Option<i32>,
    subject: String,
    evidence: String,
}

async fn book(open: &mut Open<'_>, licence: &SpaceLicence, booking: Booking) -> Result<MoneyEntry> {
    let entry = MoneyEntry {
        id: open.id(),
        kind: booking.kind,
        owner_id: licence.id.as_uuid(),
        amount_fen: booking.amount,
        stage_no: booking.stage_no,
        subject: booking.subject,
        evidence: booking.evidence,
        booked_on: open.today(),
        booked_by: open.actor(),
        created_at: open.now,
    };
    open.insert(&entry).await?;
    Ok(entry)
}

/// What was done for a stage.
#[derive(Clone, Debug, Serialize)]
pub struct Accept {
    pub licence_id: SpaceLicenceId,
    pub stage_no: i32,
    pub evidence: String,
}

/// Staff accept what was done for a stage.
pub async fn accept(ask: &Ask<'_>, input: Accept) -> Result<SpaceLicence> {
    let start = ask.lock::<SpaceLicence, _>("acceptDepositStage", input.licence_id, &input);
    let (mut open, licence) = first!(start.await?);
    let deposit = deposit_of(&mut open, &licence).await?;
    deposit.check_held()?;
    let mut stage = stage_of(&mut open, &licence, input.stage_no).await?;
    if stage.accepted_on.is_some() {
        return Err(refuse!(
            Refused,
            "STAGE_ACCEPTED",
            field: "input.stageNo",
            zh: "该阶段已验收",
            en: "the stage has been accepted already",
        )
        .into());
    }
    stage.evidence = Some(check_text(&input.evidence, "input.evidence", 1000)?);
    stage.accepted_on = Some(open.today());
    stage.accepted_by = Some(open.actor());
    open.update(&mut stage).await?;
    let from = deposit.state;
    moved(open, licence, deposit, from, None).await
}

async fn stage_of(
    open: &mut Open<'_>,
    licence: &SpaceLicence,
    number: i32,
) -> Result<DepositStage> {
    let found = store::deposit::lock_stage(open, licence.id, number).await?;
    found.ok_or_else(|| {
        refuse!(
            NotFound,
            "STAGE_NOT_FOUND",
            field: "input.stageNo",
            zh: "没有第 {number} 阶段",
            en: "there is no stage {number}",
        )
        .into()
    })
}

/// Which stage is refunded, by which payment.
#[derive(Clone, Debug, Serialize)]
pub struct Refund {
    pub licence_id: SpaceLicenceId,
    pub stage_no: i32,
    pub evidence: String,
}

/// The keeper of the funds gives back a stage that was accepted.
pub async fn refund(ask: &Ask<'_>, input: Refund) -> Result<SpaceLicence> {
    let start = ask.lock::<SpaceLicence, _>("refundDepositStage", input.licence_id, &input);
    let (mut open, licence) = first!(start.await?);
    let deposit = deposit_of(&mut open, &licence).await?;
    deposit.check_held()?;
    let stage = stage_of(&mut open, &licence, input.stage_no).await?;
    let entries = entries_of(&mut open, &licence).await?;
    let booking = Booking {
        kind: MoneyEntryKind::DepositRefunded,
        amount: refund_of(&stage, &entries)?,
        stage_no: Some(stage.stage_no),
        subject: stage.title.clone(),
        evidence: check_text(&input.evidence, "input.evidence", 1000)?,
    };
    settle(open, licence, deposit, entries, booking).await
}

async fn entries_of(open: &mut Open<'_>, licence: &SpaceLicence) -> Result<Vec<MoneyEntry>> {
    let wanted = Wanted::all().is("owner_id", Some(licence.id.as_uuid()));
    record::all(open, &wanted).await
}

/// Books it; the state is what the entries then say.
async fn settle(
    mut open: Open<'_>,
    licence: SpaceLicence,
    mut deposit: SpaceDeposit,
    mut entries: Vec<MoneyEntry>,
    booking: Booking,
) -> Result<SpaceLicence> {
    let reason = booking.subject.clone();
    entries.push(book(&mut open, &licence, booking).await?);
    let from = deposit.state;
    let next = deposit.settled(&entries)?;
    if next != from {
        deposit.go(next)?;
    }
    moved(open, licence, deposit, from, Some(reason)).await
}

/// What is kept, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Deduct {
    pub licence_id: SpaceLicenceId,
    pub amount: Fen,
    pub reason: String,
    pub evidence: String,
}

/// Staff keep a part, for damage or what was not done.
pub async fn deduct(ask: &Ask<'_>, input: Deduct) -> Result<SpaceLicence> {
    let start = ask.lock::<SpaceLicence, _>("deductDeposit", input.licence_id, &input);
    let (mut open, licence) = first!(start.await?);
    let deposit = deposit_of(&mut open, &licence).await?;
    deposit.check_held()?;
    let entries = entries_of(&mut open, &licence).await?;
    let held = left(&entries)?;
    let amount = check_amount("input.amount", input.amount)?;
    if amount > held {
        return Err(exceeded(held));
    }
    let booking = Booking {
        kind: MoneyEntryKind::DepositDeducted,
        amount,
        stage_no: None,
        subject: check_text(&input.reason, "input.reason", 200)?,
        evidence: check_text(&input.evidence, "input.evidence", 1000)?,
    };
    settle(open, licence, deposit, entries, booking).await
}

fn exceeded(held: Fen) -> Error {
    refuse!(
        Refused,
        "MONEY_INSUFFICIENT",
        field: "input.amount",
        zh: "押金仅余 {held}",
        en: "only {held} of the deposit is left",
    )
    .into()
}

/// Why all that is left is kept.
#[derive(Clone, Debug, Serialize)]
pub struct Forfeit {
    pub licence_id: SpaceLicenceId,
    pub reason: String,
    pub evidence: String,
}

/// The civil affairs bureau keeps all that is left.
pub async fn forfeit(ask: &Ask<'_>, input: Forfeit) -> Result<SpaceLicence> {
    let start = ask.lock::<SpaceLicence, _>("forfeitDeposit", input.licence_id, &input);
    let (mut open, licence) = first!(start.await?);
    let deposit = deposit_of(&mut open, &licence).await?;
    deposit.check_held()?;
    let entries = entries_of(&mut open, &licence).await?;
    let booking = Booking {
        kind: MoneyEntryKind::DepositForfeited,
        amount: left(&entries)?,
        stage_no: None,
        subject: check_text(&input.reason, "input.reason", 200)?,
        evidence: check_text(&input.evidence, "input.evidence", 1000)?,
    };
    settle(open, licence, deposit, entries, booking).await
}

/// The deposit of a licence with its stages and what happened to it.
#[derive(Clone, Debug)]
pub struct Account {
    pub deposit: SpaceDeposit,
    pub stages: Vec<DepositStage>,
    pub entries: Vec<MoneyEntry>,
}

/// Of each licence; of none where nothing was asked for.
pub async fn of_licences(
    state: &State,
    ids: &[SpaceLicenceId],
) -> Result<HashMap<SpaceLicenceId, Account>> {
    let mut conn = state.core.db.read().await?;
    let deposits: HashMap<_, Vec<SpaceDeposit>> = record::parts(&mut conn, ids).await?;
    let mut stages: HashMap<_, Vec<DepositStage>> = record::parts(&mut conn, ids).await?;
    let owners: Vec<Uuid> = deposits.keys().map(SpaceLicenceId::as_uuid).collect();
    let mut entries = store::ledger::entries(&mut conn, &owners).await?;
    let account = |(id, mut held): (SpaceLicenceId, Vec<SpaceDeposit>)| {
        let mut stages = stages.remove(&id).unwrap_or_default();
        stages.sort_by_key(|stage| stage.stage_no);
        let entries = entries.remove(&id.as_uuid()).unwrap_or_default();
        let account = Account {
            deposit: held.pop()?,
            stages,
            entries,
        };
        Some((id, account))
    };
    Ok(deposits.into_iter().filter_map(account).collect())
}
