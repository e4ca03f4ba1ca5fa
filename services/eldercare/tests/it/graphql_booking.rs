//! Day care through the real schema: rooms, slots, places and the line for them.

use chrono::TimeDelta;
use kernel::keys::OrganizationId;
use kit::auth::Caller;
use serde_json::{Value, json};
use testkit::{
    access::{Line, local, oversight},
    service::{data, reason},
};
use uuid::Uuid;

use crate::{
    peers::{COMMUNITY, LI, ORGANIZATION, WANG},
    support::{
        House, contractor, id_of, li, nobody, officer, person, social_worker, staff,
        staff_elsewhere, wang,
    },
};

const FACILITY: &str = "facility { id complete capacity rooms { id kind name } }";
const SLOT: &str = "slot { id vacancy waiting state room { name } }";
const BOOKING: &str = "booking { id state ahead assistedBy resident { id } }";

async fn open(house: &House) -> Value {
    let input = json!({ "divisionCode": COMMUNITY, "organizationId": id_of::<OrganizationId>(ORGANIZATION),
        "name": "日间照料中心", "capacity": 3 });
    let made = house
        .done(&staff(), ("openFacility", FACILITY), "facility-001", input)
        .await;
    made["facility"].clone()
}

async fn room(house: &House, facility: &Value, kind: &str, capacity: i32) -> Value {
    let input =
        json!({ "facilityId": facility["id"], "kind": kind, "name": kind, "capacity": capacity });
    let key = format!("room-{kind}-0001");
    let made = house
        .done(&contractor(), ("addRoom", FACILITY), &key, input)
        .await;
    let rooms = made["facility"]["rooms"].as_array().unwrap().clone();
    rooms.into_iter().find(|room| room["kind"] == kind).unwrap()
}

fn hours(room: &Value, from: &str, to: &str, capacity: i32) -> Value {
    json!({ "roomId": room["id"], "startsAt": format!("2026-03-03T{from}:00:00Z"),
        "endsAt": format!("2026-03-03T{to}:00:00Z"), "capacity": capacity })
}

async fn slot(house: &House, input: Value, key: &str) -> Value {
    let made = house
        .done(&contractor(), ("openSlot", SLOT), key, input)
        .await;
    made["slot"].clone()
}

async fn book(house: &House, who: &Caller, slot: &Value, elder: Uuid, key: &str) -> Value {
    let input = json!({ "slotId": slot["id"], "residentId": person(elder) });
    house.act(who, ("bookSlot", BOOKING), key, input).await
}

async fn booked(house: &House, who: &Caller, slot: &Value, elder: Uuid, key: &str) -> Value {
    data(book(house, who, slot, elder, key).await)["bookSlot"]["booking"].clone()
}

async fn cancel(house: &House, who: &Caller, booking: &Value, key: &str) -> Value {
    let input = json!({ "bookingId": booking["id"], "reason": "外出" });
    house.act(who, ("cancelBooking", BOOKING), key, input).await
}

/// A day-care room with one place in the morning.
async fn morning(house: &House) -> Value {
    let facility = open(house).await;
    let room = room(house, &facility, "DAY_CARE", 2).await;
    slot(house, hours(&room, "01", "04", 1), "slot-0000001").await
}

