//! Swapping supergraphs, keeping the last good one, starting without one.

use std::{collections::BTreeMap, io::Write as _, sync::Arc};

use gateway::{
    Config, Gateway, Parts,
    compose::{SubgraphSchema, compose},
    config::Source,
    serve,
    supergraph::{LastGood, SubgraphSource},
};
use serde_json::json;
use tokio::sync::oneshot;

use crate::{
    library,
    servers::{self, By, ask, config, gateway_with, grpc, listen, memory},
};

async fn file_of(subgraphs: Vec<library::Subgraph>) -> String {
    let mut schemas = Vec::new();
    for it in subgraphs {
        let (name, sdl) = (it.name.to_owned(), it.sdl.clone());
        let url = servers::http(it)
            .await
            .trim_start_matches("graphql+")
            .to_owned();
        schemas.push(SubgraphSchema { name, url, sdl });
    }
    compose(&schemas).unwrap().supergraph
}

fn write(path: &std::path::Path, text: &str) {
    let mut file = std::fs::File::create(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

#[tokio::test]
async fn runs_a_supergraph_file_over_http_and_follows_its_changes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("supergraph.graphql");
    let whole = file_of(library::all()).await;
    write(&path, &whole);
    let settings = Config {
        source: Source::Supergraph(path.clone()),
        ..config()
    };
    let gateway = Gateway::new(settings, Parts::default()).unwrap();
    assert!(gateway.refresh().await.unwrap());
    let answer = ask(&gateway, "{ loans { book { title } } }", &[]).await;
    assert_eq!(
        answer["data"]["loans"][0],
        json!({"book": {"title": "围城"}})
    );

    assert!(!gateway.refresh().await.unwrap(), "nothing has changed");
    let old = gateway.generation().unwrap();
    write(&path, "type Query {");
    let refusal = gateway.refresh().await.unwrap_err();
    assert_eq!(refusal.reason, "SUPERGRAPH_UNUSABLE");
    assert!(
        Arc::ptr_eq(&old, &gateway.generation().unwrap()),
        "the good one stays in use"
    );

    write(&path, &file_of(vec![library::all().remove(0)]).await);
    assert!(gateway.refresh().await.unwrap());
    let answer = ask(&gateway, "{ loans { number } }", &[]).await;
    assert_eq!(
        answer["errors"][0]["extensions"]["reason"],
        "GRAPHQL_VALIDATION_FAILED"
    );
    assert!(
        ask(&gateway, "{ books { title } }", &[])
            .await
            .get("errors")
            .is_none()
    );
    assert_eq!(
        old.sdl, whole,
        "who holds the old generation can end with it"
    );
}

#[tokio::test]
async fn hostile_supergraph_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("supergraph.graphql");
    for text in [
        "",
        "scalar X",
        "extend type Query { a: Int }",
        "schema { query: Nobody }",
        "type Query { a: Int } extend type Query { b: Int }",
        "\u{0}",
    ] {
        write(&path, text);
        let settings = Config {
            source: Source::Supergraph(path.clone()),
            ..config()
        };
        let gateway = Gateway::new(settings, Parts::default()).unwrap();
        assert_eq!(
            gateway.refresh().await.unwrap_err().reason,
            "SUPERGRAPH_UNUSABLE",
            "{text:?}"
        );
    }
}

#[tokio::test]
async fn starts_with_the_last_known_schema_of_a_subgraph_that_is_away() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Config {
        state_dir: Some(folder.path().to_owned()),
        ..config()
    };
    gateway_with(library::all(), By::Memory, settings.clone()).await;

    // A new process: the members are away, the others are there.
    let mut addresses = BTreeMap::new();
    for it in library::all() {
        let address = if it.name == "members" {
            let (listener, address) = listen().await;
            drop(listener);
            format!("http://{address}")
        } else {
            grpc(it.clone()).await.0
        };
        addresses.insert(it.name.to_owned(), address);
    }
    let settings = Config {
        source: Source::Subgraphs(addresses.clone()),
        ..settings
    };
    let gateway = Gateway::new(settings, Parts::default()).unwrap();
    gateway.refresh().await.unwrap();
    let answer = ask(&gateway, "{ loans { number reader { id name } } }", &[]).await;
    // `name` must not be null, so the reader is.
    assert_eq!(
        answer["data"]["loans"][1],
        json!({"number": 2, "reader": null})
    );
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE");

    let settings = Config {
        source: Source::Subgraphs(addresses),
        ..config()
    };
    let gateway = Gateway::new(settings, Parts::default()).unwrap();
    let refusal = gateway.refresh().await.unwrap_err();
    assert_eq!(refusal.reason, "SUBGRAPH_SCHEMA_UNKNOWN");
    assert!(
        refusal.zh.contains("members") && !refusal.zh.contains("loans"),
        "{}",
        refusal.zh
    );
    assert!(!gateway.is_ready());
}

