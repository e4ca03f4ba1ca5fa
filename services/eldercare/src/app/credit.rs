//! 时间积分: open, hold, read; give and settle. Accounts are locked in the order
//! of their ids before anything is decided.

mod expire;
mod give;
mod group;
mod reward;
mod settle;
mod undo;

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Minutes, Page, Paged, china_date, keys::ResidentId, refuse};
use kit::{
    auth::{Caller, Resource},
    parameters,
};
use sqlx::PgConnection;

pub use crate::store::credit::Hold;
pub use expire::{EXPIRE, Expire, expire};
pub use give::{DonateCredits, GrantCredits, TransferCredits, donate, grant, transfer};
pub use group::{DonateGroupCredits, donate_group, find_group};
pub(super) use settle::settle_visit;
pub(super) use undo::undo_visit;

use crate::{
    domain::{
        credit::{CreditAccount, CreditAccountId, CreditLot, POOL, Posting, Statement},
        order::Order,
    },
    error::{Error, Result},
    state::State,
    store::{self, credit::OpenAccount},
};

/// What an account is to the policies.
pub fn resource(account: &CreditAccount) -> Resource {
    Resource::new("CreditAccount", account.id)
        .in_division(account.division_code)
        .owned_by(account.resident_id.map(|id| id.as_uuid()))
        .of_organization(account.organization_id.map(|id| id.as_uuid()))
}

/// The most a person may hold today.
pub(super) async fn cap(
    conn: &mut PgConnection,
    division: Option<&DivisionCode>,
    now: DateTime<Utc>,
) -> Result<Minutes> {
    let cap = parameters::number(conn, "ec.credit.cap_minutes", division, china_date(now)).await?;
    Ok(Minutes::new(cap))
}

/// Opens a person's account where there is none.
pub(super) async fn open(
    state: &State,
    conn: &mut PgConnection,
    resident: ResidentId,
    division: Option<DivisionCode>,
    now: DateTime<Utc>,
) -> Result<()> {
    let new = OpenAccount {
        id: CreditAccountId::new(&state.core.ids),
        resident_id: resident,
        division_code: division,
        cap: cap(conn, division.as_ref(), now).await?,
        at: now,
    };
    store::credit::open(conn, &new).await
}

/// The account of a person among locked ones.
pub(super) fn of_person(
    accounts: &[CreditAccount],
    resident: ResidentId,
) -> Result<&CreditAccount> {
    accounts
        .iter()
        .find(|account| account.resident_id == Some(resident))
        .ok_or_else(unknown)
}

/// Sets the minutes of an order aside, where it is paid with minutes.
pub(super) async fn hold(
    state: &State,
    conn: &mut PgConnection,
    order: &Order,
    now: DateTime<Utc>,
) -> Result<()> {
    let minutes = order.price.credit_minutes;
    if minutes == Minutes::ZERO {
        return Ok(());
    }
    open(state, conn, order.elder_id, Some(order.division_code), now).await?;
    let accounts = store::credit::lock(conn, &[order.elder_id], &[]).await?;
    let account = of_person(&accounts, order.elder_id)?;
    account
        .check_available(minutes)
        .map_err(|refusal| Error::from(refusal).at("input.payWithMinutes"))?;
    store::credit::hold(
        conn,
        state.core.ids.next(),
        account.id,
        order.id,
        minutes,
        now,
    )
    .await
}

/// Accounts of persons that the caller may read; others are left out.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    residents: &[ResidentId],
) -> Result<HashMap<ResidentId, CreditAccount>> {
    let mut accounts =
        store::credit::load_many(&mut *state.core.db.read().await?, residents).await?;
    accounts.retain(|_, account| readable(state, caller, account));
    Ok(accounts)
}

fn readable(state: &State, caller: &Caller, account: &CreditAccount) -> bool {
    state
        .core
        .policies
        .allows(&caller.actor, "readCredits", &resource(account))
}

/// The pool is public.
pub async fn pool(state: &State) -> Result<CreditAccount> {
    store::credit::find(&mut *state.core.db.read().await?, POOL)
        .await?
        .ok_or_else(unknown)
}

/// A page of what moved an account that the caller has been shown. Whom the
/// pool's minutes came from or went to is not for the public.
pub async fn postings(
    state: &State,
    account: CreditAccountId,
    page: &Page,
) -> Result<Paged<Posting>> {
    let rows =
        store::credit::list_postings(&mut *state.core.db.read().await?, account, page).await?;
    Ok(page.finish(rows))
}

/// What is left in the lots of accounts that the caller has been shown.
pub async fn load_lots(
    state: &State,
    accounts: &[CreditAccountId],
) -> Result<HashMap<CreditAccountId, Vec<CreditLot>>> {
    store::credit::load_lots(&mut *state.core.db.read().await?, accounts).await
}

/// What is on hold of an account that the caller has been shown.
pub async fn holds(state: &State, account: CreditAccountId) -> Result<Vec<Hold>> {
    store::credit::list_holds(&mut *state.core.db.read().await?, account).await
}

/// What an account that the caller has been shown gained and spent, from one
/// day to another, both included.
pub async fn statement(
    state: &State,
    account: CreditAccountId,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Statement> {
    if to < from {
        return Err(refuse!(
            Invalid,
            "STATEMENT_DAYS",
            field: "to",
            zh: "结束日不能早于开始日",
            en: "the last day is not before the first",
        )
        .into());
    }
    let begin = kernel::calendar::start_of_day(from).map_err(Error::fault)?;
    let end = kernel::calendar::end_of_day(to).map_err(Error::fault)?;
    store::credit::statement(&mut *state.core.db.read().await?, account, (begin, end)).await
}

/// Whether a posting may be shown: those of persons only to who may read them.
pub(super) fn posting_readable(state: &State, caller: &Caller, posting: &Posting) -> bool {
    let resource = Resource::new("CreditAccount", posting.account_id)
        .in_division(posting.division_code)
        .owned_by(posting.resident_id.map(|id| id.as_uuid()))
        .of_organization(posting.organization_id.map(|id| id.as_uuid()));
    (posting.resident_id.is_none() && posting.organization_id.is_none())
        || state
            .core
            .policies
            .allows(&caller.actor, "readCredits", &resource)
}

/// The account is not there, or not for this caller.
pub fn unknown() -> Error {
    refuse!(
        NotFound,
        "CREDIT_ACCOUNT_NOT_FOUND",
        zh: "没有这个积分账户,或您无权查看",
        en: "there is no such account, or it is not for you to see",
    )
    .into()
}
