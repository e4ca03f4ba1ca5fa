//! Experts and panels through the real schema.

use procurement::domain::panel::commitment;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

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
    let buyer = house.buyer().await;
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
    let buyer = house.buyer().await;
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
    let buyer = house.buyer().await;
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
    let (tender, _) = house.draft().await;
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
    house.pool(4).await;
    house
        .act(
            &officer(),
            "publishTender",
            &house.notice(&tender),
            "tender { id }",
        )
        .await;
    for org in 0..3 {
        house.bid(&tender, org, 400_000).await;
    }
    house.wait_days(20);
    let mut input = House::panel_input(&tender, &buyer);
    input["expertCount"] = json!(6);
    let refused = house.refused(&officer(), "formPanel", &input).await;
    assert_eq!(refused, "PANEL_POOL_TOO_SMALL");
    input["expertCount"] = json!(4);
    let want = "panel { poolSize recused { id } members { expert { id } } }";
    let panel = house.act(&officer(), "formPanel", &input, want).await["panel"].clone();
    assert_eq!(panel["poolSize"], 4);
    assert_eq!(panel["recused"].as_array().unwrap().len(), 3);
    let drawn = panel["members"].as_array().unwrap();
    assert!(drawn.iter().all(|member| member["expert"]["id"] != kin));
}

#[tokio::test]
async fn nobody_joins_the_pool_after_publication() {
    let house = House::open().await;
    let (tender, _, _) = house.bidden().await;
    let pool = "query($id: ID!) { tender(id: $id) {
        expertPool { size digest frozenAt experts { id } } } }";
    let seen = async |who: kit::auth::Caller| {
        house.ask(&who, pool, json!({ "id": tender })).await["tender"]["expertPool"].clone()
    };
    let before = seen(officer()).await;
    assert_eq!(before["size"], 6);
    for caller in [nobody(), manager(0)] {
        let shown = seen(caller).await;
        assert_eq!(shown["digest"], before["digest"]);
        assert_eq!(shown["experts"], json!(null));
    }
    // Whoever knows the seed now registers friends until one would be drawn.
    house.wait_days(20);
    house.pool(30).await;
    assert_eq!(seen(officer()).await, before);
    let buyer = house.buyer().await;
    let want = "panel { poolSize members { role expert { id } } }";
    let input = House::panel_input(&tender, &buyer);
    let panel = house.act(&officer(), "formPanel", &input, want).await["panel"].clone();
    assert_eq!(panel["poolSize"], 6);
    let listed = before["experts"].as_array().unwrap();
    let drawn = panel["members"].as_array().unwrap().iter();
    let mut experts = drawn.filter(|member| member["role"] == "EXPERT");
    assert!(experts.all(|member| listed.contains(&member["expert"])));
}

#[tokio::test]
async fn a_tender_without_enough_experts_does_not_go_public() {
    let house = House::open().await;
    let (tender, _) = house.draft().await;
    house.pool(3).await;
    let notice = house.notice(&tender);
    assert_eq!(
        house.refused(&officer(), "publishTender", &notice).await,
        "EXPERT_POOL_TOO_SMALL"
    );
    house.pool(1).await;
    house
        .act(&officer(), "publishTender", &notice, "tender { id }")
        .await;
}

/// Repeats the draw with nothing but what the graph tells everybody.
#[tokio::test]
async fn anybody_can_repeat_the_draw_from_what_is_published() {
    let house = House::open().await;
    house.pool(3).await;
    let kin = house.expert(false).await;
    declare(&house, &kin, None).await;
    let (tender, _) = house.told().await;
    let query = "query($id: ID!) { tender(id: $id) { seedCommitment
        expertPool { size digest experts { id } } bids { commitment }
        panel { seed recused { id } members { role expert { id } } } } }";
    let told = house.ask(&nobody(), query, json!({ "id": tender })).await["tender"].clone();

    let ids = |list: &Value| -> Vec<uuid::Uuid> {
        let list = list.as_array().unwrap().iter();
        list.map(|one| uuid_of(&one["id"])).collect()
    };
    let mut pool = ids(&told["expertPool"]["experts"]);
    pool.sort_unstable();
    assert_eq!(pool.len(), 10);
    let mut hash = Sha256::new().chain_update(b"sanshe.panel.pool.v1");
    hash.update(uuid_of(&tender).as_bytes());
    for expert in &pool {
        hash.update(expert.as_bytes());
    }
    assert_eq!(told["expertPool"]["digest"], hex::encode(hash.finalize()));

    let seed = Sha256::digest(told["panel"]["seed"].as_str().unwrap());
    assert_eq!(told["seedCommitment"], hex::encode(seed));
    let bids = told["bids"].as_array().unwrap().iter();
    let mut bids: Vec<Vec<u8>> = bids
        .map(|bid| hex::decode(bid["commitment"].as_str().unwrap()).unwrap())
        .collect();
    bids.sort_unstable();
    let recused = ids(&told["panel"]["recused"]);
    assert_eq!(recused, [uuid_of(&kin)]);
    let lot = |expert: &uuid::Uuid| {
        let mut lot = Sha256::new().chain_update(b"sanshe.panel.draw.v1");
        lot.update(seed);
        lot.update(uuid_of(&tender).as_bytes());
        for bid in &bids {
            lot.update(bid);
        }
        lot.chain_update(expert.as_bytes()).finalize()
    };
    pool.retain(|expert| !recused.contains(expert));
    pool.sort_by_key(lot);
    let seats = told["panel"]["members"].as_array().unwrap().iter();
    let drawn: Vec<uuid::Uuid> = seats
        .filter(|seat| seat["role"] == "EXPERT")
        .map(|seat| uuid_of(&seat["expert"]["id"]))
        .collect();
    assert_eq!(drawn, pool[..4]);
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
    let (tender, _) = house.drafted().await;
    let mut notice = house.notice(&tender);
    notice["seedCommitment"] = json!(commitment(SEED).to_uppercase());
    house
        .act(&officer(), "publishTender", &notice, "tender { id }")
        .await;
    for org in 0..3 {
        house.bid(&tender, org, 400_000).await;
    }
    house.wait_days(20);
    let buyer = house.buyer().await;
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
