//! The house transport: `sanshe.graph.v1.SubgraphService`.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, future::BoxFuture, stream::BoxStream};
use kernel::Kind;
use proto::{
    again::Again,
    graph::v1::{
        ExecuteRequest, SdlRequest, SdlResponse, SubscribeRequest,
        subgraph_service_client::SubgraphServiceClient,
    },
};
use tonic::{
    Code, Request, Status,
    metadata::MetadataMap,
    transport::{Channel, Endpoint},
};
use tonic_types::{ErrorInfo, StatusExt as _};

use super::{Answer, SubgraphRequest, SubgraphTransport, TransportError, channels::Channels};
use crate::{context::RequestContext, error::Message};

/// A lazily opened, multiplexed channel to one subgraph.
#[derive(Clone, Debug)]
pub struct GrpcTransport {
    client: SubgraphServiceClient<Channel>,
    streams: Arc<Channels>,
    response_bytes: usize,
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
        Ok(Self {
            client,
            streams: Arc::new(Channels::new(endpoint)),
            response_bytes,
        })
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
            let mut client = self.client.clone();
            let mut again = Again::new();
            loop {
                let mut message = Request::new(ExecuteRequest {
                    query: request.query.to_owned(),
                    operation_name: None,
                    variables: request.variables.clone(),
                });
                prepare(&mut message, context);
                match client.execute(message).await {
                    Ok(response) => return Ok(response.into_inner().body),
                    Err(status) if again.permits(&status) => {}
                    Err(status) => return Err(failure(&status)),
                }
            }
        })
    }

    fn subscribe<'a>(
        &'a self,
        request: SubgraphRequest<'a>,
        context: &'a RequestContext,
    ) -> BoxFuture<'a, Result<BoxStream<'static, Answer>, TransportError>> {
        Box::pin(async move {
            let (channel, held) = self.streams.take();
            let mut client = SubgraphServiceClient::new(channel)
                .max_decoding_message_size(self.response_bytes)
                .max_encoding_message_size(self.response_bytes);
            let mut again = Again::new();
            let stream = loop {
                let mut message = Request::new(SubscribeRequest {
                    query: request.query.to_owned(),
                    operation_name: None,
                    variables: request.variables.clone(),
                });
                *message.metadata_mut() = MetadataMap::from_headers(context.headers.clone());
                match client.subscribe(message).await {
                    Ok(stream) => break stream,
                    Err(status) if again.permits(&status) => {}
                    Err(status) => return Err(cut_off(&status)),
                }
            };
            let answers = stream.into_inner().map(move |item| {
                // The place is kept as long as the stream.
                let _ = &held;
                match item {
                    Ok(response) => Ok::<Bytes, _>(response.body),
                    Err(status) => Err(cut_off(&status)),
                }
            });
            Ok(answers.boxed())
        })
    }
}

fn prepare<T>(message: &mut Request<T>, context: &RequestContext) {
    *message.metadata_mut() = MetadataMap::from_headers(context.headers.clone());
    message.set_timeout(context.remaining());
}

/// What the service tells people: in both languages where it knows the house,
/// the status itself where it does not.
fn told(info: &ErrorInfo, status: &Status) -> Message {
    let text = |lang: &str| info.metadata.get(lang).filter(|text| !text.is_empty());
    match (text("zh"), text("en")) {
        (Some(zh), Some(en)) => Message::Both {
            zh: zh.clone(),
            en: en.clone(),
        },
        _ => Message::Plain(status.message().to_owned()),
    }
}

/// A stream that broke. Where the peer did not say why, the connection was
/// lost, whatever the library calls it.
fn cut_off(status: &Status) -> TransportError {
    let mut error = failure(status);
    let vague = matches!(
        status.code(),
        Code::Unknown | Code::Internal | Code::Cancelled
    );
    if vague && status.get_details_error_info().is_none() {
        error.kind = Kind::Unavailable;
    }
    error
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
        message: info
            .as_ref()
            .filter(|_| speaks)
            .map(|info| told(info, status)),
        reason: info
            .map(|info| info.reason)
            .filter(|reason| !reason.is_empty()),
        detail: format!("{}: {}", status.code(), status.message()),
        not_started: status.code() == Code::Unavailable,
    }
}
