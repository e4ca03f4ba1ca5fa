//! The way to the client of an event stream: one frame at a time, heartbeats,
//! and a limit on how long the client may take.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use futures_util::{Stream, future::BoxFuture, stream};
use tokio::{
    sync::mpsc::{Receiver, Sender},
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};

use crate::{
    config,
    response::error_list,
    subscribe::{Event, Events, Seat},
};

/// With a `data` line, or a browser's EventSource would not see it.
pub const COMPLETE: &[u8] = b"event: complete\ndata: \n\n";
const HEARTBEAT: &[u8] = b":\n\n";

/// A JSON text holds no line break, so it is one line of data.
pub fn frame(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 24);
    out.extend_from_slice(b"event: next\ndata: ");
    out.extend_from_slice(body);
    out.extend_from_slice(b"\n\n");
    out
}

/// The pieces of the body, as the connection asks for them.
pub fn frames_of(
    taken: Receiver<Bytes>,
    place: Place,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
    stream::unfold((taken, place), |(mut taken, place)| async move {
        let frame = taken.recv().await?;
        Some((Ok(frame), (taken, place)))
    })
}

/// The seat of a stream, which is free as soon as one side is done: the client
/// has gone, or is let go.
#[derive(Clone)]
pub struct Place(Arc<Mutex<Option<Seat>>>);

impl Place {
    pub fn new(seat: Seat) -> Self {
        Self(Arc::new(Mutex::new(Some(seat))))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Writes events and heartbeats until the end, or until the client is gone or
/// too slow. An event is taken from the subgraph when the frame before has
/// gone to the connection. Whoever does not take it in time loses the place:
/// the stream of the subgraph ends, and the seat is free.
pub async fn run(
    mut events: Box<Events>,
    frames: Sender<Bytes>,
    settings: config::Streams,
    _place: Place,
) {
    let beat = settings.heartbeat();
    let mut beats = interval_at(Instant::now() + beat, beat);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let work = async {
        let mut event = next(&mut events);
        loop {
            // There is one place: it is free when the last frame was taken.
            let Ok(free) = timeout(settings.write(), frames.reserve()).await else {
                tracing::info!("a client takes no events and is let go");
                metrics::counter!("gateway.connections.slow").increment(1);
                return;
            };
            let Ok(free) = free else { return };
            // An event under way is kept over heartbeats: dropping it would
            // lose it.
            let (source, ended) = tokio::select! {
                biased;
                done = &mut event => done,
                _ = beats.tick() => {
                    free.send(Bytes::from_static(HEARTBEAT));
                    continue;
                }
            };
            let last = match ended {
                Some(Event::Next(response)) => {
                    free.send(frame(&response.body).into());
                    event = next(source);
                    continue;
                }
                Some(Event::Failed(error)) => {
                    let mut body = b"{\"errors\":".to_vec();
                    error_list(&mut body, &[*error], source.context());
                    body.push(b'}');
                    let mut out = frame(&body);
                    out.extend_from_slice(COMPLETE);
                    out.into()
                }
                None => Bytes::from_static(COMPLETE),
            };
            free.send(last);
            return;
        }
    };
    tokio::select! {
        () = work => {}
        () = frames.closed() => {}
    }
}

type Next<'e> = BoxFuture<'e, (&'e mut Events, Option<Event>)>;

fn next(events: &mut Events) -> Next<'_> {
    Box::pin(async move {
        let event = events.next().await;
        (events, event)
    })
}
