//! Residents through the real schema: the register, and who may see what.

use kit::auth::Role;
use serde_json::{Value, json};
use testkit::service::{caller, data, reason};

use crate::support::{
    ELSEWHERE, GRID, House, NEXT_COMMUNITY, REGISTER, admin, citizen_id, civil_affairs, neighbour,
    nobody, refused, registration, staff, staff_elsewhere, staff_for, themself,
};

const SEE: &str = "query($id: ID!) { resident(id: $id) {
    id name citizenId phone birthDate status verified } }";
const VERIFY: &str = "mutation($input: VerifyResidentInput!) {
    verifyResident(input: $input) { resident { verified } } }";
const MOVE: &str = "mutation($input: MoveResidentInput!) {
    moveResident(input: $input) { resident { status community { divisionCode } grid { code } } } }";
const DEATH: &str = "mutation($input: RecordDeathInput!) {
    recordDeath(input: $input) { resident { status } } }";
const FIND: &str = "query($citizenId: CitizenId!) {
    residentByCitizenId(citizenId: $citizenId) { id name } }";
const LIST: &str = "query($first: Int, $after: String, $status: ResidentStatus) {
    residents(first: $first, after: $after, status: $status) {
        nodes { id name } pageInfo { hasNextPage endCursor } } }";

fn verify(id: &str, key: &str) -> Value {
    json!({ "input": { "idempotencyKey": key, "residentId": id, "method": "ID_CARD" } })
}

fn settle(id: &str, community: Option<&str>, key: &str) -> Value {
    json!({ "input": { "idempotencyKey": key, "residentId": id, "communityCode": community } })
}

fn death(id: &str, on: &str, key: &str) -> Value {
    json!({ "input": { "idempotencyKey": key, "residentId": id, "diedOn": on } })
}

#[tokio::test]
async fn staff_register_a_resident_and_see_covered_values() {
    let house = House::open().await;
    let answer = data(house.run(&staff(), REGISTER, registration(1)).await);
    let resident = &answer["registerResident"]["resident"];
    assert_eq!(resident["name"], "王**");
    assert_eq!(resident["phone"], "138****8000");
    assert!(
        resident["citizenId"]
            .as_str()
            .unwrap()
            .starts_with("230****")
    );
    assert!(resident["birthDate"].is_null());
    assert_eq!(
        (
            &resident["age"],
            &resident["sex"],
            &resident["status"],
            &resident["demo"]
        ),
        (&json!(75), &json!("FEMALE"), &json!("ALIVE"), &json!(true))
    );
    assert_eq!(resident["grid"]["code"], GRID);
    assert_eq!(house.count("access_log").await, 0);
}

#[tokio::test]
async fn keeps_no_personal_data_in_the_clear() {
    let house = House::open().await;
    house.registered(1).await;
    for table in [
        "residents",
        "kit.outbox",
        "kit.idempotency_answers",
        "kit.audit_log",
    ] {
        let rows: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "SELECT t::text FROM {table} t"
        )))
        .fetch_all(&house.service.db.owner)
        .await
        .unwrap();
        assert!(!rows.is_empty(), "{table}");
        for row in rows {
            for secret in ["王秀兰", "13800138000", &citizen_id(1)] {
                assert!(!row.contains(secret), "{table}: {row}");
                let hex: Vec<String> = secret.bytes().map(|b| format!("{b:02x}")).collect();
                assert!(!row.contains(&hex.concat()), "{table}: {row}");
            }
        }
    }
}

