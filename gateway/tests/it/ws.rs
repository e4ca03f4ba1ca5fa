//! `graphql-transport-ws` over a real socket: the whole protocol, and limits.

use std::{net::SocketAddr, sync::Arc};

use futures_util::{SinkExt as _, StreamExt as _, future::BoxFuture};
use gateway::{Authenticator, Config, Gateway, Identity, Parts, config::Streams, serve};
use kernel::{Refusal, refuse};
use serde_json::{Value as Json, json};
use tokio::{net::TcpStream, sync::oneshot};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest as _, protocol::CloseFrame},
};

use crate::{
    desk::{Desk, RETURNED, within},
    servers::{By, background, config, listen},
};

/// A served gateway, until it is told to stop.
struct House {
    desk: Desk,
    gateway: Gateway,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    stopped: oneshot::Receiver<()>,
}

impl House {
    async fn open() -> Self {
        Self::with(Streams::default(), Parts::default()).await
    }

    async fn with(streams: Streams, parts: Parts) -> Self {
        let desk = Desk::new();
        let settings = Config {
            streams,
            ..config()
        };
        let gateway = desk.gateway_of(By::Memory, settings, parts).await;
        let (listener, address) = listen().await;
        let (stop, stopping) = oneshot::channel::<()>();
        let (over, stopped) = oneshot::channel();
        let served = gateway.clone();
        background(async move {
            let stopping = async {
                let _ = stopping.await;
            };
            serve(served, listener, stopping).await.unwrap();
            let _ = over.send(());
        });
        Self {
            desk,
            gateway,
            address,
            stop: Some(stop),
            stopped,
        }
    }

