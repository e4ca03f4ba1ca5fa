//! Ratings through the real schema.

use serde_json::{Value, json};
use testkit::service::reason;

use crate::{
    peers::COMMUNITY,
    steps::{self, Chain, need_state, state},
    support::{House, nobody, staff, voter, wang},
    teller::Teller,
    worker_procurement::paid,
};

async fn delivered(house: &House) -> Chain {
    let chain = steps::projectised(house).await;
    Teller::of(house, "procurement")
        .tell(house, paid(&chain, true))
        .await;
    assert_eq!(state(house, &chain).await, "RESULT_PUBLISHED");
    chain
}

fn rate(chain: &Chain, stars: i32) -> Value {
    json!({ "needId": chain.need, "stars": stars, "comment": " 饭菜热乎 " })
}

#[tokio::test]
async fn the_resident_who_reported_the_need_rates_what_came_of_it() {
    let house = House::open().await;
    let chain = delivered(&house).await;
    let want = "rating { stars comment ratedAt }";
    let done = house
        .act(&wang(), "rateResult", &rate(&chain, 5), want)
        .await["rating"]
        .clone();
    assert_eq!(
        (&done["stars"], &done["comment"]),
        (&json!(5), &json!("饭菜热乎"))
    );
    assert_eq!(state(&house, &chain).await, "RATED");
    assert_eq!(need_state(&house, &chain).await, "CONFIRMED");
    let told: Value = sqlx::query_scalar(
        "SELECT data FROM kit.outbox WHERE subject = 'communities.result.rated'",
    )
    .fetch_one(&house.service.db.owner)
    .await
    .unwrap();
    assert_eq!(told["stars"], 5);
    assert_eq!(told["need_id"], json!(crate::support::raw(&chain.need)));
    assert_eq!(told["trace_id"], json!(crate::support::raw(&chain.trace)));
    assert_eq!(told["community_code"], COMMUNITY);
    assert!(told.get("comment").is_none());
}

#[tokio::test]
async fn nobody_else_rates() {
    let house = House::open().await;
    let chain = delivered(&house).await;
    for (who, expected) in [
        (voter(0), "FORBIDDEN"),
        (staff(), "FORBIDDEN"),
        (nobody(), "UNAUTHENTICATED"),
    ] {
        assert_eq!(
            house.refused(&who, "rateResult", &rate(&chain, 5)).await,
            expected
        );
    }
    assert_eq!(state(&house, &chain).await, "RESULT_PUBLISHED");
}

#[tokio::test]
async fn rates_once_and_answers_the_same_call_again() {
    let house = House::open().await;
    let chain = delivered(&house).await;
    let mut input = rate(&chain, 4);
    input["idempotencyKey"] = json!("my-rating");
    let first = house
        .act(&wang(), "rateResult", &input, "rating { ratedAt }")
        .await;
    assert_eq!(
        house
            .act(&wang(), "rateResult", &input, "rating { ratedAt }")
            .await,
        first
    );
    let again = house
        .try_act(&wang(), "rateResult", &rate(&chain, 1), "__typename")
        .await;
    assert_eq!(reason(&again), "RESULT_RATED_ALREADY");
    assert_eq!(again["errors"][0]["extensions"]["code"], "ALREADY_EXISTS");
    assert_eq!(house.count("SELECT stars::bigint FROM ratings").await, 4);
}

#[tokio::test]
async fn refuses_a_rating_before_the_result_is_published() {
    let house = House::open().await;
    for chain in [
        steps::reported(&house).await,
        steps::projectised(&house).await,
    ] {
        let early = house.refused(&wang(), "rateResult", &rate(&chain, 5)).await;
        assert_eq!(early, "RESULT_NOT_PUBLISHED");
    }
}

#[tokio::test]
async fn refuses_stars_and_words_out_of_range_by_field() {
    let house = House::open().await;
    let chain = delivered(&house).await;
    let mut endless = rate(&chain, 5);
    endless["comment"] = json!("长".repeat(2001));
    for (bad, field) in [
        (rate(&chain, 0), "input.stars"),
        (rate(&chain, 6), "input.stars"),
        (endless, "input.comment"),
    ] {
        let told = house
            .try_act(&wang(), "rateResult", &bad, "__typename")
            .await;
        assert_eq!(told["errors"][0]["extensions"]["field"], field);
    }
}
