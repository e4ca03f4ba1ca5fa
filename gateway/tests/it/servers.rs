//! The subgraphs behind each transport, on ports that the system picks.

use std::{
    collections::{BTreeMap, HashMap},
    future::Future,
    net::SocketAddr,
    sync::Arc,
};

use async_graphql::{Request, Variables};
use axum::{Router, response::IntoResponse as _, routing::post};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream, stream::BoxStream};
use gateway::{
    Config, Gateway, Parts, RequestContext,
    config::{Features, Source},
    supergraph::{LastGood, SubgraphSource, Way},
    transport::MemoryTransport,
};
use http::HeaderMap;
use proto::graph::v1::{
    ExecuteRequest, ExecuteResponse, SdlRequest, SdlResponse, SubscribeRequest, SubscribeResponse,
    subgraph_service_server::{SubgraphService, SubgraphServiceServer},
};
use serde_json::Value as Json;
use tokio::net::TcpListener;
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::{Code, Response, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::library::{Caller, LostCards, Subgraph};

/// How the gateway reaches its subgraphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Memory,
    Grpc,
    Http,
}

pub const ALL: [By; 3] = [By::Memory, By::Grpc, By::Http];

/// Runs something until the test ends.
pub fn background(future: impl Future<Output = ()> + Send + 'static) -> tokio::task::AbortHandle {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test's servers end with its runtime"
    )]
    tokio::spawn(future).abort_handle()
}

pub async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

fn request(query: String, variables: &[u8], headers: &HeaderMap) -> Request {
    let mut request = Request::new(query);
    if !variables.is_empty() {
        let json: Json = serde_json::from_slice(variables).unwrap();
        request = request.variables(Variables::from_json(json));
    }
    if let Some(token) = headers.get("authorization") {
        request = request.data(Caller(token.to_str().unwrap().to_owned()));
    }
    if headers
        .get("x-sanshe-purpose")
        .is_some_and(|it| it == "lost")
    {
        request = request.data(LostCards);
    }
    request
}

struct Server(Subgraph);

#[tonic::async_trait]
impl SubgraphService for Server {
    async fn sdl(&self, _: tonic::Request<SdlRequest>) -> Result<Response<SdlResponse>, Status> {
        Ok(Response::new(SdlResponse {
            sdl: self.0.sdl.clone(),
            name: self.0.name.to_owned(),
            version: "test".to_owned(),
        }))
    }

    async fn execute(
        &self,
        message: tonic::Request<ExecuteRequest>,
    ) -> Result<Response<ExecuteResponse>, Status> {
        assert!(
            message.metadata().contains_key("grpc-timeout"),
            "the deadline travels"
        );
        let headers = message.metadata().clone().into_headers();
        if headers
            .get("authorization")
            .is_some_and(|token| token == "Bearer spoilt")
        {
            return Err(spoilt_token());
        }
        let message = message.into_inner();
        let request = request(message.query, &message.variables, &headers);
        let response = (self.0.run)(request).await;
        let body = serde_json::to_vec(&response).unwrap().into();
        Ok(Response::new(ExecuteResponse { body }))
    }

    type SubscribeStream = BoxStream<'static, Result<SubscribeResponse, Status>>;

    async fn subscribe(
        &self,
        message: tonic::Request<SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        assert!(
            !message.metadata().contains_key("grpc-timeout"),
            "a stream has no deadline"
        );
        let headers = message.metadata().clone().into_headers();
        let message = message.into_inner();
        let request = request(message.query, &message.variables, &headers);
        let answers = (self.0.stream)(request).map(|response| {
            let body = serde_json::to_vec(&response).unwrap().into();
            Ok(SubscribeResponse { body })
        });
        Ok(Response::new(answers.boxed()))
    }
}

/// What a service answers before any GraphQL: in both languages beside the
/// status, whose own words are English.
fn spoilt_token() -> Status {
    let told = [("zh", "登录凭证无效,请重新登录"), ("en", "log in again")];
    let told = told.map(|(lang, text)| (lang.to_owned(), text.to_owned()));
    let details = ErrorDetails::with_error_info("TOKEN_INVALID", "sanshe", HashMap::from(told));
    Status::with_error_details(Code::Unauthenticated, "log in again", details)
}

/// A server on a runtime of its own, so that it can be killed with its
/// connections.
pub struct Mortal(Option<tokio::runtime::Runtime>);

