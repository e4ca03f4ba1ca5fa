//! A longer list asks PostgreSQL no more often than a short one.

use kit::auth::{Caller, Role};
use serde_json::{Value, json};
use testkit::{
    reads::counted,
    service::{caller, data},
};

use crate::{
    graphql_party,
    graphql_study_visit::{pilot_elsewhere, reported},
    ground::{county, done, evidence, here, housed},
    support::{House, nobody, resident_id, staff, voter},
};

/// Three of a list, which cost as many reads as one.
async fn three(house: &House, who: &Caller, list: &str, fields: &str) -> Vec<Value> {
    let query = format!("query($n: Int!) {{ {list}(first: $n) {{ nodes {{ {fields} }} }} }}");
    let ask = async |n: i32| {
        let request = house.run(who, &query, json!({ "n": n }));
        let (answer, reads) = counted(kit::graph::with_batches(request)).await;
        let nodes = data(answer)[list]["nodes"].as_array().unwrap().clone();
        assert_eq!(nodes.len(), usize::try_from(n).unwrap());
        (nodes, reads)
    };
    let (_, short) = ask(1).await;
    let (nodes, long) = ask(3).await;
    assert!(short > 0, "nothing was counted");
    assert_eq!(long, short, "{list}: reads of three, and of one");
    nodes
}

async fn three_pilots(house: &House) {
    let mut places = vec![(here(house), "230103001001")];
    for code in ["230103001002", "230103001003"] {
        let input = json!({ "divisionCode": code, "name": code, "kind": "RESIDENTS",
            "households": 900, "population": 2400, "serviceAreaM2": 800 });
        let made = done(
            house,
            &county(),
            "registerCommunity",
            &input,
            "community { id }",
        )
        .await;
        places.push((made["id"].clone(), code));
    }
    for (community, code) in places {
        let input = json!({ "communityId": community, "reason": "群众基础好" });
        let its_staff = caller(Role::CommunityStaff, code);
        let made = done(house, &its_staff, "draftPilot", &input, "pilot { id }").await;
        let pilot = made["id"].clone();
        for status in ["NOT_MET", "MET"] {
            let shown = evidence(&pilot, "DAY_CARE_ROOM", status);
            done(house, &county(), "attestPilot", &shown, "evidence { id }").await;
        }
        let stated = json!({ "pilotId": pilot, "guarantee": "FUNDING", "status": "AMBER", "grounds": "资金拨付一半" });
        done(
            house,
            &county(),
            "statePilotGuarantee",
            &stated,
            "guarantee { status }",
        )
        .await;
    }
}

#[tokio::test]
async fn pilots() {
    let house = House::open().await;
    three_pilots(&house).await;
    let fields = "community { name divisionCode } division { code } gate { code shown { status } }
        evidence { status } assessments { replicable } guarantees { guarantee status }
        history { state }";
    for pilot in three(&house, &nobody(), "pilots", fields).await {
        // Each has what is its own.
        assert_eq!(
            pilot["community"]["divisionCode"],
            pilot["division"]["code"]
        );
        let gate = pilot["gate"].as_array().unwrap();
        assert!(gate.len() > 1);
        for item in gate {
            let shown = if item["code"] == "DAY_CARE_ROOM" {
                json!({ "status": "MET" })
            } else {
                Value::Null
            };
            assert_eq!(item["shown"], shown);
        }
        assert_eq!(
            pilot["evidence"],
            json!([{ "status": "NOT_MET" }, { "status": "MET" }])
        );
        assert_eq!(
            pilot["guarantees"],
            json!([{ "guarantee": "FUNDING", "status": "AMBER" }])
        );
        assert_eq!(pilot["history"], json!([{ "state": "DRAFTED" }]));
    }
}

#[tokio::test]
async fn study_visits_and_what_a_pilot_shows_of_them() {
    let house = House::open().await;
    let host = pilot_elsewhere(&house, "DEMONSTRATION").await;
    three_pilots(&house).await;
    for days in 0..3 {
        house.service.clock.advance(chrono::TimeDelta::days(days));
        reported(&house, &host).await;
    }
    let fields = "division { code } hostPilot { reason } planned { role } came { people }
        report { findings } measures { title } history { state }";
    for visit in three(&house, &nobody(), "studyVisits", fields).await {
        assert_eq!(visit["came"], json!([{ "people": 2 }]));
        assert_eq!(visit["measures"].as_array().unwrap().len(), 2);
    }
    let fields = "title visit { id division { code } } history { state }";
    three(&house, &nobody(), "studyMeasures", fields).await;
    let fields = "studyVisits { id } studyVisitors { visits community { name } }
        replication { visits visitors adopted }";
    three(&house, &nobody(), "pilots", fields).await;
}

#[tokio::test]
async fn premises() {
    let house = House::open().await;
    for name in ["东", "西", "南"] {
        let input = crate::ground::premises(&house, name);
        let made = done(
            &house,
            &staff(),
            "registerPremises",
            &input,
            "premises { id }",
        )
        .await;
        let desk = json!({ "premisesId": made["id"], "label": name });
        done(&house, &staff(), "addDesk", &desk, "desk { id }").await;
    }
    let fields = "name community { name } rooms { name } desks { label premises { name } }";
    for one in three(&house, &nobody(), "communityPremises", fields).await {
        let own = json!([{ "label": one["name"], "premises": { "name": one["name"] } }]);
        assert_eq!(one["desks"], own);
    }
}

#[tokio::test]
async fn members_of_the_party() {
    let house = House::open().await;
    let top = graphql_party::organization(&house, "COMMITTEE", None).await;
    let branch = graphql_party::organization(&house, "GENERAL_BRANCH", Some(&top)).await;
    let group = graphql_party::organization(&house, "BRANCH", Some(&branch)).await;
    for (n, place) in [&top, &branch, &group].into_iter().enumerate() {
        let who = voter(n as u128).actor.resident_id.unwrap();
        let input = json!({ "organizationId": place, "residentId": resident_id(who), "role": "SECRETARY", "joinedOn": "2020-07-01" });
        done(&house, &staff(), "addPartyMember", &input, "member { id }").await;
    }
    let mut reader = staff();
    reader.purpose = Some("组织生活".into());
    let fields = "parent { kind } members { organization { id } resident { id } } id";
    for one in three(&house, &reader, "partyOrganizations", fields).await {
        let members = one["members"].as_array().unwrap();
        assert_eq!(members.len(), 1);
        assert_eq!(members[0]["organization"]["id"], one["id"]);
    }
    // Every look at each of them is logged: one, and then three.
    let logged = "SELECT count(*) FROM kit.audit_log WHERE action = 'readPartyMember'";
    assert_eq!(house.count(logged).await, 4);
}

#[tokio::test]
async fn entrepreneurs() {
    let house = House::open().await;
    housed(&house).await;
    for n in 0..3 {
        let input = json!({ "communityId": here(&house), "idea": "社区食堂", "homeBased": true });
        done(
            &house,
            &voter(n),
            "applyEntrepreneur",
            &input,
            "entrepreneur { id }",
        )
        .await;
    }
    let fields = "community { name } resident { id } hours grants { id } history { state }";
    for one in three(&house, &staff(), "entrepreneurs", fields).await {
        assert_eq!((&one["hours"], &one["grants"]), (&json!(0), &json!([])));
    }
}
