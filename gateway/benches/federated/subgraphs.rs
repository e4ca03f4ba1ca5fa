//! The subgraphs behind gRPC and HTTP.

use std::collections::BTreeMap;

use axum::{Router, body::Body, extract::Path, routing::post};
use bytes::Bytes;
use proto::graph::v1::{
    ExecuteRequest, ExecuteResponse, SdlRequest, SdlResponse, SubscribeRequest, SubscribeResponse,
    subgraph_service_server::{SubgraphService, SubgraphServiceServer},
};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::net::TcpListener;
use tonic::{
    Request, Response, Status,
    transport::{Server, server::TcpIncoming},
};

use crate::graph;

struct Subgraph(&'static str);

#[tonic::async_trait]
impl SubgraphService for Subgraph {
    async fn sdl(&self, _: Request<SdlRequest>) -> Result<Response<SdlResponse>, Status> {
        let (_, sdl) = graph::subgraphs()
            .into_iter()
            .find(|(name, _)| *name == self.0)
            .unwrap();
        Ok(Response::new(SdlResponse {
            sdl,
            name: self.0.to_owned(),
            version: "bench".to_owned(),
        }))
    }

    async fn execute(
        &self,
        message: Request<ExecuteRequest>,
    ) -> Result<Response<ExecuteResponse>, Status> {
        let message = message.into_inner();
        let body = graph::answer(self.0, &message.query, &message.variables);
        Ok(Response::new(ExecuteResponse { body }))
    }

    type SubscribeStream = tokio_stream::Empty<Result<SubscribeResponse, Status>>;

    async fn subscribe(
        &self,
        _: Request<SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        Err(Status::unimplemented("nothing is subscribed to here"))
    }
}

#[derive(Deserialize)]
struct Asked<'a> {
    query: String,
    #[serde(borrow)]
    variables: Option<&'a RawValue>,
}

async fn over_http(Path(name): Path<String>, body: Bytes) -> http::Response<Body> {
    let asked: Asked<'_> = serde_json::from_slice(&body).unwrap();
    let variables = asked
        .variables
        .map_or_else(Bytes::new, |it| Bytes::copy_from_slice(it.get().as_bytes()));
    let answer = graph::answer(&name, &asked.query, &variables);
    http::Response::builder()
        .header("content-type", "application/json")
        .body(Body::from(answer))
        .unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the servers end with the process"
)]
fn background(future: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(future);
}

/// Serves all of them and prints where, as JSON.
pub async fn serve() {
    let mut addresses = BTreeMap::new();
    for (name, _) in graph::subgraphs() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        addresses.insert(format!("grpc.{name}"), address);
        background(async move {
            // The builder's own setting holds only for sockets that it binds.
            let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
            Server::builder()
                .add_service(SubgraphServiceServer::new(Subgraph(name)))
                .serve_with_incoming(incoming)
                .await
                .unwrap();
        });
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    for (name, _) in graph::subgraphs() {
        let url = format!("graphql+http://{address}/{name}");
        addresses.insert(format!("http.{name}"), url);
    }
    println!("{}", serde_json::to_string(&addresses).unwrap());
    let app = Router::new().route("/{name}", post(over_http));
    axum::serve(listener, app).await.unwrap();
}
