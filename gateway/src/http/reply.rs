//! The HTTP response of a GraphQL response: status, media type, headers.

use axum::{body::Body, response::Response as HttpResponse};
use bytes::{BufMut as _, Bytes, BytesMut};
use http::{HeaderValue, StatusCode, header};

use super::{negotiate::MediaType, respond};
use crate::{cache::Scope, config::Statuses, context::RequestContext, response::Response};

/// For partial data; no registered status means it.
const PARTIAL: u16 = 294;

/// Answers one request.
pub fn one(
    mut response: Response,
    mut media: MediaType,
    statuses: Statuses,
    context: &RequestContext,
) -> HttpResponse {
    match statuses {
        Statuses::Compatible => {
            if response.status == StatusCode::UNPROCESSABLE_ENTITY {
                response.status = StatusCode::BAD_REQUEST;
            }
        }
        Statuses::Draft => {
            // The status is the same whatever the client takes; and only
            // success may call itself plain JSON.
            response.well_formed = false;
            if !response.status.is_success() {
                media = MediaType::GraphqlResponse;
            } else if response.outcome == "partial" && media == MediaType::GraphqlResponse {
                response.status = StatusCode::from_u16(PARTIAL).unwrap_or(StatusCode::OK);
            }
        }
    }
    let keeping = keeping(&response, context);
    let mut answer = respond(response, media, &context.request_id);
    if let Some(keeping) = keeping {
        let headers = answer.headers_mut();
        headers.insert(header::CACHE_CONTROL, keeping);
        headers.append(header::VARY, HeaderValue::from_static(VARIES));
    }
    finish(answer, context)
}

/// What, beside the headers of every answer, an answer depends on that may be
/// kept.
const VARIES: &str = "x-sanshe-channel, x-sanshe-purpose, x-sanshe-assisted-by";

/// How long whoever gets a whole answer may keep it: the strictest of what was
/// said by the subgraphs that were asked. None where one of them said nothing,
/// or where the answer tells of this one request.
fn keeping(response: &Response, context: &RequestContext) -> Option<HeaderValue> {
    let is_whole = response.status == StatusCode::OK && response.outcome == "ok";
    if !is_whole || context.explain || context.priced {
        return None;
    }
    let hint = context.notes.kept()?;
    let scope = match hint.scope {
        Scope::Public => "public",
        Scope::Private => "private",
    };
    let seconds = hint.max_age.as_secs();
    HeaderValue::try_from(format!("{scope}, max-age={seconds}")).ok()
}

/// Answers a batch: what became of each is in its own entry.
pub fn many(responses: &[Response], media: MediaType, context: &RequestContext) -> HttpResponse {
    let length: usize = responses.iter().map(|it| it.body.len() + 1).sum();
    let mut body = BytesMut::with_capacity(length + 2);
    body.put_u8(b'[');
    for (index, response) in responses.iter().enumerate() {
        if index > 0 {
            body.put_u8(b',');
        }
        body.put_slice(&response.body);
    }
    body.put_u8(b']');
    let response = Response {
        status: StatusCode::OK,
        well_formed: true,
        body: body.freeze(),
        outcome: "ok",
    };
    finish(respond(response, media, &context.request_id), context)
}

fn finish(mut response: http::Response<Bytes>, context: &RequestContext) -> HttpResponse {
    if let Some(seconds) = context.notes.seconds() {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response.map(Body::from)
}
