//! What tests of sharing share: both sides, the authority, the way to a grant.

use kernel::keys::OrganizationId;
use kit::auth::{Caller, Role};
use serde_json::{Value, json};
use testkit::service::{caller, data};
use uuid::Uuid;

use crate::support::House;

pub const PROVIDER: Uuid = Uuid::from_u128(0xa1);
pub const CONSUMER: Uuid = Uuid::from_u128(0xb2);
pub const COUNTY: &str = "230103000000";

fn department(organization: Uuid, subject: &str) -> Caller {
    let mut one = caller(Role::CivilAffairs, COUNTY);
    one.actor.subject = subject.into();
    one.actor.organization_id = Some(organization);
    one
}

/// Whoever acts for the department that provides.
pub fn provider() -> Caller {
    department(PROVIDER, "provider")
}

/// Whoever acts for the department that uses.
pub fn consumer() -> Caller {
    department(CONSUMER, "consumer")
}

/// Another department.
pub fn third() -> Caller {
    department(Uuid::from_u128(0xc3), "third")
}

pub fn authority() -> Caller {
    let mut one = caller(Role::PlatformAdmin, COUNTY);
    one.actor.subject = "authority".into();
    one
}

pub fn auditor() -> Caller {
    caller(Role::Auditor, COUNTY)
}

pub fn organization(id: Uuid) -> String {
    OrganizationId::from_uuid(id).to_global()
}

/// Calls a mutation; answers the whole response.
pub async fn call(
    house: &House,
    who: &Caller,
    (name, selection): (&str, &str),
    key: &str,
    mut input: Value,
) -> Value {
    let kind = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
    let query = format!("mutation($input: {kind}!) {{ {name}(input: $input) {{ {selection} }} }}");
    input["idempotencyKey"] = json!(format!("{name}-{key}"));
    house.run(who, &query, json!({ "input": input })).await
}

/// What a mutation that must succeed answers.
pub async fn done(
    house: &House,
    who: &Caller,
    what: (&str, &str),
    key: &str,
    input: Value,
) -> Value {
    data(call(house, who, what, key, input).await)[what.0].clone()
}

pub fn residents(class: &str) -> Value {
    json!({
        "code": "RESIDENT_BASIC", "name": "常住人口基本信息", "providerName": "民政局",
        "divisionCode": COUNTY, "dataset": "RESIDENT", "class": class,
        "condition": if class == "CONDITIONAL" { json!("说明用途并指定专人") } else { Value::Null },
        "fields": ["NAME", "CITIZEN_ID", "STATUS", "VERIFIED", "BIRTH_DATE"],
        "updateCycle": "REAL_TIME",
    })
}

pub fn grids() -> Value {
    json!({
        "code": "GRIDS", "name": "网格", "providerName": "民政局", "divisionCode": COUNTY,
        "dataset": "GRID", "class": "UNCONDITIONAL", "updateCycle": "MONTHLY",
        "fields": ["GRID_CODE", "GRID_NAME", "COMMUNITY_CODE"],
    })
}

/// An entry of the catalogue; answers its id.
pub async fn published(house: &House, entry: Value) -> Value {
    let key = entry["code"].as_str().unwrap().to_owned();
    let what = ("publishDataResource", "dataResource { id }");
    done(house, &provider(), what, &key, entry).await["dataResource"]["id"].clone()
}

pub fn request(resource: &Value, fields: Value, basis: Value) -> Value {
    json!({
        "resourceId": resource, "consumerName": "卫生健康局", "purpose": "老年人健康建档",
        "statutoryBasis": basis, "fields": fields, "rowDivisionCode": "230103001000",
        "until": "2026-12-31",
    })
}

/// A request; answers its id.
pub async fn requested(house: &House, key: &str, input: Value) -> Value {
    let what = ("submitShareRequest", "shareRequest { id }");
    done(house, &consumer(), what, key, input).await["shareRequest"]["id"].clone()
}

/// A grant of conditional data, resting on a law or (none) on consent; answers
/// the ids of the entry and the grant.
pub async fn granted(house: &House, basis: Value) -> (Value, Value) {
    let resource = published(house, residents("CONDITIONAL")).await;
    let input = request(&resource, json!(["NAME", "STATUS"]), basis);
    let id = requested(house, "granted", input).await;
    let fine = json!({ "shareRequestId": id, "compliant": true });
    let state = "shareRequest { state }";
    let checked = done(
        house,
        &authority(),
        ("checkShareRequest", state),
        "granted",
        fine,
    )
    .await;
    assert_eq!(checked["shareRequest"]["state"], "REPLYING");
    let yes = json!({ "shareRequestId": id, "agreed": true });
    done(
        house,
        &provider(),
        ("replyShareRequest", state),
        "granted",
        yes,
    )
    .await;
    let list = data(
        house
            .run(
                &consumer(),
                "{ shareGrants(first: 5) { nodes { id } } }",
                json!({}),
            )
            .await,
    );
    (resource, list["shareGrants"]["nodes"][0]["id"].clone())
}

/// Reads through a grant; answers the whole response.
pub async fn read(
    house: &House,
    who: &Caller,
    grant: &Value,
    subject: &str,
    fields: &str,
) -> Value {
    let query = format!(
        "query($id: ID!, $subject: String!) {{
             sharedData(shareGrantId: $id, subject: $subject, fields: [{fields}]) {{ field value }} }}"
    );
    let variables = json!({ "id": grant, "subject": subject });
    house.run(who, &query, variables).await
}
