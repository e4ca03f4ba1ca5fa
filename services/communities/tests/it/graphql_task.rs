//! Tasks, their transfer, and the burden index, through the real schema.

use chrono::TimeDelta;
use serde_json::{Value, json};
use testkit::service::data;

use crate::{
    ground::{assigned, city, county, done, drafted, here, in_force, only, task, told},
    steps,
    support::{House, nobody, raw, staff},
};

#[tokio::test]
async fn a_task_is_given_for_an_item_in_force_only() {
    let house = House::open().await;
    let (_, draft) = drafted(&house, "ASSIST").await;
    assert_eq!(
        told(&house, &county(), "assignTask", &task(&house, &draft))
            .await
            .0,
        "ITEM_NOT_IN_FORCE"
    );
    // What the seal list names is no work.
    let (_, seal) = in_force(&house, "SEAL").await;
    assert_eq!(
        told(&house, &county(), "assignTask", &task(&house, &seal))
            .await
            .0,
        "ITEM_NOT_IN_FORCE"
    );
    let (list, item) = in_force(&house, "DUTY").await;
    let made = done(
        &house,
        &county(),
        "assignTask",
        &task(&house, &item),
        "task { id state department }",
    )
    .await;
    assert_eq!(
        (&made["state"], &made["department"]),
        (&json!("ASSIGNED"), &json!("民政局"))
    );
    let mut past = task(&house, &item);
    past["dueOn"] = json!("2026-03-01");
    assert_eq!(
        told(&house, &county(), "assignTask", &past).await,
        ("TASK_DUE".into(), json!("input.dueOn"))
    );
    done(
        &house,
        &county(),
        "retireWorkList",
        &only(&list),
        "list { id }",
    )
    .await;
    assert_eq!(
        told(&house, &county(), "assignTask", &task(&house, &item))
            .await
            .0,
        "ITEM_NOT_IN_FORCE"
    );
}

#[tokio::test]
async fn a_refusal_is_decided_by_somebody_else() {
    let house = House::open().await;
    let id = assigned(&house).await;
    let no = json!({ "taskId": id, "refusal": "NOT_IN_LIST", "reason": "超出清单事项范围" });
    let refused = done(
        &house,
        &staff(),
        "refuseTask",
        &no,
        "task { state refusal }",
    )
    .await;
    assert_eq!(
        (&refused["state"], &refused["refusal"]),
        (&json!("REFUSED"), &json!("NOT_IN_LIST"))
    );
    let up = json!({ "taskId": id, "reason": "属于协助事项" });
    done(&house, &county(), "escalateTask", &up, "task { state }").await;
    let decision = json!({ "taskId": id, "uphold": false, "note": "清单第一项已含" });
    assert_eq!(
        told(&house, &county(), "decideTask", &decision).await.0,
        "TASK_DECIDED_BY_ANOTHER"
    );
    let by_hand = "UPDATE task_assignments SET decided_by = escalated_by";
    assert_eq!(house.refused_sql(by_hand).await, "TASK_DECIDED_BY_ANOTHER");
    let decided = done(
        &house,
        &city(),
        "decideTask",
        &decision,
        "task { state history { state } }",
    )
    .await;
    assert_eq!(decided["state"], "ACCEPTED");
    assert_eq!(decided["history"].as_array().unwrap().len(), 4);
    let result = json!({ "taskId": id, "result": "已核对 42 户" });
    done(
        &house,
        &staff(),
        "completeTask",
        &result,
        "task { state result }",
    )
    .await;
    assert_eq!(
        told(&house, &staff(), "completeTask", &result).await.0,
        "TASK_STATE"
    );
}

#[tokio::test]
async fn what_is_late_is_seen() {
    let house = House::open().await;
    let id = assigned(&house).await;
    let late = "query { communityTasks(filter: { overdue: true }) { nodes { id overdue } } }";
    assert_eq!(
        data(house.run(&nobody(), late, json!({})).await)["communityTasks"]["nodes"],
        json!([])
    );
    house.service.clock.advance(TimeDelta::days(31));
    let nodes =
        data(house.run(&nobody(), late, json!({})).await)["communityTasks"]["nodes"].clone();
    assert_eq!(nodes, json!([{ "id": id, "overdue": true }]));
}

fn transfer(task: &Value, proposal: &Value, kind: &str) -> Value {
    json!({ "taskId": task, "proposalId": proposal, "reason": "专业性强,由社会组织承担", "title": "低保入户核查",
            "lines": [{ "description": "入户核查", "kind": kind, "unit": "户", "quantity": 42, "unitCeiling": 5000 }] })
}

