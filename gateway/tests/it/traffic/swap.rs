//! A new supergraph comes into use without a failed request and without a cold
//! plan.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use futures_util::future::{BoxFuture, join_all};
use gateway::{
    Config, Gateway, Parts,
    config::Traffic,
    supergraph::{Fresh, Kept, Load, SupergraphSource, Transports},
    transport::MemoryTransport,
};
use kernel::Refusal;
use serde_json::json;

use super::rig::{A, B, one, traffic};
use crate::{
    library, scripted,
    servers::{self, ask},
};

/// A source that changes when it is told to.
struct Changing {
    sdl: Mutex<String>,
    transports: Transports,
}

impl SupergraphSource for Changing {
    fn load(&self) -> BoxFuture<'_, Result<Load, Refusal>> {
        Box::pin(async {
            Ok(Load::Fresh(Fresh {
                sdl: self.sdl.lock().unwrap().clone(),
                transports: self.transports.clone(),
                kept: None,
            }))
        })
    }

    fn accepted(&self, _: &Kept) {}
}

fn supergraph(a: &str) -> String {
    scripted::composed(&[("a", a), ("b", B)])
        .unwrap()
        .supergraph
}

async fn changing(traffic: Traffic) -> (Gateway, Arc<Changing>) {
    let transports = ["a", "b"].map(|name| {
        let transport = MemoryTransport::new(|query, _, _| {
            let answer = one(&query);
            Box::pin(async { answer })
        });
        (name.to_owned(), Arc::new(transport) as _)
    });
    let source = Arc::new(Changing {
        sdl: Mutex::new(supergraph(A)),
        transports: Transports::from(transports),
    });
    let config = Config {
        traffic,
        ..servers::config()
    };
    let gateway = Gateway::with_source(config, Parts::default(), Arc::clone(&source) as _);
    gateway.refresh().await.unwrap();
    (gateway, source)
}

#[tokio::test]
async fn plans_in_use_are_made_before_the_swap_the_most_used_first() {
    let settings = Traffic {
        warm_plans: 2,
        ..traffic()
    };
    let (gateway, source) = changing(settings).await;
    for (query, times) in [("{ a }", 3), ("{ b }", 9), ("{ x: a b }", 1)] {
        for _ in 0..times {
            ask(&gateway, query, &[]).await;
        }
    }
    *source.sdl.lock().unwrap() = supergraph(&format!("{A} extend type Query {{ more: Int }}"));
    assert!(gateway.refresh().await.unwrap());
    let generation = gateway.generation().unwrap();
    assert_eq!(generation.number, 2);
    assert!(generation.plans.contains("{ a }", None));
    assert!(generation.plans.contains("{ b }", None));
    assert!(!generation.plans.contains("{ x: a b }", None));
}

#[tokio::test]
async fn an_operation_that_the_new_graph_refuses_stops_no_swap() {
    let (gateway, source) = changing(traffic()).await;
    ask(&gateway, "{ a }", &[]).await;
    ask(&gateway, "{ b }", &[]).await;
    *source.sdl.lock().unwrap() = supergraph("type Query { c: Int }");
    assert!(gateway.refresh().await.unwrap());
    let generation = gateway.generation().unwrap();
    assert!(generation.plans.contains("{ b }", None));
    assert!(!generation.plans.contains("{ a }", None));
}

#[tokio::test]
async fn plans_count_with_what_they_hold() {
    let (gateway, _) = changing(traffic()).await;
    ask(&gateway, "{ a }", &[]).await;
    let generation = gateway.generation().unwrap();
    let one = generation.plans.bytes();
    let many: Vec<String> = (0..50).map(|index| format!("x{index}: a")).collect();
    let many = many.join(" ");
    ask(&gateway, &format!("{{ {many} }}"), &[]).await;
    let grown = generation.plans.bytes() - one;
    assert!(grown > 100 * 50, "{grown} bytes for 50 fields");
}

