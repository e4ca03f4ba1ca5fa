//! Premises, space, desks and time among residents, through the real schema.

use chrono::TimeDelta;
use kit::auth::{Caller, Role};
use serde_json::{Value, json};
use testkit::service::{caller, data};

use crate::{
    ground::{
        allocation, applied, ceded, done, given, here, housed, only, organization, premises, space,
        told,
    },
    peers::{ABNORMAL, COMMUNITY, DISSOLVED, ORGANIZATION, PREPARING, REVOKED},
    support::{House, nobody, raw, staff},
};

fn manager(n: u128) -> Caller {
    let mut one = caller(Role::OrgManager, COMMUNITY);
    one.actor.organization_id = Some(uuid::Uuid::from_u128(n));
    one
}

async fn share(house: &House) -> Value {
    let query = "query($c: ID!) { cededSpace(communityId: $c) { percent least met } }";
    data(
        house
            .run(&nobody(), query, json!({ "c": here(house) }))
            .await,
    )["cededSpace"]
        .clone()
}

#[tokio::test]
async fn organisations_are_given_space_and_the_share_is_shown() {
    let house = House::open().await;
    let place = housed(&house).await;
    assert_eq!(
        share(&house).await,
        json!({ "percent": 0, "least": 30, "met": false })
    );
    let asked = space(&place, "ELDER_CARE_ORGANIZATION", 60);
    let made = done(
        &house,
        &manager(0x51),
        "applyForSpace",
        &asked,
        "application { id state }",
    )
    .await;
    let given = done(
        &house,
        &staff(),
        "allocateSpace",
        &allocation(&made["id"], 60, true),
        "allocation { id free untilOn }",
    )
    .await;
    assert_eq!(given["free"], true);
    assert_eq!(
        share(&house).await,
        json!({ "percent": 30, "least": 30, "met": true })
    );
    let ended = done(
        &house,
        &staff(),
        "endSpaceAllocation",
        &only(&given["id"]),
        "allocation { untilOn }",
    )
    .await;
    assert_eq!(ended["untilOn"], "2026-03-02");
    assert_eq!(share(&house).await["percent"], 0);
    assert_eq!(
        told(&house, &staff(), "endSpaceAllocation", &only(&given["id"]))
            .await
            .0,
        "SPACE_ENDED"
    );
}

#[tokio::test]
async fn who_comes_first_is_decided_first() {
    let house = House::open().await;
    let place = housed(&house).await;
    let apply = async |kind: &str| {
        let asked = space(&place, kind, 50);
        applied(&house, &asked).await
    };
    let (team, care) = (
        apply("RESIDENT_TEAM").await,
        apply("ELDER_CARE_ORGANIZATION").await,
    );
    assert_eq!(
        told(
            &house,
            &staff(),
            "allocateSpace",
            &allocation(&team, 50, false)
        )
        .await
        .0,
        "SPACE_PRIORITY"
    );
    let no = json!({ "applicationId": care, "note": "场地不符合消防要求" });
    done(
        &house,
        &staff(),
        "refuseSpaceApplication",
        &no,
        "application { state note }",
    )
    .await;
    given(&house, &allocation(&team, 50, false)).await;
    assert_eq!(
        told(
            &house,
            &staff(),
            "allocateSpace",
            &allocation(&team, 50, false)
        )
        .await
        .0,
        "SPACE_APPLICATION_STATE"
    );
    let other = apply("OTHER").await;
    assert_eq!(
        told(
            &house,
            &manager(0x52),
            "withdrawSpaceApplication",
            &only(&other)
        )
        .await
        .0,
        "FORBIDDEN"
    );
    done(
        &house,
        &manager(0x51),
        "withdrawSpaceApplication",
        &only(&other),
        "application { state }",
    )
    .await;
}