    async fn knock(&self, headers: &[(&'static str, &str)]) -> Result<Client, Error> {
        let mut request = format!("ws://{}/graphql", self.address).into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        Ok(Client(within(connect_async(request)).await?.0))
    }

    /// A connection that speaks the protocol, not initialised yet.
    async fn connect(&self) -> Client {
        let headers = [
            ("sec-websocket-protocol", "graphql-transport-ws"),
            ("accept-language", "en"),
        ];
        self.knock(&headers).await.unwrap()
    }

    async fn client(&self) -> Client {
        let mut client = self.connect().await;
        client.init(json!({})).await;
        client
    }
}

struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    async fn say(&mut self, message: Json) {
        self.0
            .send(Message::text(message.to_string()))
            .await
            .unwrap();
    }

    async fn init(&mut self, payload: Json) {
        self.say(json!({"type": "connection_init", "payload": payload}))
            .await;
        assert_eq!(self.hear().await, json!({"type": "connection_ack"}));
    }

    async fn subscribe(&mut self, id: &str, query: &str) {
        let payload = json!({"query": query});
        self.say(json!({"id": id, "type": "subscribe", "payload": payload}))
            .await;
    }

    /// The next message that is no ping of the socket.
    async fn message(&mut self) -> Option<Message> {
        loop {
            match within(self.0.next()).await?.ok()? {
                Message::Ping(_) | Message::Pong(_) => {}
                message => return Some(message),
            }
        }
    }

    async fn hear(&mut self) -> Json {
        match self.message().await {
            Some(Message::Text(text)) => serde_json::from_str(&text).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// The code and the reason it is closed with.
    async fn closed(&mut self) -> (u16, String) {
        match self.message().await {
            Some(Message::Close(Some(CloseFrame { code, reason }))) => {
                (code.into(), reason.to_string())
            }
            other => panic!("{other:?}"),
        }
    }

    /// The reason of an `error` message for this operation.
    async fn error(&mut self, id: &str) -> Json {
        let message = self.hear().await;
        assert_eq!(message["type"], "error", "{message}");
        assert_eq!(message["id"], id);
        message["payload"][0]["extensions"].clone()
    }
}

#[tokio::test]
async fn carries_subscriptions_queries_and_mutations_side_by_side() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.subscribe("s", RETURNED).await;
    house.desk.until(1).await;
    client
        .subscribe("q", "{ book(isbn: \"b1\") { title } }")
        .await;
    let expected = json!({"data": {"book": {"title": "围城"}}});
    assert_eq!(
        client.hear().await,
        json!({"id": "q", "type": "next", "payload": expected})
    );
    assert_eq!(client.hear().await, json!({"id": "q", "type": "complete"}));
    client.subscribe("m", "mutation { lend(number: 7) }").await;
    assert_eq!(
        client.hear().await["payload"],
        json!({"data": {"lend": [7]}})
    );
    assert_eq!(client.hear().await, json!({"id": "m", "type": "complete"}));

    house.desk.back("b1");
    let event = client.hear().await;
    assert_eq!(event["id"], "s");
    assert_eq!(event["type"], "next");
    let returned = &event["payload"]["data"]["returned"];
    assert_eq!(
        returned["book"]["loans"],
        json!([{"number": 1}, {"number": 2}])
    );
    house.desk.back("closed");
    assert_eq!(client.hear().await, json!({"id": "s", "type": "complete"}));

    // An id that is free may be used again.
    client.subscribe("s", "subscription { count(to: 1) }").await;
    assert_eq!(
        client.hear().await["payload"],
        json!({"data": {"count": 1}})
    );
    assert_eq!(client.hear().await, json!({"id": "s", "type": "complete"}));
}

#[tokio::test]
async fn a_complete_of_the_client_ends_the_stream_of_the_subgraph() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.subscribe("1", RETURNED).await;
    house.desk.until(1).await;
    client.say(json!({"id": "1", "type": "complete"})).await;
    house.desk.until(0).await;
    client
        .say(json!({"id": "unknown", "type": "complete"}))
        .await;
    client.subscribe("1", RETURNED).await;
    house.desk.until(1).await;
    drop(client);
    house.desk.until(0).await;
}

#[tokio::test]
async fn an_operation_that_cannot_begin_is_an_error_and_the_rest_goes_on() {
    let house = House::open().await;
    let mut client = house.client().await;
    client.subscribe("1", "{ nothing }").await;
    assert_eq!(
        client.error("1").await["reason"],
        "GRAPHQL_VALIDATION_FAILED"
    );
    client.subscribe("1", "{ open }").await;
    assert_eq!(
        client.hear().await["payload"],
        json!({"data": {"open": true}})
    );
}

#[tokio::test]
async fn answers_pings_and_takes_pongs() {
    let house = House::open().await;
    let mut client = house.connect().await;
    client.say(json!({"type": "ping"})).await;
    assert_eq!(client.hear().await, json!({"type": "pong"}));
    client.say(json!({"type": "pong"})).await;
    client
        .say(json!({"type": "ping", "payload": {"n": 1}}))
        .await;
    assert_eq!(
        client.hear().await,
        json!({"type": "pong", "payload": {"n": 1}})
    );
}

#[tokio::test]
async fn closes_with_the_codes_of_the_protocol() {
    let house = House::open().await;
    let subscribe = json!({"id": "1", "type": "subscribe", "payload": {"query": RETURNED}});

    let mut client = house.connect().await;
    client.say(subscribe.clone()).await;
    assert_eq!(client.closed().await, (4401, "Unauthorized".to_owned()));

    let mut client = house.client().await;
    client.say(json!({"type": "connection_init"})).await;
    assert_eq!(client.closed().await.0, 4429);

    let mut client = house.client().await;
    client.say(subscribe.clone()).await;
    client.say(subscribe).await;
    let reason = "Subscriber for 1 already exists".to_owned();
    assert_eq!(client.closed().await, (4409, reason));

    for bad in [
        "nonsense",
        "{}",
        r#"{"type":"start"}"#,
        r#"{"type":"subscribe","id":"1"}"#,
    ] {
        let mut client = house.client().await;
        client.0.send(Message::text(bad)).await.unwrap();
        assert_eq!(client.closed().await.0, 4400, "{bad}");
    }
    let mut client = house.client().await;
    client.0.send(Message::binary(vec![1, 2])).await.unwrap();
    assert_eq!(client.closed().await.0, 4400);

    let mut client = house.knock(&[]).await.unwrap();
    assert_eq!(client.closed().await.0, 4406);

    house.desk.until(0).await;
}

#[tokio::test]
async fn closes_a_connection_that_is_not_initialised_in_time() {
    let streams = Streams {
        init_millis: 50,
        ..Streams::default()
    };
    let house = House::with(streams, Parts::default()).await;
    let mut client = house.connect().await;
    assert_eq!(client.closed().await.0, 4408);
}

/// Knows one good token.
struct Keeper;

impl Authenticator for Keeper {
    fn authenticate<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Identity, Refusal>> {
        let checked = match token {
            "u1" => Ok(Identity {
                subject: "u1".to_owned(),
                scopes: Vec::new(),
                expires: i64::MAX,
            }),
            _ => Err(refuse!(Unauthenticated, "TOKEN_INVALID", zh: "无效", en: "no good")),
        };
        Box::pin(std::future::ready(checked))
    }
}

#[tokio::test]
async fn the_parameters_of_the_connection_may_carry_the_token() {
    let parts = Parts {
        authenticator: Some(Arc::new(Keeper)),
        ..Parts::default()
    };
    let house = House::with(Streams::default(), parts).await;
    for payload in [
        json!({"Authorization": "Bearer u1"}),
        json!({"headers": {"authorization": "Bearer u1"}, "other": 1}),
    ] {
        let mut client = house.connect().await;
        client.init(payload).await;
        client.subscribe("1", "{ me { name } }").await;
        let expected = json!({"data": {"me": {"name": "张三"}}});
        assert_eq!(client.hear().await["payload"], expected);
    }
    let mut client = house.connect().await;
    let forged = json!({"authorization": "Bearer forged"});
    client
        .say(json!({"type": "connection_init", "payload": forged}))
        .await;
    assert_eq!(client.closed().await, (4403, "Forbidden".to_owned()));

    let mut client = house.connect().await;
    let broken = json!({"authorization": "a\nb"});
    client
        .say(json!({"type": "connection_init", "payload": broken}))
        .await;
    assert_eq!(client.closed().await.0, 4400);
}

#[tokio::test]
async fn each_limit_is_refused_by_its_name() {
    let streams = Streams {
        connections: 3,
        connections_per_identity: 1,
        operations_per_connection: 2,
        message_bytes: 1_000,
        ..Streams::default()
    };
    let house = House::with(streams, Parts::default()).await;
    let mut client = house.connect().await;
    let token = json!({"authorization": "Bearer u1"});
    client.init(token.clone()).await;
    client.subscribe("1", RETURNED).await;
    client.subscribe("2", RETURNED).await;
    client.subscribe("3", RETURNED).await;
    let extensions = client.error("3").await;
    assert_eq!(extensions["reason"], "LIMIT_EXCEEDED");
    assert_eq!(extensions["field"], "streams.operations_per_connection");
    assert_eq!(extensions["code"], "RATE_LIMITED");

    let mut second = house.connect().await;
    second
        .say(json!({"type": "connection_init", "payload": token}))
        .await;
    let reason = "LIMIT_EXCEEDED streams.connections_per_identity".to_owned();
    assert_eq!(second.closed().await, (1013, reason));
    drop(second);

    let mut large = house.client().await;
    large.subscribe("1", &" ".repeat(1_000)).await;
    assert_eq!(large.closed().await.0, 1009);

    drop(large);
    let _third = within(Box::pin(async {
        loop {
            // The places of those that were closed are free in a moment.
            let mut more = Vec::new();
            for _ in 0..2 {
                more.push(house.knock(&[]).await);
            }
            if more.iter().all(Result::is_ok) {
                return more;
            }
        }
    }))
    .await;
    let Err(Error::Http(refused)) = house.knock(&[]).await else {
        panic!("a fourth connection");
    };
    assert_eq!(refused.status(), 429);
}

#[tokio::test]
async fn foreign_pages_may_not_connect() {
    let house = House::open().await;
    let Err(Error::Http(refused)) = house.knock(&[("origin", "https://evil.example")]).await else {
        panic!("it could connect");
    };
    assert_eq!(refused.status(), 403);
    let own = format!("http://{}", house.address);
    assert!(house.knock(&[("origin", own.as_str())]).await.is_ok());
}

#[tokio::test]
async fn a_silent_client_is_given_up_and_a_living_one_is_not() {
    let streams = Streams {
        heartbeat_millis: 500,
        ..Streams::default()
    };
    let house = House::with(streams, Parts::default()).await;
    let mut living = house.client().await;
    let mut silent = house.client().await;
    living.subscribe("1", RETURNED).await;
    silent.subscribe("1", RETURNED).await;
    house.desk.until(2).await;
    // Reading answers the pings; the other does not read.
    within(async {
        while house.desk.listeners() > 1 {
            let limit = std::time::Duration::from_millis(10);
            let _ = tokio::time::timeout(limit, living.0.next()).await;
        }
    })
    .await;
    house.desk.back("b1");
    assert_eq!(living.hear().await["type"], "next");
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_let_go_and_not_buffered_for() {
    let streams = Streams {
        queue: 4,
        write_millis: 100,
        ..Streams::default()
    };
    let house = House::with(streams, Parts::default()).await;
    let mut client = house.client().await;
    client.subscribe("s", RETURNED).await;
    house.desk.until(1).await;
    // Without an end, so that no socket is large enough for it.
    client.subscribe("v", "subscription { volumes }").await;
    house.desk.until(0).await;
    assert!(house.gateway.is_ready());
}

#[tokio::test]
async fn a_stop_is_told_to_every_operation_and_ends_the_process() {
    let mut house = House::open().await;
    let mut client = house.client().await;
    let mut idle = house.client().await;
    client.subscribe("1", RETURNED).await;
    house.desk.until(1).await;
    house.stop.take().unwrap().send(()).unwrap();
    assert_eq!(client.error("1").await["reason"], "GATEWAY_STOPPING");
    assert_eq!(client.closed().await, (1001, "GATEWAY_STOPPING".to_owned()));
    assert_eq!(idle.closed().await.0, 1001);
    assert!(client.message().await.is_none());
    assert!(idle.message().await.is_none());
    within(&mut house.stopped).await.unwrap();
}
