//! The lending desk: a subgraph whose subscriptions tell what a test says.

use async_graphql::{
    Context, EmptyMutation, Error, ErrorExtensions as _, ID, Object, Result, Schema, SimpleObject,
    Subscription,
};
use futures_util::{Stream, StreamExt as _, stream};
use gateway::subscribe::{Event, Events, Operation};
use gateway::{Carrier, Config, Gateway, GraphRequest, Parts};
use serde_json::Value as Json;
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;

use crate::{
    library::{self, Caller, Subgraph},
    servers::{self, By},
    subgraph,
};

/// What is told at the desk, and the ear that a test keeps.
#[derive(Clone)]
pub struct Desk {
    told: broadcast::Sender<&'static str>,
}

impl Desk {
    pub fn new() -> Self {
        Self {
            told: broadcast::channel(1024).0,
        }
    }

    /// A book came back.
    pub fn back(&self, isbn: &'static str) {
        // Nobody may be listening.
        let _ = self.told.send(isbn);
    }

    /// How many subscriptions the subgraph serves.
    pub fn listeners(&self) -> usize {
        self.told.receiver_count()
    }

    /// Waits until so many subscriptions are served.
    pub async fn until(&self, listeners: usize) {
        let waiting = async {
            while self.listeners() != listeners {
                tokio::task::yield_now().await;
            }
        };
        let limit = std::time::Duration::from_secs(20);
        let waited = tokio::time::timeout(limit, waiting).await;
        assert!(waited.is_ok(), "{} listeners", self.listeners());
    }

    pub fn subgraph(&self) -> Subgraph {
        let desk = DeskSubscription(self.clone());
        subgraph!(
            "desk",
            Schema::build(DeskQuery, EmptyMutation, desk)
                .enable_federation()
                .enable_subscription_in_federation()
                .finish()
        )
    }

    /// The library with this desk.
    pub fn library(&self) -> Vec<Subgraph> {
        let mut all = library::all();
        all.push(self.subgraph());
        all
    }

    pub async fn gateway(&self, by: By, config: Config) -> Gateway {
        servers::gateway_with(self.library(), by, config).await
    }

    pub async fn gateway_of(&self, by: By, config: Config, parts: Parts) -> Gateway {
        servers::gateway_of(self.library(), by, config, parts).await
    }
}

#[derive(SimpleObject)]
#[graphql(unresolvable)]
struct Book {
    isbn: ID,
}

#[derive(SimpleObject)]
#[graphql(unresolvable)]
struct Member {
    id: ID,
}

#[derive(SimpleObject)]
struct Return {
    /// Who brought it.
    by: Option<Member>,
    book: Option<Book>,
    /// Never there for `b2`, although it must be.
    place: Option<String>,
}

struct DeskQuery;

#[Object(name = "Query")]
impl DeskQuery {
    async fn open(&self) -> bool {
        true
    }
}

struct DeskSubscription(Desk);

#[Subscription(name = "Subscription")]
impl DeskSubscription {
    /// Tells each book that comes back; `b2` comes with an error.
    async fn returned(
        &self,
        context: &Context<'_>,
        only: Option<ID>,
    ) -> Result<impl Stream<Item = Result<Return>>> {
        if context
            .data_opt::<Caller>()
            .is_some_and(|it| it.0 == "Bearer nobody")
        {
            return Err(Error::new("请先登录").extend_with(|_, extensions| {
                extensions.set("code", "UNAUTHENTICATED");
                extensions.set("reason", "LOGIN_REQUIRED");
            }));
        }
        let told = BroadcastStream::new(self.0.told.subscribe());
        let told = told.filter_map(|it| std::future::ready(it.ok()));
        let told = told.take_while(|isbn| std::future::ready(*isbn != "closed"));
        Ok(told
            .filter(move |isbn| std::future::ready(only.as_ref().is_none_or(|it| it == isbn)))
            .map(|isbn| {
                if isbn == "b2" {
                    return Err(Error::new("书已损坏").extend_with(|_, extensions| {
                        extensions.set("code", "FAILED_PRECONDITION");
                        extensions.set("reason", "BOOK_DAMAGED");
                    }));
                }
                Ok(Return {
                    by: Some(Member { id: "u1".into() }),
                    book: Some(Book { isbn: isbn.into() }),
                    place: Some("架一".to_owned()),
                })
            }))
    }

    /// Much to read, again and again.
    async fn volumes(&self) -> impl Stream<Item = String> {
        stream::repeat("书".repeat(100_000))
    }

    /// Counts, and is over.
    async fn count(&self, to: i32) -> impl Stream<Item = i32> {
        stream::iter(1..=to)
    }
}

/// What joins two other subgraphs to each event.
pub const RETURNED: &str =
    "subscription { returned { place book { title loans { number } } by { name } } }";

/// Starts an operation in process.
pub async fn operate(
    gateway: &Gateway,
    query: &str,
    variables: Json,
    headers: &[(&'static str, &str)],
) -> Operation {
    let mut request = GraphRequest::new(query);
    if let Json::Object(variables) = variables {
        request.variables = variables;
    }
    let carrier = Carrier {
        reads_only: false,
        streams: true,
    };
    let context = servers::context(gateway, headers);
    gateway.operate(request, &context, carrier).await
}

/// The same, where it must be a subscription.
pub async fn subscribe(
    gateway: &Gateway,
    query: &str,
    headers: &[(&'static str, &str)],
) -> Box<Events> {
    match operate(gateway, query, Json::Null, headers).await {
        Operation::Events(events) => events,
        Operation::Answer(response) => panic!("{:?}", response.body),
        Operation::Refused(rejection) => panic!("{rejection:?}"),
    }
}

/// The next response; panics at an end.
pub async fn next(events: &mut Events) -> Json {
    match within(events.next()).await {
        Some(Event::Next(response)) => serde_json::from_slice(&response.body).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// The reason of the last event; panics at another.
pub async fn failed(events: &mut Events) -> String {
    match within(events.next()).await {
        Some(Event::Failed(error)) => error.reason,
        other => panic!("{other:?}"),
    }
}

/// Waits, but not forever.
pub async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(std::time::Duration::from_secs(20), future)
        .await
        .expect("it never came")
}
