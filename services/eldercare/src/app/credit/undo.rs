//! What a visit moved goes back where the visit does not stand (冲正).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::{Minutes, keys::ResidentId};
use sqlx::PgConnection;

use super::unknown;
use crate::{
    domain::{
        credit::{self, CreditAccount, CreditAccountId, CreditEntryId, EntryKind, NewEntry, POOL},
        order::Order,
        visit::Visit,
    },
    error::Result,
    state::State,
    store::{self, credit::Moved},
};

/// Undoes each entry of a visit, once. Whoever gained gives back what is still
/// there; an elder who paid is paid back in full. Answers what was not recovered.
pub(in crate::app) async fn undo_visit(
    state: &State,
    conn: &mut PgConnection,
    visit: &Visit,
    order: &Order,
    now: DateTime<Utc>,
) -> Result<Minutes> {
    let entries = store::credit::list_of_visit(conn, visit.id).await?;
    let touched: Vec<CreditAccountId> = entries
        .iter()
        .flat_map(|entry| entry.moves.iter().map(|part| part.account))
        .chain([credit::SYSTEM, POOL])
        .collect();
    store::credit::lock(conn, &[] as &[ResidentId], &touched).await?;
    let mut short = Minutes::ZERO;
    for entry in entries {
        let accounts = store::credit::lock(conn, &[] as &[ResidentId], &touched).await?;
        let (moves, missing) = back(&accounts, &entry)?;
        short = short.checked_add(missing)?;
        if moves.is_empty() {
            continue;
        }
        for part in moves.iter().filter(|part| part.minutes > Minutes::ZERO) {
            make_room(conn, &accounts, part.account, part.minutes).await?;
        }
        let reversal = NewEntry {
            id: CreditEntryId::new(&state.core.ids),
            kind: EntryKind::Reverse,
            key: format!("reverse:{}", entry.id),
            visit_id: Some(visit.id),
            order_id: Some(order.id),
            trace_id: entry.trace_id,
            at: now,
            moves,
        };
        store::credit::reverse(conn, &reversal, entry.id).await?;
    }
    Ok(short)
}

/// The moves that undo an entry as far as its gainers still have it, and what
/// they no longer have.
fn back(accounts: &[CreditAccount], entry: &Moved) -> Result<(Vec<credit::Move>, Minutes)> {
    let mut moves: BTreeMap<CreditAccountId, i64> = BTreeMap::new();
    let mut missing = 0;
    let mut taken = 0;
    for part in entry
        .moves
        .iter()
        .filter(|part| part.minutes > Minutes::ZERO)
    {
        let account = accounts
            .iter()
            .find(|one| one.id == part.account)
            .ok_or_else(unknown)?;
        let there = account.available().get().clamp(0, part.minutes.get());
        missing += part.minutes.get() - there;
        taken += there;
        *moves.entry(part.account).or_default() -= there;
    }
    for part in entry
        .moves
        .iter()
        .filter(|part| part.minutes < Minutes::ZERO)
    {
        if part.account == credit::SYSTEM {
            *moves.entry(credit::SYSTEM).or_default() += taken;
        } else {
            // Who paid is paid back in full, what the pool has no more by the system.
            *moves.entry(part.account).or_default() -= part.minutes.get();
            *moves.entry(credit::SYSTEM).or_default() += taken + part.minutes.get();
        }
    }
    let moves = moves
        .into_iter()
        .filter(|(_, minutes)| *minutes != 0)
        .map(|(account, minutes)| credit::Move {
            account,
            minutes: Minutes::new(minutes),
        });
    Ok((moves.collect(), Minutes::new(missing)))
}

/// What comes back is kept, also above the cap.
async fn make_room(
    conn: &mut PgConnection,
    accounts: &[CreditAccount],
    id: CreditAccountId,
    minutes: Minutes,
) -> Result<()> {
    let Some(account) = accounts.iter().find(|one| one.id == id) else {
        return Ok(());
    };
    let Some(cap) = account.cap else {
        return Ok(());
    };
    let needed = account.balance.checked_add(minutes)?;
    if needed > cap {
        store::credit::set_cap(conn, &mut account.clone(), needed).await?;
    }
    Ok(())
}