#[tokio::test]
async fn no_more_is_given_away_than_there_is() {
    let house = House::open().await;
    let place = housed(&house).await;
    let room = json!({ "premisesId": place, "name": "101", "kind": "OFFICE", "areaM2": 40 });
    let room = done(&house, &staff(), "addPremisesRoom", &room, "room { id }").await["id"].clone();
    let apply = async |area: i32| {
        let asked = space(&place, "SOCIAL_ORGANIZATION", area);
        applied(&house, &asked).await
    };
    let mut input = allocation(&apply(900).await, 901, false);
    assert_eq!(
        told(&house, &staff(), "allocateSpace", &input).await.0,
        "SPACE_NOT_APPLIED_FOR"
    );
    input["areaM2"] = json!(900);
    given(&house, &input).await;
    assert_eq!(
        told(
            &house,
            &staff(),
            "allocateSpace",
            &allocation(&apply(101).await, 101, false)
        )
        .await
        .0,
        "SPACE_EXCEEDED"
    );
    let mut inside = allocation(&apply(40).await, 40, true);
    inside["roomId"] = room.clone();
    done(
        &house,
        &staff(),
        "allocateSpace",
        &inside,
        "allocation { room { id } }",
    )
    .await;
    let mut twice = allocation(&apply(40).await, 40, true);
    twice["roomId"] = room.clone();
    assert_eq!(
        told(&house, &staff(), "allocateSpace", &twice).await,
        ("SPACE_ALLOCATION_ROOM".into(), json!("input.roomId"))
    );
    let mut small = allocation(&apply(41).await, 41, true);
    small["roomId"] = room;
    assert_eq!(
        told(&house, &staff(), "allocateSpace", &small).await.0,
        "SPACE_ROOM"
    );
    let survey = json!({ "premisesId": place, "totalM2": 930, "officeM2": 200, "activityM2": 600,
        "surveyedOn": "2026-03-01", "document": "测绘〔2026〕2号" });
    assert_eq!(
        told(&house, &staff(), "resurveyPremises", &survey).await.0,
        "SPACE_EXCEEDED"
    );
    // The next organisation may come when the first has gone.
    let mut later = space(&place, "SOCIAL_ORGANIZATION", 900);
    later["startsOn"] = json!("2028-03-01");
    later["untilOn"] = json!("2029-03-01");
    let later = applied(&house, &later).await;
    let mut next = allocation(&later, 900, false);
    next["startsOn"] = json!("2028-03-01");
    next["untilOn"] = json!("2029-03-01");
    given(&house, &next).await;
}

#[tokio::test]
async fn bad_figures_are_told_at_their_field() {
    let house = House::open().await;
    let place = housed(&house).await;
    let twice = told(
        &house,
        &staff(),
        "registerPremises",
        &premises(&house, "社区服务中心"),
    )
    .await;
    assert_eq!(twice, ("PREMISES_NAME".into(), json!("input.name")));
    let mut parts = premises(&house, "二号楼");
    parts["officeM2"] = json!(500);
    assert_eq!(
        told(&house, &staff(), "registerPremises", &parts).await,
        ("PREMISES_PARTS".into(), json!("input.totalM2"))
    );
    let mut future = premises(&house, "二号楼");
    future["surveyedOn"] = json!("2026-12-01");
    assert_eq!(
        told(&house, &staff(), "registerPremises", &future).await,
        ("DATE_IN_FUTURE".into(), json!("input.surveyedOn"))
    );
    let large = json!({ "premisesId": place, "name": "大厅", "kind": "ACTIVITY", "areaM2": 1001 });
    assert_eq!(
        told(&house, &staff(), "addPremisesRoom", &large).await.0,
        "ROOMS_TOO_LARGE"
    );
    let mut none = space(&place, "OTHER", 0);
    assert_eq!(
        told(&house, &staff(), "applyForSpace", &none).await,
        ("AREA_NOT_POSITIVE".into(), json!("input.areaM2"))
    );
    none["areaM2"] = json!(1);
    none["untilOn"] = json!("2026-03-01");
    assert_eq!(
        told(&house, &staff(), "applyForSpace", &none).await,
        ("PERIOD_REVERSED".into(), json!("input.untilOn"))
    );
}

