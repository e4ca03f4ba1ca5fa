//! `/graphql`.

use std::net::SocketAddr;

use axum::{
    body::Body,
    extract::{ConnectInfo, Request, State},
    response::Response as HttpResponse,
};
use futures_util::future::join_all;
use http::{HeaderValue, Method, StatusCode, header, request::Parts};
use kernel::refuse;
use tracing::Instrument as _;

use super::{
    ALLOW,
    negotiate::{MediaType, wants_page},
    plain, read, reply, sse, ws,
};
use crate::{
    context::RequestContext,
    error::Rejection,
    gateway::Gateway,
    request::{GraphRequest, Incoming},
    response::Response,
    trace,
};

/// Answers a GraphQL request.
pub async fn answer(State(gateway): State<Gateway>, request: Request) -> HttpResponse {
    let (mut parts, body) = request.into_parts();
    if ws::is_upgrade(&parts.headers) {
        return ws::upgrade(gateway, &mut parts).await;
    }
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    let asks_page = reads
        && gateway.config().features.graphiql
        && parts.uri.query().is_none()
        && wants_page(&parts.headers);
    if asks_page {
        let mut response = plain(StatusCode::SEE_OTHER, "text/plain", "/graphiql\n");
        response
            .headers_mut()
            .insert(header::LOCATION, HeaderValue::from_static("/graphiql"));
        return response.map(Body::from);
    }
    if parts.method == Method::OPTIONS {
        // A preflight of a listed origin is answered before it comes here.
        let mut response = plain(StatusCode::NO_CONTENT, "text/plain", "");
        response.headers_mut().remove(header::CONTENT_TYPE);
        response
            .headers_mut()
            .insert(header::ALLOW, HeaderValue::from_static(ALLOW));
        return response.map(Body::from);
    }
    let context = context(&gateway, &parts);
    if let Some(wish) = sse::wish(&parts.headers) {
        return sse::answer(gateway, parts, body, context, wish).await;
    }
    let statuses = gateway.config().http.statuses;
    let refuse = |rejection: &Rejection, media| {
        reply::one(
            Response::rejected(rejection, &context),
            media,
            statuses,
            &context,
        )
    };
    let Some(media) = MediaType::accepted(&parts.headers) else {
        let rejection = Rejection::malformed(
            StatusCode::NOT_ACCEPTABLE,
            refuse!(Invalid, "MEDIA_TYPE_NOT_ACCEPTABLE",
                zh: "只能返回 application/graphql-response+json 或 application/json",
                en: "the answer is application/graphql-response+json or application/json"),
        );
        return refuse(&rejection, MediaType::Json);
    };
    let span = tracing::info_span!("gateway.request", request_id = %context.request_id);
    trace::continue_in(&span, &parts.headers);
    let work = async {
        if let Err(rejection) = gateway.limiter().address(&context).await {
            return refuse(&rejection, media);
        }
        match read::read(gateway.config(), &parts, body).await {
            Ok(Incoming::One(request)) => {
                let response = gateway.execute(request, &context, reads).await;
                reply::one(response, media, statuses, &context)
            }
            Ok(Incoming::Many(entries)) => {
                let entries = entries
                    .into_iter()
                    .enumerate()
                    .map(|(index, entry)| one_of_many(&gateway, &context, index, entry));
                reply::many(&join_all(entries).await, media, &context)
            }
            Err(rejection) => refuse(&rejection, media),
        }
    };
    work.instrument(span).await
}

/// An entry of a batch. The first has paid for the address with its request.
async fn one_of_many(
    gateway: &Gateway,
    context: &RequestContext,
    index: usize,
    entry: Result<GraphRequest, Rejection>,
) -> Response {
    let own = context.of_its_own();
    let paid = async {
        if index > 0 {
            gateway.limiter().address(&own).await?;
        }
        entry
    };
    match paid.await {
        Ok(request) => gateway.execute(request, &own, false).await,
        Err(rejection) => Response::rejected(&rejection, &own),
    }
}

/// The surroundings of the request, with the address it comes from.
pub(super) fn context(gateway: &Gateway, parts: &Parts) -> RequestContext {
    let mut context = gateway.context(&parts.headers);
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    context.address = peer.map(|peer| gateway.proxies().client(peer.0.ip(), &parts.headers));
    context
}