#[tokio::test]
async fn a_facility_has_its_rooms_and_never_more_people_than_it_may() {
    let house = House::open().await;
    let facility = open(&house).await;
    assert_eq!(open(&house).await, facility, "the same key");
    let again = json!({ "divisionCode": COMMUNITY, "name": "日间照料中心", "capacity": 3 });
    let again = house
        .act(&staff(), ("openFacility", FACILITY), "facility-002", again)
        .await;
    assert_eq!(reason(&again), "FACILITY_EXISTS");
    let day = room(&house, &facility, "DAY_CARE", 2).await;
    let active = room(&house, &facility, "ACTIVITY", 5).await;
    let tried = async |input: Value, key: &str| {
        let answer = house
            .act(&contractor(), ("openSlot", SLOT), key, input)
            .await;
        let field = answer["errors"][0]["extensions"]["field"].clone();
        (
            reason(&answer),
            field.as_str().unwrap_or_default().to_owned(),
        )
    };
    let at = |reason: &str, field: &str| (reason.to_owned(), format!("input.{field}"));
    assert_eq!(
        tried(hours(&day, "01", "04", 3), "slot-0000001").await,
        at("SLOT_ABOVE_ROOM", "capacity")
    );
    slot(&house, hours(&day, "01", "04", 2), "slot-0000002").await;
    assert_eq!(
        tried(hours(&day, "03", "05", 1), "slot-0000003").await,
        at("SLOT_OVERLAP", "startsAt")
    );
    assert_eq!(
        tried(hours(&active, "03", "05", 2), "slot-0000004").await,
        at("SLOT_ABOVE_FACILITY", "capacity")
    );
    slot(&house, hours(&active, "03", "05", 1), "slot-0000005").await;
    assert_eq!(
        tried(hours(&day, "05", "05", 1), "slot-0000006").await,
        at("SLOT_HOURS", "endsAt")
    );
    let mut past = hours(&day, "05", "06", 1);
    past["startsAt"] = json!("2026-03-02T00:00:00Z");
    past["endsAt"] = json!("2026-03-02T02:00:00Z");
    assert_eq!(
        tried(past, "slot-0000007").await,
        at("SLOT_PAST", "startsAt")
    );
    let query = "query($id: ID!) { facility(id: $id) { complete rooms { kind } } }";
    let seen = data(
        house
            .run(&nobody(), query, json!({ "id": facility["id"] }))
            .await,
    );
    assert_eq!(seen["facility"]["complete"], false);
    room(&house, &facility, "SOCIAL_WORK", 2).await;
    let seen = data(
        house
            .run(&nobody(), query, json!({ "id": facility["id"] }))
            .await,
    );
    assert_eq!(seen["facility"]["complete"], true);
    for (who, why) in [
        (nobody(), "UNAUTHENTICATED"),
        (staff_elsewhere(), "FORBIDDEN"),
        (li(), "FORBIDDEN"),
    ] {
        let input = json!({ "divisionCode": COMMUNITY, "name": "x", "capacity": 3 });
        let tried = house
            .act(&who, ("openFacility", FACILITY), "facility-003", input)
            .await;
        assert_eq!(reason(&tried), why);
    }
}

#[tokio::test]
async fn whoever_finds_no_place_waits_and_moves_up_in_order() {
    let house = House::open().await;
    let slot = morning(&house).await;
    let first = booked(&house, &li(), &slot, LI, "book-0000001").await;
    assert_eq!(
        (&first["state"], &first["ahead"]),
        (&json!("BOOKED"), &Value::Null)
    );
    let twice = book(&house, &li(), &slot, LI, "book-0000002").await;
    assert_eq!(reason(&twice), "BOOKING_EXISTS");
    let second = booked(&house, &staff(), &slot, WANG, "book-0000003").await;
    assert_eq!(
        (&second["state"], &second["ahead"]),
        (&json!("WAITING"), &json!(0))
    );
    assert_eq!(second["assistedBy"], "test-communitystaff");
    let free = house
        .nodes(&nobody(), "dayCareSlots", ", vacant: true", "id")
        .await;
    assert_eq!(free, json!([]));
    let all = house
        .nodes(&nobody(), "dayCareSlots", "", "vacancy waiting booked")
        .await;
    assert_eq!(all, json!([{ "vacancy": 0, "waiting": 1, "booked": 1 }]));
    assert_eq!(
        reason(&cancel(&house, &wang(), &first, "cancel-00001").await),
        "BOOKING_NOT_FOUND"
    );
    data(cancel(&house, &li(), &first, "cancel-00002").await);
    let own = house
        .nodes(&wang(), "dayCareBookings", "", "id state")
        .await;
    assert_eq!(own, json!([{ "id": second["id"], "state": "BOOKED" }]));
    assert_eq!(house.told("eldercare.booking.booked").await, 2);
    // Who gave the place up may ask again, and waits.
    let last = booked(&house, &li(), &slot, LI, "book-0000004").await;
    assert_eq!(last["state"], "WAITING");
    for (who, seen) in [
        (li(), 2),
        (staff(), 3),
        (contractor(), 3),
        (social_worker(), 0),
        (staff_elsewhere(), 0),
        (nobody(), 0),
    ] {
        let found = house.nodes(&who, "dayCareBookings", "", "id").await;
        assert_eq!(
            found.as_array().unwrap().len(),
            seen,
            "{}",
            who.actor.subject
        );
    }
}