#[tokio::test]
async fn serves_the_last_good_graph_where_composition_is_impossible() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Config {
        state_dir: Some(folder.path().to_owned()),
        ..config()
    };
    gateway_with(library::all(), By::Memory, settings.clone()).await;

    let broken = library::all().into_iter().map(|mut it| {
        if it.name == "members" {
            it.sdl = it.sdl.replace("me: Member", "books: Int");
        }
        (
            it.name.to_owned(),
            ("http://in.process".to_owned(), memory(it)),
        )
    });
    let source = SubgraphSource::new(broken.collect(), Some(LastGood::new(folder.path())));
    let gateway = Gateway::with_source(settings, Parts::default(), Arc::new(source));
    let refusal = gateway.refresh().await.unwrap_err();
    assert_eq!(refusal.reason, "COMPOSITION_FAILED");
    assert!(refusal.en.contains("books"), "{}", refusal.en);
    assert!(gateway.fall_back().await);
    assert!(
        ask(&gateway, "{ books { title } }", &[])
            .await
            .get("errors")
            .is_none()
    );
}

#[tokio::test]
async fn a_broken_file_of_the_last_good_graph_is_no_obstacle() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("last-good.json"), "{").unwrap();
    let settings = Config {
        state_dir: Some(folder.path().to_owned()),
        ..config()
    };
    let gateway = gateway_with(library::all(), By::Memory, settings).await;
    assert!(gateway.is_ready());
    assert!(
        LastGood::new(folder.path()).read().is_some(),
        "it is written anew"
    );
}

#[tokio::test]
async fn serves_over_a_socket_and_drains() {
    let (listener, address) = listen().await;
    let gateway = gateway_with(library::all(), By::Memory, config()).await;
    let (stop, stopped) = oneshot::channel::<()>();
    let served = serve(gateway.clone(), listener, async {
        let _ = stopped.await;
    });
    let client = async {
        let transport = gateway::transport::HttpTransport::connect(
            &format!("http://{address}/graphql"),
            1 << 20,
        )
        .unwrap();
        let context = servers::context(&gateway, &[]);
        let request = gateway::transport::SubgraphRequest {
            query: "{ book(isbn: \"b2\") { title } }",
            variables: bytes::Bytes::new(),
        };
        let body = gateway::transport::SubgraphTransport::execute(&transport, request, &context)
            .await
            .unwrap();
        drop(transport);
        stop.send(()).unwrap();
        body
    };
    let (served, body) = tokio::join!(served, client);
    served.unwrap();
    assert_eq!(
        &body[..],
        r#"{"data":{"book":{"title":"边城"}}}"#.as_bytes()
    );
    assert!(!gateway.is_ready());
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn what_is_in_flight_ends_while_the_listener_closes() {
    let (began, begun) = oneshot::channel::<()>();
    let (release, released) = oneshot::channel::<()>();
    let gate = Arc::new(std::sync::Mutex::new(Some((began, released))));
    let sdl = "type Query { slow: Int }";
    let transport = gateway::transport::MemoryTransport::new(move |_, _, _| {
        let gate = gate.lock().unwrap().take();
        Box::pin(async move {
            if let Some((began, released)) = gate {
                began.send(()).unwrap();
                released.await.unwrap();
            }
            Ok(bytes::Bytes::from_static(br#"{"data":{"slow":1}}"#))
        })
    });
    let way = gateway::supergraph::Way::Memory {
        sdl: sdl.into(),
        transport: Arc::new(transport),
    };
    let ways = BTreeMap::from([("slow".to_owned(), ("http://in.process".to_owned(), way))]);
    let source = Arc::new(SubgraphSource::new(ways, None));
    let gateway = Gateway::with_source(config(), Parts::default(), source);
    gateway.refresh().await.unwrap();

    let (listener, address) = listen().await;
    let (stop, stopped) = oneshot::channel::<()>();
    let served = serve(gateway.clone(), listener, async {
        let _ = stopped.await;
    });
    let url = format!("http://{address}/graphql");
    let transport = gateway::transport::HttpTransport::connect(&url, 1 << 20).unwrap();
    let context = servers::context(&gateway, &[]);
    let asking = async {
        let request = gateway::transport::SubgraphRequest {
            query: "{ slow }",
            variables: bytes::Bytes::new(),
        };
        let execute = gateway::transport::SubgraphTransport::execute;
        execute(&transport, request, &context).await.unwrap()
    };
    let stopping = async {
        begun.await.unwrap();
        stop.send(()).unwrap();
        // New connections are refused while the old request is still there.
        while tokio::net::TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        assert!(!gateway.is_ready());
        release.send(()).unwrap();
    };
    let (served, body, ()) = tokio::join!(served, asking, stopping);
    served.unwrap();
    assert_eq!(&body[..], br#"{"data":{"slow":1}}"#);
}
