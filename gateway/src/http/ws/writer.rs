//! The way to the client: one bounded queue, a heartbeat, and a limit on how
//! long the client may take.

use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use bytes::Bytes;
use futures_util::{SinkExt as _, stream::SplitSink};
use tokio::{
    sync::mpsc::{Receiver, Sender, channel},
    time::{Instant, MissedTickBehavior, interval_at},
};
use tokio_util::sync::CancellationToken;

use super::close::Close;
use crate::config::Streams;

/// What is sent.
#[derive(Debug)]
pub enum Outgoing {
    Text(String),
    Close(Close),
}

/// Where messages for the client are put; waits while it is full.
pub type Queue = Sender<Outgoing>;

pub fn queue(settings: &Streams) -> (Queue, Receiver<Outgoing>) {
    channel(settings.queue.max(1))
}

/// Sends until the close, or until the client is gone or too slow; then
/// cancels `over`.
pub async fn run(
    mut sink: SplitSink<WebSocket, Message>,
    mut queue: Receiver<Outgoing>,
    settings: &Streams,
    over: CancellationToken,
) {
    let beat = settings.heartbeat();
    let mut beats = interval_at(Instant::now() + beat, beat);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let (message, last) = tokio::select! {
            outgoing = queue.recv() => match outgoing {
                Some(Outgoing::Text(text)) => (Message::text(text), false),
                Some(Outgoing::Close(close)) => (Message::Close(Some(close.into())), true),
                None => break,
            },
            _ = beats.tick() => (Message::Ping(Bytes::new()), false),
        };
        let sent = send(&mut sink, message, settings.write()).await;
        if last || !sent {
            break;
        }
    }
    over.cancel();
}

async fn send(sink: &mut SplitSink<WebSocket, Message>, message: Message, limit: Duration) -> bool {
    match tokio::time::timeout(limit, sink.send(message)).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::debug!(%error, "a client is gone");
            false
        }
        Err(_) => {
            tracing::info!("a client takes no messages and is let go");
            metrics::counter!("gateway.connections.slow").increment(1);
            false
        }
    }
}
