//! What a settled visit moves.

use chrono::{DateTime, Utc};
use kernel::{Minutes, keys::ResidentId};
use sqlx::PgConnection;

use super::{cap, of_person, open, unknown};
use crate::{
    domain::{
        credit::{self, CreditEntryId, EntryKind, Move, NewEntry, POOL},
        order::Order,
        visit::{Visit, Worker},
    },
    error::Result,
    state::State,
    store,
};

/// What a settled order and visit move: the volunteer earns, the hold is paid.
pub(in crate::app) async fn settle_visit(
    state: &State,
    conn: &mut PgConnection,
    visit: &Visit,
    order: &Order,
    minutes: Minutes,
    now: DateTime<Utc>,
) -> Result<()> {
    let earner = match visit.worker {
        Worker::Volunteer(_) if minutes > Minutes::ZERO => visit.worker_resident_id,
        _ => None,
    };
    let payer = (order.price.credit_minutes > Minutes::ZERO).then_some(order.elder_id);
    if let Some(earner) = earner {
        open(state, conn, earner, Some(order.division_code), now).await?;
    }
    // All at once, in the order of ids: what follows waits for nobody.
    let involved: Vec<ResidentId> = [visit.worker_resident_id, Some(order.elder_id)]
        .into_iter()
        .flatten()
        .collect();
    store::credit::lock(conn, &involved, &[credit::SYSTEM, POOL]).await?;
    super::reward::settle(state, conn, visit, order, minutes, now).await?;
    let persons: Vec<ResidentId> = [earner, payer].into_iter().flatten().collect();
    if persons.is_empty() {
        return Ok(());
    }
    let mut accounts = store::credit::lock(conn, &persons, &[credit::SYSTEM, POOL]).await?;
    let entry = |kind, key: String, moves: Vec<Move>| NewEntry {
        id: CreditEntryId::new(&state.core.ids),
        kind,
        key,
        visit_id: Some(visit.id),
        order_id: Some(order.id),
        trace_id: Some(order.trace_id),
        at: now,
        moves,
    };
    if let Some(earner) = earner {
        let most = cap(conn, Some(&order.division_code), now).await?;
        let account = accounts
            .iter_mut()
            .find(|account| account.resident_id == Some(earner))
            .ok_or_else(unknown)?;
        store::credit::set_cap(conn, account, most).await?;
        let moves = credit::earn(account, minutes);
        let earned = entry(EntryKind::Earn, format!("earn:{}", visit.id), moves);
        store::credit::post(conn, &earned).await?;
        super::expire::watch(conn, &earned).await?;
    }
    if let Some(payer) = payer {
        let account = of_person(&accounts, payer)?;
        let moves = credit::transfer(account.id, POOL, order.price.credit_minutes);
        let paid = entry(EntryKind::Redeem, format!("redeem:{}", order.id), moves);
        // The hold ends first: while it stands, its minutes cannot be spent.
        store::credit::end_hold(conn, order.id, Some(paid.id), now).await?;
        store::credit::post(conn, &paid).await?;
    }
    Ok(())
}
