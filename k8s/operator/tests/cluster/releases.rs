//! Releases: publish, refuse, pin, roll back, forget.

use gateway::supergraph::{FileSource, Load, SupergraphSource as _};
use k8s_openapi::api::core::v1::ConfigMap;
use serde_json::json;

use crate::support::{self, BOOKS, LOANS, Space, config_map, subgraph, supergraph};

async fn first(name: &str) -> Option<Space> {
    let space = Space::open(name).await?;
    space.apply(&subgraph("books", BOOKS));
    space.apply(&subgraph("loans", LOANS));
    space.apply(&supergraph(json!({"history": 3})));
    space.look().await;
    Some(space)
}

fn ready() -> (String, String) {
    ("True".to_owned(), "Ready".to_owned())
}

fn not(reason: &str) -> (String, String) {
    ("False".to_owned(), reason.to_owned())
}

#[tokio::test]
async fn publishes_an_immutable_release_and_what_gateways_mount() {
    let Some(space) = first("publish").await else {
        return;
    };
    assert_eq!(space.ready("supergraph/city"), ready());
    assert_eq!(
        space.ready("subgraph/books"),
        ("True".to_owned(), "Accepted".to_owned())
    );
    let status = space.get("supergraph/city")["status"].clone();
    let release = status["served"]["configMap"].as_str().unwrap().to_owned();
    assert!(release.starts_with("city-supergraph-"), "{release}");
    assert_eq!(status["observedGeneration"], 1);
    let map = format!("configmap/{release}");
    let map = space.run(&["get", &map, "-o", "json", "--show-managed-fields"]);
    let map: serde_json::Value = serde_json::from_str(&map).unwrap();
    assert_eq!(map["immutable"], true);
    assert_eq!(map["data"]["supergraph.graphql"], space.served());
    assert!(space.served().contains("grpc://books:7401#timeout=3s"));
    let refused = space.attempt(
        &[
            "patch",
            "configmap",
            &release,
            "--type=merge",
            "-p",
            r#"{"data":{"supergraph.graphql":"x"}}"#,
        ],
        "",
    );
    assert!(refused.unwrap_err().contains("immutable"));
    assert!(space.reasons_of_events().contains(&"Released".to_owned()));
    // The API server knows who wrote what.
    let managers = map["metadata"]["managedFields"].as_array().unwrap();
    assert!(
        managers
            .iter()
            .all(|it| it["manager"] == "sanshe-operator" && it["operation"] == "Apply")
    );
}

#[tokio::test]
async fn a_look_that_finds_nothing_new_writes_nothing() {
    let Some(space) = first("quiet").await else {
        return;
    };
    space.apply(&subgraph("books", "type Query {"));
    space.look().await;
    let before = space.versions();
    assert!(before.len() >= 8, "{before:?}");
    space.look().await;
    // Another process knows nothing of the last one.
    let again = Space::within(space.folder.clone(), "quiet").await;
    again.look().await;
    assert_eq!(space.versions(), before);
}

#[tokio::test]
async fn a_broken_subgraph_never_reaches_gateways_and_holds_up_no_other() {
    let Some(space) = first("broken").await else {
        return;
    };
    let before = space.served();
    for broken in [
        "type Query {",
        "type Query { books: [Nowhere!]! }",
        "type Query { loans: String } type Book @key(fields: \"nope\") { id: ID! }",
    ] {
        space.apply(&subgraph("books", broken));
        space.look().await;
        assert_eq!(space.served(), before, "{broken}");
        assert_eq!(
            space.ready("supergraph/city"),
            not("CompositionFailed"),
            "{broken}"
        );
        assert_eq!(
            space.ready("subgraph/books"),
            not("CompositionFailed"),
            "{broken}"
        );
        assert_eq!(space.condition("supergraph/city", "Served").0, "True");
    }
    space.apply(&subgraph(
        "loans",
        &LOANS.replace("loans: Int", "loans: Int overdue: Int"),
    ));
    space.look().await;
    assert!(space.served().contains("overdue") && space.served().contains("title"));
    assert_eq!(space.ready("subgraph/loans").0, "True");

    space.apply(&subgraph(
        "books",
        &BOOKS.replace("title", "author: String title"),
    ));
    space.look().await;
    assert_eq!(space.ready("supergraph/city"), ready());
    assert!(space.served().contains("author"));
    assert!(
        space
            .reasons_of_events()
            .contains(&"CompositionFailed".to_owned())
    );
}

#[tokio::test]
async fn a_loss_is_refused_while_an_operation_in_use_needs_it() {
    let Some(space) = first("inuse").await else {
        return;
    };
    let operations = |document: &str| config_map("portal", json!({"home.graphql": document}));
    space.apply(&operations("query Home { books { title } }"));
    space.apply(&supergraph(json!({"checks": {"operations": ["portal"]}})));
    let less = subgraph("books", &BOOKS.replace(" title: String", ""));
    space.apply(&less);
    space.look().await;
    assert_eq!(space.ready("supergraph/city"), not("BreakingChange"));
    let message = space.get("subgraph/books")["status"]["conditions"].to_string();
    assert!(
        message.contains("portal/home.graphql") && message.contains("Book.title"),
        "{message}"
    );
    assert!(space.served().contains("title"));

    space.apply(&operations("query Home { books { id } }"));
    space.look().await;
    assert_eq!(space.ready("supergraph/city"), ready());
    assert_eq!(
        space.condition("supergraph/city", "Compatible"),
        ("True".to_owned(), "NotInUse".to_owned())
    );
    assert!(!space.served().contains("title"));

    space.run(&["delete", "configmap", "portal"]);
    space.look().await;
    assert_eq!(space.ready("supergraph/city"), not("OperationsUnreadable"));
}

