//! What every write of this service does around its decision: who acts is known
//! and permitted, the thing is held, a call done before is answered the same,
//! and what was done is on record in the transaction of the effect.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{IdempotencyKey, china_date};
use kit::{
    audit,
    auth::{Caller, Resource},
    db::Tx,
    events,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{error::Result, state::State};

/// A thing that is there already, of which something is done.
pub(super) trait Held: Sized + Send + Sync {
    type Id: Copy + Send + Sync;
    /// The action without which it is told as not there.
    const READ: &'static str;

    fn lock(
        conn: &mut PgConnection,
        id: Self::Id,
    ) -> impl Future<Output = Result<Option<Self>>> + Send;
    fn resource(&self) -> Resource;
    fn unknown() -> kit::Error;
}

/// How a write begins: it was answered before, or it is the first.
#[expect(
    clippy::large_enum_variant,
    reason = "it is taken apart where it is made"
)]
pub(super) enum Begun<T, A> {
    Answered(A),
    First(Tx, T),
}

/// One call of one action.
pub(super) struct Act<'a> {
    pub state: &'a State,
    pub caller: &'a Caller,
    pub action: &'static str,
    pub key: &'a IdempotencyKey,
    pub now: DateTime<Utc>,
}

impl<'a> Act<'a> {
    pub fn new(
        state: &'a State,
        caller: &'a Caller,
        action: &'static str,
        key: &'a IdempotencyKey,
    ) -> Self {
        Self {
            state,
            caller,
            action,
            key,
            now: state.core.clock.now(),
        }
    }

    /// The day in China.
    pub fn today(&self) -> NaiveDate {
        china_date(self.now)
    }

    /// Who acts, for the record.
    pub fn by(&self) -> &str {
        &self.caller.actor.subject
    }

    /// Holds a thing and asks whether the caller may do this to it.
    pub async fn begin<T: Held, A: DeserializeOwned>(
        &self,
        id: T::Id,
        input: &(impl Serialize + Sync),
    ) -> Result<Begun<T, A>> {
        self.caller.signed_in(self.action)?;
        let mut tx = self.state.core.db.begin(self.caller).await?;
        let one = T::lock(&mut tx, id).await?.ok_or_else(T::unknown)?;
        self.permitted(&one)?;
        Ok(
            match tx.replay(self.action, self.key, input, self.now).await? {
                Some(first) => Begun::Answered(first),
                None => Begun::First(tx, one),
            },
        )
    }

    /// Begins the making of a new thing, which the caller may make there.
    pub async fn start<A: DeserializeOwned>(
        &self,
        about: &Resource,
        input: &(impl Serialize + Sync),
    ) -> Result<Begun<(), A>> {
        self.state.core.authorize(self.caller, self.action, about)?;
        let mut tx = self.state.core.db.begin(self.caller).await?;
        Ok(
            match tx.replay(self.action, self.key, input, self.now).await? {
                Some(first) => Begun::Answered(first),
                None => Begun::First(tx, ()),
            },
        )
    }

    /// Refuses what the policies do not permit; what may not be read is not there.
    pub fn permitted<T: Held>(&self, one: &T) -> Result<()> {
        self.state.core.authorize_seen(
            self.caller,
            (self.action, T::READ),
            &one.resource(),
            T::unknown,
        )
    }

    /// Tells the other services, in the transaction of the effect.
    pub async fn tell(
        &self,
        tx: &mut Tx,
        subject: &'static str,
        aggregate: &'static str,
        id: Uuid,
        data: Value,
    ) -> Result<()> {
        let event = events::NewEvent {
            subject,
            aggregate,
            aggregate_id: id,
            trace_id: None,
            at: self.now,
            data,
        };
        events::append(tx, &event).await?;
        Ok(())
    }

    /// Puts it on record, keeps the answer under its key, commits.
    pub async fn finish<A: Serialize>(
        &self,
        mut tx: Tx,
        about: &Resource,
        detail: Value,
        answer: A,
    ) -> Result<A> {
        let entry = audit::Entry::write(self.caller, self.action, about, self.now).detail(detail);
        audit::append(&mut tx, &entry).await?;
        tx.answer(answer).await
    }
}
