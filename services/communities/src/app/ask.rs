//! A call that changes something, from the permission to the commit: what all
//! such calls do alike, so that a use case says only what is its own.

use std::ops::{Deref, DerefMut};

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, IdempotencyKey, Page, Paged, Term, china_date};
use kit::{
    audit,
    auth::{Caller, Resource},
    calendar,
    db::Tx,
    events, parameters,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::moves::Change,
    error::{Error, Result},
    state::State,
    store::record::{self, Changing, Record, Wanted},
};

/// Who asks for what, under which key.
pub struct Ask<'a> {
    pub state: &'a State,
    pub caller: &'a Caller,
    /// The mutation: one key is one call of one of them, whatever permission
    /// several share.
    pub operation: &'static str,
    pub key: IdempotencyKey,
}

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
macro_rules! first {
    ($start:expr) => {
        match $start {
            $crate::app::ask::Start::First(open) => open,
            $crate::app::ask::Start::Again(answer) => return Ok(answer),
        }
    };
}
pub(crate) use first;

/// Names the kind, the place and the refusal of a thing that lies in a division.
macro_rules! subject {
    ($kind:ty, $name:literal, $reason:literal, $zh:literal, $en:literal) => {
        $crate::app::ask::subject!($kind, $name, $reason, $zh, $en, None, |it, _me| it);
    };
    ($kind:ty, $name:literal, $reason:literal, $zh:literal, $en:literal, $read:expr,
     |$it:ident, $me:ident| $more:expr) => {
        impl $crate::app::ask::Subject for $kind {
            const READ: Option<&'static str> = $read;

            fn resource(&self) -> kit::auth::Resource {
                let $me = self;
                let $it = kit::auth::Resource::new($name, $me.id)
                    .in_division($me.division_code);
                $more
            }

            fn unknown() -> kit::Error {
                kernel::refuse!(NotFound, $reason, zh: $zh, en: $en).into()
            }
        }
    };
}
pub(crate) use subject;

/// A call under way: permitted, first of its key, in a transaction.
pub struct Open<'a> {
    pub now: DateTime<Utc>,
    pub caller: &'a Caller,
    pub state: &'a State,
    operation: &'static str,
    tx: Tx,
}

impl<'a> Ask<'a> {
    /// Begins a call about something.
    pub async fn open<T: DeserializeOwned>(
        &self,
        action: &str,
        input: &impl Serialize,
        resource: &Resource,
    ) -> Result<Start<T, Open<'a>>> {
        self.state.core.authorize(self.caller, action, resource)?;
        let mut open = self.begin().await?;
        match open
            .tx
            .replay(self.operation, &self.key, input, open.now)
            .await?
        {
            Some(answer) => Ok(Start::Again(answer)),
            None => Ok(Start::First(open)),
        }
    }

    /// Begins a call about a thing there is, and locks it.
    pub async fn lock<R: Subject, T: DeserializeOwned>(
        &self,
        action: &str,
        id: R::Id,
        input: &impl Serialize,
    ) -> Result<Start<T, (Open<'a>, R)>> {
        self.caller.signed_in(action)?;
        let mut open = self.begin().await?;
        let found: R = record::lock(&mut open.tx, id)
            .await?
            .ok_or_else(R::unknown)?;
        let resource = found.resource();
        match R::READ {
            Some(read) => self.state.core.authorize_seen(
                self.caller,
                (action, read),
                &resource,
                R::unknown,
            )?,
            None => self.state.core.authorize(self.caller, action, &resource)?,
        }
        match open
            .tx
            .replay(self.operation, &self.key, input, open.now)
            .await?
        {
            Some(answer) => Ok(Start::Again(answer)),
            None => Ok(Start::First((open, found))),
        }
    }

    async fn begin(&self) -> Result<Open<'a>> {
        Ok(Open {
            now: self.state.core.clock.now(),
            caller: self.caller,
            state: self.state,
            operation: self.operation,
            tx: self.state.core.db.begin(self.caller).await?,
        })
    }

    /// What the same call was answered before, for those that ask peers first.
    pub async fn answered<T: DeserializeOwned>(&self, input: &impl Serialize) -> Result<Option<T>> {
        self.state
            .core
            .answered(self.caller, self.operation, &self.key, input)
            .await
    }
}

