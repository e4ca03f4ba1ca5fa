//! The committee's evaluation through the real schema.

use chrono::TimeDelta;
use serde_json::{Value, json};
use testkit::service::data;

use crate::{
    ground::{announced, county, done, here, only, published, slip, told},
    peers::{MINOR, UNVERIFIED},
    support::{House, join, nobody, person, raw, staff, voter},
};

async fn read(house: &House, id: &Value) -> Value {
    let query =
        "query($id: ID!) { committeeEvaluation(id: $id) { state raters again: raters(second: true)
        results { phase average raters } rectifications { measure overdue doneAt } } }";
    data(house.run(&nobody(), query, json!({ "id": id })).await)["committeeEvaluation"].clone()
}

fn measure(evaluation: &Value, dimension: &Value, due: &str) -> Value {
    json!({ "evaluationId": evaluation, "dimensionId": dimension, "measure": "延长服务窗口时间", "dueOn": due })
}

#[tokio::test]
async fn residents_rate_once_and_nobody_knows_what_they_said() {
    let house = House::open().await;
    let (id, dimensions) = announced(&house).await;
    let early = told(
        &house,
        &voter(0),
        "rateCommittee",
        &slip(&id, &dimensions, [5, 4]),
    )
    .await;
    assert_eq!(early.0, "EVALUATION_NOT_OPEN");
    house.service.clock.advance(TimeDelta::hours(2));
    let mut call = slip(&id, &dimensions, [5, 4]);
    call["idempotencyKey"] = json!("my-slip-0001");
    let rated = done(
        &house,
        &voter(0),
        "rateCommittee",
        &call,
        "evaluation { state }",
    )
    .await;
    assert_eq!(rated["state"], "COLLECTING");
    done(
        &house,
        &voter(0),
        "rateCommittee",
        &call,
        "evaluation { state }",
    )
    .await;
    let again = told(
        &house,
        &voter(0),
        "rateCommittee",
        &slip(&id, &dimensions, [1, 1]),
    )
    .await;
    assert_eq!(again.0, "EVALUATION_RATED_ALREADY");
    // Eight at once, each counted once.
    let inputs: Vec<_> = (1..9)
        .map(|n| (voter(n), slip(&id, &dimensions, [3, 2])))
        .collect();
    let calls = inputs
        .iter()
        .map(|(who, slip)| house.try_act(who, "rateCommittee", slip, "evaluation { id }"));
    assert!(
        join(calls)
            .await
            .iter()
            .all(|it| it.get("errors").is_none())
    );
    let read = read(&house, &id).await;
    assert_eq!((&read["raters"], &read["results"]), (&json!(9), &json!([])));
    // No row of what was said names a person or a time, and no key tells a slip.
    let named = house
        .count(
            "SELECT count(*) FROM information_schema.columns WHERE table_name = 'evaluation_scores'
        AND column_name NOT IN ('slip', 'evaluation_id', 'phase', 'dimension_id', 'score')",
        )
        .await;
    assert_eq!(named, 0);
}

#[tokio::test]
async fn only_verified_adults_rate_each_dimension() {
    let house = House::open().await;
    let (id, dimensions) = announced(&house).await;
    house.service.clock.advance(TimeDelta::hours(2));
    let good = slip(&id, &dimensions, [5, 5]);
    assert_eq!(
        told(&house, &person(MINOR), "rateCommittee", &good).await.0,
        "RESIDENT_TOO_YOUNG"
    );
    assert_eq!(
        told(&house, &person(UNVERIFIED), "rateCommittee", &good)
            .await
            .0,
        "RESIDENT_NOT_VERIFIED"
    );
    let high = told(
        &house,
        &voter(0),
        "rateCommittee",
        &slip(&id, &dimensions, [5, 6]),
    )
    .await;
    assert_eq!(
        high,
        ("EVALUATION_SCORE".into(), json!("input.scores.1.score"))
    );
    let mut half = good.clone();
    half["scores"].as_array_mut().unwrap().pop();
    assert_eq!(
        told(&house, &voter(0), "rateCommittee", &half).await,
        ("EVALUATION_SLIP".into(), json!("input.scores"))
    );
}