#[tokio::test]
async fn the_database_keeps_space_within_its_bounds() {
    let house = House::open().await;
    let place = housed(&house).await;
    let given = ceded(&house, &place, 60).await;
    let longer = format!(
        "UPDATE space_allocations SET until_on = '2030-01-01' WHERE id = '{}'",
        raw(&given)
    );
    assert_eq!(house.refused_sql(&longer).await, "SPACE_NOT_EXTENDED");
    assert_eq!(
        house
            .refused_sql("UPDATE space_allocations SET area_m2 = 1")
            .await,
        "SPACE_ORIGIN"
    );
    assert_eq!(
        house
            .refused_sql("UPDATE premises SET total_m2 = 59, office_m2 = 0, activity_m2 = 0")
            .await,
        "SPACE_EXCEEDED"
    );
    assert_eq!(
        house
            .refused_sql("UPDATE rooms SET area_m2 = 1; UPDATE desks SET label = 'x'")
            .await,
        "APPEND_ONLY"
    );
    let asked = space(&place, "OTHER", 5);
    applied(&house, &asked).await;
    let alone = "UPDATE space_applications SET state = 'ALLOCATED' WHERE state = 'APPLIED'";
    assert_eq!(house.refused_sql(alone).await, "SPACE_NOT_ALLOCATED");
}

#[tokio::test]
async fn a_desk_has_one_person_and_a_person_one_desk() {
    let house = House::open().await;
    let place = housed(&house).await;
    let add = async |label: &str| {
        let desk = json!({ "premisesId": place, "label": label });
        done(&house, &staff(), "addDesk", &desk, "desk { id }").await["id"].clone()
    };
    let (first, second) = (add("A1").await, add("A2").await);
    let double = json!({ "premisesId": place, "label": "A1" });
    assert_eq!(
        told(&house, &staff(), "addDesk", &double).await,
        ("DESK_LABEL".into(), json!("input.label"))
    );
    let now = house.service.core.clock.now();
    let book = |desk: &Value, from: i64, until: i64| {
        json!({ "deskId": desk,
        "startsAt": now + TimeDelta::hours(from), "endsAt": now + TimeDelta::hours(until) })
    };
    let mine = done(
        &house,
        &staff(),
        "bookDesk",
        &book(&first, 1, 4),
        "booking { id }",
    )
    .await["id"]
        .clone();
    let grid = caller(Role::GridWorker, COMMUNITY);
    assert_eq!(
        told(&house, &grid, "bookDesk", &book(&first, 3, 5)).await,
        ("DESK_BOOKED".into(), json!("input.startsAt"))
    );
    assert_eq!(
        told(&house, &staff(), "bookDesk", &book(&second, 3, 5)).await,
        ("DESK_BOOKED_BY".into(), json!("input.startsAt"))
    );
    assert_eq!(
        told(&house, &grid, "bookDesk", &book(&first, 5, 18))
            .await
            .0,
        "DESK_TOO_LONG"
    );
    assert_eq!(
        told(&house, &grid, "bookDesk", &book(&first, 5, 5)).await,
        ("DESK_BOOKING_PERIOD".into(), json!("input.endsAt"))
    );
    done(
        &house,
        &grid,
        "bookDesk",
        &book(&first, 4, 6),
        "booking { id }",
    )
    .await;
    assert_eq!(
        told(&house, &grid, "cancelDeskBooking", &only(&mine))
            .await
            .0,
        "DESK_BOOKING_OF_OTHER"
    );
    done(
        &house,
        &staff(),
        "cancelDeskBooking",
        &only(&mine),
        "booking { cancelledAt }",
    )
    .await;
    assert_eq!(
        told(&house, &staff(), "cancelDeskBooking", &only(&mine))
            .await
            .0,
        "DESK_BOOKING_CANCELLED"
    );
    done(
        &house,
        &staff(),
        "bookDesk",
        &book(&first, 1, 3),
        "booking { id }",
    )
    .await;
    let query = "query($desk: ID!, $now: DateTime!) { deskBookings(filter: { deskId: $desk, after: $now }) { nodes { id } } }";
    let found = data(
        house
            .run(&nobody(), query, json!({ "desk": first, "now": now }))
            .await,
    );
    assert_eq!(found["deskBookings"]["nodes"].as_array().unwrap().len(), 2);
    assert_eq!(
        house
            .refused_sql("UPDATE desk_bookings SET ends_at = ends_at + interval '1 hour'")
            .await,
        "DESK_BOOKING_ORIGIN"
    );
}

