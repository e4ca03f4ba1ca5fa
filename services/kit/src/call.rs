//! A call that changes something, once it is permitted and the first of its
//! key: what all such calls do alike, so that a use case says only what is its
//! own. Who may call, and what a key covers, is the service's (`app/ask.rs`).

use std::ops::{Deref, DerefMut};

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, IdempotencyKey, Term, TypedId, china_date};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    audit,
    auth::{Caller, Resource},
    calendar,
    db::Tx,
    error::{Error, Result},
    events,
    graph::shape::camel,
    parameters,
    record::{self, Changing, Record},
    service::Core,
};

/// A thing that permissions are about.
pub trait Subject: Record {
    /// The action that lets one see it; open to all where there is none.
    const READ: Option<&'static str> = None;
    /// What it is to the policies.
    fn resource(&self) -> Resource;
    /// It is not there, or not for this caller.
    fn unknown() -> Error;
}

/// A call that is the first of its key, or the answer that was given before.
pub enum Start<T, F> {
    First(F),
    Again(T),
}

/// Goes on with a first call, and answers a repeated one.
#[doc(hidden)]
#[macro_export]
macro_rules! kit_call_first {
    ($start:expr) => {
        match $start {
            $crate::call::Start::First(open) => open,
            $crate::call::Start::Again(answer) => return Ok(answer),
        }
    };
}
pub use kit_call_first as first;

/// A call under way, in a transaction.
pub struct Open<'a> {
    pub now: DateTime<Utc>,
    pub caller: &'a Caller,
    core: &'a Core,
    operation: &'static str,
    tx: Tx,
}

impl<'a> Open<'a> {
    /// Begins its transaction.
    pub async fn begin(
        core: &'a Core,
        caller: &'a Caller,
        operation: &'static str,
    ) -> Result<Self> {
        Ok(Self {
            now: core.clock.now(),
            caller,
            core,
            operation,
            tx: core.db.begin(caller).await?,
        })
    }

    /// What the same call was answered before.
    pub async fn replay<T: DeserializeOwned>(
        &mut self,
        key: &IdempotencyKey,
        input: &impl Serialize,
    ) -> Result<Option<T>> {
        self.tx.replay(self.operation, key, input, self.now).await
    }

    /// Whether the caller may do this besides.
    pub fn authorize(&self, action: &str, resource: &Resource) -> Result<()> {
        self.core.authorize(self.caller, action, resource)
    }

    /// The day in China.
    pub fn today(&self) -> NaiveDate {
        china_date(self.now)
    }

    /// Who acts.
    pub fn actor(&self) -> String {
        self.caller.actor.subject.clone()
    }

    /// A fresh id.
    pub fn id<T: TypedId>(&self) -> T {
        T::from_uuid(self.core.ids.next())
    }

    /// The number of a rule in force on a day.
    pub async fn number(
        &mut self,
        key: &str,
        division: &DivisionCode,
        on: NaiveDate,
    ) -> Result<i32> {
        let value = parameters::number(&mut self.tx, key, Some(division), on).await?;
        i32::try_from(value).map_err(|_| Error::inconsistent("policy_parameters", "value", key))
    }

    /// A term of working days from now, as the rule in force today says.
    pub async fn working_days(
        &mut self,
        key: &str,
        division: &DivisionCode,
    ) -> Result<DateTime<Utc>> {
        let days = self.number(key, division, self.today()).await?;
        let days = u32::try_from(days).map_err(Error::internal)?;
        let calendar = calendar::load(&mut self.tx).await?;
        Ok(calendar.add(self.now, Term::WorkingDays(days))?)
    }

    /// Writes a new row.
    pub async fn insert<R: Record>(&mut self, record: &R) -> Result<()> {
        record::insert(&mut self.tx, record).await
    }

    /// Writes a changed row.
    pub async fn update<R: Changing>(&mut self, record: &mut R) -> Result<()> {
        record::update(&mut self.tx, record).await
    }

    /// Another thing, locked, which has to exist.
    pub async fn also<R: Subject>(&mut self, id: R::Id) -> Result<R> {
        record::lock(&mut self.tx, id).await?.ok_or_else(R::unknown)
    }

    /// Tells the other services, with the commit.
    pub async fn tell(
        &mut self,
        subject: &'static str,
        (aggregate, id): (&'static str, Uuid),
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
        events::append(&mut self.tx, &event).await?;
        Ok(())
    }

    /// Notes what was done, keeps the answer under the key, commits.
    pub async fn done<T: Serialize>(
        mut self,
        resource: &Resource,
        detail: Value,
        answer: T,
    ) -> Result<T> {
        let entry = audit::Entry::write(self.caller, &camel(self.operation), resource, self.now)
            .detail(detail);
        audit::append(&mut self.tx, &entry).await?;
        self.tx.answer(answer).await
    }

    /// The same for the thing that was changed.
    pub async fn finish<R: Subject + Serialize>(self, record: R) -> Result<R> {
        self.finish_with(record, Value::Object(serde_json::Map::default()))
            .await
    }

    /// The same, with what else an auditor wants to know.
    pub async fn finish_with<R: Subject + Serialize>(self, record: R, detail: Value) -> Result<R> {
        let resource = record.resource();
        self.done(&resource, detail, record).await
    }
}

impl Deref for Open<'_> {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        &self.tx
    }
}

impl DerefMut for Open<'_> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.tx
    }
}
