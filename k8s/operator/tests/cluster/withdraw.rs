//! A graph that goes before its operator does.

use std::time::Duration;

use operator::withdraw::{Withdrawn, withdraw};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::{
    running::{Running, until},
    support::{BOOKS, LOANS, Space, subgraph, supergraph},
};

#[tokio::test]
async fn a_graph_that_goes_lets_go_of_its_subgraphs() {
    let Some(space) = Space::open("letgo").await else {
        return;
    };
    space.apply(&subgraph("books", BOOKS));
    space.apply(&supergraph(json!({})));
    space.look().await;
    assert!(is_held(&space, "books"));
    space.run(&["delete", "supergraph", "city"]);
    space.edge.subgraph("books").await.unwrap();
    assert!(!is_held(&space, "books"));
}

#[tokio::test]
async fn withdrawn_nothing_waits_for_an_operator() {
    let Some(space) = Space::open("withdrawn").await else {
        return;
    };
    let withdraw = async |wait| {
        let client = space.client("admin").await;
        withdraw(client, &space.name, "city", wait, &CancellationToken::new())
            .await
            .unwrap()
    };
    for name in ["books", "loans"] {
        space.apply(&subgraph(name, if name == "books" { BOOKS } else { LOANS }));
    }
    space.apply(&supergraph(json!({})));
    space.look().await;
    let mut other = supergraph(json!({}));
    other["metadata"]["name"] = json!("county");
    space.apply(&other);
    let outcome = withdraw(Duration::ZERO).await;
    assert_eq!(outcome, Withdrawn::OthersLive(vec!["county".to_owned()]));
    assert_eq!(space.names("supergraphs"), ["city", "county"]);

    // Somebody else's finalizer is not ours to take.
    space.run(&["delete", "supergraph", "county"]);
    let patch = r#"[{"op":"add","path":"/metadata/finalizers/-","value":"example.org/theirs"}]"#;
    space.run(&["patch", "subgraph", "loans", "--type=json", "-p", patch]);
    let outcome = withdraw(Duration::ZERO).await;
    let both = vec!["books".to_owned(), "loans".to_owned()];
    assert_eq!(outcome, Withdrawn::Forced(both));
    assert_eq!(space.names("supergraphs"), [""; 0]);
    assert_eq!(
        space.get("subgraph/loans")["metadata"]["finalizers"],
        json!(["example.org/theirs"])
    );
    space.run(&["delete", "subgraph", "books", "--timeout=60s"]);
    assert_eq!(space.names("subgraphs"), ["loans"]);
    space.run(&[
        "patch",
        "subgraph",
        "loans",
        "--type=merge",
        "-p",
        r#"{"metadata":{"finalizers":null}}"#,
    ]);

    // A second time there is nothing to do.
    assert_eq!(withdraw(Duration::ZERO).await, Withdrawn::Released);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_operator_lets_go_before_it_is_forced() {
    let Some(space) = Space::open("letgorunning").await else {
        return;
    };
    let operator = Running::operator(&space.folder, &space.name).await;
    space.apply(&subgraph("books", BOOKS));
    space.apply(&supergraph(json!({})));
    until("the graph is served", || {
        space
            .attempt(&["get", "configmap", "city-supergraph"], "")
            .is_ok()
            && is_held(&space, "books")
    });
    let client = space.client("admin").await;
    let stop = CancellationToken::new();
    let wait = Duration::from_mins(5);
    let outcome = withdraw(client, &space.name, "city", wait, &stop).await;
    assert_eq!(outcome.unwrap(), Withdrawn::Released);
    assert!(!is_held(&space, "books"));
    operator.stop().await.unwrap();
}

fn is_held(space: &Space, name: &str) -> bool {
    let finalizers = &space.get(&format!("subgraph/{name}"))["metadata"]["finalizers"];
    finalizers.as_array().is_some_and(|all| !all.is_empty())
}
