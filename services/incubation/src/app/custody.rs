//! 公益创投资金托管: accounts, what comes in, what is asked for and paid.

use std::collections::HashMap;

use kernel::{DivisionCode, Fen, Page, Paged, keys::OrganizationId, refuse};
use kit::{
    auth::{Caller, Columns, Resource},
    record::{self, Wanted},
};
use serde::Serialize;
use serde_json::json;

use super::{
    ask::{self, Ask, Housed, Open, Subject, first},
    incubatee::READERS,
    organization,
};
use crate::{
    domain::{
        custody::{
            CustodyAccount, CustodyAccountId, CustodyRequest, CustodyRequestId,
            CustodyRequestState, check_parties,
        },
        ledger::{MoneyEntry, MoneyEntryKind},
        limits::check_amount,
        organization::{check_optional, check_text},
        service_centre::{ServiceCentre, ServiceCentreId},
    },
    error::{Error, Result},
    state::State,
    store,
};

const CUSTODY: &str = "CUSTODY";

impl Subject for CustodyAccount {
    const READ: Option<&'static str> = Some("readCustodyAccount");

    fn resource(&self) -> Resource {
        Resource::new("CustodyAccount", self.id)
            .in_division(self.division_code)
            .of_organization(self.organization_id.as_uuid())
    }

    fn unknown() -> Error {
        refuse!(NotFound, "CUSTODY_ACCOUNT_NOT_FOUND", zh: "没有这个托管账户,或您无权查看", en: "there is no such account, or it is not for you to see")
            .into()
    }
}

impl Housed for CustodyAccount {}

/// Whose money is kept by whom.
#[derive(Clone, Debug, Serialize)]
pub struct NewAccount {
    pub centre_id: ServiceCentreId,
    pub organization_id: OrganizationId,
}

/// Opens an account for a filed organisation.
pub async fn open(ask: &Ask<'_>, input: NewAccount) -> Result<CustodyAccount> {
    let found = ask::find::<ServiceCentre>(ask.state, ask.caller, input.centre_id).await?;
    let division = found.ok_or_else(ServiceCentre::unknown)?.division_code;
    let place = Resource::any("CustodyAccount").in_division(division);
    let mut open = first!(ask.open("openCustodyAccount", &input, &place).await?);
    let centre: ServiceCentre = open.also(input.centre_id).await?;
    let body = store::organization::lock(&mut open, input.organization_id)
        .await?
        .ok_or_else(organization::unknown)?;
    check_parties(&body, &centre)?;
    let one = CustodyAccount {
        id: open.id(),
        centre_id: centre.id,
        organization_id: body.id,
        division_code: centre.division_code,
        opened_on: open.today(),
        created_at: open.now,
        closed_on: None,
        updated_at: open.now,
        version: 1,
    };
    open.insert(&one).await.map_err(exists)?;
    tell(&mut open, &one).await?;
    open.finish(one).await
}

fn exists(error: Error) -> Error {
    if error.reason() != "CUSTODY_ACCOUNT_EXISTS" {
        return error;
    }
    refuse!(
        AlreadyExists,
        "CUSTODY_ACCOUNT_EXISTS",
        field: "input.organizationId",
        zh: "该组织已有托管账户",
        en: "the organisation has an account already",
    )
    .into()
}

async fn tell(open: &mut Open<'_>, one: &CustodyAccount) -> Result<()> {
    open.tell(
        "incubation.custody_account.changed",
        ("custody_account", one.id.as_uuid()),
        json!({
            "account_id": one.id,
            "centre_id": one.centre_id,
            "organization_id": one.organization_id,
            "division_code": one.division_code,
            "closed_on": one.closed_on,
        }),
    )
    .await
}

/// What came in.
#[derive(Clone, Debug, Serialize)]
pub struct Receive {
    pub account_id: CustodyAccountId,
    pub amount: Fen,
    /// From whom, for which project.
    pub subject: String,
    pub evidence: String,
}

/// The keeper of the funds books what came in.
pub async fn receive(ask: &Ask<'_>, input: Receive) -> Result<CustodyAccount> {
    let start = ask.lock::<CustodyAccount, _>("receiveCustodyMoney", input.account_id, &input);
    let (mut open, one) = first!(start.await?);
    one.check_open()?;
    let entry = MoneyEntry {
        id: open.id(),
        kind: MoneyEntryKind::CustodyReceived,
        owner_id: one.id.as_uuid(),
        amount_fen: check_amount("input.amount", input.amount)?,
        stage_no: None,
        subject: check_text(&input.subject, "input.subject", 200)?,
        evidence: check_text(&input.evidence, "input.evidence", 1000)?,
        booked_on: open.today(),
        booked_by: open.actor(),
        created_at: open.now,
    };
    open.insert(&entry).await?;
    tell(&mut open, &one).await?;
    let detail = json!({ "entry_id": entry.id, "amount_fen": entry.amount_fen });
    open.finish_with(one, detail).await
}

/// What is to be paid, to whom, for what.
#[derive(Clone, Debug, Serialize)]
pub struct Request {
    pub account_id: CustodyAccountId,
    pub amount: Fen,
    pub purpose: String,
    pub payee: String,
    pub evidence: String,
}

