//! What tests of services share: who opens them, and the way of a case.

use kit::auth::{Caller, Role};
use serde_json::{Value, json};
use testkit::service::caller;

use crate::{
    sharing::{COUNTY, done},
    support::{House, staff},
};

/// Civil affairs of the county.
pub fn bureau() -> Caller {
    let mut one = caller(Role::CivilAffairs, COUNTY);
    one.actor.subject = "bureau".into();
    one
}

/// Whoever reviews for the platform.
pub fn reviewer() -> Caller {
    let mut one = caller(Role::PlatformAdmin, COUNTY);
    one.actor.subject = "reviewer".into();
    one
}

/// A service that is applied for: two lines the platform knows, one it asks,
/// one it asks where it has no phone number.
pub fn card() -> Value {
    let line = |key: &str, label: &str, source: Value| json!({ "key": key, "label": label, "source": source, "required": true });
    json!({
        "code": "OLD_AGE_CARD", "name": "老年优待证", "class": "GOVERNMENT",
        "divisionCode": COUNTY, "elements": [], "guide": "年满六十周岁的居民可申请",
        "basis": "《老年人权益保障法》第五十三条", "acceptDays": 1, "handleDays": 5,
        "form": [line("name", "姓名", json!("NAME")), line("number", "身份号码", json!("CITIZEN_ID")),
                 line("phone", "电话", json!("PHONE")), line("reason", "申请理由", Value::Null)],
    })
}

/// A service that is ordered.
pub fn meals(provider: Value) -> Value {
    let mut item = card();
    item["code"] = json!("MEALS");
    item["name"] = json!("送餐上门");
    item["class"] = json!("OPEN");
    item["elements"] = json!(["FOOD"]);
    item["form"] = json!([]);
    item["providerOrganizationId"] = provider;
    item
}

pub const ITEM: &str = "serviceItem { code state reviewPassed suspendedFor }";

/// A service that is open.
pub async fn released(house: &House, item: Value) -> String {
    let code = item["code"].as_str().unwrap().to_owned();
    let open = item["class"] == "OPEN";
    done(house, &bureau(), ("draftServiceItem", ITEM), &code, item).await;
    if open {
        let fine = json!({ "code": code, "passed": true, "note": "接口与权限符合要求" });
        done(house, &reviewer(), ("reviewServiceItem", ITEM), &code, fine).await;
    }
    let one = json!({ "code": code });
    let now = done(house, &bureau(), ("releaseServiceItem", ITEM), &code, one).await;
    assert_eq!(now["serviceItem"]["state"], "RELEASED");
    code
}

pub const CASE: &str = "oneStopCase { id number state dueAt decideBy overdue late supplementNote \
    refusalReason granted decision stars answers { key value } }";

pub fn application(words: &str) -> Value {
    json!({ "itemCode": "OLD_AGE_CARD", "answers": [{ "key": "reason", "value": words }] })
}

/// A case on its way, as far as `until` says.
pub async fn bring(house: &House, case: &Value, until: &str) {
    for (name, more) in [
        ("acceptOneStopCase", json!({})),
        ("processOneStopCase", json!({})),
        (
            "decideOneStopCase",
            json!({ "granted": true, "decision": "准予发证" }),
        ),
        ("deliverOneStopCase", json!({})),
    ] {
        let mut input = json!({ "caseId": case });
        for (field, value) in more.as_object().cloned().unwrap_or_default() {
            input[field] = value;
        }
        let key = case.as_str().unwrap();
        let last = done(house, &staff(), (name, CASE), key, input).await;
        if last["oneStopCase"]["state"] == until {
            return;
        }
    }
    panic!("no step leads to {until}");
}
