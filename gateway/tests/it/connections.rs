//! A subgraph closes its connections while it is asked, as one does whose
//! connections are old or whose process stops: no call fails, none is made twice.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::{future::join_all, stream::Empty};
use gateway::{
    RequestContext,
    transport::{GrpcTransport, SubgraphRequest, SubgraphTransport as _},
};
use http::HeaderMap;
use proto::graph::v1::{
    ExecuteRequest, ExecuteResponse, SdlRequest, SdlResponse, SubscribeRequest, SubscribeResponse,
    subgraph_service_server::{SubgraphService, SubgraphServiceServer},
};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

use crate::servers::{background, listen};

/// Answers which connection a call came over.
#[derive(Clone, Default)]
struct Closing(Arc<AtomicUsize>);

#[tonic::async_trait]
impl SubgraphService for Closing {
    type SubscribeStream = Empty<Result<SubscribeResponse, Status>>;

    async fn sdl(&self, _: Request<SdlRequest>) -> Result<Response<SdlResponse>, Status> {
        Err(Status::unimplemented("not asked here"))
    }

    async fn execute(
        &self,
        request: Request<ExecuteRequest>,
    ) -> Result<Response<ExecuteResponse>, Status> {
        self.0.fetch_add(1, Ordering::Relaxed);
        tokio::task::yield_now().await;
        let body = request.remote_addr().unwrap().to_string().into();
        Ok(Response::new(ExecuteResponse { body }))
    }

    async fn subscribe(
        &self,
        _: Request<SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        Err(Status::unimplemented("not asked here"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_closes_costs_no_call() {
    let (listener, address) = listen().await;
    let subgraph = Closing::default();
    let server = tonic::transport::Server::builder()
        .max_connection_age(Duration::from_millis(30))
        .add_service(SubgraphServiceServer::new(subgraph.clone()))
        .serve_with_incoming(TcpListenerStream::new(listener));
    background(async { server.await.unwrap() });
    let transport = GrpcTransport::connect(&format!("http://{address}"), 1024).unwrap();
    let minute = Duration::from_mins(1);
    let context = RequestContext::new(&HeaderMap::new(), minute, || "test".to_owned());
    let request = || SubgraphRequest {
        query: "mutation { raise }",
        variables: Bytes::new(),
    };
    let (mut connections, mut asked) = (BTreeSet::new(), 0);
    let asking = async {
        while connections.len() < 20 {
            let answers = join_all((0..16).map(|_| transport.execute(request(), &context))).await;
            asked += answers.len();
            connections.extend(answers.into_iter().map(Result::unwrap));
        }
    };
    let ended = tokio::time::timeout(minute * 2, asking).await;
    assert!(ended.is_ok(), "it stays on {connections:?}");
    assert_eq!(subgraph.0.load(Ordering::Relaxed), asked, "each call once");
}
