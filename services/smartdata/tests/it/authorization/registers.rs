//! Calls, addresses, assets, indicators and goals: who may, beside the rest of the table.

use serde_json::{Value, json};
use testkit::access::{Everybody, Line, local, oversight};

use super::{COMMUNITY, GRID, owner, staff, workers};
use crate::{
    sharing::done,
    support::{self, House},
};

/// A call that the community's staff answered, an address, an asset.
pub async fn lines(house: &House, everybody: &Everybody, id: &str) -> Vec<Line> {
    let ring = json!({ "divisionCode": COMMUNITY, "residentId": id,
        "rangAt": "2026-03-02T00:59:50Z" });
    let operator = &everybody["community_staff"];
    let what = ("answerCall", "call { id }");
    let call = done(house, operator, what, "auth", ring.clone()).await["call"]["id"].clone();
    let place = json!({ "gridCode": GRID, "text": "花园街 3 号", "from": "2026-01-01" });
    let what = ("registerAddress", "address { id }");
    let address = done(house, &support::staff(), what, "auth", place.clone()).await;
    let address = address["address"]["id"].clone();
    let thing = json!({ "code": "AED-001", "name": "除颤仪", "kind": "EQUIPMENT",
        "divisionCode": COMMUNITY, "location": "大厅", "custodian": "李", "unit": "台",
        "quantity": 1 });
    let what = ("registerAsset", "asset { id }");
    let asset = done(house, &support::staff(), what, "auth", thing.clone()).await;
    let asset = asset["asset"]["id"].clone();
    let goal = json!({ "indicator": "PILOTS", "divisionCode": COMMUNITY, "year": 2026,
        "amount": 1, "document": "区民〔2026〕1号", "demo": true });
    let what = ("setGoalTarget", "goalTarget { id }");
    done(
        house,
        &everybody["civil_affairs"],
        what,
        "auth",
        goal.clone(),
    )
    .await;
    let list = "(first: 5) { nodes { id } }";
    let one = |id: &Value| format!("(id: {id}) {{ id }}");
    let kept = || [workers(), oversight()];
    let seen = || [owner(), workers(), oversight()];
    vec![
        Line::public(
            "indicators",
            &format!("(divisionCode: \"{COMMUNITY}\") {{ code }}"),
        ),
        Line::public(
            "indicatorBreakdown",
            "(code: \"GRIDS\", divisionCode: \"230103000000\") { suppressed }",
        ),
        Line::public(
            "goals",
            &format!("(divisionCode: \"{COMMUNITY}\", year: 2026) {{ code }}"),
        ),
        Line::public(
            "goalBreakdown",
            "(indicator: \"PILOTS\", divisionCode: \"230103000000\", year: 2026) { suppressed }",
        ),
        Line::public("goalTargets", "(first: 5) { nodes { id } }"),
        Line::read("call", &one(&call), &seen()).asks(&["readCall"]),
        Line::read("calls", list, &seen()),
        Line::read("address", &one(&address), &kept()).asks(&["readAddress"]),
        Line::read("addresses", list, &kept()),
        Line::read("asset", &one(&asset), &kept()).asks(&["readAsset"]),
        Line::read("assets", list, &kept()),
        Line::act("answerCall", ring, &[workers()]),
        Line::act(
            "endCall",
            json!({ "callId": call, "summary": "咨询", "outcome": "ANSWERED" }),
            &[vec!["community_staff".to_owned()]],
        ),
        Line::act("registerAddress", place, &[workers()]),
        Line::act(
            "assignAddressGrid",
            json!({ "addressId": address, "gridCode": GRID, "from": "2026-05-01" }),
            &[staff()],
        ),
        Line::act("setGoalTarget", goal, &[local(&["civil_affairs"])]),
        // Only the office of the city or above, and nobody of those is from there.
        Line::act(
            "closeGoalYear",
            json!({ "divisionCode": "230100000000", "year": 2025 }),
            &[],
        ),
        Line::act("registerAsset", thing, &[staff()]),
        Line::act(
            "countAsset",
            json!({ "assetId": asset, "quantity": 1, "state": "IN_USE" }),
            &[workers()],
        ),
    ]
}
