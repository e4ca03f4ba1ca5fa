//! Minutes that no longer count go to the pool, where a parameter says that
//! they end at all. What is on hold for an order is spared until it is released.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Minutes, china_date};
use kit::{audit, jobs};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;

use super::resource;
use crate::{
    app::alarm,
    domain::credit::{self, CreditAccountId, CreditEntryId, EntryKind, NewEntry, POOL},
    error::Result,
    state::State,
    store,
};

/// The timer of the next minutes that end.
pub const EXPIRE: &str = "expire_credits";

/// Of which account.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Expire {
    pub account_id: CreditAccountId,
}

/// Somebody will look when what these accounts gained ends.
pub(in crate::app) async fn watch(conn: &mut PgConnection, entry: &NewEntry) -> Result<()> {
    for part in entry
        .moves
        .iter()
        .filter(|part| part.minutes > Minutes::ZERO)
    {
        if let Some(day) = store::credit::next_expiry(conn, part.account).await? {
            look_on(conn, part.account, day).await?;
        }
    }
    Ok(())
}

async fn look_on(conn: &mut PgConnection, account: CreditAccountId, day: NaiveDate) -> Result<()> {
    let due = Expire {
        account_id: account,
    };
    let at = kernel::calendar::start_of_day(day).map_err(kit::Error::fault)?;
    let job = jobs::NewJob::new("eldercare", EXPIRE, &due)?
        .key(format!("{EXPIRE}:{account}:{day}"))
        .run_at(at);
    jobs::enqueue(conn, &job).await?;
    Ok(())
}

/// The timer fell due: what no longer counts and is not on hold goes to the pool.
pub async fn expire(
    state: &State,
    conn: &mut PgConnection,
    due: Expire,
    now: DateTime<Utc>,
) -> Result<()> {
    let today = china_date(now);
    let accounts = store::credit::lock(conn, &[], &[due.account_id, POOL]).await?;
    let Some(account) = accounts.iter().find(|one| one.id == due.account_id) else {
        return Ok(());
    };
    let ended = store::credit::expiring(conn, account.id, today).await?;
    let minutes = ended.min(account.available());
    if minutes > Minutes::ZERO {
        let id = CreditEntryId::new(&state.core.ids);
        let entry = NewEntry {
            id,
            kind: EntryKind::Expire,
            key: format!("expire:{}:{today}", account.id),
            visit_id: None,
            order_id: None,
            trace_id: None,
            at: now,
            moves: credit::transfer(account.id, POOL, minutes),
        };
        store::credit::post(conn, &entry).await?;
        let record = audit::Entry::write(&alarm::clock(), "expireCredits", &resource(account), now)
            .detail(json!({ "entry_id": id, "minutes": minutes }));
        audit::append(conn, &record).await?;
    }
    // What was on hold is looked at again tomorrow, the rest when it ends.
    if let Some(next) = store::credit::next_expiry(conn, account.id).await? {
        let next = if next <= today {
            today.succ_opt().unwrap_or(next)
        } else {
            next
        };
        look_on(conn, account.id, next).await?;
    }
    Ok(())
}