#[tokio::test]
async fn nobody_is_in_two_places_at_once() {
    let house = House::open().await;
    let facility = open(&house).await;
    let day = room(&house, &facility, "DAY_CARE", 2).await;
    let active = room(&house, &facility, "ACTIVITY", 2).await;
    let morning = slot(&house, hours(&day, "01", "04", 1), "slot-0000001").await;
    let dance = slot(&house, hours(&active, "03", "05", 2), "slot-0000002").await;
    booked(&house, &li(), &morning, LI, "book-0000001").await;
    // In the line, and in it only: whoever comes later takes the place meanwhile.
    let also = booked(&house, &li(), &dance, LI, "book-0000002").await;
    assert_eq!(also["state"], "WAITING");
    let other = booked(&house, &wang(), &dance, WANG, "book-0000003").await;
    assert_eq!(other["state"], "BOOKED");
    let also = "UPDATE bookings SET state = 'BOOKED', booked_at = now() WHERE state = 'WAITING'";
    assert_eq!(house.refused(also).await, "BOOKING_OVERLAP");
}

#[tokio::test]
async fn attendance_is_told_when_it_has_begun_and_a_cancelled_slot_tells_all() {
    let house = House::open().await;
    let slot = morning(&house).await;
    let one = booked(&house, &li(), &slot, LI, "book-0000001").await;
    let attend = async |who: &Caller, attended: bool, key: &str| {
        let input = json!({ "bookingId": one["id"], "attended": attended });
        house
            .act(who, ("recordAttendance", BOOKING), key, input)
            .await
    };
    assert_eq!(
        reason(&attend(&contractor(), true, "attend-00001").await),
        "SLOT_NOT_BEGUN"
    );
    assert_eq!(
        reason(&attend(&li(), true, "attend-00002").await),
        "FORBIDDEN"
    );
    house.service.clock.advance(TimeDelta::days(1));
    let late = cancel(&house, &li(), &one, "cancel-00001").await;
    assert_eq!(reason(&late), "SLOT_CLOSED");
    let late = book(&house, &wang(), &slot, WANG, "book-0000002").await;
    assert_eq!(reason(&late), "SLOT_CLOSED");
    let came = data(attend(&contractor(), true, "attend-00003").await);
    assert_eq!(came["recordAttendance"]["booking"]["state"], "ATTENDED");
    assert_eq!(
        reason(&attend(&contractor(), false, "attend-00004").await),
        "BOOKING_STATE"
    );

    let house = House::open().await;
    let slot = morning(&house).await;
    booked(&house, &li(), &slot, LI, "book-0000001").await;
    booked(&house, &wang(), &slot, WANG, "book-0000002").await;
    let input = json!({ "slotId": slot["id"], "reason": "停电" });
    let tried = house
        .act(&li(), ("cancelSlot", SLOT), "cancel-00001", input.clone())
        .await;
    assert_eq!(reason(&tried), "FORBIDDEN");
    let gone = house
        .done(&officer(), ("cancelSlot", SLOT), "cancel-00002", input)
        .await;
    assert_eq!(
        (&gone["slot"]["state"], &gone["slot"]["vacancy"]),
        (&json!("CANCELLED"), &json!(0))
    );
    let all = house
        .nodes(&staff(), "dayCareBookings", "", "state cancelReason")
        .await;
    let lost = json!({ "state": "CANCELLED", "cancelReason": "停电" });
    assert_eq!(all, json!([lost, lost]));
    assert_eq!(house.told("eldercare.booking.cancelled").await, 2);
}

