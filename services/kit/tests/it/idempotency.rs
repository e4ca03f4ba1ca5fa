//! One effect per key.

use kernel::{IdempotencyKey, Kind, RequestHash};
use kit::idempotency::{self, Begin, IdempotentCall, Outcome};
use serde_json::json;
use sqlx::PgConnection;

use crate::support::{database, effects, effects_table, script, someone_waits};

fn call(subject: &str, input: i64) -> IdempotentCall {
    IdempotentCall {
        subject: subject.into(),
        operation: "pay",
        key: IdempotencyKey::try_new("key-00001").unwrap(),
        request: RequestHash::of("pay", &json!({ "amount": input })),
        at: testkit::start(),
    }
}

async fn pay(conn: &mut PgConnection, what: &str) -> kit::Result<i64> {
    sqlx::query("INSERT INTO effects (what) VALUES ($1)")
        .bind(what)
        .execute(conn)
        .await?;
    Ok(42)
}

#[tokio::test]
async fn answers_the_same_call_as_the_first_time() {
    let db = database().await;
    let mut tx = db.app.begin().await.unwrap();
    assert_eq!(
        idempotency::begin(&mut tx, &call("a", 1)).await.unwrap(),
        Begin::First
    );
    idempotency::finish(&mut tx, &call("a", 1), &json!({ "id": 7 }))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut conn = db.app.acquire().await.unwrap();
    let again = idempotency::begin(&mut conn, &call("a", 1)).await.unwrap();
    assert_eq!(again, Begin::Replay(json!({ "id": 7 })));
}

#[tokio::test]
async fn refuses_the_key_with_another_input_and_knows_no_other_callers_keys() {
    let db = database().await;
    let mut conn = db.app.acquire().await.unwrap();
    idempotency::begin(&mut conn, &call("a", 1)).await.unwrap();
    idempotency::finish(&mut conn, &call("a", 1), &json!(null))
        .await
        .unwrap();
    let error = idempotency::begin(&mut conn, &call("a", 2))
        .await
        .unwrap_err();
    assert_eq!(error.reason(), "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(error.field(), Some("input.idempotencyKey"));
    assert_eq!(
        idempotency::begin(&mut conn, &call("b", 2)).await.unwrap(),
        Begin::First
    );
}

#[tokio::test]
async fn forgets_the_key_of_a_call_that_was_rolled_back() {
    let db = database().await;
    let mut tx = db.app.begin().await.unwrap();
    idempotency::begin(&mut tx, &call("a", 1)).await.unwrap();
    tx.rollback().await.unwrap();
    let mut conn = db.app.acquire().await.unwrap();
    assert_eq!(
        idempotency::begin(&mut conn, &call("a", 2)).await.unwrap(),
        Begin::First
    );
}

#[tokio::test]
async fn lets_a_second_call_wait_for_the_first_and_answers_it_alike() {
    let db = database().await;
    effects_table(&db).await;
    let mut first = db.app.begin().await.unwrap();
    assert_eq!(
        idempotency::begin(&mut first, &call("a", 1)).await.unwrap(),
        Begin::First
    );
    let second = async {
        let mut tx = db.app.begin().await.unwrap();
        idempotency::begin(&mut tx, &call("a", 1)).await.unwrap()
    };
    let finish = async {
        someone_waits(&db).await;
        idempotency::finish(&mut first, &call("a", 1), &json!("first"))
            .await
            .unwrap();
        first.commit().await.unwrap();
    };
    let (second, ()) = tokio::join!(second, finish);
    assert_eq!(second, Begin::Replay(json!("first")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gives_one_effect_where_many_call_at_once() {
    let db = database().await;
    effects_table(&db).await;
    let one = || async {
        let mut tx = db.app.begin().await.unwrap();
        let outcome = idempotency::run(&mut tx, &call("a", 1), async |conn: &mut PgConnection| {
            pay(conn, "paid").await
        })
        .await
        .unwrap();
        tx.commit().await.unwrap();
        outcome
    };
    let all = futures_util::future::join_all((0..8).map(|_| one())).await;
    assert!(all.iter().all(|outcome| *outcome == Outcome::Done(42)));
    assert_eq!(effects(&db.app).await, ["paid"]);
}

#[tokio::test]
async fn keeps_a_refusal_and_undoes_what_was_written_before_it() {
    let db = database().await;
    effects_table(&db).await;
    let refuse = async |enough: bool| {
        let mut tx = db.app.begin().await.unwrap();
        let outcome = idempotency::run(
            &mut tx,
            &call("a", 1),
            async |conn: &mut PgConnection| -> kit::Result<i64> {
                let paid = pay(conn, "half").await?;
                if enough {
                    return Ok(paid);
                }
                Err(
                    kit::Error::refused("CREDITS_OVERDRAWN", "积分不足", "not enough credits")
                        .at("input.amount"),
                )
            },
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        outcome
    };
    let first = refuse(false).await;
    // Meanwhile there is enough; the same key is still refused.
    assert_eq!(refuse(true).await, first);
    let error = first.into_result().unwrap_err();
    assert_eq!(
        (error.kind(), error.reason()),
        (Kind::Refused, "CREDITS_OVERDRAWN")
    );
    assert_eq!(error.field(), Some("input.amount"));
    assert_eq!(error.message(kernel::Lang::Zh), "积分不足");
    assert!(effects(&db.app).await.is_empty());
}

#[tokio::test]
async fn keeps_nothing_of_a_failure_that_passes() {
    let db = database().await;
    let attempt = async |up: bool| {
        let mut tx = db.app.begin().await.unwrap();
        let answer = idempotency::run(
            &mut tx,
            &call("a", 1),
            async |_: &mut PgConnection| -> kit::Result<i64> {
                if up {
                    return Ok(1);
                }
                Err(kit::Error::new(
                    Kind::Unavailable,
                    "PEER_DOWN",
                    "不可用",
                    "down",
                ))
            },
        )
        .await;
        if answer.is_ok() {
            tx.commit().await.unwrap();
        }
        answer
    };
    assert!(attempt(false).await.is_err());
    assert_eq!(attempt(true).await.unwrap(), Outcome::Done(1));
}

#[tokio::test]
async fn can_be_awaited_on_any_thread() {
    fn is_send<T: Send>(future: T) -> T {
        future
    }
    let db = database().await;
    effects_table(&db).await;
    let mut tx = db.app.begin().await.unwrap();
    let call = call("a", 1);
    let outcome = is_send(idempotency::run(
        &mut tx,
        &call,
        async |conn: &mut PgConnection| pay(conn, "paid").await,
    ))
    .await;
    assert_eq!(outcome.unwrap(), Outcome::Done(42));
}

#[tokio::test]
async fn forgets_answers_only_after_their_time() {
    let db = database().await;
    let mut conn = db.app.acquire().await.unwrap();
    idempotency::begin(&mut conn, &call("a", 1)).await.unwrap();
    assert_eq!(idempotency::prune(&mut conn, 60.0).await.unwrap(), 0);
    script(
        &db.owner,
        "UPDATE kit.idempotency_answers SET recorded_at = now() - interval '2 minutes'",
    )
    .await;
    assert_eq!(idempotency::prune(&mut conn, 60.0).await.unwrap(), 1);
}
