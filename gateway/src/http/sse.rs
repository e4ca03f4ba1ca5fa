//! `graphql-sse`, distinct connections mode: one operation per request, its
//! answers as `next` events, then `complete`. Comments are heartbeats.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::{Stream, future::BoxFuture, stream};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use kernel::refuse;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tracing::Instrument as _;

use super::{negotiate::MediaType, read, reply};
use crate::{
    context::RequestContext,
    error::Rejection,
    gateway::{Carrier, Gateway},
    request::Incoming,
    response::{Response, error_list},
    subscribe::{Event, Events, Operation, Seat},
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
    let seat = gateway
        .streams()
        .seat(context.address)
        .and_then(|mut seat| {
            if let Some(token) = context.bearer() {
                seat.identify(token, gateway.streams().settings())?;
            }
            Ok(seat)
        });
    let seat = match seat {
        Ok(seat) => seat,
        Err(refusal) => return refused(&Rejection::unavailable(refusal)),
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
            let heartbeat = gateway.streams().settings().heartbeat();
            Body::from_stream(frames(events, heartbeat, seat))
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

/// With a `data` line, or a browser's EventSource would not see it.
const COMPLETE: &[u8] = b"event: complete\ndata: \n\n";
const HEARTBEAT: &[u8] = b":\n\n";

/// A JSON text holds no line break, so it is one line of data.
fn frame(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 24);
    out.extend_from_slice(b"event: next\ndata: ");
    out.extend_from_slice(body);
    out.extend_from_slice(b"\n\n");
    out
}

type Next = BoxFuture<'static, (Box<Events>, Option<Event>)>;

/// An event under way is kept over heartbeats: dropping it would lose it.
struct Frames {
    next: Next,
    beats: Interval,
    _seat: Seat,
}

fn next(mut events: Box<Events>) -> Next {
    Box::pin(async move {
        let event = events.next().await;
        (events, event)
    })
}

fn frames(
    events: Box<Events>,
    heartbeat: Duration,
    seat: Seat,
) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> + Send {
    let mut beats = interval_at(Instant::now() + heartbeat, heartbeat);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let state = Frames {
        next: next(events),
        beats,
        _seat: seat,
    };
    stream::unfold(Some(state), |state| async move {
        let mut state = state?;
        let (events, event) = tokio::select! {
            biased;
            done = &mut state.next => done,
            _ = state.beats.tick() => {
                return Some((Ok(Bytes::from_static(HEARTBEAT)), Some(state)));
            }
        };
        let out = match event {
            Some(Event::Next(response)) => {
                state.next = next(events);
                return Some((Ok(frame(&response.body).into()), Some(state)));
            }
            Some(Event::Failed(error)) => {
                let mut body = b"{\"errors\":".to_vec();
                error_list(&mut body, &[*error], events.context());
                body.push(b'}');
                let mut out = frame(&body);
                out.extend_from_slice(COMPLETE);
                out.into()
            }
            None => Bytes::from_static(COMPLETE),
        };
        Some((Ok(out), None))
    })
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