/// Requests without a pause over sockets, while supergraphs come and go.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn swaps_under_load_fail_no_request_and_leave_no_generation_behind() {
    const SWAPS: usize = 6;
    let subgraphs = library::all();
    let with_notes = with_notes(&subgraphs[0].sdl);
    let addresses: BTreeMap<_, _> = join_all(subgraphs.iter().map(|it| async {
        let name = it.name.to_owned();
        (name, servers::grpc(it.clone()).await.0)
    }))
    .await
    .into_iter()
    .collect();
    let source = Arc::new(Switching::new(&subgraphs, with_notes, &addresses));
    let gateway = Gateway::with_source(
        servers::config(),
        Parts::default(),
        Arc::clone(&source) as _,
    );
    gateway.refresh().await.unwrap();
    let first = Arc::downgrade(&gateway.generation().unwrap());

    let (done, served) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let expected = ask(&gateway, QUERY, &[]).await;
    assert!(expected.get("errors").is_none(), "{expected}");
    let clients = (0..8).map(|client| {
        let (gateway, expected) = (gateway.clone(), expected.clone());
        let (done, served) = (Arc::clone(&done), Arc::clone(&served));
        async move {
            let token = format!("Bearer {client}");
            while !done.load(Ordering::Acquire) {
                let answer = ask(&gateway, QUERY, &[("authorization", &token)]).await;
                assert_eq!(answer, expected);
                served.fetch_add(1, Ordering::AcqRel);
                tokio::task::yield_now().await;
            }
        }
    });
    let swapping = async {
        for swap in 0..SWAPS {
            source.switch();
            assert!(gateway.refresh().await.unwrap(), "swap {swap}");
            // Requests run on each generation before the next one comes.
            let before = served.load(Ordering::Acquire);
            while served.load(Ordering::Acquire) < before + 8 {
                tokio::task::yield_now().await;
            }
        }
        done.store(true, Ordering::Release);
    };
    tokio::join!(join_all(clients), swapping);
    assert_eq!(gateway.generation().unwrap().number, SWAPS as u64 + 1);
    assert!(first.upgrade().is_none(), "the first generation is gone");
    assert_eq!(gateway.peers().held_bytes(), 0);
}

const QUERY: &str = "{ loans { number book { title days } reader { name } } }";

/// The catalogue with one field more.
fn with_notes(plain: &str) -> String {
    let more = plain.replacen("pages: Int!", "pages: Int!\n\tnotes: String", 1);
    assert_ne!(plain, more);
    more
}

/// Two supergraphs over the same subgraphs.
struct Switching {
    sdls: [String; 2],
    at: AtomicUsize,
    transports: Transports,
}

impl Switching {
    fn new(
        subgraphs: &[library::Subgraph],
        catalogue: String,
        addresses: &BTreeMap<String, String>,
    ) -> Self {
        let compose = |changed: Option<&str>| {
            let schemas: Vec<_> = subgraphs
                .iter()
                .map(|it| gateway::compose::SubgraphSchema {
                    name: it.name.to_owned(),
                    url: addresses[it.name].clone(),
                    sdl: match changed {
                        Some(sdl) if it.name == "catalogue" => sdl.to_owned(),
                        _ => it.sdl.clone(),
                    },
                })
                .collect();
            gateway::compose::compose(&schemas).unwrap().supergraph
        };
        let transports = addresses.iter().map(|(name, address)| {
            let way = gateway::transport::GrpcTransport::connect(address, 1 << 20).unwrap();
            (name.clone(), Arc::new(way) as _)
        });
        Self {
            sdls: [compose(None), compose(Some(&catalogue))],
            at: AtomicUsize::new(0),
            transports: transports.collect(),
        }
    }

    fn switch(&self) {
        self.at.fetch_xor(1, Ordering::AcqRel);
    }
}

impl SupergraphSource for Switching {
    fn load(&self) -> BoxFuture<'_, Result<Load, Refusal>> {
        Box::pin(async {
            Ok(Load::Fresh(Fresh {
                sdl: self.sdls[self.at.load(Ordering::Acquire)].clone(),
                transports: self.transports.clone(),
                kept: None,
            }))
        })
    }

    fn accepted(&self, _: &Kept) {}
}

#[tokio::test]
async fn the_same_supergraph_is_no_swap() {
    let (gateway, _) = changing(traffic()).await;
    let before = gateway.generation().unwrap();
    assert!(!gateway.refresh().await.unwrap());
    assert!(Arc::ptr_eq(&before, &gateway.generation().unwrap()));
    assert_eq!(ask(&gateway, "{ a }", &[]).await, json!({"data": {"a": 1}}));
}
