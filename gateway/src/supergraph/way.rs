//! The way to a subgraph that tells its own schema.

use std::{sync::Arc, time::Duration};

use http::HeaderMap;
use kernel::Kind;
use serde_json::Value as Json;

use crate::{
    context::RequestContext,
    transport::{
        GrpcTransport, HttpTransport, SubgraphRequest, SubgraphTransport, TransportError, Trust,
    },
};

/// The mark of an address that speaks GraphQL over HTTP instead of gRPC.
const HTTP_MARK: &str = "graphql+";

/// One subgraph.
#[derive(Clone)]
pub enum Way {
    /// `http://host:port`: the house's gRPC contract.
    Grpc(Box<GrpcTransport>),
    /// `graphql+http[s]://host:port/path`: any Federation v2 subgraph.
    Http(Box<HttpTransport>),
    /// Within the process: a schema and a function.
    Memory {
        sdl: Arc<str>,
        transport: Arc<dyn SubgraphTransport>,
    },
}

impl Way {
    pub fn connect(address: &str, response_bytes: usize) -> Result<Self, TransportError> {
        Self::trusting(address, response_bytes, &Trust::default())
    }

    /// The same, with a say in whose certificates are believed.
    pub fn trusting(
        address: &str,
        response_bytes: usize,
        trust: &Trust,
    ) -> Result<Self, TransportError> {
        match address.strip_prefix(HTTP_MARK) {
            Some(url) => Ok(Self::Http(Box::new(HttpTransport::trusting(
                url,
                response_bytes,
                trust,
            )?))),
            None => Ok(Self::Grpc(Box::new(GrpcTransport::connect(
                address,
                response_bytes,
            )?))),
        }
    }

    pub fn transport(&self) -> Arc<dyn SubgraphTransport> {
        match self {
            Self::Grpc(it) => Arc::new(GrpcTransport::clone(it)),
            Self::Http(it) => Arc::new(HttpTransport::clone(it)),
            Self::Memory { transport, .. } => Arc::clone(transport),
        }
    }

    /// Asks for the schema.
    pub async fn sdl(&self, limit: Duration) -> Result<String, TransportError> {
        match self {
            Self::Grpc(it) => Ok(it.sdl(limit).await?.sdl),
            Self::Memory { sdl, .. } => Ok(sdl.to_string()),
            Self::Http(it) => {
                let context = RequestContext::new(&HeaderMap::new(), limit, || "schema".to_owned());
                let request = SubgraphRequest {
                    query: "{_service{sdl}}",
                    variables: bytes::Bytes::new(),
                };
                let answer = tokio::time::timeout(limit, it.execute(request, &context)).await;
                let body = answer
                    .map_err(|_| TransportError::new(Kind::Timeout, "no schema in time"))??;
                let json: Json = serde_json::from_slice(&body)
                    .map_err(|error| TransportError::new(Kind::Unavailable, error.to_string()))?;
                let sdl = json.pointer("/data/_service/sdl").and_then(Json::as_str);
                sdl.map(str::to_owned).ok_or_else(|| {
                    TransportError::new(Kind::Unavailable, "the answer holds no _service.sdl")
                })
            }
        }
    }
}
