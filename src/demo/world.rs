//! A running platform as its users see it: accounts, the graph, the clock.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    client::{Answer, Client},
    desk::Desk,
};

/// Something that happens while an operation is on its way, told its number.
pub type Meanwhile =
    Box<dyn Fn(u32) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> + Send + Sync>;

/// How long to wait before an operation is sent again.
const AGAIN: Duration = Duration::from_millis(100);

/// How long events may take to arrive.
const SETTLED: Duration = Duration::from_secs(30);

/// Everything a story needs at hand.
pub struct World {
    graph: Client,
    desk: Desk,
    /// Names every idempotency key of this run.
    run: String,
    /// What has been made so far, by a name the story gives it.
    made: BTreeMap<String, Value>,
    steps: u32,
    /// How long an operation is sent again while a part is out of reach.
    patience: Duration,
    meanwhile: Option<Meanwhile>,
    say: Arc<dyn Fn(&str) + Send + Sync>,
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
            patience: Duration::ZERO,
            meanwhile: None,
            say: Arc::new(say),
        }
    }

    /// A world that knows the same, for what is done at the same time: its keys
    /// are its own. What it makes is taken over by [`Self::recall`].
    pub fn beside(&self, part: &str) -> Self {
        Self {
            graph: self.graph.clone(),
            desk: self.desk.clone(),
            run: format!("{}-{part}", self.run),
            made: self.made.clone(),
            steps: 0,
            patience: self.patience,
            meanwhile: None,
            say: Arc::clone(&self.say),
        }
    }

    /// The same world, whose people send the same operation under the same key
    /// again while a part of the platform is out of reach, at most so long.
    #[must_use]
    pub fn patient(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The same world in which this happens while each mutation is on its way.
    #[must_use]
    pub fn meanwhile(mut self, meanwhile: Meanwhile) -> Self {
        self.meanwhile = Some(meanwhile);
        self
    }

    /// How long its people try again.
    pub fn patience(&self) -> Duration {
        self.patience
    }

    /// How many mutations there were.
    pub fn steps(&self) -> u32 {
        self.steps
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

    /// The year it is on the platform: the demonstration's papers hold around
    /// it. A year, because an attempt that is taken up again says the same.
    pub async fn year(&self) -> Result<i32> {
        Ok(kernel::china_date(self.desk.now().await?).year())
    }

    /// The day on which its papers were drawn up: today the first time somebody
    /// asks, the same from then on.
    pub async fn day(&mut self) -> Result<NaiveDate> {
        if let Ok(day) = self.made("day") {
            return Ok(serde_json::from_value(day.clone())?);
        }
        let today = kernel::china_date(self.desk.now().await?);
        self.keep("day", json!(today));
        Ok(today)
    }

    /// Nine in the morning, so many days after that day.
    pub async fn morning(&mut self, days: u64) -> Result<DateTime<Utc>> {
        let day = self.day().await? + Days::new(days);
        Ok(day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(1))
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
        let mut answer = self.mutate(account, mutation, input, selection).await?;
        if let Some(error) = answer.errors.first() {
            anyhow::bail!("the graph refused {mutation} of {account}: {error}");
        }
        Ok(answer.data[mutation].take())
    }

    /// A mutation that has to be refused, and for this reason.
    pub async fn must_refuse(
        &mut self,
        account: &str,
        mutation: &str,
        input: Value,
        reason: &str,
    ) -> Result<()> {
        let answer = self.mutate(account, mutation, input, "__typename").await?;
        let failure = answer.failure().with_context(|| {
            format!(
                "{mutation} of {account} should have been refused: {}",
                answer.data
            )
        })?;
        anyhow::ensure!(
            failure.is_refusal(),
            "{mutation} of {account} was not refused, it failed: {failure:?}"
        );
        anyhow::ensure!(
            failure.reason == reason,
            "{mutation} of {account} was refused as {} ({}), not as {reason}",
            failure.reason,
            failure.message
        );
        self.tell(&format!(
            "    ✗ {account} {mutation}: {reason} {}",
            failure.message
        ));
        Ok(())
    }

    /// A query that has to succeed.
    pub async fn ask(&self, account: &str, query: &str, variables: Value) -> Result<Value> {
        let answer = self.send(Some(account), query, variables).await?;
        if let Some(error) = answer.errors.first() {
            anyhow::bail!("the graph refused {account}: {error}\n{query}");
        }
        Ok(answer.data)
    }

    /// A query that is asked until what events carry has arrived; they take moments.
    pub async fn settle(
        &self,
        account: &str,
        query: &str,
        variables: Value,
        done: impl Fn(&Value) -> bool,
    ) -> Result<Value> {
        let begun = Instant::now();
        loop {
            let answer = self.ask(account, query, variables.clone()).await?;
            if done(&answer) {
                return Ok(answer);
            }
            anyhow::ensure!(
                begun.elapsed() < SETTLED.max(self.patience),
                "it did not settle: {answer:#}"
            );
            let never = CancellationToken::new();
            kit::lifecycle::pause(&never, AGAIN).await;
        }
    }

    /// A query of somebody, or of nobody; answers it with its errors.
    pub async fn send(
        &self,
        account: Option<&str>,
        query: &str,
        variables: Value,
    ) -> Result<Answer> {
        let begun = Instant::now();
        loop {
            let client = match account {
                Some(account) => self.client(account).await?,
                None => self.nobody(),
            };
            let tried = match client.send(query, variables.clone()).await {
                Ok(answer) if !answer.is_transient() => return Ok(answer),
                tried => tried,
            };
            if begun.elapsed() >= self.patience {
                return tried;
            }
            let never = CancellationToken::new();
            kit::lifecycle::pause(&never, AGAIN).await;
        }
    }

    async fn mutate(
        &mut self,
        account: &str,
        mutation: &str,
        input: Value,
        selection: &str,
    ) -> Result<Answer> {
        let (query, variables) = self.operation(mutation, input, selection);
        let sent = self.send(Some(account), &query, variables);
        let Some(meanwhile) = &self.meanwhile else {
            return sent.await;
        };
        let (answer, happened) = tokio::join!(sent, meanwhile(self.steps));
        happened.with_context(|| format!("while {mutation} of {account} was on its way"))?;
        answer
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