impl Mortal {
    pub fn grpc(subgraph: Subgraph, listener: std::net::TcpListener) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        listener.set_nonblocking(true).unwrap();
        let entered = runtime.enter();
        grpc_on(subgraph, TcpListener::from_std(listener).unwrap());
        drop(entered);
        Self(Some(runtime))
    }

    pub fn kill(mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Mortal {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Serves a subgraph over gRPC.
pub async fn grpc(subgraph: Subgraph) -> (String, tokio::task::AbortHandle) {
    let (listener, address) = listen().await;
    let handle = grpc_on(subgraph, listener);
    (format!("http://{address}"), handle)
}

pub fn grpc_on(subgraph: Subgraph, listener: TcpListener) -> tokio::task::AbortHandle {
    background(async move {
        tonic::transport::Server::builder()
            // As small as servers have it, so that streams and calls compete.
            .max_concurrent_streams(Some(100))
            .add_service(SubgraphServiceServer::new(Server(subgraph)))
            .serve_with_incoming(TcpListenerStream::new(listener))
            .await
            .unwrap();
    })
}

/// An event stream as another library writes it: other line ends, heartbeats.
fn events(answers: BoxStream<'static, async_graphql::Response>) -> axum::response::Response {
    let next = answers.map(|response| {
        let body = serde_json::to_string(&response).unwrap();
        format!(": beat\r\n\r\nevent: next\r\ndata: {body}\r\n\r\n")
    });
    let complete = stream::iter(["event: complete\r\ndata:\r\n\r\n".to_owned()]);
    let frames = next.chain(complete).map(Ok::<_, std::convert::Infallible>);
    let headers = [("content-type", "text/event-stream")];
    (headers, axum::body::Body::from_stream(frames)).into_response()
}

pub async fn http(subgraph: Subgraph) -> String {
    let (listener, address) = listen().await;
    let app = Router::new().route(
        "/query",
        post(move |headers: HeaderMap, body: Bytes| async move {
            let json: Json = serde_json::from_slice(&body).unwrap();
            let variables = json
                .get("variables")
                .map(ToString::to_string)
                .unwrap_or_default();
            let query = json["query"].as_str().unwrap().to_owned();
            let request = request(query, variables.as_bytes(), &headers);
            if headers
                .get("accept")
                .is_some_and(|it| it == "text/event-stream")
            {
                return events((subgraph.stream)(request));
            }
            axum::Json((subgraph.run)(request).await).into_response()
        }),
    );
    background(async move { axum::serve(listener, app).await.unwrap() });
    format!("graphql+http://{address}/query")
}

pub fn memory(subgraph: Subgraph) -> Way {
    let sdl = Arc::from(subgraph.sdl.as_str());
    let streaming = Arc::clone(&subgraph.stream);
    let transport = MemoryTransport::new(move |query, variables, context| {
        let response = (subgraph.run)(request(query, &variables, &context.headers));
        Box::pin(async move { Ok(serde_json::to_vec(&response.await).unwrap().into()) })
    })
    .streaming(move |query, variables, context| {
        let mut answers = (streaming)(request(query, &variables, &context.headers));
        // A server begins at once; the library itself waits to be asked.
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        background(async move {
            loop {
                let answer = tokio::select! {
                    () = sender.closed() => return,
                    answer = answers.next() => answer,
                };
                let Some(answer) = answer else { return };
                let body = serde_json::to_vec(&answer).unwrap();
                if sender.send(Ok(body.into())).await.is_err() {
                    return;
                }
            }
        });
        ReceiverStream::new(receiver).boxed()
    });
    Way::Memory {
        sdl,
        transport: Arc::new(transport),
    }
}

/// Settings of a test: everything a developer sees.
pub fn config() -> Config {
    Config {
        features: Features::development(),
        ..Config::default()
    }
}

/// A gateway over the subgraphs, ready to serve.
pub async fn gateway_with(subgraphs: Vec<Subgraph>, by: By, config: Config) -> Gateway {
    gateway_of(subgraphs, by, config, Parts::default()).await
}

/// The same with parts of the test's own.
pub async fn gateway_of(
    subgraphs: Vec<Subgraph>,
    by: By,
    mut config: Config,
    parts: Parts,
) -> Gateway {
    let mut addresses = BTreeMap::new();
    let gateway = if by == By::Memory {
        let ways = subgraphs.into_iter().map(|it| {
            (
                it.name.to_owned(),
                ("http://in.process".to_owned(), memory(it)),
            )
        });
        let last_good = config.state_dir.as_deref().map(LastGood::new);
        let source = SubgraphSource::new(ways.collect(), last_good);
        Gateway::with_source(config, parts, Arc::new(source))
    } else {
        for it in subgraphs {
            let name = it.name.to_owned();
            let address = if by == By::Grpc {
                grpc(it).await.0
            } else {
                http(it).await
            };
            addresses.insert(name, address);
        }
        config.source = Source::Subgraphs(addresses);
        Gateway::new(config, parts).unwrap()
    };
    gateway.refresh().await.unwrap();
    gateway
}

pub async fn gateway(by: By) -> Gateway {
    gateway_with(crate::library::all(), by, config()).await
}

pub fn context(gateway: &Gateway, headers: &[(&'static str, &str)]) -> RequestContext {
    let mut map = HeaderMap::new();
    map.insert("x-request-id", "r-1".parse().unwrap());
    map.insert("accept-language", "en".parse().unwrap());
    for (name, value) in headers {
        map.insert(*name, value.parse().unwrap());
    }
    gateway.context(&map)
}

/// Runs a request in process and reads the answer.
pub async fn ask(gateway: &Gateway, query: &str, headers: &[(&'static str, &str)]) -> Json {
    ask_with(gateway, query, Json::Null, headers).await
}

pub async fn ask_with(
    gateway: &Gateway,
    query: &str,
    variables: Json,
    headers: &[(&'static str, &str)],
) -> Json {
    let mut request = gateway::GraphRequest::new(query);
    if let Json::Object(variables) = variables {
        request.variables = variables;
    }
    let context = context(gateway, headers);
    let response = gateway.execute(request, &context, false).await;
    serde_json::from_slice(&response.body).unwrap()
}