#[tokio::test]
async fn one_person_is_registered_once() {
    let house = House::open().await;
    let first = house.registered(1).await;
    assert_eq!(
        house.registered(1).await,
        first,
        "the same key answers the same"
    );
    let mut again = registration(1);
    again["input"]["idempotencyKey"] = json!("register-again");
    again["input"]["citizenId"] = json!(citizen_id(1).to_lowercase());
    let answer = house.run(&staff(), REGISTER, again).await;
    assert_eq!(
        refused(&answer),
        ("RESIDENT_EXISTS".into(), "input.citizenId".into())
    );
    assert_eq!(answer["errors"][0]["extensions"]["code"], "ALREADY_EXISTS");
    let mut other = registration(1);
    other["input"]["name"] = json!("王秀英");
    assert_eq!(
        reason(&house.run(&staff(), REGISTER, other).await),
        "IDEMPOTENCY_KEY_REUSED"
    );
}

#[tokio::test]
async fn refuses_strangers_and_malformed_registrations() {
    let house = House::open().await;
    for (caller, expected) in [
        (nobody(), "UNAUTHENTICATED"),
        (neighbour(), "FORBIDDEN"),
        (staff_elsewhere(), "FORBIDDEN"),
    ] {
        assert_eq!(
            reason(&house.run(&caller, REGISTER, registration(1)).await),
            expected
        );
    }
    for (field, value, expected) in [
        (
            "citizenId",
            json!("230103195005010011"),
            "CITIZEN_ID_CHECK_DIGIT",
        ),
        ("citizenId", json!("123"), "CITIZEN_ID_LENGTH"),
        ("name", json!(" "), "PERSON_NAME"),
        ("phone", json!("110"), "PHONE_MALFORMED"),
        (
            "gridCode",
            json!("230102001001001"),
            "GRID_OF_OTHER_COMMUNITY",
        ),
        ("gridCode", json!("230103001001009"), "GRID_NOT_FOUND"),
        (
            "idempotencyKey",
            json!("short"),
            "IDEMPOTENCY_KEY_MALFORMED",
        ),
    ] {
        let mut input = registration(1);
        input["input"][field] = value;
        assert_eq!(
            reason(&house.run(&staff(), REGISTER, input).await),
            expected,
            "{field}"
        );
    }
    let mut nowhere = registration(1);
    nowhere["input"]["communityCode"] = json!("230103001009");
    nowhere["input"]["gridCode"] = Value::Null;
    let answer = house.run(&civil_affairs(), REGISTER, nowhere).await;
    assert_eq!(
        refused(&answer),
        ("DIVISION_NOT_FOUND".into(), "input.communityCode".into())
    );
    assert_eq!(house.count("residents").await, 0);
}

#[tokio::test]
async fn an_administrator_registers_for_demonstrations_only() {
    let house = House::open().await;
    let register = "mutation($input: RegisterResidentInput!) {
        registerResident(input: $input) { resident { id demo } } }";
    data(house.run(&admin(), register, registration(1)).await);
    sqlx::raw_sql(
        "INSERT INTO divisions (code, name, valid) VALUES ('230103001005', '真实社区', '(,)')",
    )
    .execute(&house.service.db.owner)
    .await
    .unwrap();
    let mut real = registration(2);
    real["input"]["communityCode"] = json!("230103001005");
    real["input"]["gridCode"] = Value::Null;
    assert_eq!(
        reason(&house.run(&admin(), register, real.clone()).await),
        "FORBIDDEN"
    );
    real["input"]["demo"] = json!(true);
    data(house.run(&admin(), register, real).await);
}

#[tokio::test]
async fn the_resident_sees_everything_and_nothing_is_logged() {
    let house = House::open().await;
    let id = house.registered(1).await;
    let me = "{ me { id name citizenId phone birthDate } }";
    let seen = data(house.run(&themself(&id), me, json!({})).await)["me"].clone();
    assert_eq!(
        seen,
        json!({ "id": id, "name": "王秀兰", "citizenId": citizen_id(1),
                "phone": "13800138000", "birthDate": "1950-05-01" })
    );
    assert_eq!(house.count("access_log").await, 0);
    assert_eq!(
        reason(&house.run(&nobody(), me, json!({})).await),
        "UNAUTHENTICATED"
    );
    let none = data(house.run(&admin(), me, json!({})).await);
    assert!(none["me"].is_null());
}

