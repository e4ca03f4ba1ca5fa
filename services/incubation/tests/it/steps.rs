//! The steps of the stories, so that a test says only what it is about.

use std::sync::atomic::{AtomicUsize, Ordering};

use kernel::keys::CommunityId;
use kit::{
    auth::{Caller, Role},
    graph::global,
};
use serde_json::{Value, json};
use testkit::service::{caller, data, reason};
use uuid::Uuid;

use crate::support::{
    COMMUNITY, GARDEN, House, OTHERS, PROVINCE, REGISTER, community_staff, manager, register,
    registrar, resident,
};

/// Runs a mutation under a key of its own, where the input has none.
pub async fn ask(
    house: &House,
    who: &Caller,
    field: &str,
    mut input: Value,
    select: &str,
) -> Value {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    if input["idempotencyKey"].is_null() {
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        input["idempotencyKey"] = json!(format!("step-{n:08}"));
    }
    let kind = format!("{}{}Input", field[..1].to_uppercase(), &field[1..]);
    let query = format!("mutation($input: {kind}!) {{ {field}(input: $input) {{ {select} }} }}");
    house.run(who, &query, json!({ "input": input })).await
}

/// What it answers, which is no error.
pub async fn done(house: &House, who: &Caller, field: &str, input: Value, select: &str) -> Value {
    data(ask(house, who, field, input, select).await)[field].clone()
}

/// Why it was refused.
pub async fn no(house: &House, who: &Caller, field: &str, input: Value) -> String {
    reason(&ask(house, who, field, input, "__typename").await)
}

/// The field that a refusal points at.
pub async fn no_at(house: &House, who: &Caller, field: &str, input: Value) -> (String, String) {
    let answer = ask(house, who, field, input, "__typename").await;
    let at = &answer["errors"][0]["extensions"]["field"];
    (reason(&answer), at.as_str().unwrap_or_default().to_owned())
}

/// What a query answers.
pub async fn seen(house: &House, who: &Caller, query: &str) -> Value {
    data(house.run(who, &format!("{{ {query} }}"), json!({})).await)
}

pub fn community(id: Uuid) -> Value {
    json!(global(CommunityId::from_uuid(id)))
}

/// The bureau attests a pilot.
pub fn pilot(id: Uuid, area: i32, as_of: &str) -> Value {
    json!({ "communityId": community(id), "areaM2": area, "active": true, "asOf": as_of,
        "document": "试点批复" })
}

/// An organisation of the province.
pub async fn provincial(house: &House, n: usize) -> Value {
    let mut new = register(n);
    new["input"]["registrarDivision"] = json!(PROVINCE);
    let answer = house
        .run(&caller(Role::CivilAffairs, PROVINCE), REGISTER, new)
        .await;
    data(answer)["registerOrganization"]["organization"].clone()
}

pub const ITEMS: [&str; 6] = [
    "GENERAL_SUPPORT",
    "CAPACITY_BUILDING",
    "PROFESSIONAL_SERVICE",
    "FIXED_PREMISES",
    "SIGN",
    "BOARDS",
];

pub fn look(centre: &Value, item: &str, passed: bool) -> Value {
    json!({ "centreId": centre, "item": item, "passed": passed, "evidence": "现场核查",
        "photos": ["photo-1"], "on": "2026-03-02" })
}

pub fn mandate(centre: &Value, operator: &Value, from: &str, to: &str) -> Value {
    json!({ "centreId": centre, "operatorId": operator["id"], "validFrom": from,
        "validTo": to, "document": "委托运营协议" })
}

/// A centre of the garden community that is being set up.
pub async fn planned(house: &House) -> Value {
    let new = json!({ "communityId": community(GARDEN), "name": "花园双创中心", "areaM2": 1200 });
    let made = done(
        house,
        &community_staff(),
        "planIncubationCentre",
        new,
        "centre { id }",
    )
    .await;
    made["centre"]["id"].clone()
}

/// The same, whole and open, with who runs it.
pub async fn opened(house: &House) -> (Value, Value) {
    let centre = planned(house).await;
    let operator = provincial(house, 2).await;
    for item in ITEMS {
        let look = look(&centre, item, true);
        done(
            house,
            &community_staff(),
            "checkFacility",
            look,
            "__typename",
        )
        .await;
    }
    let granted = mandate(&centre, &operator, "2026-01-01", "2026-12-31");
    done(
        house,
        &registrar(),
        "grantOperationMandate",
        granted,
        "__typename",
    )
    .await;
    let input = json!({ "centreId": centre });
    done(
        house,
        &registrar(),
        "openIncubationCentre",
        input,
        "__typename",
    )
    .await;
    (centre, operator)
}