/// The organisation asks for a payment.
pub async fn request(ask: &Ask<'_>, input: Request) -> Result<CustodyAccount> {
    let start = ask.lock::<CustodyAccount, _>("requestCustodyPayment", input.account_id, &input);
    let (mut open, one) = first!(start.await?);
    let amount = check_amount("input.amount", input.amount)?;
    let balance = store::ledger::balance(&mut open, one.id.as_uuid(), CUSTODY).await?;
    one.check_balance(balance, amount)?;
    let asked = CustodyRequest {
        id: open.id(),
        account_id: one.id,
        amount_fen: amount,
        purpose: check_text(&input.purpose, "input.purpose", 200)?,
        payee: check_text(&input.payee, "input.payee", 100)?,
        evidence: check_text(&input.evidence, "input.evidence", 1000)?,
        requested_by: open.actor(),
        requested_on: open.today(),
        created_at: open.now,
        state: CustodyRequestState::Requested,
        decided_by: None,
        decided_on: None,
        reason: None,
        entry_id: None,
        version: 1,
    };
    open.insert(&asked).await?;
    tell(&mut open, &one).await?;
    let detail = json!({ "request_id": asked.id, "amount_fen": asked.amount_fen });
    open.finish_with(one, detail).await
}

/// Whether it is paid.
#[derive(Clone, Debug, Serialize)]
pub struct Decide {
    pub request_id: CustodyRequestId,
    pub granted: bool,
    /// Why not.
    pub reason: Option<String>,
}

/// The centre pays what was asked for, or refuses with a reason.
pub async fn decide(ask: &Ask<'_>, input: Decide) -> Result<CustodyAccount> {
    let mut conn = ask.state.core.db.read().await?;
    let found: Option<CustodyRequest> = record::find(&mut conn, input.request_id).await?;
    drop(conn);
    let of_account = found.ok_or_else(unknown_request)?.account_id;
    let start = ask.lock::<CustodyAccount, _>("decideCustodyPayment", of_account, &input);
    let (mut open, one) = first!(start.await?);
    let found = record::lock(&mut open, input.request_id).await?;
    let mut asked: CustodyRequest = found.ok_or_else(unknown_request)?;
    let (actor, today) = (open.actor(), open.today());
    asked.reason = check_optional(input.reason, "input.reason", 500)?;
    if !input.granted && asked.reason.is_none() {
        return Err(refuse!(
            Invalid,
            "REASON_MISSING",
            field: "input.reason",
            zh: "不予支付须说明理由",
            en: "say why it is not paid",
        )
        .into());
    }
    let next = if input.granted {
        CustodyRequestState::Paid
    } else {
        CustodyRequestState::Refused
    };
    let from = asked.decide(next, &actor, today)?;
    if next == CustodyRequestState::Paid {
        let balance = store::ledger::balance(&mut open, one.id.as_uuid(), CUSTODY).await?;
        one.check_balance(balance, asked.amount_fen)?;
        let entry = MoneyEntry {
            id: open.id(),
            kind: MoneyEntryKind::CustodyPaid,
            owner_id: one.id.as_uuid(),
            amount_fen: asked.amount_fen,
            stage_no: None,
            subject: asked.purpose.clone(),
            evidence: asked.evidence.clone(),
            booked_on: today,
            booked_by: actor,
            created_at: open.now,
        };
        open.insert(&entry).await?;
        asked.entry_id = Some(entry.id);
    }
    let reason = asked.reason.clone();
    ask::moved(&mut open, &mut asked, (from, next), reason).await?;
    tell(&mut open, &one).await?;
    let detail = json!({ "request_id": asked.id, "state": asked.state });
    open.finish_with(one, detail).await
}

fn unknown_request() -> Error {
    refuse!(
        NotFound,
        "CUSTODY_REQUEST_NOT_FOUND",
        field: "input.requestId",
        zh: "没有这项用款申请,或您无权查看",
        en: "there is no such request, or it is not for you to see",
    )
    .into()
}

/// Only an account.
#[derive(Clone, Debug, Serialize)]
pub struct Which {
    pub account_id: CustodyAccountId,
}

/// Closes an account that is empty.
pub async fn close(ask: &Ask<'_>, input: Which) -> Result<CustodyAccount> {
    let start = ask.lock::<CustodyAccount, _>("closeCustodyAccount", input.account_id, &input);
    let (mut open, mut one) = first!(start.await?);
    one.check_open()?;
    let balance = store::ledger::balance(&mut open, one.id.as_uuid(), CUSTODY).await?;
    if balance != Fen::ZERO {
        return Err(refuse!(
            Refused,
            "CUSTODY_NOT_EMPTY",
            zh: "账户尚有余额 {balance},不能销户",
            en: "an account is closed when it is empty; it holds {balance}",
        )
        .into());
    }
    one.closed_on = Some(open.today());
    one.updated_at = open.now;
    open.update(&mut one).await?;
    tell(&mut open, &one).await?;
    open.finish(one).await
}

/// Which accounts.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub division_code: Option<DivisionCode>,
    pub centre_id: Option<ServiceCentreId>,
    pub organization_id: Option<OrganizationId>,
    /// Whether a request waits for a decision.
    pub waiting: Option<bool>,
}

/// A page of accounts.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: Filter,
    page: &Page,
) -> Result<Paged<CustodyAccount>> {
    let columns = Columns {
        division: "division_code",
        resident: None,
        organization: Some("organization_id"),
    };
    let scope = ask::reach(caller, READERS);
    let today = kernel::china_date(state.core.clock.now());
    let wanted = Wanted::all()
        .seen(scope, columns)
        .within(filter.division_code)
        .is("centre_id", filter.centre_id)
        .is("organization_id", filter.organization_id)
        .so(
            filter.waiting,
            "EXISTS (SELECT 1 FROM custody_requests r
                WHERE r.account_id = custody_accounts.id AND r.state = 'REQUESTED')",
            today,
        );
    ask::list(state, &wanted, page).await
}

/// What each account holds.
pub async fn balances(
    state: &State,
    ids: &[CustodyAccountId],
) -> Result<HashMap<CustodyAccountId, Fen>> {
    store::custody::balances(&mut *state.core.db.read().await?, ids, CUSTODY).await
}
