//! Experts and panels through the real schema.

use procurement::domain::panel::commitment;
use serde_json::{Value, json};

use crate::{
    steps::SEED,
    support::{House, expert, leader, manager, nobody, officer, org_id, resident_id, uuid_of},
};

const PANEL: &str = "query($id: ID!) { tender(id: $id) { panel { size experts seed seedCommitment
    iAmMember members { role expert { id name } } } } }";

#[tokio::test]
async fn a_panel_is_lawful_in_size_and_share() {
    let house = House::open().await;
    let (tender, _, _) = house.opened().await;
    let buyer = house.pool().await;
    let sound = House::panel_input(&tender, &buyer);
    for (experts, reason) in [
        (5, "PANEL_SIZE"),
        (2, "PANEL_SIZE"),
        (0, "PANEL_SIZE"),
        (8, "PANEL_POOL_TOO_SMALL"),
    ] {
        let mut input = sound.clone();
        input["expertCount"] = json!(experts);
        assert_eq!(
            house.refused(&officer(), "formPanel", &input).await,
            reason,
            "{experts}"
        );
    }
    let second = house.expert(true).await;
    let mut share = sound.clone();
    share["buyerRepresentativeIds"] = json!([buyer, second]);
    share["expertCount"] = json!(3);
    assert_eq!(
        house.refused(&officer(), "formPanel", &share).await,
        "PANEL_EXPERT_SHARE"
    );
    share["buyerRepresentativeIds"] = json!([buyer, buyer]);
    share["expertCount"] = json!(5);
    assert_eq!(
        house.refused(&officer(), "formPanel", &share).await,
        "PANEL_MEMBER_TWICE"
    );
    let mut short = sound.clone();
    short["seed"] = json!("seed");
    assert_eq!(
        house.refused(&officer(), "formPanel", &short).await,
        "PANEL_SEED_LENGTH"
    );
    house
        .act(&officer(), "formPanel", &sound, "panel { size }")
        .await;
    assert_eq!(
        house.refused(&officer(), "formPanel", &sound).await,
        "PANEL_ALREADY_FORMED"
    );
}

#[tokio::test]
async fn a_panel_waits_for_the_close() {
    let house = House::open().await;
    let (tender, _, _) = house.bidden().await;
    let buyer = house.pool().await;
    let input = House::panel_input(&tender, &buyer);
    assert_eq!(
        house.refused(&officer(), "formPanel", &input).await,
        "PANEL_NOT_DUE"
    );
    house.wait_days(20);
    house
        .act(&officer(), "formPanel", &input, "panel { size }")
        .await;
}

pub async fn declare(house: &House, expert: &Value, until: Option<&str>) {
    let input = json!({
        "expertId": expert, "organizationId": org_id(1), "kind": "KINSHIP", "until": until,
    });
    house
        .act(&officer(), "declareRelation", &input, "expert { id }")
        .await;
}

#[tokio::test]
async fn a_conflicted_representative_is_refused_for_three_years() {
    let house = House::open().await;
    let (tender, _, _) = house.opened().await;
    let buyer = house.pool().await;
    declare(&house, &buyer, Some("2023-03-01")).await;
    let long_ago = House::panel_input(&tender, &buyer);
    let other = house.expert(true).await;
    declare(&house, &other, Some("2023-04-01")).await;
    let mut recent = long_ago.clone();
    recent["buyerRepresentativeIds"] = json!([other]);
    let refused = house.refused_at(&officer(), "formPanel", &recent).await;
    assert_eq!(
        refused,
        (
            "PANEL_MEMBER_CONFLICTED".into(),
            "input.buyerRepresentativeIds".into()
        )
    );
    house
        .act(&officer(), "formPanel", &long_ago, "panel { size }")
        .await;
}

