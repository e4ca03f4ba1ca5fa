//! The house transport: `sanshe.graph.v1.SubgraphService`.

use bytes::Bytes;
use futures_util::{StreamExt, future::BoxFuture, stream::BoxStream};
use kernel::Kind;
use proto::graph::v1::{
    ExecuteRequest, SdlRequest, SdlResponse, SubscribeRequest,
    subgraph_service_client::SubgraphServiceClient,
};
use tonic::{
    Code, Request, Status,
    metadata::MetadataMap,
    transport::{Channel, Endpoint},
};
use tonic_types::StatusExt as _;

use super::{Answer, SubgraphRequest, SubgraphTransport, TransportError};
use crate::context::RequestContext;

/// A lazily opened, multiplexed channel to one subgraph.
#[derive(Clone, Debug)]
pub struct GrpcTransport {
    client: SubgraphServiceClient<Channel>,
}

impl GrpcTransport {
    /// Prepares the channel; nothing is sent yet.
    pub fn connect(address: &str, response_bytes: usize) -> Result<Self, TransportError> {
        let endpoint = Endpoint::from_shared(address.to_owned())
            .map_err(|error| TransportError::new(Kind::Invalid, error.to_string()))?
            .connect_timeout(std::time::Duration::from_secs(2))
            .tcp_nodelay(true)
            // A peer that vanished without a word is noticed.
            .http2_keep_alive_interval(std::time::Duration::from_secs(10))
            .keep_alive_timeout(std::time::Duration::from_secs(5));
        let client = SubgraphServiceClient::new(endpoint.connect_lazy())
            .max_decoding_message_size(response_bytes)
            .max_encoding_message_size(response_bytes);
        Ok(Self { client })
    }

    /// Asks the subgraph for its schema.
    pub async fn sdl(&self, limit: std::time::Duration) -> Result<SdlResponse, TransportError> {
        let mut request = Request::new(SdlRequest {});
        request.set_timeout(limit);
        let mut client = self.client.clone();
        match tokio::time::timeout(limit, client.sdl(request)).await {
            Ok(Ok(response)) => Ok(response.into_inner()),
            Ok(Err(status)) => Err(failure(&status)),
            Err(_) => Err(TransportError::new(Kind::Timeout, "no schema in time")),
        }
    }
}

impl SubgraphTransport for GrpcTransport {
    fn execute<'a>(
        &'a self,
        request: SubgraphRequest<'a>,
        context: &'a RequestContext,
    ) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let mut message = Request::new(ExecuteRequest {
                query: request.query.to_owned(),
                operation_name: None,
                variables: request.variables,
            });
            prepare(&mut message, context);
            let mut client = self.client.clone();
            match client.execute(message).await {
                Ok(response) => Ok(response.into_inner().body),
                Err(status) => Err(failure(&status)),
            }
        })
    }

    fn subscribe<'a>(
        &'a self,
        request: SubgraphRequest<'a>,
        context: &'a RequestContext,
    ) -> BoxFuture<'a, Result<BoxStream<'static, Answer>, TransportError>> {
        Box::pin(async move {
            let mut message = Request::new(SubscribeRequest {
                query: request.query.to_owned(),
                operation_name: None,
                variables: request.variables,
            });
            *message.metadata_mut() = MetadataMap::from_headers(context.headers.clone());
            let mut client = self.client.clone();
            let stream = client
                .subscribe(message)
                .await
                .map_err(|status| failure(&status))?;
            let answers = stream.into_inner().map(|item| match item {
                Ok(response) => Ok::<Bytes, _>(response.body),
                Err(status) => Err(failure(&status)),
            });
            Ok(answers.boxed())
        })
    }
}

fn prepare<T>(message: &mut Request<T>, context: &RequestContext) {
    *message.metadata_mut() = MetadataMap::from_headers(context.headers.clone());
    message.set_timeout(context.remaining());
}

/// A status in the words of the house. The sentence of the subgraph is kept
/// only for kinds that speak to the caller: in the others the library may have
/// written an address into it.
fn failure(status: &Status) -> TransportError {
    // Made on this side, because the connection broke: the subgraph ended,
    // perhaps in the middle of its answer. Its own status has no error behind it.
    let broken = matches!(status.code(), Code::Unknown | Code::Internal)
        && std::error::Error::source(status).is_some();
    let kind = if broken {
        Kind::Unavailable
    } else {
        Kind::from_grpc_code(status.code() as i32)
    };
    let speaks = matches!(
        status.code(),
        Code::InvalidArgument
            | Code::Unauthenticated
            | Code::PermissionDenied
            | Code::FailedPrecondition
            | Code::ResourceExhausted
    );
    let info = status.get_details_error_info();
    TransportError {
        kind,
        // The message is meant for people only where the service explained itself.
        message: (speaks && info.is_some()).then(|| status.message().to_owned()),
        reason: info
            .map(|info| info.reason)
            .filter(|reason| !reason.is_empty()),
        detail: format!("{}: {}", status.code(), status.message()),
        not_started: status.code() == Code::Unavailable,
    }
}
