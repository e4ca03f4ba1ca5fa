//! 「谁看过我」 through the real schema.

use serde_json::json;
use testkit::service::{data, reason};

use crate::support::{COMMUNITY, House, admin, neighbour, nobody, staff_for, themself};

const LOG: &str = "query($first: Int, $after: String) { accessLog(first: $first, after: $after) {
    nodes { actorName actorRoles organization { id } division { code } purpose fields channel at }
    pageInfo { hasNextPage endCursor } } }";
const LOOK: &str = "query($id: ID!) { resident(id: $id) { name phone } }";

#[tokio::test]
async fn a_resident_reads_who_looked_when_why_and_at_what() {
    let house = House::open().await;
    let id = house.registered(1).await;
    let organization = uuid::Uuid::from_u128(7);
    for purpose in ["上门探访", "发放补贴"] {
        let mut caller = staff_for(purpose).through(kit::auth::Channel::OfficeDesk);
        caller.actor.organization_id = Some(organization);
        data(house.run(&caller, LOOK, json!({ "id": id })).await);
    }
    let me = themself(&id);
    let log = data(house.run(&me, LOG, json!({ "first": 1 })).await)["accessLog"].clone();
    let organization = kernel::keys::OrganizationId::from_uuid(organization).to_global();
    assert_eq!(
        log["nodes"],
        json!([{ "actorName": "李社工", "actorRoles": ["community_staff"],
            "organization": { "id": organization }, "division": { "code": COMMUNITY },
            "purpose": "发放补贴", "fields": ["NAME", "PHONE"], "channel": "office_desk",
            "at": "2026-03-02T01:00:00+00:00" }])
    );
    assert_eq!(log["pageInfo"]["hasNextPage"], true);
    let after = json!({ "after": log["pageInfo"]["endCursor"] });
    let rest = data(house.run(&me, LOG, after).await)["accessLog"].clone();
    assert_eq!(rest["nodes"][0]["purpose"], "上门探访");
    assert_eq!(rest["nodes"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn nobody_reads_the_log_of_another() {
    let house = House::open().await;
    let id = house.registered(1).await;
    data(
        house
            .run(&staff_for("上门探访"), LOOK, json!({ "id": id }))
            .await,
    );
    let none = data(house.run(&neighbour(), LOG, json!({})).await);
    assert_eq!(none["accessLog"]["nodes"], json!([]));
    assert_eq!(
        reason(&house.run(&admin(), LOG, json!({})).await),
        "NOT_A_RESIDENT"
    );
    assert_eq!(
        reason(&house.run(&nobody(), LOG, json!({})).await),
        "UNAUTHENTICATED"
    );
}
