//! Goals, their targets and closed years through the real schema.

use serde_json::{Value, json};
use testkit::service::{data, reason};
use uuid::Uuid;

use crate::{
    goals::{CITY, COUNTY, TOWNSHIP, actual, close, deliver, office, seen, set, target, told},
    support::{COMMUNITY, House, NEXT_COMMUNITY, need_reported, nobody, refused, staff},
};

const MARCH: &str = "2026-03-01T02:00:00Z";

fn list(n: u128, place: &str, at: &str) -> kit::events::Event {
    let data = json!({ "division_code": place });
    told(n, "communities.work_list.in_force", at, data)
}

/// Needs reported in a community.
async fn needs(house: &House, place: &str, numbers: std::ops::RangeInclusive<u128>) {
    let resident = kernel::keys::ResidentId::from_uuid(Uuid::from_u128(5));
    let events: Vec<_> = numbers
        .map(|n| {
            let mut event = need_reported(n, Uuid::from_u128(0x700 + n), resident);
            event.data["community_code"] = json!(place);
            event
        })
        .collect();
    deliver(house, &events).await;
}

#[tokio::test]
async fn five_goals_of_the_plan_are_held_against_their_targets() {
    let house = House::open().await;
    let query = format!(
        "{{ goals(divisionCode: \"{COUNTY}\", year: 2026) {{
             code name source indicators {{ code provenance }} }} }}"
    );
    let goals = data(house.run(&nobody(), &query, json!({})).await)["goals"].clone();
    let names: Vec<&str> = goals
        .as_array()
        .unwrap()
        .iter()
        .map(|goal| {
            assert!(!goal["source"].as_str().unwrap().is_empty());
            assert!(!goal["indicators"].as_array().unwrap().is_empty());
            goal["name"].as_str().unwrap()
        })
        .collect();
    assert_eq!(
        names,
        [
            "政府规范引导",
            "社区居民广泛参与",
            "社会组织治理能力提升",
            "专业社工队伍壮大",
            "社区体制的创新变革"
        ]
    );

    let bare = seen(&house, "WORK_LISTS", COUNTY, 2026).await;
    assert_eq!(
        bare,
        json!({ "code": "WORK_LISTS", "direction": "MORE", "measure": "IN_YEAR", "target": null,
            "actual": 0, "progress": null, "met": null, "suppressed": false, "closedAt": null,
            "asOf": "2026-03-02T01:00:00+00:00" })
    );
    data(
        set(
            &house,
            &office(COUNTY),
            "one",
            target("WORK_LISTS", COUNTY, json!(3)),
        )
        .await,
    );
    deliver(&house, &[list(1, COMMUNITY, MARCH), list(2, COUNTY, MARCH)]).await;
    let two = seen(&house, "WORK_LISTS", COUNTY, 2026).await;
    assert_eq!(
        two["target"],
        json!({ "amount": 3, "document": "市民〔2026〕3号", "demo": false,
            "effectiveFrom": "2026-03-02" })
    );
    assert_eq!((&two["progress"], &two["met"]), (&json!(66), &json!(false)));
    deliver(&house, &[list(3, COMMUNITY, MARCH)]).await;
    let three = seen(&house, "WORK_LISTS", COUNTY, 2026).await;
    assert_eq!(
        (&three["progress"], &three["met"]),
        (&json!(100), &json!(true))
    );
    // The city has no target of its own, and as many.
    let city = seen(&house, "WORK_LISTS", CITY, 2026).await;
    assert_eq!(
        (&city["actual"], &city["target"]),
        (&json!(3), &Value::Null)
    );

    // Less is better where it should not happen at all.
    data(
        set(
            &house,
            &office(CITY),
            "less",
            target("PILOTS_ENDED", COUNTY, json!(0)),
        )
        .await,
    );
    let none = seen(&house, "PILOTS_ENDED", COUNTY, 2026).await;
    assert_eq!(
        (&none["progress"], &none["met"]),
        (&Value::Null, &json!(true))
    );
    let ended = told(
        9,
        "communities.pilot.ended",
        MARCH,
        json!({ "community_code": COMMUNITY }),
    );
    deliver(&house, &[ended]).await;
    let one = seen(&house, "PILOTS_ENDED", COUNTY, 2026).await;
    assert_eq!(
        (&one["direction"], &one["met"]),
        (&json!("LESS"), &json!(false))
    );
    // A year that has not begun has no number.
    assert_eq!(
        actual(&house, "WORK_LISTS", COUNTY, 2027).await,
        Value::Null
    );
}