#[tokio::test]
async fn places_are_guarded_also_by_hand_and_go_to_the_living() {
    let house = House::open().await;
    let slot = morning(&house).await;
    booked(&house, &li(), &slot, LI, "book-0000001").await;
    booked(&house, &wang(), &slot, WANG, "book-0000002").await;
    for (sql, why) in [
        ("UPDATE bookings SET state = 'BOOKED', booked_at = now() WHERE state = 'WAITING'", "SLOT_FULL"),
        ("UPDATE bookings SET state = 'ATTENDED' WHERE state = 'WAITING'", "BOOKING_STATE"),
        ("UPDATE bookings SET elder_id = gen_random_uuid()", "BOOKING_FIXED"),
        ("UPDATE bookings SET state = 'CANCELLED'", "BOOKING_CANCELLED"),
        ("UPDATE slots SET booked = 2", "SLOT_FULL"),
        ("UPDATE slots SET capacity = 9", "SLOT_FIXED"),
        ("UPDATE slots SET state = 'CANCELLED'", "SLOT_CANCELLED"),
        ("UPDATE rooms SET capacity = 99", "APPEND_ONLY"),
        (
            "INSERT INTO bookings (id, slot_id, elder_id, division_code, starts_at, ends_at, state, channel,
                 asked_at, updated_at)
             SELECT gen_random_uuid(), slot_id, elder_id, division_code, starts_at, ends_at + interval '1 hour',
                 'WAITING', channel, asked_at, updated_at FROM bookings",
            "BOOKING_SLOT",
        ),
        (
            "INSERT INTO slots (id, room_id, facility_id, starts_at, ends_at, capacity, state, opened_at, updated_at)
             SELECT gen_random_uuid(), room_id, facility_id, starts_at, ends_at, 1, 'OPEN', now(), now() FROM slots",
            "SLOT_OVERLAP",
        ),
    ] {
        assert_eq!(house.refused(sql).await, why, "{sql}");
    }
    let tried = sqlx::query("UPDATE slots SET booked = 0")
        .execute(&house.service.db.app)
        .await;
    assert!(tried.unwrap_err().to_string().contains("permission denied"));
    let mut conn = house.service.db.app.acquire().await.unwrap();
    eldercare::app::resident::changed(
        &mut conn,
        kernel::keys::ResidentId::from_uuid(LI),
        eldercare::domain::elder::ResidentStatus::Deceased,
        house.service.core.clock.now(),
    )
    .await
    .unwrap();
    let states = house.nodes(&staff(), "dayCareBookings", "", "state").await;
    assert_eq!(
        states,
        json!([{ "state": "BOOKED" }, { "state": "CANCELLED" }]),
        "the next one moved up"
    );
}

/// Who may do what with facilities, slots and bookings.
pub async fn lines(house: &House) -> Vec<Line> {
    let slot = morning(house).await;
    let facility = open(house).await;
    let rooms = house
        .nodes(&nobody(), "facilities", "", "rooms { id }")
        .await;
    let booking = booked(house, &li(), &slot, LI, "book-0000001").await;
    let name = |name: &str| vec![name.to_owned()];
    let (owner, bound) = (|| name("owner"), || name("contractor"));
    let desk = || local(&["grid_worker", "community_staff", "civil_affairs"]);
    let staff = || local(&["community_staff", "civil_affairs"]);
    let room = json!({ "id": rooms[0]["rooms"][0]["id"] });
    vec![
        Line::public("facility", &format!("(id: {}) {{ id }}", facility["id"])),
        Line::public("facilities", "(first: 5) { nodes { id } }"),
        Line::public("dayCareSlots", "(first: 5) { nodes { id } }"),
        Line::read(
            "dayCareBooking",
            &format!("(id: {}) {{ id }}", booking["id"]),
            &[owner(), desk(), bound(), oversight()],
        )
        .asks(&["readBooking"]),
        Line::read(
            "dayCareBookings",
            "(first: 5) { nodes { id } }",
            &[owner(), desk(), bound(), oversight()],
        ),
        Line::act(
            "openFacility",
            json!({ "divisionCode": COMMUNITY, "name": "另一处", "capacity": 3 }),
            &[staff()],
        ),
        Line::act(
            "addRoom",
            json!({ "facilityId": facility["id"], "kind": "ACTIVITY", "name": "二楼", "capacity": 3 }),
            &[staff(), bound()],
        ),
        Line::act("openSlot", hours(&room, "08", "09", 1), &[staff(), bound()]),
        Line::act(
            "bookSlot",
            json!({ "slotId": slot["id"], "residentId": person(LI) }),
            &[owner(), desk()],
        ),
        Line::act(
            "recordAttendance",
            json!({ "bookingId": booking["id"], "attended": true }),
            &[staff(), bound()],
        ),
        Line::act(
            "cancelBooking",
            json!({ "bookingId": booking["id"], "reason": "外出" }),
            &[owner(), desk()],
        ),
        Line::act(
            "cancelSlot",
            json!({ "slotId": slot["id"], "reason": "停电" }),
            &[staff(), bound()],
        ),
    ]
}
