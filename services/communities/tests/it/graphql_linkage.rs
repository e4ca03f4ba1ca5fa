//! The chain, as far as this service knows it.

use serde_json::{Value, json};
use testkit::service::{data, reason};

use crate::{
    steps,
    support::{House, nobody, staff, voter, wang},
    teller::Teller,
    worker_procurement::paid,
};

const LINKAGE: &str = "query($id: ID!) { linkage(traceId: $id) {
    traceId need { id } proposal { id } ballot { id } community { id } rating { stars } } }";

#[tokio::test]
async fn a_chain_shows_all_that_came_of_a_need() {
    let house = House::open().await;
    let chain = steps::projectised(&house).await;
    Teller::of(&house, "procurement")
        .tell(&house, paid(&chain, true))
        .await;
    let rate = json!({ "needId": chain.need, "stars": 5 });
    house.act(&wang(), "rateResult", &rate, "__typename").await;
    let found = house
        .run(&staff(), LINKAGE, json!({ "id": chain.trace }))
        .await;
    assert_eq!(
        data(found)["linkage"],
        json!({
            "traceId": chain.trace,
            "need": { "id": chain.need },
            "proposal": { "id": chain.proposal },
            "ballot": { "id": chain.ballot },
            "community": { "id": kit::graph::global(house.community.id) },
            "rating": { "stars": 5 },
        })
    );
}

#[tokio::test]
async fn a_new_chain_has_its_need_and_community_and_hides_the_need_from_others() {
    let house = House::open().await;
    let chain = steps::reported(&house).await;
    for (who, sees) in [
        (wang(), true),
        (staff(), true),
        (voter(0), false),
        (nobody(), false),
    ] {
        let found = data(house.run(&who, LINKAGE, json!({ "id": chain.trace })).await);
        let found = &found["linkage"];
        assert_eq!(!found["need"].is_null(), sees, "{}", who.actor.subject);
        assert!(!found["community"].is_null());
        assert_eq!(
            [&found["proposal"], &found["ballot"], &found["rating"]],
            [&Value::Null; 3]
        );
    }
}

#[tokio::test]
async fn an_unknown_chain_is_null_and_another_id_is_refused() {
    let house = House::open().await;
    let unknown = kit::graph::global(kernel::keys::TraceId::from_uuid(uuid::Uuid::nil()));
    let found = house.run(&staff(), LINKAGE, json!({ "id": unknown })).await;
    assert_eq!(data(found)["linkage"], Value::Null);
    let community = kit::graph::global(house.community.id);
    let refused = house
        .run(&staff(), LINKAGE, json!({ "id": community }))
        .await;
    assert!(!reason(&refused).is_empty());
    assert_eq!(refused["errors"][0]["extensions"]["field"], "traceId");
}
