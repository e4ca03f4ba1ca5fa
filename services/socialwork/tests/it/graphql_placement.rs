//! Volunteers join organisations and leave them, through the real schema.

use kit::auth::{Actor, Caller, Role};
use serde_json::{Value, json};
use testkit::service::{data, reason};

use crate::{
    peers::{ABNORMAL, AGENCY, TEEN, WANG},
    support::{
        House, LEAVE, PLACE, li, nobody, organization_id, place, staff, staff_elsewhere, wang,
    },
};

fn leave(placement: &Value, key: &str) -> Value {
    json!({ "input": { "idempotencyKey": key, "placementId": placement["id"] } })
}

fn manager(of: uuid::Uuid) -> Caller {
    let mut actor = Actor::new("m", [Role::OrgManager]);
    actor.organization_id = Some(of);
    Caller::of(actor)
}

#[tokio::test]
async fn a_volunteer_joins_and_leaves_by_their_own_word() {
    let house = House::open().await;
    let volunteer = house.volunteer(WANG, "key-00000001").await;
    let placement = house.place(&volunteer, "key-00000002").await;
    assert_eq!(placement["organization"]["id"], organization_id(AGENCY));
    assert_eq!(placement["endedAt"], json!(null));
    // The same key is answered the same; another one finds them there already.
    assert_eq!(house.place(&volunteer, "key-00000002").await, placement);
    let twice = house
        .run(&wang(), PLACE, place(&volunteer, "key-00000003"))
        .await;
    assert_eq!(reason(&twice), "PLACEMENT_EXISTS");

    let left = house
        .run(&wang(), LEAVE, leave(&placement, "key-00000004"))
        .await;
    let ended = data(left)["endPlacement"]["placement"]["endedAt"].clone();
    assert!(ended.is_string());
    let again = house
        .run(&wang(), LEAVE, leave(&placement, "key-00000005"))
        .await;
    assert_eq!(reason(&again), "PLACEMENT_ENDED");
    // They may come back; what was stays to be seen.
    house.place(&volunteer, "key-00000006").await;
    let query = "query($id: ID!) { volunteer(id: $id) { placements { endedAt } } }";
    let seen = house
        .run(&wang(), query, json!({ "id": volunteer["id"] }))
        .await;
    assert_eq!(
        data(seen)["volunteer"]["placements"],
        json!([{ "endedAt": null }, { "endedAt": ended }])
    );
    let written = "SELECT count(*) FROM kit.audit_log
        WHERE action IN ('placeVolunteer', 'endPlacement')";
    assert_eq!(house.count(written).await, 3);
}

#[tokio::test]
async fn nobody_else_places_a_volunteer_and_the_organisation_may_let_them_go() {
    let house = House::open().await;
    let volunteer = house.volunteer(WANG, "key-00000001").await;
    for (caller, refused) in [
        (nobody(), "UNAUTHENTICATED"),
        (li(), "VOLUNTEER_NOT_FOUND"),
        (manager(AGENCY), "VOLUNTEER_NOT_FOUND"),
        (staff_elsewhere(), "VOLUNTEER_NOT_FOUND"),
    ] {
        let tried = house
            .run(&caller, PLACE, place(&volunteer, "key-00000002"))
            .await;
        assert_eq!(reason(&tried), refused);
    }
    let placed = house
        .run(&staff(), PLACE, place(&volunteer, "key-00000003"))
        .await;
    let placement = data(placed)["placeVolunteer"]["placement"].clone();
    for caller in [li(), manager(ABNORMAL)] {
        let tried = house
            .run(&caller, LEAVE, leave(&placement, "key-00000004"))
            .await;
        assert_eq!(reason(&tried), "PLACEMENT_NOT_FOUND");
    }
    data(
        house
            .run(&manager(AGENCY), LEAVE, leave(&placement, "key-00000005"))
            .await,
    );
}

#[tokio::test]
async fn joins_only_an_organisation_in_good_standing_and_only_who_may_serve() {
    let house = House::open().await;
    let volunteer = house.volunteer(WANG, "key-00000001").await;
    let mut input = place(&volunteer, "key-00000002");
    input["input"]["organizationId"] = json!(organization_id(ABNORMAL));
    let refused = house.run(&wang(), PLACE, input).await;
    assert_eq!(reason(&refused), "EMPLOYER_NOT_REGISTERED");
    assert_eq!(
        refused["errors"][0]["extensions"]["field"],
        "input.organizationId"
    );
    let teen = house.volunteer(TEEN, "key-00000003").await;
    let minor = house
        .run(&staff(), PLACE, place(&teen, "key-00000004"))
        .await;
    assert_eq!(reason(&minor), "MINOR_WITHOUT_CONSENT");
    let stop = "mutation($input: UpdateVolunteerInput!) {
        updateVolunteer(input: $input) { volunteer { active } } }";
    let input = json!({ "input": { "idempotencyKey": "key-00000005",
        "volunteerId": volunteer["id"], "active": false } });
    data(house.run(&staff(), stop, input).await);
    let gone = house
        .run(&staff(), PLACE, place(&volunteer, "key-00000006"))
        .await;
    assert_eq!(reason(&gone), "WORKER_INACTIVE");
}

#[tokio::test]
async fn a_placement_only_ends_also_by_hand() {
    let house = House::open().await;
    let volunteer = house.volunteer(WANG, "key-00000001").await;
    house.place(&volunteer, "key-00000002").await;
    let refused = async |sql: &'static str| {
        let tried = sqlx::query(sql).execute(&house.service.db.owner).await;
        kit::Error::from(tried.expect_err("the database must refuse this"))
            .reason()
            .to_owned()
    };
    let twice = "INSERT INTO placements
        SELECT gen_random_uuid(), volunteer_id, organization_id, 'x', placed_at FROM placements";
    assert_eq!(refused(twice).await, "PLACEMENT_EXISTS");
    let moved = "UPDATE placements SET organization_id = gen_random_uuid()";
    assert_eq!(refused(moved).await, "PLACEMENT_FIXED");
    let half = "UPDATE placements SET ended_at = placed_at";
    assert_eq!(refused(half).await, "PLACEMENT_END");
    sqlx::query("UPDATE placements SET ended_at = placed_at, ended_by = 'x'")
        .execute(&house.service.db.owner)
        .await
        .unwrap();
    let reopened = "UPDATE placements SET ended_at = NULL, ended_by = NULL";
    assert_eq!(refused(reopened).await, "PLACEMENT_FIXED");
}
