//! One connection: it is initialised once, carries operations side by side,
//! and ends for one reason.

use std::{collections::HashMap, net::IpAddr, time::Duration};

use axum::extract::ws::{Message, WebSocket};
use futures_util::{
    StreamExt as _,
    future::{AbortHandle, BoxFuture, abortable},
    stream::{FuturesUnordered, SplitStream},
};
use http::{HeaderMap, HeaderName, HeaderValue};
use kernel::{Refusal, refuse};
use serde_json::{Map, Value as Json};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::{
    close::Close,
    message::{self, ClientMessage},
    operation,
    writer::{self, Outgoing, Queue},
};
use crate::{
    authenticate::authenticate,
    context::{FORWARDED, RequestContext},
    gateway::Gateway,
    rate::caller,
    request::GraphRequest,
    subscribe::Seat,
};

/// How long the client may take to answer our close.
const GOODBYE: Duration = Duration::from_secs(2);

/// One connection.
pub struct Session {
    gateway: Gateway,
    headers: HeaderMap,
    address: Option<IpAddr>,
    seat: Seat,
    acknowledged: bool,
    /// The operations under way: which of that id, and how to end it.
    known: HashMap<String, (u64, AbortHandle)>,
    running: FuturesUnordered<BoxFuture<'static, (String, u64)>>,
    begun: u64,
}

impl Session {
    pub fn new(
        gateway: Gateway,
        mut headers: HeaderMap,
        address: Option<IpAddr>,
        seat: Seat,
    ) -> Self {
        // Each operation is a request with an id of its own.
        headers.remove("x-request-id");
        Self {
            gateway,
            headers,
            address,
            seat,
            acknowledged: false,
            known: HashMap::new(),
            running: FuturesUnordered::new(),
            begun: 0,
        }
    }

    /// Serves the connection to its end.
    pub async fn run(mut self, socket: WebSocket) {
        let gateway = self.gateway.clone();
        let _held = gateway.streams().hold();
        let settings = gateway.streams().settings();
        let spoken = socket.protocol().is_some();
        let (sink, mut stream) = socket.split();
        let (queue, outgoing) = writer::queue(settings);
        let over = CancellationToken::new();
        let reading = async {
            let close = if spoken {
                self.read(&mut stream, &queue, &over).await
            } else {
                Some(Close::no_protocol())
            };
            // Ends what is under way, and with it its subgraph streams.
            self.known.clear();
            self.running.clear();
            if let Some(close) = close {
                tracing::debug!(
                    code = close.code,
                    reason = close.reason,
                    "a connection closes"
                );
                if queue.send(Outgoing::Close(close)).await.is_ok() {
                    let last = async { while let Some(Ok(_)) = stream.next().await {} };
                    let _ = tokio::time::timeout(GOODBYE, last).await;
                }
            }
            drop(queue);
        };
        tokio::join!(reading, writer::run(sink, outgoing, settings, over.clone()));
    }

    /// None where there is nobody to say goodbye to.
    async fn read(
        &mut self,
        stream: &mut SplitStream<WebSocket>,
        queue: &Queue,
        over: &CancellationToken,
    ) -> Option<Close> {
        let gateway = self.gateway.clone();
        let settings = gateway.streams().settings();
        let init_until = Instant::now() + settings.init();
        let mut silent_until = Instant::now() + settings.silence();
        let closing = gateway.streams().closing();
        tokio::pin!(closing);
        let mut stopping = false;
        loop {
            if stopping && self.running.is_empty() {
                return Some(Close::going_away());
            }
            let until = if self.acknowledged {
                silent_until
            } else {
                silent_until.min(init_until)
            };
            let heard = tokio::select! {
                biased;
                () = over.cancelled() => return None,
                Some((id, nth)) = self.running.next(), if !self.running.is_empty() => {
                    // The id may have been used again since.
                    if self.known.get(&id).is_some_and(|(known, _)| *known == nth) {
                        self.known.remove(&id);
                    }
                    continue;
                }
                () = &mut closing, if !stopping => {
                    stopping = true;
                    continue;
                }
                heard = timeout_at(until, stream.next()) => heard,
            };
            let said = match heard {
                Err(_) if !self.acknowledged && Instant::now() >= init_until => {
                    return Some(Close::init_timeout());
                }
                // Not even an answer to a ping.
                Err(_) | Ok(None | Some(Ok(Message::Close(_)))) => return None,
                Ok(Some(Ok(Message::Text(text)))) => {
                    self.hear(message::read(&text), queue, stopping).await
                }
                Ok(Some(Ok(Message::Binary(_)))) => Err(Close::malformed("A message is text")),
                Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => Ok(()),
                Ok(Some(Err(error))) => {
                    let most = settings.message_bytes;
                    return is_too_large(&error).then(|| Close::too_large(most));
                }
            };
            silent_until = Instant::now() + settings.silence();
            if let Err(close) = said {
                return Some(close);
            }
        }
    }

