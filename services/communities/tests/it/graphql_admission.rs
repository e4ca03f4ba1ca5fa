//! Admission of work through the real schema (SM-2).

use chrono::TimeDelta;
use serde_json::json;
use testkit::service::data;

use crate::{
    ground::{admission, admitted, approved, county, done, item, list, only, told},
    support::{House, nobody, raw, staff},
};

#[tokio::test]
async fn work_is_admitted_with_time_money_and_staff_and_stands_in_the_catalogue() {
    let house = House::open().await;
    let id = admitted(&house).await;
    let catalogue = done(
        &house,
        &county(),
        "draftWorkList",
        &list("ADMISSION"),
        "list { id }",
    )
    .await["id"]
        .clone();
    let mut entry = item(&catalogue, "Z-1");
    let bare = told(&house, &county(), "addWorkListItem", &entry).await;
    assert_eq!(
        bare,
        ("ITEM_WITHOUT_ADMISSION".into(), json!("input.admissionId"))
    );
    entry["admissionId"] = id.clone();
    let poor = told(&house, &county(), "addWorkListItem", &entry).await;
    assert_eq!(
        poor,
        ("ITEM_WITHOUT_FUNDING".into(), json!("input.funding"))
    );
    entry["funding"] = json!(400_000);
    done(
        &house,
        &county(),
        "addWorkListItem",
        &entry,
        "item { id funding }",
    )
    .await;
    approved(&house, &catalogue).await;
    done(
        &house,
        &county(),
        "enforceWorkList",
        &only(&catalogue),
        "list { id }",
    )
    .await;
    let query =
        "query($id: ID!) { admission(id: $id) { state grantedFunding overdue history { state } } }";
    let read = data(house.run(&nobody(), query, json!({ "id": id })).await)["admission"].clone();
    assert_eq!(
        (&read["state"], &read["grantedFunding"]),
        (&json!("IN_CATALOGUE"), &json!(400_000))
    );
    assert_eq!(read["history"].as_array().unwrap().len(), 5);
    done(
        &house,
        &county(),
        "retireWorkList",
        &only(&catalogue),
        "list { id }",
    )
    .await;
    let read = data(house.run(&nobody(), query, json!({ "id": id })).await)["admission"].clone();
    assert_eq!(read["state"], "EXPIRED");
}

#[tokio::test]
async fn an_application_comes_so_many_working_days_before_the_work() {
    let house = House::open().await;
    // Thirty working days after 2 March 2026: 14 April, for 6 April is a holiday.
    let late = told(
        &house,
        &county(),
        "submitAdmission",
        &admission(&house, "2026-04-13"),
    )
    .await;
    assert_eq!(late, ("ADMISSION_TOO_LATE".into(), json!("input.startsOn")));
    done(
        &house,
        &county(),
        "submitAdmission",
        &admission(&house, "2026-04-14"),
        "admission { id }",
    )
    .await;
    let by_hand = "INSERT INTO admission_applications (id, community_id, division_code, department, title, content,
            basis_document, starts_on, funding, staffing, submitted_by, submitted_at, state, updated_at)
        SELECT gen_random_uuid(), community_id, division_code, department, title, content, basis_document,
            '2026-04-13', funding, staffing, submitted_by, submitted_at, state, updated_at FROM admission_applications";
    assert_eq!(house.refused_sql(by_hand).await, "ADMISSION_TOO_LATE");
    let mut reversed = admission(&house, "2026-09-01");
    reversed["endsOn"] = json!("2026-08-31");
    let reversed = told(&house, &county(), "submitAdmission", &reversed).await;
    assert_eq!(reversed, ("PERIOD_REVERSED".into(), json!("input.endsOn")));
}

