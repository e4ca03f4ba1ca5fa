//! The ledger under chance and under load: Σ = 0, nothing below zero, nothing
//! spent twice.

use std::collections::HashMap;

use eldercare::{
    domain::{
        credit::{self, CreditAccountId, CreditEntryId, EntryKind, NewEntry, POOL, SYSTEM},
        order::OrderId,
    },
    store,
};
use kernel::{Minutes, keys::ResidentId};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{peers::LI, support::House};

const PERSONS: usize = 4;

fn person(n: usize) -> ResidentId {
    ResidentId::from_uuid(Uuid::from_u128(0x1000 + n as u128))
}

/// Something that may happen to the ledger.
#[derive(Clone, Copy, Debug)]
enum Event {
    Earn(usize, i64),
    Transfer(usize, usize, i64),
    Donate(usize, i64),
    Hold(usize, i64),
    Post(usize),
    Release(usize),
}

fn event() -> impl Strategy<Value = Event> {
    let (who, minutes) = (0..PERSONS, 1i64..200);
    prop_oneof![
        (who.clone(), minutes.clone()).prop_map(|(a, m)| Event::Earn(a, m)),
        (who.clone(), who.clone(), minutes.clone()).prop_map(|(a, b, m)| Event::Transfer(a, b, m)),
        (who.clone(), minutes.clone()).prop_map(|(a, m)| Event::Donate(a, m)),
        (who, minutes).prop_map(|(a, m)| Event::Hold(a, m)),
        any::<usize>().prop_map(Event::Post),
        any::<usize>().prop_map(Event::Release),
    ]
}

/// What the ledger should hold, kept in memory.
#[derive(Default)]
struct Model {
    balance: [i64; PERSONS],
    held: [i64; PERSONS],
    /// Order, person, minutes.
    holds: Vec<(OrderId, usize, i64)>,
}

async fn open_accounts(house: &House, cap: i64) -> Vec<CreditAccountId> {
    let mut conn = house.service.db.app.acquire().await.unwrap();
    let mut ids = Vec::new();
    for n in 0..PERSONS {
        let new = store::credit::OpenAccount {
            id: CreditAccountId::new(&house.service.core.ids),
            resident_id: person(n),
            division_code: None,
            cap: Minutes::new(cap),
            at: house.service.core.clock.now(),
        };
        store::credit::open(&mut conn, &new).await.unwrap();
        ids.push(new.id);
    }
    ids
}

fn entry(house: &House, kind: EntryKind, moves: Vec<credit::Move>) -> NewEntry {
    let id = CreditEntryId::new(&house.service.core.ids);
    NewEntry {
        id,
        kind,
        key: id.to_string(),
        visit_id: None,
        order_id: None,
        trace_id: None,
        at: house.service.core.clock.now(),
        moves,
    }
}

/// A transaction of its own, rolled back where the ledger refuses.
macro_rules! attempt {
    ($house:expr, |$conn:ident| $body:expr) => {{
        let mut tx = $house.service.db.app.begin().await.unwrap();
        let outcome: Result<(), kit::Error> = async {
            let $conn: &mut PgConnection = &mut tx;
            $body
        }
        .await;
        match outcome {
            Ok(()) => tx.commit().await.map_err(kit::Error::from),
            Err(error) => Err(error),
        }
    }};
}

async fn play(
    house: &House,
    ids: &[CreditAccountId],
    model: &mut Model,
    orders: &mut Vec<OrderId>,
    what: Event,
) {
    let post = |kind, moves| entry(house, kind, moves);
    match what {
        Event::Earn(who, minutes) => {
            let earned = post(
                EntryKind::Grant,
                credit::transfer(SYSTEM, ids[who], Minutes::new(minutes)),
            );
            attempt!(house, |conn| store::credit::post(conn, &earned).await).unwrap();
            model.balance[who] += minutes;
        }
        Event::Transfer(from, to, minutes) if from != to => {
            let moved = post(
                EntryKind::Transfer,
                credit::transfer(ids[from], ids[to], Minutes::new(minutes)),
            );
            let outcome = attempt!(house, |conn| store::credit::post(conn, &moved).await);
            assert_eq!(
                outcome.is_ok(),
                model.balance[from] - model.held[from] >= minutes
            );
            if outcome.is_ok() {
                model.balance[from] -= minutes;
                model.balance[to] += minutes;
            }
        }
        Event::Transfer(..) => {}
        Event::Donate(who, minutes) => {
            let given = post(
                EntryKind::Donate,
                credit::transfer(ids[who], POOL, Minutes::new(minutes)),
            );
            let outcome = attempt!(house, |conn| store::credit::post(conn, &given).await);
            assert_eq!(
                outcome.is_ok(),
                model.balance[who] - model.held[who] >= minutes
            );
            if outcome.is_ok() {
                model.balance[who] -= minutes;
            }
        }
        Event::Hold(who, minutes) => {
            let Some(order) = orders.pop() else { return };
            let now = house.service.core.clock.now();
            let id = house.service.core.ids.next();
            let outcome = attempt!(house, |conn| {
                store::credit::hold(conn, id, ids[who], order, Minutes::new(minutes), now).await
            });
            assert_eq!(
                outcome.is_ok(),
                model.balance[who] - model.held[who] >= minutes
            );
            if outcome.is_ok() {
                model.held[who] += minutes;
                model.holds.push((order, who, minutes));
            }
        }
        Event::Post(which) | Event::Release(which) => {
            if model.holds.is_empty() {
                return;
            }
            let index = which % model.holds.len();
            let (order, who, minutes) = model.holds.swap_remove(index);
            let now = house.service.core.clock.now();
            let pays = matches!(what, Event::Post(_));
            let paid = post(
                EntryKind::Donate,
                credit::transfer(ids[who], POOL, Minutes::new(minutes)),
            );
            attempt!(house, |conn| {
                store::credit::end_hold(conn, order, pays.then_some(paid.id), now).await?;
                if pays {
                    store::credit::post(conn, &paid).await?;
                }
                Ok(())
            })
            .unwrap();
            model.held[who] -= minutes;
            if pays {
                model.balance[who] -= minutes;
            }
        }
    }
}

