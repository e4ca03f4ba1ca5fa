//! The transport of any other Federation v2 subgraph: GraphQL over HTTP.

use bytes::Bytes;
use futures_util::{StreamExt as _, future::BoxFuture, stream, stream::BoxStream};
use http::{HeaderValue, Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyDataStream, BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use kernel::Kind;

use super::{
    Answer, SubgraphRequest, SubgraphTransport, TransportError, sse,
    tls::{Connector, Trust},
};
use crate::{cache, context::RequestContext, value::write_string};

/// What we like best, then what older servers send.
const ACCEPT: &str = "application/graphql-response+json, application/json;q=0.9";

/// What a subscription is answered with: `graphql-sse`, one request each.
const ACCEPT_EVENTS: &str = "text/event-stream";

/// POST with keep-alive to one URL, over TLS where that is `https`.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    uri: Uri,
    client: Client<Connector, Full<Bytes>>,
    response_bytes: usize,
}

impl HttpTransport {
    /// Over TLS, certificates that the system trusts are believed.
    pub fn connect(address: &str, response_bytes: usize) -> Result<Self, TransportError> {
        Self::trusting(address, response_bytes, &Trust::default())
    }

    /// The same, with a say in whose certificates are believed.
    pub fn trusting(
        address: &str,
        response_bytes: usize,
        trust: &Trust,
    ) -> Result<Self, TransportError> {
        let uri: Uri = address
            .parse()
            .map_err(|error| TransportError::new(Kind::Invalid, format!("{address}: {error}")))?;
        let with_tls = uri.scheme_str() == Some("https");
        if !(with_tls || uri.scheme_str() == Some("http")) || uri.authority().is_none() {
            return Err(TransportError::new(
                Kind::Invalid,
                format!("{address}: a subgraph address is http[s]://host[:port]/path"),
            ));
        }
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        // A peer of an event stream that vanished without a word is noticed.
        connector.set_keepalive(Some(std::time::Duration::from_secs(30)));
        connector.set_connect_timeout(Some(std::time::Duration::from_secs(2)));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(std::time::Duration::from_secs(30))
            .build(trust.connector(connector, with_tls)?);
        Ok(Self {
            uri,
            client,
            response_bytes,
        })
    }

    async fn send(
        &self,
        request: &SubgraphRequest<'_>,
        accept: &'static str,
        context: &RequestContext,
    ) -> Result<http::Response<Incoming>, TransportError> {
        let mut body = Vec::with_capacity(request.query.len() + request.variables.len() + 32);
        body.extend_from_slice(b"{\"query\":");
        write_string(&mut body, request.query);
        if !request.variables.is_empty() {
            body.extend_from_slice(b",\"variables\":");
            body.extend_from_slice(&request.variables);
        }
        body.push(b'}');
        let mut message = Request::new(Full::new(Bytes::from(body)));
        *message.method_mut() = Method::POST;
        *message.uri_mut() = self.uri.clone();
        *message.headers_mut() = context.headers.clone();
        let headers = message.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        self.client
            .request(message)
            .await
            .map_err(|error| TransportError {
                not_started: error.is_connect(),
                ..TransportError::new(Kind::Unavailable, error.to_string())
            })
    }

    async fn whole(&self, response: http::Response<Incoming>) -> Answer {
        let status = response.status();
        let is_json = is_of(&response, "json");
        let (head, body) = response.into_parts();
        let body = Limited::new(body, self.response_bytes)
            .collect()
            .await
            .map_err(|error| TransportError::new(Kind::Unavailable, error.to_string()))?
            .to_bytes();
        // A GraphQL response may come with any status; without one the status
        // is all there is.
        if is_json && body.first() == Some(&b'{') {
            return Ok(cache::with_header(body, &head.headers));
        }
        Err(TransportError::new(
            kind_of(status),
            format!("status {status} without a GraphQL answer"),
        ))
    }
}

impl SubgraphTransport for HttpTransport {
    fn execute<'a>(
        &'a self,
        request: SubgraphRequest<'a>,
        context: &'a RequestContext,
    ) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let response = self.send(&request, ACCEPT, context).await?;
            self.whole(response).await
        })
    }

    fn subscribe<'a>(
        &'a self,
        request: SubgraphRequest<'a>,
        context: &'a RequestContext,
    ) -> BoxFuture<'a, Result<BoxStream<'static, Answer>, TransportError>> {
        Box::pin(async move {
            let response = self.send(&request, ACCEPT_EVENTS, context).await?;
            if response.status().is_success() && is_of(&response, "text/event-stream") {
                let bytes = BodyDataStream::new(response.into_body());
                return Ok(sse::answers(bytes, self.response_bytes).boxed());
            }
            // A refusal may come as a plain answer.
            let answer = self.whole(response).await?;
            Ok(stream::iter([Ok(answer)]).boxed())
        })
    }
}

fn is_of(response: &http::Response<Incoming>, media: &str) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.contains(media))
}

const fn kind_of(status: StatusCode) -> Kind {
    match status.as_u16() {
        401 => Kind::Unauthenticated,
        403 => Kind::Forbidden,
        408 | 504 => Kind::Timeout,
        429 => Kind::RateLimited,
        _ => Kind::Unavailable,
    }
}