impl Open<'_> {
    /// The day in China.
    pub fn today(&self) -> NaiveDate {
        china_date(self.now)
    }

    /// Who acts.
    pub fn actor(&self) -> String {
        self.caller.actor.subject.clone()
    }

    /// A fresh id.
    pub fn id<T: kernel::TypedId>(&self) -> T {
        T::from_uuid(self.state.core.ids.next())
    }

    /// The number of a rule in force today.
    pub async fn number(&mut self, key: &str, division: &DivisionCode) -> Result<i64> {
        let today = self.today();
        parameters::number(&mut self.tx, key, Some(division), today).await
    }

    /// A term of working days from now, as the rule in force today says.
    pub async fn working_days(
        &mut self,
        key: &str,
        division: &DivisionCode,
    ) -> Result<DateTime<Utc>> {
        let days = self.number(key, division).await?;
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
        self,
        resource: &Resource,
        detail: Value,
        answer: T,
    ) -> Result<T> {
        let mut tx = self.tx;
        let entry = audit::Entry::write(self.caller, &camel(self.operation), resource, self.now)
            .detail(detail);
        audit::append(&mut tx, &entry).await?;
        tx.answer(answer).await
    }

    /// The same for the thing that was changed.
    pub async fn finish<R: Subject + Serialize>(self, record: R) -> Result<R> {
        let resource = record.resource();
        self.done(&resource, Value::Object(serde_json::Map::default()), record)
            .await
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

/// Only an id: the input of calls that need no more.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Only<I> {
    pub id: I,
}

/// One thing that is open to all.
pub async fn find<R: Record>(state: &State, id: R::Id) -> Result<Option<R>> {
    record::find(&mut *state.core.db.read().await?, id).await
}

/// One thing, which has to exist.
pub async fn get<R: Subject>(state: &State, id: R::Id) -> Result<R> {
    find(state, id).await?.ok_or_else(R::unknown)
}

/// One thing that only some may see.
pub async fn see<R: Subject>(state: &State, caller: &Caller, id: R::Id) -> Result<Option<R>> {
    let Some(read) = R::READ else {
        return find(state, id).await;
    };
    let found: Option<R> = find(state, id).await?;
    Ok(found.filter(|it| state.core.authorize(caller, read, &it.resource()).is_ok()))
}

/// A page of things.
pub async fn list<R: Record>(state: &State, wanted: Wanted, page: &Page) -> Result<Paged<R>> {
    let rows = record::list(&mut *state.core.db.read().await?, wanted, page).await?;
    Ok(page.finish(rows))
}

/// All of a kind that belong to something.
pub async fn all<R: Record>(state: &State, wanted: Wanted) -> Result<Vec<R>> {
    record::all(&mut *state.core.db.read().await?, wanted).await
}

/// Which states a thing has been in.
pub async fn history(state: &State, id: Uuid) -> Result<Vec<Change>> {
    record::history(&mut *state.core.db.read().await?, id).await
}

/// `draft_work_list` is `draftWorkList` outside of the code.
pub fn camel(name: &str) -> String {
    let mut raise = false;
    let mut told = String::with_capacity(name.len());
    for letter in name.chars() {
        if letter == '_' {
            raise = true;
        } else if std::mem::take(&mut raise) {
            told.push(letter.to_ascii_uppercase());
        } else {
            told.push(letter);
        }
    }
    told
}

/// Says a refusal of the database in words, at the field it is about.
pub fn said(error: Error, reason: &'static str, field: &str, zh: &str, en: &str) -> Error {
    if error.reason() == reason {
        return Error::new(error.kind(), reason, zh, en).at(field);
    }
    error
}
