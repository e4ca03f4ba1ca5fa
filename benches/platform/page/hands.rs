//! Many people at the graph at once: what the demonstration's world does one
//! step after another, for work that comes in dozens.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use anyhow::{Context as _, Result};
use chrono::TimeDelta;
use kit::auth::Account;
use sanshe::demo::{client::Client, desk::Desk, world::World};
use serde_json::{Value, json};
use tokio::{sync::Semaphore, task::JoinSet};

/// How much is under way at once.
const LANES: usize = 4;

/// Clients of the graph, one for each account.
#[derive(Clone)]
pub struct Hands(Arc<Inner>);

struct Inner {
    graph: Client,
    desk: Desk,
    tokens: Mutex<HashMap<String, String>>,
    acts: AtomicUsize,
}

impl Hands {
    pub fn new(graph: Client, desk: Desk) -> Self {
        Self(Arc::new(Inner {
            graph,
            desk,
            tokens: Mutex::default(),
            acts: AtomicUsize::default(),
        }))
    }

    /// The world of the demonstration at the same graph.
    pub fn world(&self) -> World {
        World::new(self.0.graph.clone(), self.0.desk.clone(), "page", |_| {})
    }

    pub fn desk(&self) -> &Desk {
        &self.0.desk
    }

    pub fn register(&self, accounts: Vec<Account>) -> Result<()> {
        self.0.desk.register(accounts)
    }

    /// How many mutations there were.
    pub fn acts(&self) -> usize {
        self.0.acts.load(Ordering::Relaxed)
    }

    /// A token that is still good: time moves only in [`Hands::wait`].
    pub async fn token(&self, account: &str) -> Result<String> {
        let known = self.tokens().get(account).cloned();
        if let Some(token) = known {
            return Ok(token);
        }
        let token = self.0.desk.token(account).await?;
        self.tokens().insert(account.to_owned(), token.clone());
        Ok(token)
    }

    fn tokens(&self) -> std::sync::MutexGuard<'_, HashMap<String, String>> {
        self.0.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the platform's clock; tokens of before have ended.
    pub async fn wait(&self, by: TimeDelta) -> Result<()> {
        self.tokens().clear();
        self.0.desk.advance(by).await
    }

    /// A mutation that has to succeed; answers the payload.
    pub async fn act(
        &self,
        account: &str,
        mutation: &str,
        mut input: Value,
        selection: &str,
    ) -> Result<Value> {
        let number = self.0.acts.fetch_add(1, Ordering::Relaxed);
        input["idempotencyKey"] = json!(format!("page-many-{number:06}"));
        let mut kind = mutation.to_owned();
        kind[..1].make_ascii_uppercase();
        let query = format!(
            "mutation {kind}($input: {kind}Input!) {{ {mutation}(input: $input) {{ {selection} }} }}"
        );
        let mut data = self.ask(account, &query, json!({ "input": input })).await?;
        Ok(data[mutation].take())
    }

    /// An operation that has to succeed.
    pub async fn ask(&self, account: &str, query: &str, variables: Value) -> Result<Value> {
        let client = self.0.graph.signed_in(self.token(account).await?);
        client
            .ask(query, variables)
            .await
            .with_context(|| format!("as {account}"))
    }

    /// Does the same with each, some at once; answers in their order.
    pub async fn each<T, R, F>(&self, all: Vec<T>, work: fn(Self, T) -> F) -> Result<Vec<R>>
    where
        T: Send + 'static,
        R: Send + 'static,
        F: Future<Output = Result<R>> + Send + 'static,
    {
        let lanes = Arc::new(Semaphore::new(LANES));
        let mut under_way = JoinSet::new();
        for (at, one) in all.into_iter().enumerate() {
            let (hands, lanes) = (self.clone(), Arc::clone(&lanes));
            under_way.spawn(async move {
                let _lane = lanes.acquire_owned().await?;
                Ok::<_, anyhow::Error>((at, work(hands, one).await?))
            });
        }
        let mut done = Vec::new();
        while let Some(ended) = under_way.join_next().await {
            done.push(ended??);
        }
        done.sort_by_key(|(at, _)| *at);
        Ok(done.into_iter().map(|(_, one)| one).collect())
    }
}