#[tokio::test]
async fn small_numbers_are_covered_with_what_would_tell_them() {
    let house = House::open().await;
    needs(&house, COMMUNITY, 1..=6).await;
    needs(&house, NEXT_COMMUNITY, 11..=12).await;
    let mut five = target("NEEDS", COMMUNITY, json!(5));
    five["demo"] = json!(true);
    data(set(&house, &office(COUNTY), "one", five).await);
    let parts = async |code: &str, division: &str| {
        let query = format!(
            "{{ goalBreakdown(indicator: \"{code}\", divisionCode: \"{division}\", year: 2026) {{
                 division {{ code }} actual suppressed target {{ amount }} progress met }} }}"
        );
        data(house.run(&nobody(), &query, json!({})).await)["goalBreakdown"].clone()
    };
    let bare = |code: &str, value: Value| {
        json!({ "division": { "code": code }, "actual": value, "suppressed": value.is_null(),
            "target": null, "progress": null, "met": null })
    };
    // Two is small; six and the eight above would tell it, and so would how far
    // the six have come.
    let mut six = bare(COMMUNITY, Value::Null);
    six["target"] = json!({ "amount": 5 });
    let covered = json!([six, bare(NEXT_COMMUNITY, Value::Null)]);
    assert_eq!(parts("NEEDS", TOWNSHIP).await, covered);
    for community in [COMMUNITY, NEXT_COMMUNITY] {
        let it = seen(&house, "NEEDS", community, 2026).await;
        assert_eq!(
            (&it["actual"], &it["suppressed"]),
            (&Value::Null, &json!(true))
        );
        assert_eq!((&it["progress"], &it["met"]), (&Value::Null, &Value::Null));
    }
    assert_eq!(actual(&house, "NEEDS", TOWNSHIP, 2026).await, json!(8));
    assert_eq!(
        parts("NEEDS", CITY).await,
        json!([bare("230102000000", json!(0)), bare(COUNTY, json!(8))])
    );
    // More of them are told.
    needs(&house, NEXT_COMMUNITY, 13..=15).await;
    let it = seen(&house, "NEEDS", COMMUNITY, 2026).await;
    assert_eq!(
        (&it["actual"], &it["progress"], &it["met"]),
        (&json!(6), &json!(120), &json!(true))
    );
    // Three in the county next door take this county with them, and all below it.
    needs(&house, crate::support::ELSEWHERE, 21..=23).await;
    for division in [COUNTY, TOWNSHIP, COMMUNITY] {
        let it = actual(&house, "NEEDS", division, 2026).await;
        assert_eq!(it, Value::Null, "{division}");
    }
    assert_eq!(actual(&house, "NEEDS", CITY, 2026).await, json!(14));
    let rows = parts("NEEDS", TOWNSHIP).await;
    let open = |it: &Value| it["suppressed"] == json!(false);
    assert!(!rows.as_array().unwrap().iter().any(open), "{rows:#}");
    // What is not about persons is told however small.
    deliver(&house, &[list(1, COMMUNITY, MARCH)]).await;
    assert_eq!(
        parts("WORK_LISTS", TOWNSHIP).await,
        json!([bare(COMMUNITY, json!(1)), bare(NEXT_COMMUNITY, json!(0))])
    );
    assert_eq!(parts("NOTHING", TOWNSHIP).await, Value::Null);
    assert_eq!(parts("NEEDS", COMMUNITY).await, json!([]));
}

#[tokio::test]
async fn a_place_whose_code_begins_like_another_is_another() {
    let house = House::open().await;
    sqlx::raw_sql(
        "INSERT INTO divisions (code, name, valid) VALUES
         ('230103010000', '十街道', '(,)'), ('230103011000', '十一街道', '(,)')",
    )
    .execute(&house.service.db.owner)
    .await
    .unwrap();
    deliver(&house, &[list(1, "230103011000", MARCH)]).await;
    let query = format!(
        "{{ goalBreakdown(indicator: \"WORK_LISTS\", divisionCode: \"{COUNTY}\", year: 2026) {{
             division {{ code }} actual }} }}"
    );
    let rows = data(house.run(&nobody(), &query, json!({})).await)["goalBreakdown"].clone();
    let row = |code: &str, actual: i64| json!({ "division": { "code": code }, "actual": actual });
    assert_eq!(
        rows,
        json!([
            row(TOWNSHIP, 0),
            row("230103010000", 0),
            row("230103011000", 1)
        ])
    );
}