    async fn hear(
        &mut self,
        said: Result<ClientMessage, Close>,
        queue: &Queue,
        stopping: bool,
    ) -> Result<(), Close> {
        match said? {
            ClientMessage::Init(_) if self.acknowledged => return Err(Close::too_many_inits()),
            ClientMessage::Init(parameters) => {
                self.init(&parameters).await?;
                self.acknowledged = true;
                tell(queue, message::ACK.to_owned()).await;
            }
            ClientMessage::Ping(payload) => tell(queue, message::pong(payload)).await,
            ClientMessage::Pong => {}
            ClientMessage::Subscribe { .. } if !self.acknowledged => {
                return Err(Close::unauthorized());
            }
            ClientMessage::Subscribe { id, .. } if self.known.contains_key(&id) => {
                return Err(Close::exists(&id));
            }
            ClientMessage::Subscribe { id, request } => {
                let most = self.gateway.streams().settings().operations_per_connection;
                if stopping {
                    tell(queue, self.refusal(&id, stopped())).await;
                } else if self.known.len() >= most {
                    tell(queue, self.refusal(&id, full(most))).await;
                } else {
                    self.begin(id, request, queue.clone());
                }
            }
            ClientMessage::Complete { id } => {
                if let Some((_, handle)) = self.known.remove(&id) {
                    handle.abort();
                }
            }
        }
        Ok(())
    }

    /// The parameters stand for headers that a browser cannot send.
    async fn init(&mut self, parameters: &Map<String, Json>) -> Result<(), Close> {
        let nested = parameters.get("headers").and_then(Json::as_object);
        for (name, value) in parameters.iter().chain(nested.into_iter().flatten()) {
            let name = name.to_ascii_lowercase();
            if !FORWARDED.contains(&name.as_str()) || name == "x-request-id" {
                continue;
            }
            let (Ok(name), Some(Ok(mut value))) = (
                HeaderName::try_from(name.as_str()),
                value.as_str().map(HeaderValue::try_from),
            ) else {
                return Err(Close::malformed(format!("{name} is no header value")));
            };
            value.set_sensitive(name == http::header::AUTHORIZATION);
            self.headers.insert(name, value);
        }
        let context = self.context();
        let authenticator = self.gateway.authenticator();
        let identity = match authenticate(authenticator, &context).await {
            Ok(identity) => identity,
            // That tokens cannot be checked now is no fault of the token.
            Err(rejection) if rejection.status.is_server_error() => {
                return Err(Close::try_later(&rejection.reasons()));
            }
            Err(_) => return Err(Close::forbidden()),
        };
        let subject = identity.as_ref().map(|it| it.subject.as_str());
        if let Some(caller) = caller::identity(&context, subject) {
            let settings = self.gateway.streams().settings();
            let seated = self.seat.identify(caller, settings);
            seated.map_err(|it| {
                let limit = it.field.unwrap_or_default();
                Close::try_later(&format!("{} {limit}", it.reason))
            })?;
        }
        Ok(())
    }

    fn begin(&mut self, id: String, request: GraphRequest, queue: Queue) {
        self.begun += 1;
        let nth = self.begun;
        let context = self.context();
        let work = operation::run(self.gateway.clone(), id.clone(), request, context, queue);
        let (work, handle) = abortable(work);
        self.known.insert(id.clone(), (nth, handle));
        self.running.push(Box::pin(async move {
            // Aborted or done: it is over.
            let _ = work.await;
            (id, nth)
        }));
    }

    fn refusal(&self, id: &str, refusal: Refusal) -> String {
        message::error(id, &[refusal.into()], &self.context())
    }

    /// The surroundings of one operation.
    fn context(&self) -> RequestContext {
        let mut context = self.gateway.context(&self.headers);
        context.address = self.address;
        context
    }
}

/// Where the client is gone the writer has ended, and the session with it.
async fn tell(queue: &Queue, text: String) {
    let _ = queue.send(Outgoing::Text(text)).await;
}

fn stopped() -> Refusal {
    refuse!(Unavailable, "GATEWAY_STOPPING",
        zh: "网关正在重启,请重新连接", en: "the gateway is restarting: connect again")
}

fn full(most: usize) -> Refusal {
    refuse!(RateLimited, "LIMIT_EXCEEDED", field: "streams.operations_per_connection",
        zh: "此连接上的操作超出限制 operations_per_connection:最多 {most} 个",
        en: "too many operations on this connection, the limit operations_per_connection is {most}")
}

/// Whether the client sent more than it may: the library says so in its error.
fn is_too_large(error: &axum::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if error.to_string().contains("too long") || error.to_string().contains("too large") {
            return true;
        }
        source = error.source();
    }
    false
}
