//! 以服务换养老 (A55): what those earn who provide or purchase on the platform.

use chrono::{DateTime, Utc};
use kernel::{Fen, Minutes, china_date};
use kit::parameters;
use sqlx::PgConnection;

use super::{cap, expire, of_person, open};
use crate::{
    domain::{
        credit::{self, CreditAccountId, CreditEntryId, EntryKind, Move, NewEntry, POOL, SYSTEM},
        order::Order,
        visit::{Visit, Worker},
    },
    error::Result,
    state::State,
    store,
};

/// What a settled visit brings to a paid worker and their organisation, and to
/// an elder who paid in money. A volunteer's visit is paid in minutes already.
pub(super) async fn settle(
    state: &State,
    conn: &mut PgConnection,
    visit: &Visit,
    order: &Order,
    minutes: Minutes,
    now: DateTime<Utc>,
) -> Result<()> {
    if !matches!(visit.worker, Worker::Volunteer(_)) && minutes > Minutes::ZERO {
        provide(state, conn, visit, order, minutes, now).await?;
    }
    if order.price.copay > Fen::ZERO {
        purchase(state, conn, visit, order, now).await?;
    }
    Ok(())
}

/// The rewards stand beside the chain: what is earned by serving unpaid and
/// spent on service is told there, and these are neither.
fn entry(
    state: &State,
    (kind, key): (EntryKind, String),
    (visit, order): (&Visit, &Order),
    moves: Vec<Move>,
    now: DateTime<Utc>,
) -> NewEntry {
    NewEntry {
        id: CreditEntryId::new(&state.core.ids),
        kind,
        key,
        visit_id: Some(visit.id),
        order_id: Some(order.id),
        trace_id: None,
        at: now,
        moves,
    }
}

async fn rate(
    conn: &mut PgConnection,
    key: &str,
    order: &Order,
    now: DateTime<Utc>,
) -> Result<i64> {
    parameters::number(conn, key, Some(&order.division_code), china_date(now)).await
}

async fn provide(
    state: &State,
    conn: &mut PgConnection,
    visit: &Visit,
    order: &Order,
    minutes: Minutes,
    now: DateTime<Utc>,
) -> Result<()> {
    let mine = rate(conn, "ec.credit.provide_percent", order, now).await?;
    let ours = rate(conn, "ec.credit.provide_org_percent", order, now).await?;
    let (division, group) = (Some(order.division_code), visit.organization_id);
    let mut shared = vec![SYSTEM, POOL];
    let mut group_account = None;
    if ours > 0 {
        let new = CreditAccountId::new(&state.core.ids);
        let id = store::credit::open_group(conn, new, group, division, now).await?;
        shared.push(id);
        group_account = Some(id);
    }
    let person = visit.worker_resident_id.filter(|_| mine > 0);
    if let Some(person) = person {
        open(state, conn, person, division, now).await?;
    }
    let persons: Vec<_> = person.into_iter().collect();
    let mut accounts = store::credit::lock(conn, &persons, &shared).await?;
    if let Some(person) = person {
        let most = cap(conn, division.as_ref(), now).await?;
        for account in accounts
            .iter_mut()
            .filter(|one| one.resident_id == Some(person))
        {
            store::credit::set_cap(conn, account, most).await?;
        }
    }
    let of_group = accounts.iter().find(|one| Some(one.id) == group_account);
    let worker = person
        .map(|person| of_person(&accounts, person))
        .transpose()?;
    let moves = credit::provided(
        worker.map(|account| (account, mine)),
        of_group.map(|account| (account, ours)),
        minutes,
    )?;
    if moves.is_empty() {
        return Ok(());
    }
    let key = format!("provide:{}", visit.id);
    let earned = entry(state, (EntryKind::Provide, key), (visit, order), moves, now);
    store::credit::post(conn, &earned).await?;
    expire::watch(conn, &earned).await
}

async fn purchase(
    state: &State,
    conn: &mut PgConnection,
    visit: &Visit,
    order: &Order,
    now: DateTime<Utc>,
) -> Result<()> {
    let per_hundred = rate(conn, "ec.credit.purchase_minutes", order, now).await?;
    let minutes = credit::purchased(order.price.copay, per_hundred)?;
    if minutes == Minutes::ZERO {
        return Ok(());
    }
    let division = Some(order.division_code);
    open(state, conn, order.elder_id, division, now).await?;
    let mut accounts = store::credit::lock(conn, &[order.elder_id], &[SYSTEM, POOL]).await?;
    let most = cap(conn, division.as_ref(), now).await?;
    for account in accounts
        .iter_mut()
        .filter(|one| one.resident_id == Some(order.elder_id))
    {
        store::credit::set_cap(conn, account, most).await?;
    }
    let moves = credit::earn(of_person(&accounts, order.elder_id)?, minutes);
    let key = format!("purchase:{}", order.id);
    let earned = entry(
        state,
        (EntryKind::Purchase, key),
        (visit, order),
        moves,
        now,
    );
    store::credit::post(conn, &earned).await?;
    expire::watch(conn, &earned).await
}
