//! The subgraphs of a case behind each transport, and the gateway before them.

use std::{collections::BTreeMap, future::Future, net::SocketAddr, sync::Arc};

use axum::{Router, routing::post};
use bytes::Bytes;
use gateway::{
    Config, Gateway, Parts,
    config::{Features, Source},
    supergraph::{SubgraphSource, Way},
    transport::MemoryTransport,
};
use http::HeaderMap;
use proto::graph::v1::{
    ExecuteRequest, ExecuteResponse, SdlRequest, SdlResponse, SubscribeRequest, SubscribeResponse,
    subgraph_service_server::{SubgraphService, SubgraphServiceServer},
};
use serde_json::{Map, Value as Json};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Response, Status};

use crate::{case::Question, engine::Engine};

/// How the gateway reaches its subgraphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Memory,
    Grpc,
    Http,
}

pub const ALL: [By; 3] = [By::Memory, By::Grpc, By::Http];

fn background(future: impl Future<Output = ()> + Send + 'static) {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test's servers end with its runtime"
    )]
    tokio::spawn(future);
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

fn variables(bytes: &[u8]) -> Map<String, Json> {
    if bytes.is_empty() {
        return Map::new();
    }
    serde_json::from_slice(bytes).unwrap()
}

struct Server(Arc<Engine>);

#[tonic::async_trait]
impl SubgraphService for Server {
    async fn sdl(&self, _: tonic::Request<SdlRequest>) -> Result<Response<SdlResponse>, Status> {
        Ok(Response::new(SdlResponse {
            sdl: self.0.sdl.clone(),
            name: self.0.name.clone(),
            version: "case".to_owned(),
        }))
    }

    async fn execute(
        &self,
        message: tonic::Request<ExecuteRequest>,
    ) -> Result<Response<ExecuteResponse>, Status> {
        let message = message.into_inner();
        let answer = self.0.answer(&message.query, variables(&message.variables));
        let body = answer.to_string().into();
        Ok(Response::new(ExecuteResponse { body }))
    }

    type SubscribeStream = tokio_stream::Empty<Result<SubscribeResponse, Status>>;

    async fn subscribe(
        &self,
        _: tonic::Request<SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        Err(Status::unimplemented("cases have no subscriptions"))
    }
}

async fn grpc(engine: Arc<Engine>) -> String {
    let (listener, address) = listen().await;
    background(async move {
        tonic::transport::Server::builder()
            .add_service(SubgraphServiceServer::new(Server(engine)))
            .serve_with_incoming(TcpListenerStream::new(listener))
            .await
            .unwrap();
    });
    format!("http://{address}")
}

async fn http(engine: Arc<Engine>) -> String {
    let (listener, address) = listen().await;
    let app = Router::new().route(
        "/query",
        post(move |body: Bytes| async move {
            let mut json: Map<String, Json> = serde_json::from_slice(&body).unwrap();
            let variables = match json.remove("variables") {
                Some(Json::Object(variables)) => variables,
                _ => Map::new(),
            };
            let query = json["query"].as_str().unwrap();
            axum::Json(engine.answer(query, variables))
        }),
    );
    background(async move { axum::serve(listener, app).await.unwrap() });
    format!("graphql+http://{address}/query")
}

fn memory(engine: Arc<Engine>) -> Way {
    let sdl = Arc::from(engine.sdl.as_str());
    let transport = MemoryTransport::new(move |query, bytes, _| {
        let answer = engine.answer(&query, variables(&bytes));
        Box::pin(async move { Ok(answer.to_string().into()) })
    });
    Way::Memory {
        sdl,
        transport: Arc::new(transport),
    }
}

/// A gateway over the engines, ready to serve.
pub async fn gateway(engines: &[Arc<Engine>], by: By, parts: Parts) -> Gateway {
    let mut config = Config {
        features: Features::development(),
        ..Config::default()
    };
    // What a query may cost has a suite of its own; here every answer counts.
    config.limits.cost.max = u64::MAX;
    let gateway = if by == By::Memory {
        let ways = engines.iter().map(|it| {
            let way = memory(Arc::clone(it));
            (it.name.clone(), ("http://in.process".to_owned(), way))
        });
        let source = SubgraphSource::new(ways.collect(), None);
        Gateway::with_source(config, parts, Arc::new(source))
    } else {
        let mut addresses = BTreeMap::new();
        for it in engines {
            let address = match by {
                By::Grpc => grpc(Arc::clone(it)).await,
                _ => http(Arc::clone(it)).await,
            };
            addresses.insert(it.name.clone(), address);
        }
        config.source = Source::Subgraphs(addresses);
        Gateway::new(config, parts).unwrap()
    };
    if let Err(refusal) = gateway.refresh().await {
        panic!("no gateway: {}", refusal.en);
    }
    gateway
}

/// Asks and reads the answer.
pub async fn ask(gateway: &Gateway, question: &Question) -> Json {
    let mut request = gateway::GraphRequest::new(&question.query);
    request.variables.clone_from(&question.variables);
    let mut headers = HeaderMap::new();
    headers.insert("accept-language", "en".parse().unwrap());
    for (name, value) in &question.headers {
        let name: http::HeaderName = name.parse().unwrap();
        headers.insert(name, value.parse().unwrap());
    }
    let context = gateway.context(&headers);
    let response = gateway.execute(request, &context, false).await;
    serde_json::from_slice(&response.body).unwrap()
}
