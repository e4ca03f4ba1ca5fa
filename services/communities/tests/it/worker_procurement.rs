//! What this service does on the events of procurement.

use chrono::TimeDelta;
use kit::events::NewEvent;
use serde_json::json;
use uuid::Uuid;

use crate::{
    steps::{self, Chain, need_state, state},
    support::{House, raw, wang},
    teller::Teller,
};

fn event(chain: &Chain, subject: &'static str, data: serde_json::Value) -> NewEvent {
    NewEvent {
        subject,
        aggregate: "tender",
        aggregate_id: Uuid::from_u128(raw(&chain.trace).as_u128() ^ 1),
        trace_id: Some(raw(&chain.trace)),
        at: testkit::start() + TimeDelta::days(30),
        data,
    }
}

pub fn tendered(chain: &Chain) -> NewEvent {
    let data =
        json!({ "trace_id": raw(&chain.trace), "tender_id": Uuid::nil(), "need_id": Uuid::nil() });
    event(chain, "procurement.tender.published", data)
}

pub fn paid(chain: &Chain, last: bool) -> NewEvent {
    let data = json!({ "trace_id": raw(&chain.trace), "contract_id": Uuid::nil(),
        "milestone_id": Uuid::nil(), "amount_fen": 1, "final": last });
    NewEvent {
        aggregate: "contract",
        ..event(chain, "procurement.payment.made", data)
    }
}

async fn stands(house: &House, chain: &Chain) -> (String, String) {
    (state(house, chain).await, need_state(house, chain).await)
}

fn pair(proposal: &str, need: &str) -> (String, String) {
    (proposal.to_owned(), need.to_owned())
}

#[tokio::test]
async fn a_tender_begins_the_work_and_the_last_payment_publishes_the_result() {
    let house = House::open().await;
    let chain = steps::projectised(&house).await;
    let market = Teller::of(&house, "procurement");
    market.tell(&house, tendered(&chain)).await;
    assert_eq!(stands(&house, &chain).await, pair("EXECUTING", "PROPOSED"));
    market.tell(&house, paid(&chain, false)).await;
    assert_eq!(stands(&house, &chain).await, pair("EXECUTING", "PROPOSED"));
    market.tell(&house, paid(&chain, true)).await;
    assert_eq!(
        stands(&house, &chain).await,
        pair("RESULT_PUBLISHED", "MET")
    );
}

#[tokio::test]
async fn a_payment_that_overtakes_the_tender_loses_nothing() {
    let house = House::open().await;
    let chain = steps::projectised(&house).await;
    let market = Teller::of(&house, "procurement");
    market.tell(&house, paid(&chain, true)).await;
    assert_eq!(
        stands(&house, &chain).await,
        pair("RESULT_PUBLISHED", "MET")
    );
    market.tell(&house, tendered(&chain)).await;
    assert_eq!(
        stands(&house, &chain).await,
        pair("RESULT_PUBLISHED", "MET")
    );
    assert_eq!(
        house
            .count("SELECT count(*) FROM kit.inbox WHERE state <> 'done'")
            .await,
        0
    );
}

#[tokio::test]
async fn duplicates_and_a_second_last_payment_change_nothing() {
    let house = House::open().await;
    let chain = steps::projectised(&house).await;
    let market = Teller::of(&house, "procurement");
    market.tell(&house, tendered(&chain)).await;
    market.tell(&house, paid(&chain, true)).await;
    let version = steps::look(&house, &chain, "version").await;
    // As after a relay that ended between sending and marking.
    house.sql("UPDATE kit.outbox SET sent_at = NULL").await;
    market.hear().await;
    // Another event with the same meaning.
    market.tell(&house, paid(&chain, true)).await;
    assert_eq!(steps::look(&house, &chain, "version").await, version);
    let rate = json!({ "needId": chain.need, "stars": 5 });
    house.act(&wang(), "rateResult", &rate, "__typename").await;
    market.tell(&house, paid(&chain, true)).await;
    market.tell(&house, tendered(&chain)).await;
    assert_eq!(stands(&house, &chain).await, pair("RATED", "CONFIRMED"));
}

#[tokio::test]
async fn an_event_that_comes_before_the_project_waits_for_it() {
    let house = House::open().await;
    let chain = steps::unopposed(&house).await;
    let market = Teller::of(&house, "procurement");
    market.tell(&house, tendered(&chain)).await;
    assert_eq!(state(&house, &chain).await, "PUBLISHED");
    let purchase = chain.purchase("SERVICE_UNIT");
    steps::step(&house, "projectiseProposal", &purchase, "PROJECTISED").await;
    house.service.clock.advance(TimeDelta::seconds(1));
    market.hear().await;
    assert_eq!(state(&house, &chain).await, "EXECUTING");
}

#[tokio::test]
async fn chains_without_a_proposal_here_and_other_chains_are_left_alone() {
    let house = House::open().await;
    let (mine, other) = (
        steps::projectised(&house).await,
        steps::projectised(&house).await,
    );
    let market = Teller::of(&house, "procurement");
    let unknown = Chain {
        trace: json!(kit::graph::global(kernel::keys::TraceId::from_uuid(
            Uuid::from_u128(7)
        ))),
        ..Chain::default()
    };
    market.tell(&house, paid(&unknown, true)).await;
    market.tell(&house, paid(&mine, true)).await;
    assert_eq!(state(&house, &mine).await, "RESULT_PUBLISHED");
    assert_eq!(state(&house, &other).await, "PROJECTISED");
    assert_eq!(
        house
            .count("SELECT count(*) FROM kit.inbox WHERE state <> 'done'")
            .await,
        0
    );
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_put_aside() {
    let house = House::open().await;
    let chain = steps::projectised(&house).await;
    let market = Teller::of(&house, "procurement");
    let strange = event(
        &chain,
        "procurement.payment.made",
        json!({ "trace_id": "?" }),
    );
    market.tell(&house, strange).await;
    assert_eq!(
        house.count("SELECT count(*) FROM kit.dead_letters").await,
        1
    );
    market.tell(&house, paid(&chain, true)).await;
    assert_eq!(state(&house, &chain).await, "RESULT_PUBLISHED");
}
