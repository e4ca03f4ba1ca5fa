//! The database refuses what must never be, also by hand-written SQL.

use communities::domain::need::NeedState;
use sqlx::AssertSqlSafe;

use crate::{
    graphql_need::{REPORT, report},
    support::{House, wang},
};

async fn need(house: &House) -> String {
    let answer = house
        .run(&wang(), REPORT, report(house, "key-00000001"))
        .await;
    assert!(answer.get("errors").is_none(), "{answer}");
    sqlx::query_scalar::<_, uuid::Uuid>("SELECT id FROM needs")
        .fetch_one(&house.service.db.owner)
        .await
        .unwrap()
        .to_string()
}

#[tokio::test]
async fn refuses_a_jump_of_state_by_hand() {
    let house = House::open().await;
    let id = need(&house).await;
    let jump = sqlx::query("UPDATE needs SET state = 'CONFIRMED' WHERE id = $1::uuid")
        .bind(&id)
        .execute(&house.service.db.owner)
        .await
        .unwrap_err();
    assert_eq!(kit::Error::from(jump).reason(), "NEED_STATE");
}

#[tokio::test]
async fn refuses_to_change_where_a_need_comes_from() {
    let house = House::open().await;
    let id = need(&house).await;
    let change = format!(
        "UPDATE needs SET trace_id = '{}' WHERE id = '{id}'",
        uuid::Uuid::nil()
    );
    let refused = sqlx::query(AssertSqlSafe(change))
        .execute(&house.service.db.owner)
        .await
        .unwrap_err();
    assert_eq!(kit::Error::from(refused).reason(), "NEED_ORIGIN");
}

#[tokio::test]
async fn knows_the_same_moves_as_the_domain() {
    let house = House::open().await;
    let mut stored: Vec<(String, String)> =
        sqlx::query_as("SELECT from_state, to_state FROM need_transitions")
            .fetch_all(&house.service.db.app)
            .await
            .unwrap();
    let mut known: Vec<(String, String)> = NeedState::MOVES
        .iter()
        .map(|(a, b)| (a.to_string(), b.to_string()))
        .collect();
    stored.sort();
    known.sort();
    assert_eq!(stored, known);
    // Nobody adds a move at run time.
    let added = sqlx::query("INSERT INTO need_transitions VALUES ('REPORTED', 'CONFIRMED')")
        .execute(&house.service.db.app)
        .await;
    assert!(added.is_err());
}