#[tokio::test]
async fn a_target_gives_way_to_the_next_and_its_history_is_public() {
    let house = House::open().await;
    let input = target("PILOTS", COUNTY, json!(5));
    let first = data(set(&house, &office(COUNTY), "one", input.clone()).await);
    let first = first["setGoalTarget"]["goalTarget"].clone();
    let again = data(set(&house, &office(COUNTY), "one", input.clone()).await);
    assert_eq!(again["setGoalTarget"]["goalTarget"]["id"], first["id"]);
    // From May on the city asks for more; until then the first one holds.
    let mut more = target("PILOTS", COUNTY, json!(8));
    more["effectiveFrom"] = json!("2026-05-01");
    let next = data(set(&house, &office(CITY), "two", more).await);
    let next = next["setGoalTarget"]["goalTarget"].clone();
    let asked = async || seen(&house, "PILOTS", COUNTY, 2026).await["target"]["amount"].clone();
    assert_eq!(asked().await, json!(5));
    house
        .service
        .clock
        .set("2026-04-30T16:00:00Z".parse().unwrap());
    assert_eq!(asked().await, json!(8));
    // Taken back by a document: there is none.
    let none = data(
        set(
            &house,
            &office(CITY),
            "three",
            target("PILOTS", COUNTY, Value::Null),
        )
        .await,
    );
    assert_eq!(none["setGoalTarget"]["goalTarget"]["amount"], Value::Null);
    assert_eq!(asked().await, Value::Null);

    let history = "query($last: Boolean!) {
        goalTargets(first: 5, divisionCode: \"230100000000\", year: 2026, indicator: \"PILOTS\",
            lastOnly: $last) { nodes { amount effectiveFrom effectiveUntil
            supersededBy { id } division { code } } } }";
    let all = data(
        house
            .run(&nobody(), history, json!({ "last": false }))
            .await,
    );
    let row = |amount: Value, from: &str, until: Value, by: Value| {
        json!({ "amount": amount, "effectiveFrom": from, "effectiveUntil": until,
            "supersededBy": by, "division": { "code": COUNTY } })
    };
    let third = json!({ "id": none["setGoalTarget"]["goalTarget"]["id"] });
    assert_eq!(
        all["goalTargets"]["nodes"],
        json!([
            row(Value::Null, "2026-05-01", Value::Null, Value::Null),
            row(json!(8), "2026-05-01", json!("2026-05-01"), third),
            row(
                json!(5),
                "2026-03-02",
                json!("2026-05-01"),
                json!({ "id": next["id"] })
            ),
        ])
    );
    let last = data(house.run(&nobody(), history, json!({ "last": true })).await);
    assert_eq!(last["goalTargets"]["nodes"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn refuses_targets_without_sense_and_of_those_who_may_not() {
    let house = House::open().await;
    let with = |field: &str, value: Value| {
        let mut input = target("PILOTS", COUNTY, json!(5));
        input[field] = value;
        input
    };
    for (input, expected, field) in [
        (
            with("amount", json!(-1)),
            "GOAL_TARGET_AMOUNT",
            "input.amount",
        ),
        (
            with("document", json!(" ")),
            "TEXT_LENGTH",
            "input.document",
        ),
        (with("year", json!(1999)), "GOAL_YEAR", "input.year"),
        (
            with("effectiveFrom", json!("2027-01-01")),
            "GOAL_TARGET_FROM",
            "input.effectiveFrom",
        ),
        (
            with("indicator", json!("NOTHING")),
            "GOAL_INDICATOR_NOT_FOUND",
            "input.indicator",
        ),
        (
            with("divisionCode", json!("230103002000")),
            "DIVISION_NOT_FOUND",
            "input.divisionCode",
        ),
        // What lies in a demonstration community says so.
        (
            with("divisionCode", json!(COMMUNITY)),
            "DEMO_UNMARKED",
            "input.demo",
        ),
        (with("amount", Value::Null), "GOAL_TARGET_NONE", ""),
    ] {
        let answer = set(&house, &office(COUNTY), expected, input).await;
        assert_eq!(refused(&answer), (expected.to_owned(), field.to_owned()));
    }
    data(set(&house, &office(COUNTY), "one", with("amount", json!(5))).await);
    let early = with("effectiveFrom", json!("2026-03-01"));
    let answer = set(&house, &office(COUNTY), "early", early).await;
    assert_eq!(reason(&answer), "GOAL_TARGET_ORDER");

    let input = with("amount", json!(5));
    for (who, expected) in [
        (nobody(), "UNAUTHENTICATED"),
        (staff(), "FORBIDDEN"),
        (office(TOWNSHIP), "FORBIDDEN"),
        (office("230102000000"), "FORBIDDEN"),
    ] {
        let answer = set(&house, &who, "who", input.clone()).await;
        assert_eq!(reason(&answer), expected, "{:?}", who.actor);
    }
    assert_eq!(house.count("goal_targets").await, 1);
    let looked = house
        .run(
            &nobody(),
            "{ goals(divisionCode: \"230103000000\", year: 1999) { code } }",
            json!({}),
        )
        .await;
    assert_eq!(
        refused(&looked),
        ("GOAL_YEAR".to_owned(), "year".to_owned())
    );
}

#[tokio::test]
async fn a_closed_year_stays_what_it_came_to() {
    let house = House::open().await;
    deliver(&house, &[list(1, COMMUNITY, MARCH)]).await;
    data(
        set(
            &house,
            &office(COUNTY),
            "one",
            target("WORK_LISTS", COUNTY, json!(1)),
        )
        .await,
    );
    let early = close(&house, &office(CITY), "early", CITY, 2026).await;
    assert_eq!(reason(&early), "GOAL_YEAR_NOT_OVER");
    house
        .service
        .clock
        .set("2027-01-05T01:00:00Z".parse().unwrap());
    for (who, place, expected) in [
        (office(COUNTY), CITY, "FORBIDDEN"),
        (office("230200000000"), CITY, "FORBIDDEN"),
        (nobody(), CITY, "UNAUTHENTICATED"),
        (office(CITY), COUNTY, "GOAL_YEAR_CITY"),
        (office("230000000000"), "230200000000", "DIVISION_NOT_FOUND"),
    ] {
        let answer = close(&house, &who, expected, place, 2026).await;
        assert_eq!(reason(&answer), expected, "{place}");
    }
    // What is told late still counts while the year is open.
    deliver(&house, &[list(2, TOWNSHIP, MARCH)]).await;
    let done = data(close(&house, &office(CITY), "done", CITY, 2026).await);
    assert_eq!(
        done["closeGoalYear"]["goalYear"],
        json!({ "year": 2026, "closedAt": "2027-01-05T01:00:00+00:00", "division": { "code": CITY } })
    );
    let twice = close(&house, &office(CITY), "twice", CITY, 2026).await;
    assert_eq!(reason(&twice), "GOAL_YEAR_CLOSED");

    // And no more afterwards; another year goes on.
    deliver(
        &house,
        &[
            list(3, COMMUNITY, MARCH),
            list(4, COMMUNITY, "2027-01-04T01:00:00Z"),
        ],
    )
    .await;
    for division in [TOWNSHIP, COUNTY, CITY, "230000000000"] {
        let it = seen(&house, "WORK_LISTS", division, 2026).await;
        assert_eq!(it["actual"], json!(2), "{division}");
    }
    let it = seen(&house, "WORK_LISTS", COUNTY, 2026).await;
    assert_eq!(
        (&it["target"]["amount"], &it["progress"]),
        (&json!(1), &json!(200))
    );
    assert_eq!(
        (&it["closedAt"], &it["asOf"]),
        (&it["asOf"], &json!("2027-01-05T01:00:00+00:00"))
    );
    assert_eq!(actual(&house, "WORK_LISTS", COUNTY, 2027).await, json!(1));
    let late = set(
        &house,
        &office(CITY),
        "late",
        target("WORK_LISTS", COUNTY, json!(9)),
    )
    .await;
    assert_eq!(
        refused(&late),
        ("GOAL_YEAR_CLOSED".to_owned(), "input.year".to_owned())
    );
}