#[tokio::test]
async fn conflicted_experts_are_never_drawn() {
    let house = House::open().await;
    let (tender, _, _) = house.opened().await;
    let buyer = house.expert(true).await;
    // Tied by kinship, by employment and by leading a bidder themselves.
    let kin = house.expert(false).await;
    declare(&house, &kin, None).await;
    for extra in [
        json!({ "organizationId": org_id(2) }),
        json!({ "residentId": resident_id(leader(0)) }),
    ] {
        let mut input = json!({ "specialty": "会计" });
        input
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        house
            .act(&officer(), "registerExpert", &input, "expert { id }")
            .await;
    }
    for _ in 0..3 {
        house.expert(false).await;
    }
    let input = House::panel_input(&tender, &buyer);
    let refused = house.refused(&officer(), "formPanel", &input).await;
    assert_eq!(refused, "PANEL_POOL_TOO_SMALL");
    house.expert(false).await;
    let want = "panel { poolSize members { expert { id } } }";
    let panel = house.act(&officer(), "formPanel", &input, want).await["panel"].clone();
    assert_eq!(panel["poolSize"], 4);
    let drawn = panel["members"].as_array().unwrap();
    assert!(drawn.iter().all(|member| member["expert"]["id"] != kin));
}

#[tokio::test]
async fn names_are_secret_until_the_result_is_told() {
    let house = House::open().await;
    let (tender, _, _, members) = house.seated().await;
    for caller in [nobody(), manager(0)] {
        let seen =
            house.ask(&caller, PANEL, json!({ "id": tender })).await["tender"]["panel"].clone();
        assert_eq!((&seen["size"], &seen["experts"]), (&json!(5), &json!(4)));
        assert_eq!(
            (&seen["members"], &seen["seed"]),
            (&json!(null), &json!(null))
        );
        assert_eq!(seen["seedCommitment"], commitment(SEED));
    }
    let member = expert(uuid_of(&members[0]));
    let seen = house.ask(&member, PANEL, json!({ "id": tender })).await["tender"]["panel"].clone();
    assert_eq!(
        (&seen["iAmMember"], &seen["members"]),
        (&json!(true), &json!(null))
    );
    // Nor is a name told to those who ask for the expert.
    let query = "query($id: ID!) { expert(id: $id) { name specialty } }";
    let asked = house
        .ask(&nobody(), query, json!({ "id": members[0] }))
        .await;
    assert_eq!(
        asked["expert"],
        json!({ "name": null, "specialty": "养老服务" })
    );
    let own = house.ask(&member, query, json!({ "id": members[0] })).await;
    assert_eq!(own["expert"]["name"], "专家");
}

#[tokio::test]
async fn the_seed_is_the_one_committed_to_at_publication() {
    let house = House::open().await;
    let (tender, _) = house.draft().await;
    let mut notice = house.notice(&tender);
    notice["seedCommitment"] = json!(commitment(SEED).to_uppercase());
    house
        .act(&officer(), "publishTender", &notice, "tender { id }")
        .await;
    for org in 0..3 {
        house.bid(&tender, org, 400_000).await;
    }
    house.wait_days(20);
    let buyer = house.pool().await;
    let mut input = House::panel_input(&tender, &buyer);
    input["seed"] = json!("a seed of my own liking");
    assert_eq!(
        house.refused(&officer(), "formPanel", &input).await,
        "PANEL_SEED_DIFFERS"
    );
    input["seed"] = json!(SEED);
    house
        .act(&officer(), "formPanel", &input, "panel { size }")
        .await;
}

#[tokio::test]
async fn one_resident_is_one_expert_and_an_unknown_one_declares_nothing() {
    let house = House::open().await;
    let input = json!({ "specialty": "营养", "residentId": resident_id(leader(9)) });
    house
        .act(&officer(), "registerExpert", &input, "expert { id }")
        .await;
    assert_eq!(
        house.refused(&officer(), "registerExpert", &input).await,
        "EXPERT_EXISTS"
    );
    let nobody = kernel::keys::ExpertId::from_uuid(uuid::Uuid::from_u128(9));
    let input = json!({
        "expertId": kit::graph::global(nobody), "organizationId": org_id(1), "kind": "OWNER",
    });
    assert_eq!(
        house.refused(&officer(), "declareRelation", &input).await,
        "EXPERT_NOT_FOUND"
    );
}
