//! The clients: a bounded number of requests over a number of connections.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

use crate::graph;

/// What one turn brought.
pub struct Slice {
    pub micros: Vec<u64>,
    pub elapsed: Duration,
}

/// Sends `requests` over `connections`; each must get the right answer.
pub async fn run(address: &str, connections: usize, requests: usize) -> Slice {
    static TOKENS: AtomicUsize = AtomicUsize::new(0);
    let left = Arc::new(AtomicUsize::new(requests));
    let body = Bytes::from(serde_json::json!({ "query": graph::QUERY }).to_string());
    let begun = Instant::now();
    let clients = (0..connections).map(|_| {
        let (left, body) = (Arc::clone(&left), body.clone());
        let uri = format!("http://{address}/graphql");
        task(async move {
            let mut connector = HttpConnector::new();
            connector.set_nodelay(true);
            let client: Client<_, Full<Bytes>> =
                Client::builder(TokioExecutor::new()).build(connector);
            let mut micros = Vec::new();
            while left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                    left.checked_sub(1)
                })
                .is_ok()
            {
                let token = TOKENS.fetch_add(1, Ordering::Relaxed);
                let request = Request::post(&uri)
                    .header(header::CONTENT_TYPE, "application/json")
                    .header(header::AUTHORIZATION, format!("Bearer {token}"))
                    .body(Full::new(body.clone()))
                    .unwrap();
                let sent = Instant::now();
                let response = client.request(request).await.unwrap();
                assert_eq!(response.status(), http::StatusCode::OK);
                let answer = response.into_body().collect().await.unwrap().to_bytes();
                micros.push(u64::try_from(sent.elapsed().as_micros()).unwrap());
                assert_eq!(answer, graph::expected(), "a wrong answer");
            }
            micros
        })
    });
    let clients: Vec<_> = clients.collect();
    let mut micros = Vec::with_capacity(requests);
    for client in clients {
        micros.extend(client.await.unwrap());
    }
    assert_eq!(micros.len(), requests);
    Slice {
        micros,
        elapsed: begun.elapsed(),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "each connection is a task of its own and is waited for"
)]
fn task<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> tokio::task::JoinHandle<T> {
    tokio::spawn(future)
}
