//! Patrols through the real schema.

use kit::auth::Caller;
use serde_json::{Value, json};
use testkit::service::{data, reason};

use crate::{
    events::{done, report, worker},
    support::{GRID, House, neighbour, refused, staff, staff_elsewhere},
};

async fn call(house: &House, who: &Caller, name: &str, key: &str, mut input: Value) -> Value {
    let kind = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
    let query = format!(
        "mutation($input: {kind}!) {{ {name}(input: $input) {{
             patrolTask {{ id state workerName finding overdue grid {{ code }} }} }} }}"
    );
    input["idempotencyKey"] = json!(key);
    house.run(who, &query, json!({ "input": input })).await
}

fn plan(worker: Value) -> Value {
    json!({ "gridCode": GRID, "title": "检查消防通道", "worker": worker,
        "dueAt": "2026-03-02T10:00:00Z" })
}

#[tokio::test]
async fn a_worker_is_sent_finds_something_and_says_so() {
    let house = House::open().await;
    let none = call(
        &house,
        &staff(),
        "planPatrol",
        "plan-000001",
        plan(Value::Null),
    )
    .await;
    assert_eq!(
        refused(&none),
        ("PATROL_WORKER".into(), "input.workerSubject".into())
    );
    let zhao = json!({ "subject": "zhao", "name": "赵网格" });
    for (who, expected) in [(neighbour(), "FORBIDDEN"), (staff_elsewhere(), "FORBIDDEN")] {
        let answer = call(
            &house,
            &who,
            "planPatrol",
            "plan-000002",
            plan(zhao.clone()),
        )
        .await;
        assert_eq!(reason(&answer), expected);
    }
    let mut late = plan(zhao.clone());
    late["dueAt"] = json!("2026-03-02T01:00:00Z");
    let refusal = call(&house, &staff(), "planPatrol", "plan-000003", late).await;
    assert_eq!(
        refused(&refusal),
        ("PATROL_DUE".into(), "input.dueAt".into())
    );
    let made = data(call(&house, &staff(), "planPatrol", "plan-000004", plan(zhao)).await);
    let task = made["planPatrol"]["patrolTask"]["id"].clone();

    let list = "{ patrolTasks(first: 5) { nodes { id state overdue } } }";
    let mine = data(house.run(&worker("zhao"), list, json!({})).await);
    assert_eq!(mine["patrolTasks"]["nodes"][0]["id"], task);
    let found = report("GRID_WORKER", json!({ "patrolTaskId": task }));
    let event = done(&house, &worker("zhao"), "reportEvent", "report-0001", found).await;
    let from = "query($id: ID!) { event(id: $id) { patrolTask { id } } }";
    let seen = data(
        house
            .run(&worker("zhao"), from, json!({ "id": event["id"] }))
            .await,
    );
    assert_eq!(seen["event"]["patrolTask"]["id"], task);

    let ends = json!({ "patrolTaskId": task, "finding": "一处堵塞,已上报" });
    let other = call(
        &house,
        &worker("qian"),
        "finishPatrol",
        "finish-0001",
        ends.clone(),
    )
    .await;
    assert_eq!(reason(&other), "PATROL_NOT_FOUND");
    let ended = data(
        call(
            &house,
            &worker("zhao"),
            "finishPatrol",
            "finish-0002",
            ends.clone(),
        )
        .await,
    );
    assert_eq!(ended["finishPatrol"]["patrolTask"]["state"], "DONE");
    let twice = call(&house, &worker("zhao"), "finishPatrol", "finish-0003", ends).await;
    assert_eq!(reason(&twice), "PATROL_FIXED");
    assert_eq!(
        house
            .refusal("UPDATE patrol_tasks SET state = 'PLANNED', ended_at = NULL, finding = NULL")
            .await,
        "PATROL_FIXED"
    );
    assert!(house.app_may_not("DELETE FROM patrol_tasks").await);
}

#[tokio::test]
async fn a_patrol_that_was_not_done_is_seen_and_can_be_cancelled() {
    let house = House::open().await;
    let zhao = json!({ "subject": "zhao", "name": "赵网格" });
    let made = data(call(&house, &staff(), "planPatrol", "plan-000001", plan(zhao)).await);
    let task = made["planPatrol"]["patrolTask"]["id"].clone();
    house.service.clock.advance(chrono::TimeDelta::hours(10));
    let late = "{ patrolTasks(mine: false, overdue: true, first: 5) { nodes { id overdue } } }";
    let seen = data(house.run(&staff(), late, json!({})).await);
    assert_eq!(
        seen["patrolTasks"]["nodes"],
        json!([{ "id": task, "overdue": true }])
    );
    let elsewhere = data(house.run(&staff_elsewhere(), late, json!({})).await);
    assert_eq!(elsewhere["patrolTasks"]["nodes"], json!([]));
    assert_eq!(
        house
            .refusal("UPDATE patrol_tasks SET ended_at = now()")
            .await,
        "PATROL_ENDED"
    );
    let at_once = "INSERT INTO patrol_tasks (id, grid_code, worker_subject, worker_name, title,
            state, planned_by, planned_at, due_at)
        SELECT gen_random_uuid(), grid_code, 'u', 'u', 't', 'PLANNED', 'u', now(), now()
        FROM patrol_tasks";
    assert_eq!(house.refusal(at_once).await, "PATROL_DUE");
    let why = json!({ "patrolTaskId": task, "reason": "暴雪" });
    let ended = data(call(&house, &staff(), "cancelPatrol", "cancel-0001", why).await);
    assert_eq!(ended["cancelPatrol"]["patrolTask"]["state"], "CANCELLED");
}
