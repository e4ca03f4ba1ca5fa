//! Support for entrepreneurs through the real schema.

use serde_json::{Value, json};
use testkit::service::data;

use crate::{
    ground::{done, here, only, told},
    peers::MINOR,
    support::{House, nobody, person, raw, staff, stranger, voter},
};

pub async fn applied(house: &House, n: u128) -> Value {
    let input = json!({ "communityId": here(house), "idea": "社区手工编织", "homeBased": true });
    done(
        house,
        &voter(n),
        "applyEntrepreneur",
        &input,
        "entrepreneur { id }",
    )
    .await["id"]
        .clone()
}

pub fn course(house: &House, who: &Value, hours: i32) -> Value {
    json!({ "communityId": here(house), "topic": "FINANCE", "title": "小店记账", "heldOn": "2026-03-01",
            "hours": hours, "entrepreneurIds": [who] })
}

#[tokio::test]
async fn a_resident_is_coached_supported_and_starts_something() {
    let house = House::open().await;
    let id = applied(&house, 0).await;
    let again = json!({ "communityId": here(&house), "idea": "另一个" });
    assert_eq!(
        told(&house, &voter(0), "applyEntrepreneur", &again).await,
        ("ENTREPRENEUR_ONCE".into(), json!("input.communityId"))
    );
    assert_eq!(
        told(&house, &person(MINOR), "applyEntrepreneur", &again)
            .await
            .0,
        "RESIDENT_TOO_YOUNG"
    );
    assert_eq!(
        told(&house, &stranger(), "applyEntrepreneur", &again)
            .await
            .0,
        "FORBIDDEN"
    );
    let grant = json!({ "entrepreneurId": id, "kind": "VENUE", "description": "共享工位一个", "value": 60_000 });
    assert_eq!(
        told(&house, &staff(), "grantStartupSupport", &grant)
            .await
            .0,
        "ENTREPRENEUR_NOT_ADMITTED"
    );
    assert_eq!(
        told(
            &house,
            &staff(),
            "holdStartupCourse",
            &course(&house, &id, 4)
        )
        .await
        .0,
        "ENTREPRENEUR_NOT_ADMITTED"
    );
    let silent = json!({ "entrepreneurId": id, "admit": false });
    assert_eq!(
        told(&house, &staff(), "admitEntrepreneur", &silent).await,
        ("NOTE_REQUIRED".into(), json!("input.note"))
    );
    let yes = json!({ "entrepreneurId": id, "admit": true });
    done(
        &house,
        &staff(),
        "admitEntrepreneur",
        &yes,
        "entrepreneur { state }",
    )
    .await;
    done(
        &house,
        &staff(),
        "holdStartupCourse",
        &course(&house, &id, 7),
        "course { id }",
    )
    .await;
    assert_eq!(
        told(&house, &staff(), "coachEntrepreneur", &only(&id))
            .await
            .0,
        "ENTREPRENEUR_HOURS"
    );
    assert_eq!(
        told(
            &house,
            &staff(),
            "holdStartupCourse",
            &course(&house, &id, 25)
        )
        .await,
        ("COURSE_HOURS".into(), json!("input.hours"))
    );
    let mut twice = course(&house, &id, 1);
    twice["entrepreneurIds"] = json!([id, id]);
    assert_eq!(
        told(&house, &staff(), "holdStartupCourse", &twice).await,
        (
            "STARTUP_ATTENDED_ONCE".into(),
            json!("input.entrepreneurIds.1")
        )
    );
    done(
        &house,
        &staff(),
        "holdStartupCourse",
        &course(&house, &id, 1),
        "course { id }",
    )
    .await;
    done(
        &house,
        &staff(),
        "coachEntrepreneur",
        &only(&id),
        "entrepreneur { state }",
    )
    .await;
    done(
        &house,
        &staff(),
        "grantStartupSupport",
        &grant,
        "grant { id }",
    )
    .await;
    let start =
        json!({ "entrepreneurId": id, "business": "巧手编织工作室", "startedOn": "2026-03-02" });
    done(
        &house,
        &staff(),
        "startEntrepreneur",
        &start,
        "entrepreneur { state }",
    )
    .await;
    let track = json!({ "entrepreneurId": id, "note": "月均订单二十件" });
    done(
        &house,
        &staff(),
        "trackEntrepreneur",
        &track,
        "entrepreneur { state }",
    )
    .await;
    let query = "query($id: ID!) { entrepreneur(id: $id) { state hours grants { kind value } history { state } } entrepreneurs { nodes { id } } }";
    for (who, sees) in [
        (voter(0), true),
        (staff(), true),
        (voter(1), false),
        (nobody(), false),
    ] {
        let found = data(house.run(&who, query, json!({ "id": id })).await);
        assert_eq!(
            found["entrepreneur"].is_object(),
            sees,
            "{}",
            who.actor.subject
        );
        assert_eq!(
            found["entrepreneurs"]["nodes"].as_array().unwrap().len(),
            usize::from(sees)
        );
        if sees {
            assert_eq!(
                (
                    &found["entrepreneur"]["hours"],
                    &found["entrepreneur"]["state"]
                ),
                (&json!(8), &json!("TRACKED"))
            );
            assert_eq!(
                found["entrepreneur"]["history"].as_array().unwrap().len(),
                5
            );
        }
    }
    for table in ["startup_courses", "startup_attendance", "support_grants"] {
        assert_eq!(
            house.refused_sql(&format!("DELETE FROM {table}")).await,
            "APPEND_ONLY"
        );
    }
}

#[tokio::test]
async fn the_database_keeps_to_the_way() {
    let house = House::open().await;
    let id = applied(&house, 0).await;
    let id = raw(&id);
    let coached = format!("UPDATE entrepreneurs SET state = 'COACHED' WHERE id = '{id}'");
    assert_eq!(house.refused_sql(&coached).await, "ENTREPRENEUR_HOURS");
    let started = format!("UPDATE entrepreneurs SET state = 'STARTED' WHERE id = '{id}'");
    assert_eq!(house.refused_sql(&started).await, "ENTREPRENEUR_STATE");
    let silent = format!("UPDATE entrepreneurs SET state = 'REFUSED' WHERE id = '{id}'");
    assert_eq!(house.refused_sql(&silent).await, "ENTREPRENEUR_REFUSED");
    assert_eq!(
        house
            .refused_sql("UPDATE entrepreneurs SET idea = 'x'")
            .await,
        "ENTREPRENEUR_ORIGIN"
    );
    let other = applied(&house, 1).await;
    done(
        &house,
        &voter(1),
        "withdrawEntrepreneur",
        &only(&other),
        "entrepreneur { state }",
    )
    .await;
    applied(&house, 1).await;
}
