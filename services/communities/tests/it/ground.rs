//! Who governs, and the ways to what most cases begin with: lists in force,
//! admitted work, premises, pilots. Each step goes through the real schema.

use chrono::TimeDelta;
use kit::auth::{Caller, Role};
use serde_json::{Value, json};
use testkit::service::caller;

use crate::{
    peers::ORGANIZATION,
    support::{House, staff, voter},
};

pub const COUNTY: &str = "230103000000";
pub const CITY: &str = "230100000000";

/// Civil affairs of the county.
pub fn county() -> Caller {
    let mut one = caller(Role::CivilAffairs, COUNTY);
    one.actor.subject = "county-official".into();
    one
}

/// Civil affairs of the city.
pub fn city() -> Caller {
    let mut one = caller(Role::CivilAffairs, CITY);
    one.actor.subject = "city-official".into();
    one
}

/// The community, as the graph names it.
pub fn here(house: &House) -> Value {
    json!(kit::graph::global(house.community.id))
}

/// The input of a mutation that takes only an id.
pub fn only(id: &Value) -> Value {
    json!({ "id": id })
}

/// A mutation that must succeed; the first field of its payload.
pub async fn done(house: &House, who: &Caller, verb: &str, input: &Value, want: &str) -> Value {
    let payload = house.act(who, verb, input, want).await;
    let (_, value) = payload.as_object().unwrap().iter().next().unwrap();
    value.clone()
}

/// The whole refusal of a mutation: its reason, and the field it is about.
pub async fn told(house: &House, who: &Caller, verb: &str, input: &Value) -> (String, Value) {
    let answer = house.try_act(who, verb, input, "__typename").await;
    let field = answer["errors"][0]["extensions"]["field"].clone();
    (testkit::service::reason(&answer), field)
}

pub fn list(kind: &str) -> Value {
    json!({ "kind": kind, "divisionCode": COUNTY, "title": "社区清单", "basisDocument": "民发〔2026〕1号" })
}

pub fn item(list: &Value, code: &str) -> Value {
    json!({ "listId": list, "code": code, "title": "出具居住证明", "basisDocument": "民发〔2026〕1号",
            "department": "民政局", "period": "AS_NEEDED" })
}

/// A draft of the county with one item.
pub async fn drafted(house: &House, kind: &str) -> (Value, Value) {
    let made = done(
        house,
        &county(),
        "draftWorkList",
        &list(kind),
        "list { id }",
    )
    .await;
    let id = made["id"].clone();
    let item = done(
        house,
        &county(),
        "addWorkListItem",
        &item(&id, "A-1"),
        "item { id }",
    )
    .await;
    (id, item["id"].clone())
}

/// The comments of a draft are over, and it is approved.
pub async fn approved(house: &House, list: &Value) {
    done(
        house,
        &county(),
        "openWorkListComment",
        &only(list),
        "list { id }",
    )
    .await;
    house.service.clock.advance(TimeDelta::days(7));
    let input = json!({ "listId": list, "approvalDocument": "市民〔2026〕9号" });
    done(house, &county(), "approveWorkList", &input, "list { id }").await;
}

/// A list of the county in force, with one item.
pub async fn in_force(house: &House, kind: &str) -> (Value, Value) {
    let (list, item) = drafted(house, kind).await;
    approved(house, &list).await;
    done(
        house,
        &county(),
        "enforceWorkList",
        &only(&list),
        "list { id }",
    )
    .await;
    (list, item)
}

pub fn task(house: &House, item: &Value) -> Value {
    let due = house.service.core.clock.now() + TimeDelta::days(30);
    json!({ "communityId": here(house), "itemId": item, "title": "低保复核",
            "description": "入户核对低保家庭情况", "dueOn": due.date_naive().to_string() })
}

/// A task that was given to the community.
pub async fn assigned(house: &House) -> Value {
    let (_, item) = in_force(house, "ASSIST").await;
    done(
        house,
        &county(),
        "assignTask",
        &task(house, &item),
        "task { id }",
    )
    .await["id"]
        .clone()
}

pub fn admission(house: &House, starts: &str) -> Value {
    json!({ "communityId": here(house), "department": "统计局", "title": "人口抽样调查",
            "content": "入户登记", "basisDocument": "统字〔2026〕3号", "startsOn": starts,
            "funding": 500_000, "staffing": 2 })
}

/// An application that was approved, with money and staff.
pub async fn admitted(house: &House) -> Value {
    let asked = admission(house, "2026-09-01");
    let made = done(
        house,
        &county(),
        "submitAdmission",
        &asked,
        "admission { id }",
    )
    .await;
    let id = made["id"].clone();
    let opinion = json!({ "admissionId": id, "supports": true, "opinion": "可以承担" });
    done(
        house,
        &staff(),
        "giveAdmissionOpinion",
        &opinion,
        "admission { id }",
    )
    .await;
    done(
        house,
        &county(),
        "reviewAdmission",
        &only(&id),
        "admission { id }",
    )
    .await;
    let decision = json!({ "admissionId": id, "approve": true, "grantedFunding": 400_000,
                           "grantedStaffing": 2, "note": "经费已落实" });
    done(
        house,
        &county(),
        "decideAdmission",
        &decision,
        "admission { id }",
    )
    .await;
    id
}

