//! What other services tell moves what the goals have come to.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    goals::{COUNTY, actual, deliver, told},
    support::{COMMUNITY, ELSEWHERE, House, need_reported},
};

const MARCH: &str = "2026-03-01T02:00:00Z";

/// Every fact, and which indicator it moves.
fn facts() -> Vec<(&'static str, Value, &'static str)> {
    let here = json!({ "division_code": COMMUNITY });
    let community = json!({ "community_code": COMMUNITY });
    let with = |more: Value| {
        let mut data = here.clone();
        for (name, value) in more.as_object().unwrap() {
            data[name] = value.clone();
        }
        data
    };
    let id = Uuid::from_u128(7);
    vec![
        (
            "communities.proposal.decided",
            community.clone(),
            "PROPOSALS_DECIDED",
        ),
        ("communities.work_list.in_force", here.clone(), "WORK_LISTS"),
        (
            "communities.evaluation.published",
            community.clone(),
            "EVALUATIONS",
        ),
        ("communities.pilot.approved", community.clone(), "PILOTS"),
        ("communities.pilot.ended", community, "PILOTS_ENDED"),
        ("procurement.contract.signed", here.clone(), "CONTRACTS"),
        (
            "procurement.violation.confirmed",
            with(json!({ "violation_id": id })),
            "VIOLATIONS",
        ),
        (
            "incubation.incubatee.changed",
            with(json!({ "state": "GRADUATED" })),
            "GRADUATES",
        ),
        (
            "incubation.centre.changed",
            with(json!({ "state": "OPEN" })),
            "CENTRES_OPEN",
        ),
        (
            "socialwork.social_worker.moved",
            with(json!({ "state": "ACTIVE" })),
            "SOCIAL_WORKERS",
        ),
        (
            "socialwork.studio.moved",
            with(json!({ "state": "OPEN" })),
            "STUDIOS_OPEN",
        ),
        (
            "socialwork.post.held",
            with(json!({ "from": "2026-03-01", "to": null })),
            "POSTS_TAKEN",
        ),
        (
            "socialwork.supervision.counted",
            with(json!({ "session_id": id })),
            "SUPERVISIONS",
        ),
    ]
}

#[tokio::test]
async fn each_fact_moves_its_indicator_and_no_other() {
    let house = House::open().await;
    for (n, (subject, data, code)) in (1..).zip(facts()) {
        assert_eq!(actual(&house, code, COUNTY, 2026).await, json!(0), "{code}");
        let event = told(n, subject, MARCH, data);
        // Told twice, it counts once.
        deliver(&house, &[event.clone(), event]).await;
        assert_eq!(actual(&house, code, COUNTY, 2026).await, json!(1), "{code}");
    }
    assert_eq!(house.count("happenings").await, 13);
    // In its place and its year alone.
    for (division, year) in [("230102000000", 2026), (COUNTY, 2025)] {
        let none = actual(&house, "WORK_LISTS", division, year).await;
        assert_eq!(none, json!(0), "{division} {year}");
    }
    assert_eq!(
        actual(&house, "WORK_LISTS", COMMUNITY, 2026).await,
        json!(1)
    );
}

#[tokio::test]
async fn what_belongs_to_persons_counts_too_and_is_taken_back_where_it_was_void() {
    let house = House::open().await;
    let resident = kernel::keys::ResidentId::from_uuid(Uuid::from_u128(5));
    let mut events = Vec::new();
    for n in 1..=6_u128 {
        let visit = |kind: &str| json!({ "division_code": COMMUNITY, "worker_kind": kind });
        events.push(need_reported(n, Uuid::from_u128(0x70 + n), resident));
        events.push(told(
            n,
            "eldercare.visit.settled",
            MARCH,
            visit("SOCIAL_WORKER"),
        ));
        events.push(told(
            20 + n,
            "eldercare.visit.settled",
            MARCH,
            visit("VOLUNTEER"),
        ));
        events.push(told(
            40 + n,
            "eldercare.visit.settled",
            MARCH,
            visit("CARE_WORKER"),
        ));
        let rated = json!({ "community_code": COMMUNITY, "stars": 5 });
        events.push(told(60 + n, "communities.result.rated", MARCH, rated));
    }
    // The same visit of a social worker: found void.
    let mut void = told(
        90,
        "eldercare.visit.voided",
        MARCH,
        json!({ "division_code": COMMUNITY }),
    );
    void.aggregate_id = events[1].aggregate_id;
    events.push(void);
    // Need reports are told at nine of the morning, which it is now.
    deliver(&house, &events).await;
    for (code, count) in [
        ("NEEDS", 6),
        ("SOCIAL_WORKER_VISITS", 5),
        ("VOLUNTEER_VISITS", 6),
        ("RESULTS_RATED", 6),
    ] {
        assert_eq!(
            actual(&house, code, COUNTY, 2026).await,
            json!(count),
            "{code}"
        );
    }
}

#[tokio::test]
async fn what_stands_is_what_was_not_closed_again() {
    let house = House::open().await;
    let moved = |n: u128, at: &str, state: &str| {
        let data = json!({ "division_code": COMMUNITY, "state": state });
        let mut event = told(n, "socialwork.studio.moved", at, data);
        event.aggregate_id = Uuid::from_u128(1);
        event.sequence = i64::try_from(n).unwrap();
        event
    };
    let stands = async |year| actual(&house, "STUDIOS_OPEN", COUNTY, year).await;
    deliver(&house, &[moved(1, "2024-05-01T02:00:00Z", "PREPARING")]).await;
    assert_eq!(house.count("happenings").await, 0);
    deliver(&house, &[moved(2, "2024-06-01T02:00:00Z", "OPEN")]).await;
    for (year, count) in [(2023, 0), (2024, 1), (2025, 1), (2026, 1)] {
        assert_eq!(stands(year).await, json!(count), "{year}");
    }
    deliver(&house, &[moved(3, "2025-12-31T15:59:59Z", "CLOSED")]).await;
    for (year, count) in [(2024, 1), (2025, 0), (2026, 0)] {
        assert_eq!(stands(year).await, json!(count), "{year}");
    }
    // The last second of a year in China is in it; the next one is not.
    let list = |n, at: &str| {
        let place = json!({ "division_code": ELSEWHERE });
        told(n, "communities.work_list.in_force", at, place)
    };
    let late = [
        list(7, "2025-12-31T15:59:59Z"),
        list(8, "2025-12-31T16:00:00Z"),
    ];
    deliver(&house, &late).await;
    for year in [2025, 2026] {
        let count = actual(&house, "WORK_LISTS", ELSEWHERE, year).await;
        assert_eq!(count, json!(1), "{year}");
    }
}

#[tokio::test]
async fn a_fact_without_a_place_is_passed_over_and_one_of_no_sense_put_aside() {
    let house = House::open().await;
    let subject = "communities.proposal.decided";
    let bare = told(1, subject, MARCH, json!({ "decision": "ADOPTED" }));
    let odd = told(2, subject, MARCH, json!({ "community_code": "23" }));
    deliver(&house, &[bare, odd]).await;
    assert_eq!(house.count("happenings").await, 0);
    assert_eq!(house.count("kit.dead_letters").await, 1);
}