#[tokio::test]
async fn a_task_is_bought_from_others_on_an_adopted_proposal() {
    let house = House::open().await;
    let chain = steps::unopposed(&house).await;
    let id = assigned(&house).await;
    let input = transfer(&id, &chain.proposal, "SERVICE_UNIT");
    // Not before the community has taken it on.
    assert_eq!(
        told(&house, &staff(), "transferWork", &input).await.0,
        "TASK_STATE"
    );
    assert!(house.peers.purchases().is_empty());
    done(&house, &staff(), "acceptTask", &only(&id), "task { state }").await;
    let people = transfer(&id, &chain.proposal, "HEADCOUNT");
    assert_eq!(
        told(&house, &staff(), "transferWork", &people).await.0,
        "LINE_BUYS_HEADCOUNT"
    );
    let mut call = input.clone();
    call["idempotencyKey"] = json!("transfer-0001");
    let first = house
        .act(
            &staff(),
            "transferWork",
            &call,
            "transfer { id task { id } procurementNeed { id } }",
        )
        .await;
    let again = house
        .act(
            &staff(),
            "transferWork",
            &call,
            "transfer { id task { id } procurementNeed { id } }",
        )
        .await;
    assert_eq!(first, again);
    assert_eq!(house.peers.purchases().len(), 1);
    assert_eq!(steps::state(&house, &chain).await, "PROJECTISED");
    let query = "query($id: ID!) { communityTask(id: $id) { state } }";
    assert_eq!(
        data(house.run(&nobody(), query, json!({ "id": id })).await)["communityTask"]["state"],
        "TRANSFERRED"
    );
    assert_eq!(
        house.refused_sql("DELETE FROM work_transfers").await,
        "APPEND_ONLY"
    );
}

#[tokio::test]
async fn the_database_keeps_tasks_to_the_lists() {
    let house = House::open().await;
    let id = assigned(&house).await;
    let (_, draft) = drafted(&house, "DUTY").await;
    let copy = format!(
        "INSERT INTO task_assignments (id, community_id, division_code, item_id, department, title, description,
             due_on, assigned_by, assigned_at, state, updated_at)
         SELECT gen_random_uuid(), community_id, division_code, '{}', department, title, description, due_on,
             assigned_by, assigned_at, 'ASSIGNED', updated_at FROM task_assignments",
        raw(&draft)
    );
    assert_eq!(house.refused_sql(&copy).await, "ITEM_NOT_IN_FORCE");
    done(&house, &staff(), "acceptTask", &only(&id), "task { state }").await;
    let bought = "UPDATE task_assignments SET state = 'TRANSFERRED', ended_at = now()";
    assert_eq!(house.refused_sql(bought).await, "TASK_WITHOUT_TRANSFER");
    let silent = "UPDATE task_assignments SET state = 'DONE', ended_at = now()";
    assert_eq!(house.refused_sql(silent).await, "TASK_RESULT");
    assert_eq!(
        house
            .refused_sql("UPDATE task_assignments SET due_on = '2027-01-01'")
            .await,
        "TASK_ORIGIN"
    );
}

#[tokio::test]
async fn the_burden_of_a_community_is_shown_with_its_trend() {
    let house = House::open().await;
    let record = |kind: &str, from: &str| {
        json!({ "communityId": here(&house), "kind": kind, "title": "巡查台账",
        "department": "城管局", "startsOn": from })
    };
    let ledger = done(
        &house,
        &staff(),
        "recordBurden",
        &record("LEDGER", "2026-01-10"),
        "record { id }",
    )
    .await["id"]
        .clone();
    done(
        &house,
        &staff(),
        "recordBurden",
        &record("INSPECTION", "2026-02-01"),
        "record { id }",
    )
    .await;
    let future = told(
        &house,
        &staff(),
        "recordBurden",
        &record("PLAQUE", "2026-12-01"),
    )
    .await;
    assert_eq!(future, ("DATE_IN_FUTURE".into(), json!("input.startsOn")));
    assigned(&house).await;
    let query = "query($c: ID!, $n: Int!) { burdenIndex(communityId: $c, months: $n) {
                 firstDay tasks ledgers plaques inspections index change } }";
    let read = async || {
        data(
            house
                .run(&nobody(), query, json!({ "c": here(&house), "n": 3 }))
                .await,
        )["burdenIndex"]
            .clone()
    };
    let months = read().await;
    let line = |at: usize| (months[at]["index"].clone(), months[at]["change"].clone());
    assert_eq!(line(0), (json!(1), Value::Null));
    assert_eq!(line(1), (json!(3), json!(2)));
    assert_eq!(line(2), (json!(4), json!(1)));
    assert_eq!(
        (&months[2]["firstDay"], &months[2]["tasks"]),
        (&json!("2026-03-01"), &json!(1))
    );
    done(
        &house,
        &staff(),
        "liftBurden",
        &only(&ledger),
        "record { untilOn }",
    )
    .await;
    assert_eq!(
        told(&house, &staff(), "liftBurden", &only(&ledger)).await.0,
        "BURDEN_LIFTED"
    );
    house.service.clock.advance(TimeDelta::days(30));
    assert_eq!(read().await[2]["change"], -1);
    let bad = house
        .run(&nobody(), query, json!({ "c": here(&house), "n": 0 }))
        .await;
    assert_eq!(bad["errors"][0]["extensions"]["field"], "months");
    assert_eq!(
        house
            .refused_sql("UPDATE burden_records SET starts_on = '2026-03-01'")
            .await,
        "BURDEN_ORIGIN"
    );
}