/// An evaluation that opens in an hour for a week, of two dimensions.
pub async fn announced(house: &House) -> (Value, Vec<Value>) {
    let opens = house.service.core.clock.now() + TimeDelta::hours(1);
    let input = json!({ "communityId": here(house), "title": "2026 年度评价",
        "opensAt": opens, "closesAt": opens + TimeDelta::days(7),
        "dimensions": [{ "code": "SERVICE", "title": "为民服务", "weight": 60 },
                       { "code": "OPEN", "title": "居务公开", "weight": 40 }] });
    let want = "evaluation { id dimensions { id } }";
    let made = done(house, &county(), "openCommitteeEvaluation", &input, want).await;
    let ids = made["dimensions"].as_array().unwrap();
    (
        made["id"].clone(),
        ids.iter().map(|one| one["id"].clone()).collect(),
    )
}

pub fn slip(evaluation: &Value, dimensions: &[Value], scores: [i32; 2]) -> Value {
    json!({ "evaluationId": evaluation, "scores": [
        { "dimensionId": dimensions[0], "score": scores[0] },
        { "dimensionId": dimensions[1], "score": scores[1] }] })
}

/// Three residents have rated, and the result is published.
pub async fn published(house: &House, scores: [i32; 2]) -> (Value, Vec<Value>) {
    let (id, dimensions) = announced(house).await;
    house.service.clock.advance(TimeDelta::hours(2));
    for n in 0..3 {
        let slip = slip(&id, &dimensions, scores);
        done(
            house,
            &voter(n),
            "rateCommittee",
            &slip,
            "evaluation { id }",
        )
        .await;
    }
    house.service.clock.advance(TimeDelta::days(7));
    for verb in ["closeCommitteeEvaluation", "publishCommitteeEvaluation"] {
        done(house, &county(), verb, &only(&id), "evaluation { id }").await;
    }
    (id, dimensions)
}

pub fn premises(house: &House, name: &str) -> Value {
    json!({ "communityId": here(house), "name": name, "totalM2": 1000, "officeM2": 200,
            "activityM2": 600, "surveyedOn": "2026-02-01", "document": "测绘〔2026〕1号" })
}

pub fn organization(n: u128) -> Value {
    let id = kernel::keys::OrganizationId::from_uuid(uuid::Uuid::from_u128(n));
    json!(kit::graph::global(id))
}

pub fn space(premises: &Value, kind: &str, area: i32) -> Value {
    json!({ "premisesId": premises, "organizationId": organization(ORGANIZATION.as_u128()), "applicantKind": kind,
            "purpose": "居家养老服务站", "areaM2": area, "startsOn": "2026-03-01", "untilOn": "2028-03-01" })
}

pub fn allocation(application: &Value, area: i32, ceded: bool) -> Value {
    json!({ "applicationId": application, "areaM2": area, "ceded": ceded,
            "startsOn": "2026-03-01", "untilOn": "2028-03-01" })
}

/// Premises of 1000 m², 200 of them offices.
pub async fn housed(house: &House) -> Value {
    let input = premises(house, "社区服务中心");
    done(
        house,
        &staff(),
        "registerPremises",
        &input,
        "premises { id }",
    )
    .await["id"]
        .clone()
}

/// Applied for by staff: the id of the application.
pub async fn applied(house: &House, input: &Value) -> Value {
    let want = "application { id }";
    done(house, &staff(), "applyForSpace", input, want).await["id"].clone()
}

/// Given by staff: the id of the allocation.
pub async fn given(house: &House, input: &Value) -> Value {
    let want = "allocation { id }";
    done(house, &staff(), "allocateSpace", input, want).await["id"].clone()
}

/// So many square metres of the offices are ceded.
pub async fn ceded(house: &House, premises: &Value, area: i32) -> Value {
    let asked = applied(house, &space(premises, "ELDER_CARE_ORGANIZATION", area)).await;
    given(house, &allocation(&asked, area, true)).await
}

pub async fn drafted_pilot(house: &House) -> Value {
    let input = json!({ "communityId": here(house), "reason": "群众基础好,场地齐备" });
    done(house, &staff(), "draftPilot", &input, "pilot { id }").await["id"].clone()
}

pub fn evidence(pilot: &Value, criterion: &str, status: &str) -> Value {
    json!({ "pilotId": pilot, "criterion": criterion, "status": status, "evidence": "现场核验" })
}

pub const FACILITIES: &[&str] = &[
    "DAY_CARE_ROOM",
    "ACTIVITY_ROOM",
    "SOCIAL_WORK_ROOM",
    "CULTURE_WALL",
];

/// Everything is shown; the facilities as said.
pub async fn attested(house: &House, pilot: &Value, facilities: &str) {
    let query = "query($id: ID!) { pilot(id: $id) { gate { code facility } } }";
    let found = house.run(&staff(), query, json!({ "id": pilot })).await;
    let gate = testkit::service::data(found)["pilot"]["gate"].clone();
    for item in gate.as_array().unwrap() {
        let status = if item["facility"] == true {
            facilities
        } else {
            "MET"
        };
        let shown = evidence(pilot, item["code"].as_str().unwrap(), status);
        done(house, &county(), "attestPilot", &shown, "evidence { id }").await;
    }
}

/// Recommended by the county, under review by the city.
pub async fn reviewed(house: &House, pilot: &Value) {
    let input = json!({ "pilotId": pilot, "countyDocument": "区民〔2026〕5号" });
    done(house, &county(), "recommendPilot", &input, "pilot { id }").await;
    done(house, &city(), "reviewPilot", &only(pilot), "pilot { id }").await;
}

pub fn approval(pilot: &Value, batch: i32) -> Value {
    json!({ "pilotId": pilot, "batch": batch, "approvalDocument": "市民〔2026〕12号" })
}
