//! A longer list asks PostgreSQL no more often than a short one.

use kit::auth::{Caller, Role};
use serde_json::{Value, json};
use testkit::{
    reads::counted,
    service::{caller, data},
};

use crate::{
    steps::{account, adviser, community, community_centre, done, opened, room, screened, sheet},
    support::{House, community_staff, garden, keeper, registrar},
};

/// So many of a list, which cost as many reads as one.
async fn several(house: &House, who: &Caller, n: usize, list: &str, fields: &str) -> Vec<Value> {
    let query = format!("query($n: Int!) {{ {list}(first: $n) {{ nodes {{ {fields} }} }} }}");
    let ask = async |n: usize| {
        let request = house.run(who, &query, json!({ "n": n }));
        let (answer, reads) = counted(kit::graph::with_batches(request)).await;
        let nodes = data(answer)[list]["nodes"].as_array().unwrap().clone();
        assert_eq!(nodes.len(), n);
        (nodes, reads)
    };
    let (_, short) = ask(1).await;
    let (nodes, long) = ask(n).await;
    assert!(short > 0, "nothing was counted");
    assert_eq!(long, short, "{list}: reads of {n}, and of one");
    nodes
}

#[tokio::test]
async fn centres() {
    let house = House::open().await;
    for n in [1, 2] {
        let (place, code) = garden(n);
        let new = json!({ "communityId": community(place), "name": "中心", "areaM2": 1200 });
        let its_staff = caller(Role::CommunityStaff, &code);
        done(
            &house,
            &its_staff,
            "planIncubationCentre",
            new,
            "__typename",
        )
        .await;
    }
    let (open, operator) = opened(&house).await;
    let fields =
        "id community { id } division { code } operator { id } mandates { operator { id } }
        checks { passed } missing elderCareTarget { reached least met } history { to }";
    for centre in several(&house, &registrar(), 3, "incubationCentres", fields).await {
        let whole = centre["id"] == open;
        let count = |list: &str| centre[list].as_array().unwrap().len();
        assert_eq!(
            (count("mandates"), count("checks"), count("missing")),
            if whole { (1, 6, 0) } else { (0, 0, 6) }
        );
        assert_eq!(
            centre["operator"]["id"],
            if whole {
                operator["id"].clone()
            } else {
                Value::Null
            }
        );
        assert_eq!(centre["elderCareTarget"]["reached"], 0);
        assert_eq!(count("history"), usize::from(whole));
    }
}

#[tokio::test]
async fn incubatees() {
    let house = House::open().await;
    let (centre, _) = opened(&house).await;
    let reviewer = adviser(&house, 0, None).await;
    for n in [0, 1] {
        let body = house.registered(n).await;
        let one = screened(&house, &centre, &body).await;
        let sheet = sheet(&one, &reviewer, 60 + i32::try_from(n).unwrap());
        done(&house, &registrar(), "reviewIncubatee", sheet, "__typename").await;
    }
    let fields = "organization { name } centre { name } sessions { confirmation { rating } }
        services { times } growthScores { score } reviews { score adviser { id } } history { to }";
    let found = several(&house, &registrar(), 2, "incubatees", fields).await;
    let scores: Vec<&Value> = found
        .iter()
        .map(|one| &one["reviews"][0]["score"])
        .collect();
    assert_eq!(scores, [&json!(61), &json!(60)]);
}

#[tokio::test]
async fn services_of_an_incubation() {
    let house = House::open().await;
    let (centre, _) = opened(&house).await;
    let body = house.registered(0).await;
    let one = crate::steps::incubating(&house, &centre, &body).await;
    for topic in ["一", "二", "三"] {
        let had = json!({ "incubateeId": one, "kind": "TRAINING", "heldOn": "2026-03-02", "minutes": 90,
            "attendees": 12, "topic": topic, "evidence": "签到表" });
        done(
            &house,
            &community_staff(),
            "recordIncubationSession",
            had,
            "__typename",
        )
        .await;
    }
    // One read for the incubation, one for its services, one for what was said
    // of all of them, whichever fields ask.
    let query = "query($id: ID!) { incubatee(id: $id) {
        sessions { topic confirmation { rating } } services { times } } }";
    let registrar = registrar();
    let request = house.run(&registrar, query, json!({ "id": one }));
    let (answer, reads) = counted(kit::graph::with_batches(request)).await;
    assert_eq!(reads, 3);
    let found = data(answer)["incubatee"].clone();
    let had = |topic| json!({ "topic": topic, "confirmation": null });
    assert_eq!(found["sessions"], json!([had("一"), had("二"), had("三")]));
}

#[tokio::test]
async fn licences_and_their_deposits() {
    let house = House::open().await;
    let (centre, _) = opened(&house).await;
    for n in [0, 1] {
        let body = house.registered(n).await;
        let new = room(&centre, &body, &format!("20{n}"));
        done(
            &house,
            &community_staff(),
            "grantSpaceLicence",
            new,
            "__typename",
        )
        .await;
    }
    let fields = "room organization { name } deposit { held stages { title } entries { kind } history { to } }";
    for one in several(&house, &registrar(), 2, "spaceLicences", fields).await {
        assert_eq!(
            one["deposit"]["stages"],
            json!([{ "title": "中期" }, { "title": "期末" }])
        );
    }
}

#[tokio::test]
async fn accounts() {
    let house = House::open().await;
    let centre = community_centre(&house, 0).await;
    for (n, amount) in [(1, 50_000), (2, 60_000)] {
        let mut file = crate::support::file(&format!("key-file-000{n}"));
        file["input"]["name"] = json!(format!("互助会{n}"));
        let answer = house.run(&registrar(), crate::support::FILE, file).await;
        let filed = data(answer)["fileOrganization"]["organization"].clone();
        let account = account(&house, &centre, &filed).await;
        let came = json!({ "accountId": account, "amount": amount, "subject": "资助", "evidence": "凭证" });
        done(&house, &keeper(), "receiveCustodyMoney", came, "__typename").await;
    }
    let fields = "balance entries { amount } requests { id } organization { name }";
    let found = several(&house, &registrar(), 2, "custodyAccounts", fields).await;
    let held: Vec<&Value> = found.iter().map(|one| &one["balance"]).collect();
    assert_eq!(held, [&json!(60_000), &json!(50_000)]);
}
