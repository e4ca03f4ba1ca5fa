//! What this service does when an organisation is no more.

use kit::events::NewEvent;
use serde_json::{Value, json};
use testkit::service::data;
use uuid::Uuid;

use crate::{
    ground::{allocation, applied, given, housed, organization, space, told},
    peers::{ABNORMAL, ORGANIZATION},
    support::{House, nobody, staff},
    teller::Teller,
};

fn changed(organization: Uuid, status: &str) -> NewEvent {
    NewEvent {
        subject: "incubation.organization.changed",
        aggregate: "organization",
        aggregate_id: organization,
        trace_id: None,
        at: testkit::start(),
        data: json!({ "organization_id": organization, "status": status, "may_bid": false }),
    }
}

async fn apply(house: &House, place: &Value, of: Uuid) -> Value {
    let mut asked = space(place, "SOCIAL_ORGANIZATION", 10);
    asked["organizationId"] = organization(of.as_u128());
    applied(house, &asked).await
}

async fn give(house: &House, place: &Value, of: Uuid) -> Value {
    let asked = apply(house, place, of).await;
    given(house, &allocation(&asked, 10, false)).await
}

async fn until(house: &House, id: &Value) -> Value {
    let query = "query($id: ID!) { spaceAllocation(id: $id) { untilOn } }";
    data(house.run(&nobody(), query, json!({ "id": id })).await)["spaceAllocation"]["untilOn"]
        .clone()
}

async fn application(house: &House, id: &Value) -> Value {
    let query = "query($id: ID!) { spaceApplication(id: $id) { state note } }";
    data(house.run(&nobody(), query, json!({ "id": id })).await)["spaceApplication"].clone()
}

#[tokio::test]
async fn what_an_organisation_held_is_free_when_it_is_no_more() {
    let house = House::open().await;
    let place = housed(&house).await;
    let (held, others) = (
        give(&house, &place, ORGANIZATION).await,
        give(&house, &place, ABNORMAL).await,
    );
    let waiting = apply(&house, &place, ORGANIZATION).await;
    let register = Teller::of(&house, "incubation");

    register
        .tell(&house, changed(ORGANIZATION, "ABNORMAL"))
        .await;
    assert_ne!(until(&house, &held).await, "2026-03-02");
    assert_eq!(application(&house, &waiting).await["state"], "APPLIED");

    // Told twice, it ends once.
    for status in ["REVOKED", "DISSOLVED"] {
        register.tell(&house, changed(ORGANIZATION, status)).await;
        assert_eq!(until(&house, &held).await, "2026-03-02");
        let refused = application(&house, &waiting).await;
        assert_eq!(refused["state"], "REFUSED");
        assert!(
            refused["note"].as_str().unwrap().contains("注销"),
            "{refused}"
        );
    }
    assert_ne!(until(&house, &others).await, "2026-03-02");
    let written = "SELECT count(*) FROM kit.audit_log WHERE actor = 'communities' AND action = 'allocateSpace'";
    assert_eq!(house.count(written).await, 2);
    let unheard = "SELECT count(*) FROM kit.inbox WHERE state <> 'done'";
    assert_eq!(house.count(unheard).await, 0);

    // A call that asked incubation just before comes too late.
    let mut late = space(&place, "SOCIAL_ORGANIZATION", 10);
    late["organizationId"] = organization(ORGANIZATION.as_u128());
    let refused = told(&house, &staff(), "applyForSpace", &late).await;
    assert_eq!(refused.0, "ORGANIZATION_NOT_IN_BEING");
    let gone = "UPDATE former_organizations SET ended_at = now()";
    assert_eq!(house.refused_sql(gone).await, "APPEND_ONLY");
}

#[tokio::test]
async fn what_begins_later_does_not_begin() {
    let house = House::open().await;
    let place = housed(&house).await;
    let mut asked = space(&place, "SOCIAL_ORGANIZATION", 10);
    asked["startsOn"] = json!("2027-03-01");
    asked["untilOn"] = json!("2028-03-01");
    let mut input = allocation(&applied(&house, &asked).await, 10, false);
    input["startsOn"] = asked["startsOn"].clone();
    input["untilOn"] = asked["untilOn"].clone();
    let later = given(&house, &input).await;
    let register = Teller::of(&house, "incubation");
    register
        .tell(&house, changed(ORGANIZATION, "DISSOLVED"))
        .await;
    assert_eq!(until(&house, &later).await, "2027-03-01");
}
