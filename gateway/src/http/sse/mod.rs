//! `graphql-sse`, distinct connections mode: one operation per request, its
//! answers as `next` events, then `complete`. Comments are heartbeats.

mod writer;

use axum::body::Body;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use kernel::refuse;
use tokio::sync::mpsc::channel;
use tracing::Instrument as _;

use self::writer::{COMPLETE, Place, frame, frames_of};
use super::{negotiate::MediaType, read, reply};
use crate::{
    authenticate::authenticate,
    context::RequestContext,
    error::Rejection,
    gateway::{Carrier, Gateway},
    rate::caller,
    request::Incoming,
    response::Response,
    subscribe::{Operation, Seat},
    trace,
};

const MEDIA: &str = "text/event-stream";

/// A client that takes event streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// How it takes a single answer: None is as events too.
    single: Option<MediaType>,
}

/// What an Accept header that names event streams wishes for. The media type
/// that is named first is liked best.
pub fn wish(headers: &HeaderMap) -> Option<Wish> {
    let lines = headers.get_all(header::ACCEPT).iter();
    let mut entries = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(|entry| entry.split(';').map(str::trim));
    let mut first = true;
    let at_front = loop {
        let mut parts = entries.next()?;
        let is_ours = parts.next()?.eq_ignore_ascii_case(MEDIA);
        let refused = parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
        if is_ours && !refused {
            break first;
        }
        first = false;
    };
    Some(Wish {
        single: MediaType::accepted(headers).filter(|_| !at_front),
    })
}

/// Runs the operation and streams what comes of it.
pub async fn answer(
    gateway: Gateway,
    parts: http::request::Parts,
    body: Body,
    context: RequestContext,
    wish: Wish,
) -> axum::response::Response {
    let media = wish.single.unwrap_or(MediaType::Json);
    let statuses = gateway.config().http.statuses;
    let refused = |rejection: &Rejection| {
        let response = Response::rejected(rejection, &context);
        reply::one(response, media, statuses, &context)
    };
    if let Err(rejection) = gateway.limiter().address(&context).await {
        return refused(&rejection);
    }
    let seat = match take_seat(&gateway, &context).await {
        Ok(seat) => seat,
        Err(rejection) => return refused(&rejection),
    };
    let span = tracing::info_span!("gateway.request", request_id = %context.request_id);
    trace::continue_in(&span, &parts.headers);
    let carrier = Carrier {
        reads_only: matches!(parts.method, Method::GET | Method::HEAD),
        streams: true,
    };
    let work = async {
        match read::read(gateway.config(), &parts, body).await? {
            Incoming::One(request) => Ok(gateway.operate(request, &context, carrier).await),
            Incoming::Many(_) => Err(Rejection::malformed(
                StatusCode::BAD_REQUEST,
                refuse!(Invalid, "BATCH_OVER_STREAM",
                    zh: "事件流上一次只能执行一个操作",
                    en: "an event stream carries one operation, not a batch"),
            )),
        }
    };
    let single = |body: &[u8]| {
        let mut out = frame(body);
        out.extend_from_slice(COMPLETE);
        Body::from(out)
    };
    let operation = work.instrument(span).await;
    let body = match operation {
        Err(rejection) => return refused(&rejection),
        Ok(Operation::Refused(rejection)) if !rejection.well_formed => return refused(&rejection),
        Ok(Operation::Refused(rejection)) => match wish.single {
            Some(_) => return refused(&rejection),
            // The protocol wants errors before the execution as an event: a
            // browser's EventSource shows no other.
            None => single(&Response::rejected(&rejection, &context).body),
        },
        Ok(Operation::Answer(response)) => match wish.single {
            Some(media) => return reply::one(response, media, statuses, &context),
            None => single(&response.body),
        },
        Ok(Operation::Events(events)) => {
            let (frames, taken) = channel(1);
            let settings = gateway.streams().settings().clone();
            let place = Place::new(seat);
            let body = frames_of(taken, place.clone());
            let work = writer::run(events, frames, settings, place);
            gateway.streams().write(work);
            Body::from_stream(body)
        }
    };
    opened(body, &context.request_id)
}

fn opened(body: Body, request_id: &str) -> axum::response::Response {
    let mut response = http::Response::new(body);
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    let media = HeaderValue::from_static("text/event-stream; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, media);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that collect answers would hold the events back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    let vary = HeaderValue::from_static("accept, accept-language, authorization");
    headers.insert(header::VARY, vary);
    if let Ok(id) = request_id.parse() {
        headers.insert("x-request-id", id);
    }
    response
}

/// A place for the stream, counted for its address and for who it comes from.
async fn take_seat(gateway: &Gateway, context: &RequestContext) -> Result<Seat, Rejection> {
    let streams = gateway.streams();
    let seated = streams.seat(context.address);
    let mut seat = seated.map_err(Rejection::unavailable)?;
    let identity = authenticate(gateway.authenticator(), context).await?;
    let subject = identity.as_ref().map(|it| it.subject.as_str());
    if let Some(caller) = caller::identity(context, subject) {
        let identified = seat.identify(caller, streams.settings());
        identified.map_err(Rejection::unavailable)?;
    }
    Ok(seat)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wished(accept: &str) -> Option<Wish> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().unwrap());
        wish(&headers)
    }

    #[test]
    fn a_single_answer_comes_in_the_type_that_is_named_first() {
        let all = Wish { single: None };
        assert_eq!(wished("text/event-stream"), Some(all));
        assert_eq!(wished("text/event-stream, application/json"), Some(all));
        assert_eq!(
            wished("application/json, text/event-stream"),
            Some(Wish {
                single: Some(MediaType::Json)
            })
        );
        assert_eq!(wished("application/json"), None);
        assert_eq!(wished("application/json, text/event-stream;q=0"), None);
        assert_eq!(wished("*/*"), None);
    }
}
