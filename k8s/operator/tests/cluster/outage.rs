//! The API server goes away: gateways serve what they have, also after a
//! restart, and everything goes on when it is back.

use serde_json::json;

use crate::{
    running::{ApiServer, Running, mount, until},
    support::{self, Answering, BOOKS, Space, subgraph_at, supergraph},
};

#[tokio::test(flavor = "multi_thread")]
async fn gateways_serve_while_the_api_server_is_away_and_never_see_a_broken_subgraph() {
    if support::apiserver().is_none() {
        eprintln!("skipped: no API server is given; `just test-cluster` runs this");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let server = ApiServer::up(&folder.path().join("cluster"));
    let space = Space::within(server.0.clone(), "outage").await;
    let volume = folder.path().join("volume");
    std::fs::create_dir(&volume).unwrap();
    let file = volume.join("supergraph.graphql");
    let answering = Answering::default();
    answering.tell(BOOKS);
    let endpoint = answering.serve().await;

    let operator = Running::operator(&space.folder, &space.name).await;
    let gateway = Running::gateway(&file).await;
    until("the gateway is live", || {
        gateway.http("GET /health/live", "").is_some()
    });
    assert!(!gateway.is_ready(), "there is no graph yet");
    space.apply(&subgraph_at(
        "books",
        &endpoint,
        json!({"ask": {"interval": "5s"}}),
    ));
    space.apply(&supergraph(json!({})));
    let wait = |condition: &str| {
        space.run(&[
            "wait",
            "supergraph/city",
            &format!("--for=condition={condition}"),
            "--timeout=300s",
        ]);
    };
    wait("Ready=True");
    mount(&volume, 1, &space.served());
    until("the gateway has the graph", || gateway.is_ready());
    let answered = json!([{"title": "围城"}]);
    let served =
        |gateway: &Running| gateway.ask("{ books { title } }")["data"]["books"] == answered;
    assert!(served(&gateway), "{}", gateway.ask("{ books { title } }"));

    answering.tell("type Query { books: [Nowhere] }");
    wait("Ready=False");
    mount(&volume, 2, &space.served());
    assert!(served(&gateway));

    server.verb("stop");
    assert!(
        space.attempt(&["get", "subgraphs"], "").is_err(),
        "the API server is away"
    );
    for _ in 0..50 {
        assert!(served(&gateway));
    }
    let restarted = Running::gateway(&file).await;
    until("a gateway that starts now is ready", || {
        restarted.is_ready()
    });
    assert!(served(&restarted));
    assert!(operator.is_running(), "the operator waits");

    server.verb("start");
    answering.tell(&BOOKS.replace("title", "author: String title"));
    wait("Ready=True");
    mount(&volume, 3, &space.served());
    until("the gateway has the new field", || {
        gateway
            .http("GET /schema.graphql", "")
            .is_some_and(|it| it.1.contains("author"))
    });
    assert!(served(&gateway));
    operator.stop().await.expect("a stop is no failure");
}