#[tokio::test]
async fn a_round_is_opened_with_good_dimensions_one_at_a_time() {
    let house = House::open().await;
    let (id, _) = announced(&house).await;
    let opens = house.service.core.clock.now() + TimeDelta::days(2);
    let round = |weight: i32, opens: chrono::DateTime<chrono::Utc>| {
        json!({ "communityId": here(&house), "title": "又一轮",
        "opensAt": opens, "closesAt": opens + TimeDelta::days(1),
        "dimensions": [{ "code": "A", "title": "服务", "weight": weight }] })
    };
    let light = told(
        &house,
        &county(),
        "openCommitteeEvaluation",
        &round(90, opens),
    )
    .await;
    assert_eq!(
        light,
        ("EVALUATION_WEIGHTS".into(), json!("input.dimensions"))
    );
    let past = told(
        &house,
        &county(),
        "openCommitteeEvaluation",
        &round(100, opens - TimeDelta::days(3)),
    )
    .await;
    assert_eq!(past, ("EVALUATION_WINDOW".into(), json!("input.closesAt")));
    let overlap = told(
        &house,
        &county(),
        "openCommitteeEvaluation",
        &round(100, opens),
    )
    .await;
    assert_eq!(
        overlap,
        ("EVALUATION_OVERLAP".into(), json!("input.opensAt"))
    );
    assert_eq!(
        told(&house, &county(), "closeCommitteeEvaluation", &only(&id))
            .await
            .0,
        "EVALUATION_STILL_OPEN"
    );
    // Nobody rated: closed, but not published.
    house.service.clock.advance(TimeDelta::days(8));
    done(
        &house,
        &county(),
        "closeCommitteeEvaluation",
        &only(&id),
        "evaluation { state }",
    )
    .await;
    assert_eq!(
        told(&house, &county(), "publishCommitteeEvaluation", &only(&id))
            .await
            .0,
        "EVALUATION_TOO_FEW"
    );
}