async fn check_ledger(house: &House) -> HashMap<Uuid, (i64, i64)> {
    let pool = &house.service.db.owner;
    let (total, crooked): (i64, i64) = sqlx::query_as(
        "SELECT coalesce(sum(balance), 0)::bigint,
                count(*) FILTER (WHERE balance <> coalesce(
                    (SELECT sum(minutes) FROM postings p WHERE p.account_id = a.id), 0)
                    OR held <> coalesce((SELECT sum(minutes) FROM credit_holds h
                        WHERE h.account_id = a.id AND h.state = 'HELD'), 0)
                    OR (owner_kind <> 'SYSTEM' AND balance - held < 0))
         FROM credit_accounts a",
    )
    .fetch_one(pool)
    .await
    .unwrap();
    assert_eq!((total, crooked), (0, 0));
    let rows: Vec<(Uuid, i64, i64)> =
        sqlx::query_as("SELECT owner_id, balance, held FROM credit_accounts")
            .fetch_all(pool)
            .await
            .unwrap();
    rows.into_iter()
        .map(|(owner, balance, held)| (owner, (balance, held)))
        .collect()
}

#[tokio::test]
async fn whatever_happens_sums_to_zero_and_agrees_with_the_model() {
    let house = House::open().await;
    let ids = open_accounts(&house, 1_000_000).await;
    let mut orders = Vec::new();
    for n in 0..30 {
        let order = house.ordered(LI, &format!("order-{n:06}")).await;
        let id = OrderId::from_global(order["id"].as_str().unwrap()).unwrap();
        orders.push(id);
    }
    // The same chance each time: a failure can be looked at again.
    let mut runner = TestRunner::deterministic();
    let events = proptest::collection::vec(event(), 250)
        .new_tree(&mut runner)
        .unwrap()
        .current();
    let mut model = Model::default();
    for what in events {
        play(&house, &ids, &mut model, &mut orders, what).await;
    }
    let stored = check_ledger(&house).await;
    for n in 0..PERSONS {
        assert_eq!(
            stored[&person(n).as_uuid()],
            (model.balance[n], model.held[n])
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_tasks_on_the_same_accounts_neither_lose_nor_make_minutes() {
    const TASKS: usize = 20;
    const EACH: usize = 15;
    let house = House::open().await;
    let ids = open_accounts(&house, 1_000_000).await;
    for id in &ids {
        let earned = entry(
            &house,
            EntryKind::Grant,
            credit::transfer(SYSTEM, *id, Minutes::new(100)),
        );
        attempt!(house, |conn| store::credit::post(conn, &earned).await).unwrap();
    }
    let tasks = (0..TASKS).map(|task| {
        let (house, ids) = (&house, &ids);
        async move {
            let mut moved = 0;
            for n in 0..EACH {
                // Both directions at once: whoever locked in the order of the call would deadlock.
                let (from, to) = ((task + n) % PERSONS, (task * 3 + n + 1) % PERSONS);
                if from == to {
                    continue;
                }
                let entry_id = CreditEntryId::new(&house.service.core.ids);
                let now = house.service.core.clock.now();
                let outcome = attempt!(house, |conn| {
                    store::credit::transfer(
                        conn,
                        entry_id,
                        ids[from],
                        ids[to],
                        Minutes::new(40),
                        now,
                    )
                    .await
                });
                match outcome {
                    Ok(()) => moved += 1,
                    Err(error) => assert_eq!(error.reason(), "CREDITS_INSUFFICIENT"),
                }
            }
            moved
        }
    });
    let moved: Vec<i32> = futures_util::future::join_all(tasks).await;
    assert!(moved.iter().sum::<i32>() > 0);
    let stored = check_ledger(&house).await;
    let persons: i64 = (0..PERSONS).map(|n| stored[&person(n).as_uuid()].0).sum();
    assert_eq!(persons, 100 * i64::try_from(PERSONS).unwrap());
}