#[tokio::test]
async fn one_field_rolls_back_and_its_removal_rolls_forward() {
    let Some(space) = first("pin").await else {
        return;
    };
    let (one, first) = (
        space.served(),
        space.get("supergraph/city")["status"]["served"].clone(),
    );
    space.apply(&subgraph(
        "books",
        &BOOKS.replace("title", "author: String title"),
    ));
    space.look().await;
    let two = space.served();
    assert_ne!(one, two);

    let digest = &first["digest"].as_str().unwrap()[..12];
    space.apply(&supergraph(json!({"pin": digest, "history": 3})));
    space.look().await;
    assert_eq!(space.served(), one);
    assert_eq!(
        space.condition("supergraph/city", "Served"),
        ("True".to_owned(), "Pinned".to_owned())
    );
    assert_eq!(
        space.get("supergraph/city")["status"]["observedGeneration"],
        2
    );

    space.apply(&supergraph(json!({"pin": "ffffffffffff", "history": 3})));
    space.look().await;
    assert_eq!(space.served(), one, "an unknown pin changes nothing");
    assert_eq!(space.ready("supergraph/city"), not("PinUnknown"));

    space.apply(&supergraph(json!({"history": 3})));
    space.look().await;
    assert_eq!(space.served(), two);
    assert_eq!(space.ready("supergraph/city"), ready());
}

#[tokio::test]
async fn keeps_so_many_releases_and_forgets_the_versions_they_were_made_of() {
    let Some(space) = first("history").await else {
        return;
    };
    for index in 0..4 {
        let with = format!("title: String f{index}: Int");
        space.apply(&subgraph("books", &BOOKS.replace("title: String", &with)));
        // Each takes the field of the one before away, which nobody may use.
        space.apply(&supergraph(
            json!({"history": 3, "checks": {"breakingChanges": "Warn"}}),
        ));
        space.look().await;
    }
    let history = space.get("supergraph/city")["status"]["history"].clone();
    let revisions: Vec<_> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["revision"].clone())
        .collect();
    assert_eq!(revisions, [5, 4, 3]);
    let maps = space.names("configmaps");
    let releases = maps
        .iter()
        .filter(|it| it.starts_with("city-supergraph-"))
        .count();
    let versions = maps
        .iter()
        .filter(|it| it.starts_with("books-schema-"))
        .count();
    assert_eq!((releases, versions), (3, 1), "{maps:?}");
}

#[tokio::test]
async fn what_goes_takes_its_config_maps_along() {
    let Some(space) = first("gone").await else {
        return;
    };
    space.run(&["delete", "supergraph", "city"]);
    space.run(&[
        "wait",
        "--for=delete",
        "configmap/city-supergraph",
        "--timeout=300s",
    ]);
    // No release is made of them any more.
    space.run(&["delete", "subgraph", "books", "loans", "--wait=false"]);
    for name in ["books", "loans"] {
        space.edge.subgraph(name).await.unwrap();
    }
    assert_eq!(space.names("subgraphs"), Vec::<String>::new());
}

#[tokio::test]
async fn a_name_that_others_have_is_left_alone() {
    let Some(space) = Space::open("taken").await else {
        return;
    };
    space.apply(&config_map("city-supergraph", json!({"theirs": "x"})));
    space.apply(&subgraph("books", support::BOOKS));
    space.apply(&supergraph(json!({})));
    space.look().await;
    assert_eq!(space.ready("supergraph/city"), not("NameTaken"));
    assert_eq!(
        space.get("configmap/city-supergraph")["data"],
        json!({"theirs": "x"})
    );
}

#[tokio::test]
async fn a_graph_that_no_configmap_holds_as_text_is_published_packed_and_read_by_gateways() {
    let Some(space) = Space::open("packed").await else {
        return;
    };
    let told = |text: &str| format!("\"\"\"{}\"\"\"\n{text}", "十里长街".repeat(50_000));
    space.apply(&subgraph(
        "books",
        &BOOKS.replace("type Book", &told("type Book")),
    ));
    space.apply(&subgraph(
        "shelves",
        &format!(
            "{} type Query {{ shelf: Shelf }}",
            told("type Shelf { no: Int }")
        ),
    ));
    space.apply(&supergraph(json!({})));
    space.look().await;
    assert_eq!(space.ready("supergraph/city"), ready());
    let map: ConfigMap = serde_json::from_value(space.get("configmap/city-supergraph")).unwrap();
    assert!(map.data.is_none());
    let packed = &map.binary_data.unwrap()["supergraph.graphql"].0;
    let file = space.folder.join("packed.graphql");
    std::fs::write(&file, packed).unwrap();
    let Load::Fresh(fresh) = FileSource::new(file, None).load().await.unwrap() else {
        panic!("a first look finds something");
    };
    assert!(fresh.sdl.len() > 1_200_000 && packed.len() < 100_000);
    assert!(fresh.sdl.contains("shelf: Shelf"));

    // Nothing is written again, and what was too long goes back to text.
    let before = space.versions();
    space.look().await;
    assert_eq!(space.versions(), before);
    space.apply(&subgraph("books", BOOKS));
    space.look().await;
    assert_eq!(space.ready("supergraph/city"), ready());
    assert!(space.served().contains("shelf: Shelf"));
}
