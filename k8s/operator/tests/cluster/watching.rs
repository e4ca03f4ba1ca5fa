//! The operator as it runs: it follows by itself and repairs what others change.

use serde_json::json;

use crate::{
    running::{Running, until},
    support::{BOOKS, LOANS, Space, subgraph, supergraph},
};

/// Waits for a condition; `kubectl` watches for it.
fn wait(space: &Space, what: &str, condition: &str) {
    space.run(&[
        "wait",
        what,
        &format!("--for=condition={condition}"),
        "--timeout=300s",
    ]);
}

fn all_ready(space: &Space) {
    for what in ["subgraph/books", "subgraph/loans", "supergraph/city"] {
        wait(space, what, "Ready=True");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn follows_changes_by_itself_and_repairs_what_others_change() {
    let Some(space) = Space::open("watching").await else {
        return;
    };
    let operator = Running::operator(&space.folder, &space.name).await;
    until("the operator is ready", || operator.is_ready());
    space.apply(&supergraph(json!({})));
    wait(&space, "supergraph/city", "Ready=False");
    space.apply(&subgraph("books", BOOKS));
    wait(&space, "supergraph/city", "Ready=True");
    space.apply(&subgraph("loans", LOANS));
    all_ready(&space);
    until("both are in", || space.served().contains("lent"));
    let good = space.served();

    space.apply(&subgraph("books", "type Query {"));
    wait(&space, "supergraph/city", "Ready=False");
    wait(&space, "subgraph/books", "Ready=False");
    assert_eq!(space.served(), good);
    space.apply(&subgraph("books", BOOKS));
    all_ready(&space);
    assert_eq!(space.served(), good);

    let edit = r#"{"data":{"supergraph.graphql":"type Query { mine: Int }"}}"#;
    space.run(&[
        "patch",
        "configmap",
        "city-supergraph",
        "--type=merge",
        "-p",
        edit,
    ]);
    until("the edit is undone", || space.served() == good);
    space.run(&["delete", "configmap", "city-supergraph"]);
    space.run(&[
        "wait",
        "configmap/city-supergraph",
        "--for=create",
        "--timeout=300s",
    ]);
    assert_eq!(space.served(), good);

    space.run(&["delete", "subgraph", "books", "--wait=false"]);
    wait(&space, "subgraph/books", "Accepted=False");
    assert_eq!(
        space.served(),
        good,
        "what clients may use is not taken away"
    );
    space.run(&["delete", "supergraph", "city"]);
    space.run(&["wait", "subgraph/books", "--for=delete", "--timeout=300s"]);
    operator.stop().await.expect("a stop is no failure");
}