#[tokio::test]
async fn staff_with_a_purpose_see_in_full_and_are_logged_field_by_field() {
    let house = House::open().await;
    let id = house.registered(1).await;
    let name = "query($id: ID!) { resident(id: $id) { called: name } }";
    let seen = data(
        house
            .run(&staff_for("上门探访"), name, json!({ "id": id }))
            .await,
    );
    assert_eq!(seen["resident"]["called"], "王秀兰");
    let logged: Vec<(Vec<String>, String, Option<String>)> =
        sqlx::query_as("SELECT fields, purpose, actor_name FROM access_log")
            .fetch_all(&house.service.db.owner)
            .await
            .unwrap();
    assert_eq!(
        logged,
        [(
            vec!["NAME".to_owned()],
            "上门探访".to_owned(),
            Some("李社工".to_owned())
        )]
    );
    let audited: Vec<Vec<String>> =
        sqlx::query_scalar("SELECT fields FROM kit.audit_log WHERE action = 'readPersonalData'")
            .fetch_all(&house.service.db.owner)
            .await
            .unwrap();
    assert_eq!(audited, [vec!["NAME".to_owned()]]);
    // Nothing personal is asked for, nothing is logged.
    let bare = "query($id: ID!) { resident(id: $id) { id status } }";
    data(
        house
            .run(&staff_for("上门探访"), bare, json!({ "id": id }))
            .await,
    );
    assert_eq!(house.count("access_log").await, 1);
}

#[tokio::test]
async fn a_purpose_opens_nothing_outside_the_division_or_the_roles() {
    let house = House::open().await;
    let id = house.registered(1).await;
    let social_worker = caller(Role::SocialWorker, "230103001001").for_purpose("个案");
    for stranger in [staff_elsewhere().for_purpose("好奇"), social_worker] {
        let answer = house.run(&stranger, SEE, json!({ "id": id })).await;
        assert_eq!(reason(&answer), "FORBIDDEN");
        let resident = &answer["data"]["resident"];
        assert_eq!(
            (&resident["id"], &resident["verified"]),
            (&json!(id), &json!(false))
        );
        for field in ["name", "citizenId", "phone", "birthDate"] {
            assert!(resident[field].is_null(), "{field}");
        }
    }
    for stranger in [
        neighbour().for_purpose("好奇"),
        caller(Role::ProcurementOfficer, "230103001001"),
    ] {
        let answer = house.run(&stranger, SEE, json!({ "id": id })).await;
        assert_eq!(reason(&answer), "FORBIDDEN");
        assert!(answer["data"]["resident"].is_null());
    }
    assert_eq!(
        reason(&house.run(&nobody(), SEE, json!({ "id": id })).await),
        "UNAUTHENTICATED"
    );
    assert_eq!(house.count("access_log").await, 0);
}

#[tokio::test]
async fn a_refused_entity_does_not_take_the_others_along() {
    let house = House::open().await;
    let (mine, other) = (house.registered(1).await, house.registered(2).await);
    let query = "query($r: [_Any!]!) { _entities(representations: $r) {
        ... on Resident { id name } } }";
    let representations = json!({ "r": [
        { "__typename": "Resident", "id": mine }, { "__typename": "Resident", "id": other } ] });
    let answer = house
        .run(&themself(&mine), query, representations.clone())
        .await;
    assert_eq!(reason(&answer), "FORBIDDEN");
    let entities = &answer["data"]["_entities"];
    assert_eq!(entities[0], json!({ "id": mine, "name": "王秀兰" }));
    assert_eq!(entities[1]["id"], json!(other));
    assert!(entities[1]["name"].is_null());
    // Staff read both in one go, and each resident has their own record.
    data(
        house
            .run(&staff_for("核对名册"), query, representations)
            .await,
    );
    assert_eq!(house.count("access_log").await, 2);
}

