//! Registering and changing organisations, through the real schema.

use serde_json::{Value, json};
use testkit::service::{caller, data, reason};

use crate::support::{
    CODES, COUNTY, DEAD, House, REGISTER, WANG, community_staff, manager, nobody, register,
    registrar, registrar_elsewhere, resident,
};

const CHANGE: &str = "mutation($input: RecordChangeInput!) {
    recordChange(input: $input) { organization { id name uscc status version fields } } }";
const READ: &str = "query($id: ID!) { organization(id: $id) { id name } }";

fn with(mut variables: Value, field: &str, value: Value) -> Value {
    variables["input"][field] = value;
    variables
}

async fn refused(house: &House, variables: Value) -> (String, Value) {
    let answer = house.run(&registrar(), REGISTER, variables).await;
    (
        reason(&answer),
        answer["errors"][0]["extensions"]["field"].clone(),
    )
}

#[tokio::test]
async fn a_registered_organisation_is_a_legal_person_and_is_told_of() {
    let house = House::open().await;
    let one = house.registered(0).await;
    assert_eq!(one["status"], "REGISTERED");
    assert_eq!(one["usccCheck"], "OK");
    assert_eq!(one["registeredOn"], "2020-05-06");
    assert_eq!(one["registrarDivision"]["code"], COUNTY);
    assert_eq!(
        (&one["legalPerson"], &one["mayBid"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(one["elderCareCapable"], false);
    assert_eq!(house.told("incubation.organization.changed").await, 1);
    // The register is public.
    let read = data(house.run(&nobody(), READ, json!({ "id": one["id"] })).await);
    assert_eq!(read["organization"]["name"], one["name"]);
}

#[tokio::test]
async fn the_same_key_answers_the_same_organisation() {
    let house = House::open().await;
    let first = house.registered(0).await;
    assert_eq!(house.registered(0).await, first);
    let other = with(register(0), "name", json!("另一个中心"));
    assert_eq!(refused(&house, other).await.0, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(house.told("incubation.organization.changed").await, 1);
}

#[tokio::test]
async fn refuses_a_code_that_another_organisation_has() {
    let house = House::open().await;
    house.registered(0).await;
    let again = with(register(1), "uscc", json!(CODES[0]));
    assert_eq!(
        refused(&house, again).await,
        ("USCC_EXISTS".into(), json!("input.uscc"))
    );
}

#[tokio::test]
async fn an_early_code_is_accepted_for_a_reason_that_is_kept() {
    let house = House::open().await;
    let early = with(register(0), "uscc", json!("91350100M0001TGQXM"));
    let early = with(early, "kind", json!("ENTERPRISE"));
    assert_eq!(
        refused(&house, early.clone()).await,
        ("USCC_CHECK_DIGIT".into(), json!("input.uscc"))
    );
    let kept = with(early, "overrideReason", json!("证照原件核对无误"));
    let answer = data(house.run(&registrar(), REGISTER, kept).await);
    let one = &answer["registerOrganization"]["organization"];
    assert_eq!(one["usccCheck"], "LEGACY_OVERRIDE");
    assert_eq!(one["usccOverride"]["reason"], "证照原件核对无误");
    assert_eq!(one["usccOverride"]["by"], registrar().actor.subject);
}

#[tokio::test]
async fn refuses_malformed_input_by_field() {
    let house = House::open().await;
    for (field, value, expected, at) in [
        (
            "kind",
            json!("FOUNDATION"),
            "USCC_KIND_MISMATCH",
            "input.uscc",
        ),
        ("kind", json!("FILED"), "KIND_IS_FILED", "input.kind"),
        ("uscc", json!("5223"), "USCC_LENGTH", "input.uscc"),
        ("name", json!(""), "TEXT_LENGTH", "input.name"),
        (
            "registeredOn",
            json!("2026-03-03"),
            "DAY_IN_FUTURE",
            "input.registeredOn",
        ),
        (
            "relatedResidents",
            json!([resident(DEAD)]),
            "RELATED_RESIDENT_UNKNOWN",
            "input.relatedResidents",
        ),
        (
            "relatedResidents",
            json!(["x"]),
            "GLOBAL_ID_MALFORMED",
            "input.relatedResidents",
        ),
    ] {
        let found = refused(&house, with(register(0), field, value)).await;
        assert_eq!(found, (expected.to_owned(), json!(at)), "{field}");
    }
    let low = with(register(0), "registrarDivision", json!("230103001000"));
    assert_eq!(refused(&house, low).await.0, "REGISTRAR_LEVEL");
    let short = with(register(0), "idempotencyKey", json!("short"));
    let answer = house.run(&registrar(), REGISTER, short).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
}

#[tokio::test]
async fn refuses_those_who_may_not_register() {
    let house = House::open().await;
    let anonymous = house.run(&nobody(), REGISTER, register(0)).await;
    assert_eq!(reason(&anonymous), "UNAUTHENTICATED");
    for caller in [registrar_elsewhere(), community_staff()] {
        let answer = house.run(&caller, REGISTER, register(0)).await;
        assert_eq!(reason(&answer), "FORBIDDEN");
    }
    // The administrator enters organisations that exist already.
    let admin = caller(kit::auth::Role::PlatformAdmin, COUNTY);
    data(house.run(&admin, REGISTER, register(0)).await);
}

fn change(one: &Value, key: &str, field: &str, value: Value) -> Value {
    let input = json!({ "input": {
        "idempotencyKey": key, "organizationId": one["id"], "version": one["version"] } });
    with(input, field, value)
}

#[tokio::test]
async fn an_application_is_hidden_until_its_code_is_entered_and_it_is_registered() {
    let house = House::open().await;
    let mut application = register(0);
    application["input"]["uscc"] = Value::Null;
    let answer = data(house.run(&registrar(), REGISTER, application).await);
    let one = answer["registerOrganization"]["organization"].clone();
    assert_eq!(
        (&one["status"], &one["legalPerson"]),
        (&json!("PREPARING"), &json!(false))
    );
    let id = json!({ "id": one["id"] });
    assert_eq!(
        data(house.run(&nobody(), READ, id.clone()).await)["organization"],
        Value::Null
    );
    let own = data(house.run(&manager(&one), READ, id.clone()).await);
    assert_eq!(own["organization"]["id"], one["id"]);

    let enter = change(&one, "key-change-01", "uscc", json!(CODES[0]));
    let answer = data(house.run(&registrar(), CHANGE, enter).await);
    assert_eq!(answer["recordChange"]["organization"]["uscc"], CODES[0]);
    let set = "mutation($input: SetOrganizationStatusInput!) {
        setOrganizationStatus(input: $input) { organization { status registeredOn } } }";
    let input = json!({ "input": { "idempotencyKey": "key-status-01",
        "organizationId": one["id"], "status": "REGISTERED", "reason": "准予登记" } });
    let answer = data(house.run(&registrar(), set, input).await);
    let registered = &answer["setOrganizationStatus"]["organization"];
    assert_eq!(registered["registeredOn"], "2026-03-02");
    let seen = data(house.run(&nobody(), READ, id).await);
    assert_eq!(seen["organization"]["id"], one["id"]);
}

#[tokio::test]
async fn a_change_is_recorded_once_against_the_version_it_was_written_for() {
    let house = House::open().await;
    let one = house.registered(0).await;
    let rename = change(&one, "key-change-01", "name", json!("新花园中心"));
    let first = data(house.run(&registrar(), CHANGE, rename.clone()).await);
    let changed = first["recordChange"]["organization"].clone();
    assert_eq!(
        (&changed["name"], &changed["version"]),
        (&json!("新花园中心"), &json!(2))
    );
    let again = data(house.run(&registrar(), CHANGE, rename).await);
    assert_eq!(again["recordChange"]["organization"], changed);
    let stale = change(&one, "key-change-02", "name", json!("又一个名字"));
    let answer = house.run(&registrar(), CHANGE, stale).await;
    assert_eq!(reason(&answer), "VERSION_CONFLICT");
    let reused = change(&changed, "key-change-01", "name", json!("又一个名字"));
    let answer = house.run(&registrar(), CHANGE, reused).await;
    assert_eq!(reason(&answer), "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test]
async fn refuses_changes_that_may_not_be() {
    let house = House::open().await;
    let one = house.registered(0).await;
    let other = house.registered(1).await;
    let rename = |key| change(&one, key, "name", json!("新名"));
    for (caller, expected) in [
        (nobody(), "UNAUTHENTICATED"),
        (registrar_elsewhere(), "FORBIDDEN"),
        (community_staff(), "FORBIDDEN"),
        (manager(&one), "FORBIDDEN"),
    ] {
        let answer = house.run(&caller, CHANGE, rename("key-change-01")).await;
        assert_eq!(reason(&answer), expected);
    }
    for (key, field, value, expected) in [
        ("key-change-02", "uscc", json!(CODES[2]), "USCC_FIXED"),
        ("key-change-03", "name", json!(" "), "TEXT_LENGTH"),
        (
            "key-change-04",
            "name",
            other["name"].clone(),
            "ORGANIZATION_NAME_EXISTS",
        ),
        ("key-change-05", "name", Value::Null, "NOTHING_CHANGES"),
        (
            "key-change-06",
            "organizationId",
            resident(WANG),
            "GLOBAL_ID_WRONG_KIND",
        ),
    ] {
        let answer = house
            .run(&registrar(), CHANGE, change(&one, key, field, value))
            .await;
        assert_eq!(reason(&answer), expected);
    }
}

#[tokio::test]
async fn related_people_are_shown_to_few_and_every_look_is_recorded() {
    const PEOPLE: &str = "query($id: ID!) { organization(id: $id) { relatedResidents { id } } }";
    let house = House::open().await;
    let one = house.registered(0).await;
    let id = json!({ "id": one["id"] });
    let auditor = caller(kit::auth::Role::Auditor, COUNTY);
    for caller in [registrar(), manager(&one), auditor] {
        let answer = data(house.run(&caller, PEOPLE, id.clone()).await);
        assert_eq!(
            answer["organization"]["relatedResidents"][0]["id"],
            resident(WANG)
        );
    }
    for caller in [nobody(), registrar_elsewhere(), community_staff()] {
        let answer = house.run(&caller, PEOPLE, id.clone()).await;
        assert_eq!(reason(&answer), "FORBIDDEN");
        assert_eq!(
            answer["data"]["organization"]["relatedResidents"],
            Value::Null
        );
    }
    let looks: i64 =
        sqlx::query_scalar("SELECT count(*) FROM kit.audit_log WHERE action = 'readRelatedPeople'")
            .fetch_one(&house.service.db.owner)
            .await
            .unwrap();
    assert_eq!(looks, 3);
}
