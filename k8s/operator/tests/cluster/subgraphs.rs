//! Subgraphs: sources of schemas, suspension, deletion.

use serde_json::json;

use crate::support::{
    Answering, BOOKS, LOANS, Space, config_map, subgraph, subgraph_at, supergraph,
};

#[tokio::test]
async fn a_schema_comes_from_a_config_map() {
    let Some(space) = Space::open("frommap").await else {
        return;
    };
    let from = json!({"configMapRef": {"name": "books-sdl", "key": "books.graphql"}});
    space.apply(&subgraph_at("books", "http://books/graphql", from));
    space.apply(&supergraph(json!({})));
    space.look().await;
    assert_eq!(
        space.ready("subgraph/books"),
        ("False".to_owned(), "ConfigMapMissing".to_owned())
    );
    assert_eq!(
        space.condition("supergraph/city", "Composed").1,
        "WaitingForSchemas"
    );
    space.apply(&config_map("books-sdl", json!({"other.graphql": "x"})));
    space.look().await;
    assert_eq!(space.ready("subgraph/books").1, "KeyMissing");
    space.apply(&config_map("books-sdl", json!({"books.graphql": BOOKS})));
    space.look().await;
    assert_eq!(space.ready("supergraph/city").0, "True");

    space.run(&["delete", "configmap", "books-sdl"]);
    space.look().await;
    let known = space.condition("subgraph/books", "SchemaKnown");
    assert_eq!(known, ("True".to_owned(), "LastKnown".to_owned()));
    assert_eq!(
        space.ready("supergraph/city").0,
        "True",
        "nothing is taken away"
    );
}

#[tokio::test]
async fn a_subgraph_is_asked_over_grpc_and_its_silence_changes_nothing() {
    let Some(space) = Space::open("asked").await else {
        return;
    };
    let answering = Answering::default();
    answering.tell(BOOKS);
    let endpoint = answering.serve().await;
    space.apply(&subgraph_at("books", &endpoint, json!({"ask": {}})));
    space.apply(&supergraph(json!({})));
    space.look().await;
    assert_eq!(space.ready("supergraph/city").0, "True");

    answering.tell(&BOOKS.replace("title", "author: String title"));
    space.look().await;
    assert!(space.served().contains("author"));
    let before = space.served();

    answering.tell("type Query {");
    space.look().await;
    assert_eq!(
        space.ready("subgraph/books"),
        ("False".to_owned(), "CompositionFailed".to_owned())
    );
    assert_eq!(space.served(), before);

    // Nobody listens there.
    space.apply(&subgraph_at(
        "books",
        "grpc://127.0.0.1:1",
        json!({"ask": {}}),
    ));
    space.look().await;
    assert_eq!(
        space.condition("subgraph/books", "SchemaKnown").1,
        "LastKnown"
    );
    assert_eq!(space.served(), before);
}

#[tokio::test]
async fn suspended_it_stays_as_it_is() {
    let Some(space) = Space::open("suspended").await else {
        return;
    };
    space.apply(&subgraph("books", BOOKS));
    space.apply(&supergraph(json!({})));
    space.look().await;
    let before = space.served();
    let mut suspended = subgraph("books", &BOOKS.replace("title", "author: String title"));
    suspended["spec"]["suspend"] = json!(true);
    space.apply(&suspended);
    space.look().await;
    assert_eq!(space.served(), before);
    assert_eq!(
        space.condition("subgraph/books", "SchemaKnown").1,
        "Suspended"
    );
    suspended["spec"]["suspend"] = json!(false);
    space.apply(&suspended);
    space.look().await;
    assert!(space.served().contains("author"));
}

#[tokio::test]
async fn deletion_waits_for_a_release_without_it() {
    let Some(space) = Space::open("deleted").await else {
        return;
    };
    space.apply(&subgraph("books", BOOKS));
    space.apply(&subgraph("loans", LOANS));
    space.apply(&config_map("portal", json!({"home.graphql": "{ loans }"})));
    space.apply(&supergraph(json!({"checks": {"operations": ["portal"]}})));
    space.look().await;
    space.run(&["delete", "subgraph", "loans", "--wait=false"]);
    space.look().await;
    assert_eq!(
        space.ready("subgraph/loans"),
        ("False".to_owned(), "InRelease".to_owned())
    );
    assert_eq!(
        space.ready("supergraph/city"),
        ("False".to_owned(), "BreakingChange".to_owned())
    );
    assert!(space.served().contains("loans"));

    space.apply(&config_map(
        "portal",
        json!({"home.graphql": "{ books { id } }"}),
    ));
    space.look().await;
    assert_eq!(space.names("subgraphs"), ["books"]);
    assert_eq!(space.ready("supergraph/city").0, "True");
    assert!(!space.served().contains("lent"));
}