#[tokio::test]
async fn time_among_residents_is_recorded_day_by_day() {
    let house = House::open().await;
    let day = |day: &str, field: i32| json!({ "communityId": here(&house), "day": day, "fieldMinutes": field, "totalMinutes": 480 });
    done(
        &house,
        &staff(),
        "logFieldTime",
        &day("2026-03-02", 240),
        "log { id }",
    )
    .await;
    assert_eq!(
        told(&house, &staff(), "logFieldTime", &day("2026-03-02", 100)).await,
        ("FIELD_TIME_DAY".into(), json!("input.day"))
    );
    assert_eq!(
        told(&house, &staff(), "logFieldTime", &day("2026-03-03", 100)).await,
        ("DATE_IN_FUTURE".into(), json!("input.day"))
    );
    assert_eq!(
        told(&house, &staff(), "logFieldTime", &day("2026-03-01", 481)).await,
        ("FIELD_TIME_MINUTES".into(), json!("input.totalMinutes"))
    );
    done(
        &house,
        &caller(Role::GridWorker, COMMUNITY),
        "logFieldTime",
        &day("2026-03-01", 480),
        "log { id }",
    )
    .await;
    let query = "query($c: ID!) { fieldTime(communityId: $c, from: \"2026-03-01\", until: \"2026-04-01\") { days percent } }";
    let share = data(
        house
            .run(&nobody(), query, json!({ "c": here(&house) }))
            .await,
    )["fieldTime"]
        .clone();
    assert_eq!(share, json!({ "days": 2, "percent": 75 }));
    assert_eq!(
        house.refused_sql("DELETE FROM field_time_logs").await,
        "APPEND_ONLY"
    );
}

#[tokio::test]
async fn space_is_for_organisations_that_are_in_being() {
    let house = House::open().await;
    let place = housed(&house).await;
    let asked = |id: uuid::Uuid| {
        let mut input = space(&place, "SOCIAL_ORGANIZATION", 10);
        input["organizationId"] = organization(id.as_u128());
        input
    };
    let field = json!("input.organizationId");
    for (id, reason) in [
        (uuid::Uuid::from_u128(0x59), "ORGANIZATION_NOT_FOUND"),
        (REVOKED, "ORGANIZATION_NOT_IN_BEING"),
        (DISSOLVED, "ORGANIZATION_NOT_IN_BEING"),
    ] {
        let refused = told(&house, &staff(), "applyForSpace", &asked(id)).await;
        assert_eq!(refused, (reason.into(), field.clone()), "{id}");
    }
    // Nobody learns of organisations by asking for space that is not theirs.
    let forbidden = told(&house, &manager(0x52), "applyForSpace", &asked(DISSOLVED)).await;
    assert_eq!(forbidden.0, "FORBIDDEN");
    assert_eq!(
        house.count("SELECT count(*) FROM space_applications").await,
        0
    );
    for id in [PREPARING, ABNORMAL] {
        applied(&house, &asked(id)).await;
    }
}

#[tokio::test]
async fn an_organisation_that_is_gone_meanwhile_is_given_no_space() {
    let house = House::open().await;
    let place = housed(&house).await;
    let mut asked = space(&place, "SOCIAL_ORGANIZATION", 10);
    asked["idempotencyKey"] = json!("asked-for-once");
    let want = "application { id }";
    let made = done(&house, &staff(), "applyForSpace", &asked, want).await;
    let give = allocation(&made["id"], 10, false);
    let down = &house.peers.register_down;
    down.store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(
        told(&house, &staff(), "allocateSpace", &give).await.0,
        "PEER_UNAVAILABLE"
    );
    // What was answered before is answered again, whoever is away.
    assert_eq!(
        done(&house, &staff(), "applyForSpace", &asked, want).await,
        made
    );
    down.store(false, std::sync::atomic::Ordering::SeqCst);
    house.peers.dissolved.lock().unwrap().push(ORGANIZATION);
    let gone = told(&house, &staff(), "allocateSpace", &give).await;
    assert_eq!(
        gone,
        (
            "ORGANIZATION_NOT_IN_BEING".into(),
            json!("input.applicationId")
        )
    );
    assert_eq!(
        house.count("SELECT count(*) FROM space_allocations").await,
        0
    );
    house.peers.dissolved.lock().unwrap().clear();
    let mut give = give;
    give["idempotencyKey"] = json!("given-just-once");
    let want = "allocation { id }";
    let given = done(&house, &staff(), "allocateSpace", &give, want).await;
    down.store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(
        done(&house, &staff(), "allocateSpace", &give, want).await,
        given
    );
}