#[tokio::test]
async fn what_falls_short_is_put_right_and_rated_by_the_same_residents() {
    let house = House::open().await;
    let (id, dimensions) = published(&house, [5, 2]).await;
    let read_first = read(&house, &id).await;
    assert_eq!(
        read_first["results"][0],
        json!({ "phase": 1, "average": 500, "raters": 3 })
    );
    assert_eq!(read_first["results"][1]["average"], 200);
    assert_eq!(
        told(&house, &county(), "verifyCommitteeEvaluation", &only(&id))
            .await
            .0,
        "RECTIFICATION_MISSING"
    );
    assert_eq!(
        told(&house, &staff(), "beginRectification", &only(&id))
            .await
            .0,
        "RECTIFICATION_MISSING"
    );
    let far = told(
        &house,
        &staff(),
        "addRectification",
        &measure(&id, &dimensions[1], "2027-01-01"),
    )
    .await;
    assert_eq!(far.0, "RECTIFICATION_DUE");
    let item = done(
        &house,
        &staff(),
        "addRectification",
        &measure(&id, &dimensions[1], "2026-03-20"),
        "item { id }",
    )
    .await["id"]
        .clone();
    done(
        &house,
        &staff(),
        "beginRectification",
        &only(&id),
        "evaluation { state }",
    )
    .await;
    house.service.clock.advance(TimeDelta::days(20));
    assert_eq!(
        read(&house, &id).await["rectifications"][0]["overdue"],
        true
    );
    let opens = house.service.core.clock.now() + TimeDelta::hours(1);
    let second =
        json!({ "evaluationId": id, "opensAt": opens, "closesAt": opens + TimeDelta::days(3) });
    assert_eq!(
        told(&house, &county(), "openSecondRating", &second).await.0,
        "RECTIFICATION_OPEN"
    );
    let shown = json!({ "rectificationId": item, "evidence": "窗口延长至 20 时" });
    done(
        &house,
        &staff(),
        "completeRectification",
        &shown,
        "item { doneAt }",
    )
    .await;
    assert_eq!(
        told(&house, &staff(), "completeRectification", &shown)
            .await
            .0,
        "RECTIFICATION_DONE"
    );
    done(
        &house,
        &county(),
        "openSecondRating",
        &second,
        "evaluation { secondOpensAt }",
    )
    .await;
    assert_eq!(
        told(&house, &county(), "verifyCommitteeEvaluation", &only(&id))
            .await
            .0,
        "EVALUATION_NOT_RATED_AGAIN"
    );
    house.service.clock.advance(TimeDelta::hours(2));
    let new = told(
        &house,
        &voter(9),
        "rateCommittee",
        &slip(&id, &dimensions, [5, 5]),
    )
    .await;
    assert_eq!(new.0, "EVALUATION_NOT_A_FIRST_RATER");
    done(
        &house,
        &voter(0),
        "rateCommittee",
        &slip(&id, &dimensions, [5, 4]),
        "evaluation { id }",
    )
    .await;
    house.service.clock.advance(TimeDelta::days(4));
    let verified = done(
        &house,
        &county(),
        "verifyCommitteeEvaluation",
        &only(&id),
        "evaluation { state }",
    )
    .await;
    assert_eq!(verified["state"], "VERIFIED");
    let read = read(&house, &id).await;
    assert_eq!(read["again"], 1);
    let again: Vec<_> = read["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["phase"] == 2)
        .collect();
    assert_eq!(again[1]["average"], 400);
}

#[tokio::test]
async fn a_good_round_is_verified_at_once() {
    let house = House::open().await;
    let (id, _) = published(&house, [5, 4]).await;
    let done = done(
        &house,
        &county(),
        "verifyCommitteeEvaluation",
        &only(&id),
        "evaluation { state }",
    )
    .await;
    assert_eq!(done["state"], "VERIFIED");
    let told = house
        .count("SELECT count(*) FROM kit.outbox WHERE subject = 'communities.evaluation.published'")
        .await;
    assert_eq!(told, 1);
}

#[tokio::test]
async fn the_database_counts_for_itself() {
    let house = House::open().await;
    let (id, dimensions) = announced(&house).await;
    house.service.clock.advance(TimeDelta::hours(2));
    done(
        &house,
        &voter(0),
        "rateCommittee",
        &slip(&id, &dimensions, [5, 4]),
        "evaluation { id }",
    )
    .await;
    let (id, dimension) = (raw(&id), raw(&dimensions[0]));
    let result = |average: i32| {
        format!(
            "INSERT INTO evaluation_results VALUES (gen_random_uuid(), '{id}', 1, '{dimension}', 1, {average})"
        )
    };
    assert_eq!(house.refused_sql(&result(400)).await, "EVALUATION_COUNT");
    let early = format!(
        "UPDATE committee_evaluations SET state = 'CLOSED', updated_at = closes_at WHERE id = '{id}'"
    );
    assert_eq!(house.refused_sql(&early).await, "EVALUATION_STILL_OPEN");
    house.sql(&result(500)).await;
    let late = format!(
        "INSERT INTO evaluation_raters SELECT '{id}', 1, sha256('x'), rated_at FROM evaluation_raters"
    );
    assert_eq!(house.refused_sql(&late).await, "EVALUATION_CLOSED");
    for table in [
        "evaluation_raters",
        "evaluation_scores",
        "evaluation_results",
        "evaluation_dimensions",
    ] {
        assert_eq!(
            house.refused_sql(&format!("DELETE FROM {table}")).await,
            "APPEND_ONLY"
        );
        assert_eq!(
            house
                .refused_sql_as_app(&format!("DELETE FROM {table}"))
                .await,
            "DENIED"
        );
    }
    let light = format!(
        "INSERT INTO evaluation_dimensions VALUES (gen_random_uuid(), '{id}', 'X', 'x', 1)"
    );
    assert_eq!(house.refused_sql(&light).await, "EVALUATION_WEIGHTS");
    let unpublished = format!("INSERT INTO rectification_items (id, evaluation_id, dimension_id, measure, due_on, created_at)
        VALUES (gen_random_uuid(), '{id}', '{dimension}', 'x', '2026-03-05', '2026-03-02')");
    assert_eq!(
        house.refused_sql(&unpublished).await,
        "EVALUATION_NOT_PUBLISHED"
    );
}