#[tokio::test]
async fn the_review_has_its_clock_and_is_seen_when_it_is_late() {
    let house = House::open().await;
    let made = done(
        &house,
        &county(),
        "submitAdmission",
        &admission(&house, "2026-09-01"),
        "admission { id }",
    )
    .await;
    let id = made["id"].clone();
    assert_eq!(
        told(&house, &county(), "reviewAdmission", &only(&id))
            .await
            .0,
        "ADMISSION_STATE"
    );
    let opinion = json!({ "admissionId": id, "supports": false, "opinion": "人手不足" });
    done(
        &house,
        &staff(),
        "giveAdmissionOpinion",
        &opinion,
        "admission { opinionSupports }",
    )
    .await;
    let review = done(
        &house,
        &county(),
        "reviewAdmission",
        &only(&id),
        "admission { reviewBy }",
    )
    .await;
    // Fifteen working days, to the end of 23 March in China.
    assert_eq!(review["reviewBy"], "2026-03-23T16:00:00+00:00");
    let late = "query { admissions(filter: { overdue: true }) { nodes { id overdue } } }";
    let none = data(house.run(&nobody(), late, json!({})).await)["admissions"]["nodes"].clone();
    assert_eq!(none, json!([]));
    house.service.clock.advance(TimeDelta::days(22));
    let some = data(house.run(&nobody(), late, json!({})).await)["admissions"]["nodes"].clone();
    assert_eq!(some, json!([{ "id": id, "overdue": true }]));
    let bare = json!({ "admissionId": id, "approve": true, "note": "同意" });
    let bare = told(&house, &county(), "decideAdmission", &bare).await;
    assert_eq!(
        bare,
        (
            "ADMISSION_MONEY_AND_STAFF".into(),
            json!("input.grantedFunding")
        )
    );
    let no = json!({ "admissionId": id, "approve": false, "note": "社区人手不足" });
    let no = done(
        &house,
        &county(),
        "decideAdmission",
        &no,
        "admission { state decisionNote }",
    )
    .await;
    assert_eq!(no["state"], "REJECTED");
    assert_eq!(
        told(&house, &county(), "withdrawAdmission", &only(&id))
            .await
            .0,
        "ADMISSION_STATE"
    );
}

#[tokio::test]
async fn the_database_lets_nothing_into_the_catalogue_without_an_approval() {
    let house = House::open().await;
    let made = done(
        &house,
        &county(),
        "submitAdmission",
        &admission(&house, "2026-09-01"),
        "admission { id }",
    )
    .await;
    let id = made["id"].clone();
    let catalogue = done(
        &house,
        &county(),
        "draftWorkList",
        &list("ADMISSION"),
        "list { id }",
    )
    .await["id"]
        .clone();
    let mut entry = item(&catalogue, "Z-1");
    entry["admissionId"] = id.clone();
    entry["funding"] = json!(400_000);
    let early = told(&house, &county(), "addWorkListItem", &entry).await;
    assert_eq!(early.0, "ADMISSION_NOT_APPROVED");
    let by_hand = format!(
        "INSERT INTO work_list_items (id, list_id, code, title, basis_document, department, period, created_at)
         VALUES (gen_random_uuid(), '{}', 'Z-2', 'x', 'x', 'x', 'ONCE', now())",
        raw(&catalogue)
    );
    assert_eq!(house.refused_sql(&by_hand).await, "ITEM_WITHOUT_ADMISSION");
    let forced = format!(
        "UPDATE admission_applications SET state = 'COMMUNITY_OPINION' WHERE id = '{}'",
        raw(&id)
    );
    assert_eq!(house.refused_sql(&forced).await, "ADMISSION_OPINION_GIVEN");
    let jump = format!(
        "UPDATE admission_applications SET state = 'APPROVED' WHERE id = '{}'",
        raw(&id)
    );
    assert_eq!(house.refused_sql(&jump).await, "ADMISSION_STATE");
    let changed = "UPDATE admission_applications SET starts_on = '2027-01-01'";
    assert_eq!(house.refused_sql(changed).await, "ADMISSION_ORIGIN");
}
