//! One operation of a connection.

use super::{
    message,
    writer::{Outgoing, Queue},
};
use crate::{
    context::RequestContext,
    gateway::{Carrier, Gateway},
    request::GraphRequest,
    subscribe::{Event, Operation},
};

/// Runs it to its end. Every message waits for its place in the queue.
pub async fn run(
    gateway: Gateway,
    id: String,
    request: GraphRequest,
    context: RequestContext,
    queue: Queue,
) {
    let carrier = Carrier {
        reads_only: false,
        streams: true,
    };
    // Each operation is a request of this address, as over HTTP.
    if let Err(rejection) = gateway.limiter().address(&context).await {
        send(&queue, message::error(&id, &rejection.errors, &context)).await;
        return;
    }
    match gateway.operate(request, &context, carrier).await {
        Operation::Refused(rejection) => {
            send(&queue, message::error(&id, &rejection.errors, &context)).await;
        }
        Operation::Answer(response) => {
            if send(&queue, message::next(&id, &response.body)).await {
                send(&queue, message::complete(&id)).await;
            }
        }
        Operation::Events(mut events) => loop {
            match events.next().await {
                Some(Event::Next(response)) => {
                    if !send(&queue, message::next(&id, &response.body)).await {
                        return;
                    }
                }
                Some(Event::Failed(error)) => {
                    send(&queue, message::error(&id, &[*error], events.context())).await;
                    return;
                }
                None => {
                    send(&queue, message::complete(&id)).await;
                    return;
                }
            }
        },
    }
}

/// False where the client is gone.
async fn send(queue: &Queue, text: String) -> bool {
    queue.send(Outgoing::Text(text)).await.is_ok()
}
