//! The ledger of funds refuses what must never be, also by hand-written SQL.

use serde_json::json;

use crate::support::{House, fund_manager, uuid_of};

#[tokio::test]
async fn balances_and_books_are_out_of_reach_of_the_role_that_serves() {
    let house = House::open().await;
    house.fund(500).await;
    for sql in [
        "UPDATE fund_accounts SET balance_fen = 1000",
        "INSERT INTO fund_accounts (fund_id, account) SELECT id, 'PAID' FROM funds",
        "UPDATE fund_entries SET amount_fen = 1",
        "DELETE FROM fund_postings",
        "UPDATE policy_parameters SET value = 0",
        "DELETE FROM need_line_words",
    ] {
        assert_eq!(house.refused_sql_as_app(sql).await, "INTERNAL", "{sql}");
    }
    assert_eq!(
        house
            .refused_sql("UPDATE fund_postings SET amount_fen = 1")
            .await,
        "APPEND_ONLY"
    );
    assert_eq!(
        house.refused_sql("DELETE FROM fund_entries").await,
        "APPEND_ONLY"
    );
}

#[tokio::test]
async fn an_entry_that_does_not_balance_is_refused_at_commit() {
    let house = House::open().await;
    let fund = uuid_of(&house.fund(500).await);
    let entry = uuid::Uuid::from_u128(1);
    let begin = format!(
        "INSERT INTO fund_entries (id, fund_id, kind, amount_fen, document, actor, at)
         VALUES ('{entry}', '{fund}', 'APPROPRIATE', 100, 'x', 'x', now())"
    );
    let posting = |account: &str, amount: i64| {
        format!(
            "INSERT INTO fund_postings (entry_id, fund_id, account, amount_fen)
             VALUES ('{entry}', '{fund}', '{account}', {amount})"
        )
    };
    let half = format!("{begin}; {}", posting("AVAILABLE", 100));
    assert_eq!(house.refused_sql(&half).await, "FUND_ENTRY_UNBALANCED");
    assert_eq!(house.refused_sql(&begin).await, "FUND_ENTRY_UNBALANCED");
    let crooked = format!(
        "{begin}; {}; {}",
        posting("AVAILABLE", 90),
        posting("SOURCE", -90)
    );
    assert_eq!(house.refused_sql(&crooked).await, "FUND_ENTRY_UNBALANCED");
    let overdrawn = format!(
        "{begin}; {}; {}",
        posting("RESERVED", -100),
        posting("PAID", 100)
    );
    assert_eq!(house.refused_sql(&overdrawn).await, "FUND_INSUFFICIENT");
    let sound = format!(
        "{begin}; {}; {}",
        posting("AVAILABLE", 100),
        posting("SOURCE", -100)
    );
    house.sql(&sound).await;
    assert_eq!(
        house
            .count("SELECT sum(balance_fen)::bigint FROM fund_accounts")
            .await,
        0
    );
}

#[tokio::test]
async fn many_at_once_never_hold_more_than_there_is() {
    let house = House::open().await;
    let (need, fund) = (house.need().await, house.fund(1000).await);
    // Twenty callers want 300 of 1000 for the same need; one gets it.
    let input = json!({ "needId": need, "fundId": fund, "amount": 300 });
    let tries = (0..20).map(|_| {
        let (house, input) = (&house, &input);
        async move {
            house
                .try_act(&fund_manager(), "reserveBudget", input, "need { id }")
                .await
        }
    });
    let answers = futures(tries).await;
    let done = answers
        .iter()
        .filter(|answer| answer.get("errors").is_none())
        .count();
    assert_eq!(done, 1);
    let held = "SELECT balance_fen FROM fund_accounts WHERE account = 'RESERVED'";
    assert_eq!(house.count(held).await, 300);
}

/// Runs all of them side by side.
async fn futures<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut all: Vec<_> = all.map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = all.iter().map(|_| None).collect();
    std::future::poll_fn(move |context| {
        for (one, slot) in all.iter_mut().zip(&mut done) {
            if slot.is_none()
                && let std::task::Poll::Ready(output) = one.as_mut().poll(context)
            {
                *slot = Some(output);
            }
        }
        if done.iter().all(Option::is_some) {
            std::task::Poll::Ready(done.drain(..).flatten().collect())
        } else {
            std::task::Poll::Pending
        }
    })
    .await
}