#[tokio::test]
async fn staff_verify_once() {
    let house = House::open().await;
    let id = house.registered(1).await;
    for (caller, expected) in [
        (nobody(), "UNAUTHENTICATED"),
        (themself(&id), "FORBIDDEN"),
        (staff_elsewhere(), "FORBIDDEN"),
    ] {
        let answer = house.run(&caller, VERIFY, verify(&id, "verify-0001")).await;
        assert_eq!(reason(&answer), expected);
    }
    let first = data(
        house
            .run(&staff(), VERIFY, verify(&id, "verify-0001"))
            .await,
    );
    assert_eq!(first["verifyResident"]["resident"]["verified"], true);
    let again = data(
        house
            .run(&staff(), VERIFY, verify(&id, "verify-0001"))
            .await,
    );
    assert_eq!(first, again);
    let twice = house
        .run(&staff(), VERIFY, verify(&id, "verify-0002"))
        .await;
    assert_eq!(reason(&twice), "RESIDENT_ALREADY_VERIFIED");
    let bad = house
        .run(&staff(), VERIFY, verify("nonsense", "verify-0003"))
        .await;
    assert_eq!(
        refused(&bad),
        ("GLOBAL_ID_MALFORMED".into(), "input.residentId".into())
    );
    let unknown = kernel::keys::ResidentId::from_uuid(uuid::Uuid::nil()).to_global();
    let none = house
        .run(&staff(), VERIFY, verify(&unknown, "verify-0004"))
        .await;
    assert_eq!(reason(&none), "RESIDENT_NOT_FOUND");
}

#[tokio::test]
async fn moves_within_the_reach_of_staff_away_and_back() {
    let house = House::open().await;
    let id = house.registered(1).await;
    let away = data(
        house
            .run(&staff(), MOVE, settle(&id, None, "move-0001"))
            .await,
    );
    assert_eq!(away["moveResident"]["resident"]["status"], "MOVED");
    let twice = house
        .run(&staff(), MOVE, settle(&id, None, "move-0002"))
        .await;
    assert_eq!(reason(&twice), "RESIDENT_STATUS");
    let civil = civil_affairs();
    let back = data(
        house
            .run(&civil, MOVE, settle(&id, Some(NEXT_COMMUNITY), "move-0003"))
            .await,
    );
    let resident = &back["moveResident"]["resident"];
    assert_eq!(resident["status"], "ALIVE");
    assert_eq!(resident["community"]["divisionCode"], NEXT_COMMUNITY);
    assert!(resident["grid"].is_null());
    // The community of before has nothing more to say.
    let late = house
        .run(&staff(), MOVE, settle(&id, None, "move-0004"))
        .await;
    assert_eq!(reason(&late), "FORBIDDEN");
    for (caller, expected) in [(nobody(), "UNAUTHENTICATED"), (themself(&id), "FORBIDDEN")] {
        let answer = house
            .run(&caller, MOVE, settle(&id, None, "move-0005"))
            .await;
        assert_eq!(reason(&answer), expected);
    }
    let mut odd = settle(&id, None, "move-0006");
    odd["input"]["gridCode"] = json!(GRID);
    assert_eq!(
        refused(&house.run(&civil, MOVE, odd).await),
        ("GRID_WITHOUT_COMMUNITY".into(), "input.gridCode".into())
    );
    let nowhere = house
        .run(&civil, MOVE, settle(&id, Some("230103001009"), "move-0007"))
        .await;
    assert_eq!(reason(&nowhere), "DIVISION_NOT_FOUND");
}

