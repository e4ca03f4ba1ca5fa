//! The definitions: committed as generated, taken by the API server, and what
//! they refuse.

use serde_json::json;

use crate::support::{self, Space};

#[test]
fn the_committed_definitions_are_what_the_code_says() {
    let folder = support::root().join("charts/sanshe-crds/templates");
    for (name, made) in operator::crd::files().unwrap() {
        let committed = std::fs::read_to_string(folder.join(&name)).unwrap_or_default();
        assert!(committed == made, "{name} is out of date: run `just crds`");
    }
}

#[tokio::test]
async fn the_api_server_refuses_what_makes_no_sense_and_says_why() {
    let Some(space) = Space::open("definitions").await else {
        return;
    };
    let good = support::subgraph("books", support::BOOKS);
    let with = |at: &str, value: serde_json::Value| {
        let mut object = good.clone();
        let (parent, key) = at.rsplit_once('/').unwrap();
        object.pointer_mut(parent).unwrap()[key] = value;
        object
    };
    let graph = |spec: serde_json::Value| support::supergraph(spec);
    let cases = [
        (
            with("/spec/endpoint", json!("ftp://a/b")),
            "grpc://host:port",
        ),
        (with("/spec/endpoint", json!("grpc://a")), "names its port"),
        (
            with("/spec/endpoint", json!("http://user@a/graphql")),
            "holds no user",
        ),
        (
            with("/spec/endpoint", json!("http://a/graphql#timeout=1s")),
            "no #",
        ),
        (with("/spec/schema", json!({})), "exactly one"),
        (
            with("/spec/schema", json!({"sdl": "scalar X", "ask": {}})),
            "exactly one",
        ),
        (
            with("/spec/schema", json!({"ask": {"interval": "1s"}})),
            "between 5s and 3600s",
        ),
        (with("/spec/timeout", json!("2m")), "spec.timeout"),
        (with("/spec/timeout", json!("61s")), "between 10ms and 60s"),
        (with("/spec/timeout", json!("5ms")), "between 10ms and 60s"),
        (with("/spec/owner", json!({})), "owner.team"),
        (with("/metadata/name", json!("9books")), "lower-case letter"),
        (with("/metadata/name", json!("a".repeat(41))), "at most 40"),
        (with("/spec/unknown", json!(1)), "unknown field"),
        (graph(json!({"selector": {}})), "must not be empty"),
        (graph(json!({"pin": "latest"})), "spec.pin"),
        (graph(json!({"history": 0})), "spec.history"),
        (
            graph(json!({"checks": {"breakingChanges": "Never"}})),
            "breakingChanges",
        ),
    ];
    let dry = ["create", "--dry-run=server", "--validate=strict", "-f", "-"];
    for (object, expected) in cases {
        let refused = space.attempt(&dry, &object.to_string());
        let complaint = refused.expect_err(&format!("{object} was taken"));
        assert!(complaint.contains(expected), "{expected}: {complaint}");
    }
    for object in [
        good.clone(),
        support::subgraph_at("books", "http://a/graphql", json!({"ask": {}})),
        support::subgraph_at(
            "books",
            "grpc://a.city.svc:7401",
            json!({"configMapRef": {"name": "a"}}),
        ),
        graph(
            json!({"pin": "0123456789ab", "history": 100, "checks": {"breakingChanges": "Warn"}}),
        ),
        graph(json!({"selector": {"matchExpressions": [{"key": "graph", "operator": "Exists"}]}})),
    ] {
        space.input(&dry, &object.to_string());
    }
}

#[tokio::test]
async fn what_is_left_out_has_the_documented_default() {
    let Some(space) = Space::open("defaults").await else {
        return;
    };
    let mut object = support::subgraph_at("books", "grpc://a:1", json!({"ask": {}}));
    object["spec"].as_object_mut().unwrap().remove("timeout");
    space.apply(&object);
    let spec = &space.get("subgraph/books")["spec"];
    assert_eq!(spec["timeout"], "10s");
    assert_eq!(spec["schema"]["ask"]["interval"], "30s");
    assert_eq!(spec["suspend"], false);
    space.apply(&support::supergraph(json!({})));
    let spec = &space.get("supergraph/city")["spec"];
    assert_eq!(
        (&spec["history"], &spec["checks"]["breakingChanges"]),
        (&json!(10), &json!("RefuseInUse"))
    );
}
