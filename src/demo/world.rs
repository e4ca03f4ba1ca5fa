//! A running platform as its users see it: accounts, the graph, the clock.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{
    client::{Client, Refusal},
    desk::Desk,
};

/// Everything a story needs at hand.
pub struct World {
    graph: Client,
    desk: Desk,
    /// Names every idempotency key of this run.
    run: String,
    /// What has been made so far, by a name the story gives it.
    made: BTreeMap<String, Value>,
    steps: u32,
    say: Box<dyn Fn(&str) + Send + Sync>,
}

impl World {
    /// A world at a graph and a desk; `say` tells each step to whoever watches.
    pub fn new(
        graph: Client,
        desk: Desk,
        run: impl Into<String>,
        say: impl Fn(&str) + Send + Sync + 'static,
    ) -> Self {
        Self {
            graph,
            desk,
            run: run.into(),
            made: BTreeMap::new(),
            steps: 0,
            say: Box::new(say),
        }
    }

    /// The same world under other idempotency keys: what was made stays known.
    pub fn begin(&mut self, run: impl Into<String>) {
        self.run = run.into();
        self.steps = 0;
    }

    /// What tells this run from others, for names that may exist once only.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// Everything made so far, by name.
    pub fn all(&self) -> &BTreeMap<String, Value> {
        &self.made
    }

    /// Takes what an earlier world made for known.
    pub fn recall(&mut self, made: BTreeMap<String, Value>) {
        self.made.extend(made);
    }

    /// The desk.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Somebody who is not signed in.
    pub fn nobody(&self) -> Client {
        self.graph.clone()
    }

    /// Somebody signed in afresh: tokens live an hour, and stories move time.
    pub async fn client(&self, account: &str) -> Result<Client> {
        Ok(self.graph.signed_in(self.desk.token(account).await?))
    }

    /// Tells what is about to happen.
    pub fn tell(&self, text: &str) {
        (self.say)(text);
    }

    /// Remembers what was made.
    pub fn keep(&mut self, name: &str, value: Value) {
        self.made.insert(name.to_owned(), value);
    }

    /// The id of what was made.
    pub fn id(&self, name: &str) -> Result<Value> {
        let made = self
            .made
            .get(name)
            .with_context(|| format!("nothing is called {name} yet"))?;
        Ok(if made.is_string() {
            made.clone()
        } else {
            made["id"].clone()
        })
    }

    /// What was made, as it was answered.
    pub fn made(&self, name: &str) -> Result<&Value> {
        self.made
            .get(name)
            .with_context(|| format!("nothing is called {name} yet"))
    }

    /// Moves the platform's clock.
    pub async fn wait(&self, by: TimeDelta) -> Result<()> {
        self.desk.advance(by).await
    }

    /// A mutation that has to succeed; answers the payload.
    pub async fn act(
        &mut self,
        account: &str,
        mutation: &str,
        input: Value,
        selection: &str,
    ) -> Result<Value> {
        let (query, variables) = self.operation(mutation, input, selection);
        let client = self.client(account).await?;
        let mut data = client.ask(&query, variables).await?;
        Ok(data[mutation].take())
    }

    /// A mutation that has to be refused; answers why.
    pub async fn refused(
        &mut self,
        account: &str,
        mutation: &str,
        input: Value,
    ) -> Result<Refusal> {
        let (query, variables) = self.operation(mutation, input, "__typename");
        let refusal = self
            .client(account)
            .await?
            .refused(&query, variables)
            .await?;
        self.tell(&format!(
            "    ✗ {account} {mutation}: {} {}",
            refusal.reason, refusal.message
        ));
        Ok(refusal)
    }

    /// The same, and the reason has to be this one.
    pub async fn must_refuse(
        &mut self,
        account: &str,
        mutation: &str,
        input: Value,
        reason: &str,
    ) -> Result<()> {
        let refusal = self.refused(account, mutation, input).await?;
        anyhow::ensure!(
            refusal.reason == reason,
            "{mutation} was refused as {} ({}), not as {reason}",
            refusal.reason,
            refusal.message
        );
        Ok(())
    }

    /// A query that has to succeed.
    pub async fn ask(&self, account: &str, query: &str, variables: Value) -> Result<Value> {
        self.client(account).await?.ask(query, variables).await
    }

    fn operation(&mut self, mutation: &str, mut input: Value, selection: &str) -> (String, Value) {
        self.steps += 1;
        input["idempotencyKey"] = json!(format!("{}-{:04}-{mutation}", self.run, self.steps));
        let mut kind = mutation.to_owned();
        kind[..1].make_ascii_uppercase();
        (
            format!(
                "mutation {kind}($input: {kind}Input!) {{ {mutation}(input: $input) {{ {selection} }} }}"
            ),
            json!({ "input": input }),
        )
    }
}