#[tokio::test]
async fn a_repeated_move_answers_the_same_when_the_resident_is_out_of_reach() {
    let house = House::open().await;
    let id = house.registered(1).await;
    let query = "mutation($input: MoveResidentInput!) {
        moveResident(input: $input) { resident { id community { divisionCode } } } }";
    let asked = settle(&id, Some(ELSEWHERE), "move-0001");
    let first = data(house.run(&staff(), query, asked.clone()).await);
    assert_eq!(
        first["moveResident"]["resident"]["community"]["divisionCode"],
        ELSEWHERE
    );
    assert_eq!(data(house.run(&staff(), query, asked).await), first);
    let other = settle(&id, None, "move-0001");
    assert_eq!(
        reason(&house.run(&staff(), query, other).await),
        "IDEMPOTENCY_KEY_REUSED"
    );
}

#[tokio::test]
async fn records_a_death_once_and_tells_the_others() {
    let house = House::open().await;
    let id = house.registered(1).await;
    let grid_worker = caller(Role::GridWorker, "230103001001");
    for (caller, expected) in [
        (nobody(), "UNAUTHENTICATED"),
        (grid_worker, "FORBIDDEN"),
        (staff_elsewhere(), "FORBIDDEN"),
    ] {
        let answer = house
            .run(&caller, DEATH, death(&id, "2026-03-01", "death-0001"))
            .await;
        assert_eq!(reason(&answer), expected);
    }
    let future = house
        .run(&staff(), DEATH, death(&id, "2026-03-03", "death-0001"))
        .await;
    assert_eq!(
        refused(&future),
        ("DEATH_DATE".into(), "input.diedOn".into())
    );
    let first = data(
        house
            .run(&staff(), DEATH, death(&id, "2026-03-01", "death-0001"))
            .await,
    );
    assert_eq!(first["recordDeath"]["resident"]["status"], "DECEASED");
    let again = data(
        house
            .run(&staff(), DEATH, death(&id, "2026-03-01", "death-0001"))
            .await,
    );
    assert_eq!(first, again);
    let twice = house
        .run(&staff(), DEATH, death(&id, "2026-03-01", "death-0002"))
        .await;
    assert_eq!(reason(&twice), "RESIDENT_STATUS");
    let back = house
        .run(
            &staff(),
            MOVE,
            settle(&id, Some(NEXT_COMMUNITY), "death-0003"),
        )
        .await;
    assert_eq!(reason(&back), "RESIDENT_STATUS");
    let told: Vec<String> = sqlx::query_scalar(
        "SELECT data->>'status' FROM kit.outbox
         WHERE subject = 'smartdata.resident.changed' ORDER BY position",
    )
    .fetch_all(&house.service.db.owner)
    .await
    .unwrap();
    assert_eq!(told, ["ALIVE", "DECEASED"]);
}

#[tokio::test]
async fn looks_up_a_number_for_staff_with_a_purpose_and_logs_it() {
    let house = House::open().await;
    let id = house.registered(1).await;
    let wanted = json!({ "citizenId": citizen_id(1) });
    for (caller, expected) in [
        (nobody(), "UNAUTHENTICATED"),
        (neighbour(), "FORBIDDEN"),
        (admin(), "FORBIDDEN"),
        (staff(), "PURPOSE_REQUIRED"),
    ] {
        assert_eq!(
            reason(&house.run(&caller, FIND, wanted.clone()).await),
            expected
        );
    }
    let bad = house
        .run(&staff_for("补登"), FIND, json!({ "citizenId": "1" }))
        .await;
    assert_eq!(
        refused(&bad),
        ("CITIZEN_ID_LENGTH".into(), "citizenId".into())
    );
    let elsewhere = staff_elsewhere().for_purpose("补登");
    let none = data(house.run(&elsewhere, FIND, wanted.clone()).await);
    assert!(none["residentByCitizenId"].is_null());
    assert_eq!(house.count("access_log").await, 0);
    // The neighbour, the administrator and the staff of elsewhere left a trace.
    let denied = "kit.audit_log WHERE outcome = 'denied' AND action = 'findResident'";
    assert_eq!(house.count(denied).await, 3);
    // So did a number that nobody has.
    let unknown = json!({ "citizenId": citizen_id(2) });
    let none = data(house.run(&staff_for("补登"), FIND, unknown).await);
    assert!(none["residentByCitizenId"].is_null());
    let tried = "kit.audit_log WHERE action = 'findResident' AND detail @> '{\"found\": false}'";
    assert_eq!(house.count(tried).await, 1);
    let found = data(house.run(&staff_for("补登"), FIND, wanted).await);
    assert_eq!(
        found["residentByCitizenId"],
        json!({ "id": id, "name": "王秀兰" })
    );
    assert_eq!(
        house
            .count("access_log WHERE fields @> ARRAY['NAME', 'CITIZEN_ID']")
            .await,
        1
    );
}

