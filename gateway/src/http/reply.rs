//! The HTTP response of a GraphQL response: status, media type, headers.

use axum::{body::Body, response::Response as HttpResponse};
use bytes::{BufMut as _, Bytes, BytesMut};
use http::{HeaderValue, StatusCode, header};

use super::{negotiate::MediaType, respond};
use crate::{config::Statuses, context::RequestContext, response::Response};

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
    finish(respond(response, media, &context.request_id), context)
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