/// An adviser of the county.
pub async fn adviser(house: &House, n: usize, employer: Option<&Value>) -> Value {
    let new = json!({ "residentId": resident(OTHERS[n]), "divisionCode": "230103000000",
        "expertise": "SOCIAL_WORK", "qualification": "高级社会工作师",
        "employerId": employer.map(|of| of["id"].clone()) });
    let made = done(house, &registrar(), "enrolAdviser", new, "adviser { id }").await;
    made["adviser"]["id"].clone()
}

pub fn sheet(one: &Value, adviser: &Value, score: i32) -> Value {
    json!({ "incubateeId": one, "adviserId": adviser, "score": score, "opinion": "目标清楚" })
}

pub const STATE: &str = "incubatee { id state }";

/// An application of an organisation that has been screened.
pub async fn screened(house: &House, centre: &Value, body: &Value) -> Value {
    let input = json!({ "organizationId": body["id"], "centreId": centre,
        "goal": "独立承接居家养老" });
    let made = done(house, &manager(body), "applyForIncubation", input, STATE).await;
    let one = made["incubatee"]["id"].clone();
    let input = json!({ "incubateeId": one, "accepted": true });
    done(house, &community_staff(), "screenIncubatee", input, STATE).await;
    one
}

/// The same, reviewed and signed.
pub async fn signed(house: &House, centre: &Value, body: &Value) -> Value {
    let one = screened(house, centre, body).await;
    for n in 0..3 {
        let adviser = adviser(house, n, None).await;
        let sheet = sheet(&one, &adviser, 70);
        done(house, &registrar(), "reviewIncubatee", sheet, STATE).await;
    }
    let which = json!({ "incubateeId": one });
    done(house, &community_staff(), "concludeReview", which, STATE).await;
    let term = json!({ "incubateeId": one, "from": "2026-03-02", "to": "2027-03-01" });
    done(house, &community_staff(), "signIncubation", term, STATE).await;
    one
}

/// The same, moved in.
pub async fn incubating(house: &House, centre: &Value, body: &Value) -> Value {
    let one = signed(house, centre, body).await;
    let which = json!({ "incubateeId": one });
    done(house, &community_staff(), "startIncubation", which, STATE).await;
    one
}

pub fn growth(one: &Value, kind: &str, score: i32) -> Value {
    json!({ "incubateeId": one, "kind": kind, "score": score, "evidence": "评估报告",
        "on": "2026-03-02" })
}

/// A room with a deposit of ¥1000 in two stages.
pub fn room(centre: &Value, body: &Value, room: &str) -> Value {
    json!({ "centreId": centre, "organizationId": body["id"], "room": room, "areaM2": 40,
        "mission": "居家养老项目", "validFrom": "2026-03-02", "validTo": "2027-03-01",
        "deposit": { "amount": 100_000, "dueOn": "2026-03-31", "stages": [
            { "title": "中期", "amount": 40_000 }, { "title": "期末", "amount": 60_000 } ] } })
}

/// Such a room whose deposit is held.
pub async fn held(house: &House, centre: &Value, body: &Value) -> Value {
    let made = done(
        house,
        &community_staff(),
        "grantSpaceLicence",
        room(centre, body, "201"),
        "licence { id }",
    )
    .await;
    let licence = made["licence"]["id"].clone();
    let slip = json!({ "licenceId": licence, "slip": "回单 1" });
    done(
        house,
        &manager(body),
        "reportDepositPaid",
        slip,
        "__typename",
    )
    .await;
    let came = json!({ "licenceId": licence, "received": true });
    done(
        house,
        &crate::support::keeper(),
        "confirmDeposit",
        came,
        "__typename",
    )
    .await;
    licence
}

/// The service centre of the garden community; its body has the code `n`.
pub async fn community_centre(house: &House, n: usize) -> Value {
    let body = house.registered(n).await;
    let new = json!({ "level": "COMMUNITY", "communityId": community(GARDEN),
        "name": "花园社会组织服务中心", "organizationId": body["id"], "foundedOn": "2026-01-01" });
    let made = done(
        house,
        &registrar(),
        "establishServiceCentre",
        new,
        "centre { id }",
    )
    .await;
    made["centre"]["id"].clone()
}

/// An account for the money of a filed organisation.
pub async fn account(house: &House, centre: &Value, body: &Value) -> Value {
    let new = json!({ "centreId": centre, "organizationId": body["id"] });
    let made = done(
        house,
        &community_staff(),
        "openCustodyAccount",
        new,
        "account { id }",
    )
    .await;
    made["account"]["id"].clone()
}

/// Somebody else of the community.
pub fn colleague() -> Caller {
    let mut colleague = caller(Role::CommunityStaff, COMMUNITY);
    colleague.actor.subject = "test-colleague".into();
    colleague
}
