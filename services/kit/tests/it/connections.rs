//! Connections between services: they grow old without a failed call, and a
//! read outlives one that breaks.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures_util::{future::join_all, stream::Empty};
use kit::grpc::{self, Limits, Peer};
use proto::graph::v1::{
    ExecuteRequest, ExecuteResponse, SdlRequest, SdlResponse, SubscribeRequest, SubscribeResponse,
    subgraph_service_client::SubgraphServiceClient,
    subgraph_service_server::{SubgraphService, SubgraphServiceServer},
};
use tokio::net::TcpListener;
use tonic::{Request, Response, Status, service::Routes};

/// Answers which connection a call came over.
#[derive(Clone, Default)]
struct Answering(Arc<AtomicU32>);

#[tonic::async_trait]
impl SubgraphService for Answering {
    type SubscribeStream = Empty<Result<SubscribeResponse, Status>>;

    async fn sdl(&self, request: Request<SdlRequest>) -> Result<Response<SdlResponse>, Status> {
        self.0.fetch_add(1, Ordering::Relaxed);
        // Some calls are under way when the connection is old enough.
        tokio::task::yield_now().await;
        Ok(Response::new(SdlResponse {
            sdl: request.remote_addr().unwrap().to_string(),
            ..SdlResponse::default()
        }))
    }

    async fn execute(
        &self,
        _: Request<ExecuteRequest>,
    ) -> Result<Response<ExecuteResponse>, Status> {
        Err(Status::unimplemented("not asked here"))
    }

    async fn subscribe(
        &self,
        _: Request<SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        Err(Status::unimplemented("not asked here"))
    }
}

fn serve(listener: TcpListener, connection_age: Option<Duration>) -> Arc<AtomicU32> {
    let answering = Answering::default();
    let calls = Arc::clone(&answering.0);
    let routes = Routes::new(SubgraphServiceServer::new(answering));
    let limits = Limits {
        connection_age,
        ..Limits::of_requests(Duration::from_secs(30))
    };
    #[expect(clippy::disallowed_methods, reason = "it ends with the test")]
    tokio::spawn(grpc::serve(
        routes,
        listener,
        limits,
        std::future::pending(),
    ));
    calls
}

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

async fn ask(peer: &Peer) -> Result<String, Status> {
    let mut client = SubgraphServiceClient::new(peer.channel());
    let answer = client.sdl(SdlRequest {}).await?;
    Ok(answer.into_inner().sdl)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_connection_is_replaced_and_no_call_fails() {
    let (listener, address) = listener().await;
    let calls = serve(listener, Some(Duration::from_millis(30)));
    let peer = Peer::new(&format!("http://{address}")).unwrap();
    let mut connections = BTreeSet::new();
    let mut asked = 0;
    let asking = async {
        while connections.len() < 20 {
            let answers = join_all((0..16).map(|_| ask(&peer))).await;
            asked += answers.len();
            connections.extend(answers.into_iter().map(Result::unwrap));
        }
    };
    let ended = tokio::time::timeout(Duration::from_mins(2), asking).await;
    assert!(ended.is_ok(), "the client stays on {connections:?}");
    assert_eq!(
        calls.load(Ordering::Relaxed) as usize,
        asked,
        "each call once"
    );
}

#[tokio::test]
async fn a_connection_that_is_not_told_to_end_stays() {
    let (listener, address) = listener().await;
    serve(listener, None);
    let peer = Peer::new(&format!("http://{address}")).unwrap();
    let mut connections = BTreeSet::new();
    for _ in 0..200 {
        connections.insert(ask(&peer).await.unwrap());
    }
    assert_eq!(connections.len(), 1);
}

#[tokio::test]
async fn a_read_is_asked_again_over_another_connection() {
    let (listener, address) = listener().await;
    // The first connection takes the request and ends without a word.
    let unruly = async {
        let (first, _) = listener.accept().await.unwrap();
        first.readable().await.unwrap();
        drop(first);
        serve(listener, None)
    };
    let peer = Peer::new(&format!("http://{address}")).unwrap();
    let reading = Peer::read(|| {
        let mut client = SubgraphServiceClient::new(peer.channel());
        async move { client.sdl(SdlRequest {}).await }
    });
    let (answer, calls) = tokio::join!(reading, unruly);
    assert!(answer.is_ok(), "{answer:?}");
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}