#[tokio::test]
async fn lists_only_the_division_of_the_caller() {
    let house = House::open().await;
    for n in 1..=3 {
        house.registered(n).await;
    }
    let first = data(house.run(&staff(), LIST, json!({ "first": 2 })).await)["residents"].clone();
    assert_eq!(first["nodes"].as_array().unwrap().len(), 2);
    assert_eq!(first["nodes"][0]["name"], "王**");
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    let after = json!({ "after": first["pageInfo"]["endCursor"] });
    let rest = data(house.run(&staff(), LIST, after).await)["residents"].clone();
    assert_eq!(rest["nodes"].as_array().unwrap().len(), 1);
    for stranger in [staff_elsewhere(), neighbour()] {
        let none = data(house.run(&stranger, LIST, json!({})).await);
        assert_eq!(none["residents"]["nodes"], json!([]));
    }
    assert_eq!(
        reason(&house.run(&nobody(), LIST, json!({})).await),
        "UNAUTHENTICATED"
    );
    let moved = data(
        house
            .run(&staff(), LIST, json!({ "status": "MOVED" }))
            .await,
    );
    assert_eq!(moved["residents"]["nodes"], json!([]));
    // In full, each of the three is logged.
    data(house.run(&staff_for("核对名册"), LIST, json!({})).await);
    assert_eq!(house.count("access_log").await, 3);
}

/// What a list shows in SQL is what the policies say one by one.
#[tokio::test]
async fn the_list_and_the_policies_agree_for_every_role_and_division() {
    let house = House::open().await;
    let mut all = Vec::new();
    for (n, community) in [(1, "230103001001"), (2, NEXT_COMMUNITY), (3, ELSEWHERE)] {
        let mut input = registration(n);
        input["input"]["communityCode"] = json!(community);
        input["input"]["gridCode"] = Value::Null;
        let city = caller(Role::CivilAffairs, "230100000000");
        let answer = data(house.run(&city, REGISTER, input).await);
        let id = answer["registerResident"]["resident"]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        all.push((id, community.parse::<kernel::DivisionCode>().unwrap()));
    }
    let ids = "{ residents(first: 100) { nodes { id } } }";
    let places = [
        "230000000000",
        "230100000000",
        "230103000000",
        "230103001000",
        "230103001001",
        ELSEWHERE,
        "440000000000",
    ];
    for role in Role::ALL {
        for place in places {
            let caller = caller(*role, place);
            let listed = data(house.run(&caller, ids, json!({})).await);
            let listed = listed["residents"]["nodes"].as_array().unwrap().clone();
            for (id, community) in &all {
                let resident = kit::auth::Resource::new("Resident", id)
                    .in_division(*community)
                    .with("purpose", false)
                    .with("demo", true);
                let policies = &house.state.core.policies;
                let may = policies.allows(&caller.actor, "readMaskedData", &resident);
                let shown = listed.iter().any(|node| node["id"] == json!(id));
                let overseer = matches!(role, Role::Auditor | Role::PlatformAdmin);
                let below = community
                    .as_str()
                    .starts_with(caller.actor.division.unwrap().prefix());
                assert_eq!(
                    shown,
                    may || overseer && below,
                    "{role} of {place}: {community}"
                );
            }
        }
    }
}
