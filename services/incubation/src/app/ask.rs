//! A call that changes something, from the permission to the commit: what all
//! such calls do alike, so that a use case says only what is its own.

use std::{
    collections::HashMap,
    ops::{Deref, DerefMut},
};

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    DivisionCode, IdempotencyKey, Page, Paged, TypedId, china_date, keys::OrganizationId,
};
use kit::{
    audit,
    auth::{Caller, Resource, Role, Scope},
    db::Tx,
    events, parameters,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::{
        incubation_centre::IncubationCentreId,
        moves::{Moves, StateChange},
    },
    error::{Error, Result},
    state::State,
    store::{
        self,
        record::{self, Changing, Record},
        wanted::Wanted,
    },
};

/// Who asks, under which key.
pub struct Ask<'a> {
    pub state: &'a State,
    pub caller: &'a Caller,
    pub key: IdempotencyKey,
}

/// A thing that permissions are about.
pub trait Subject: Record {
    /// The action that lets one see it; open to all where there is none.
    const READ: Option<&'static str> = None;
    /// The centre whose operator has a say in it.
    fn centre(&self) -> Option<IncubationCentreId> {
        None
    }
    /// What it is to the policies; `operator` runs its centre today.
    fn resource(&self, operator: Option<OrganizationId>) -> Resource;
    /// It is not there, or not for this caller.
    fn unknown() -> Error;
}

/// The operator of a centre, as policies are told; `-` is nobody's id.
pub fn run_by(resource: Resource, operator: Option<OrganizationId>) -> Resource {
    let operator = operator.map_or_else(|| "-".to_owned(), |id| id.to_string());
    resource.with("operator", operator)
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

/// A call under way: permitted, first of its key, in a transaction.
pub struct Open<'a> {
    pub now: DateTime<Utc>,
    pub caller: &'a Caller,
    pub state: &'a State,
    action: &'static str,
    tx: Tx,
}

impl<'a> Ask<'a> {
    /// Begins a call about something that is still to be made.
    pub async fn open<T: DeserializeOwned>(
        &self,
        action: &'static str,
        input: &impl Serialize,
        resource: &Resource,
    ) -> Result<Start<T, Open<'a>>> {
        self.state.core.authorize(self.caller, action, resource)?;
        let mut open = self.begin(action).await?;
        match open.tx.replay(action, &self.key, input, open.now).await? {
            Some(answer) => Ok(Start::Again(answer)),
            None => Ok(Start::First(open)),
        }
    }

    /// Begins a call about a thing there is, and locks it.
    pub async fn lock<R: Subject, T: DeserializeOwned>(
        &self,
        action: &'static str,
        id: R::Id,
        input: &impl Serialize,
    ) -> Result<Start<T, (Open<'a>, R)>> {
        self.caller.signed_in(action)?;
        let mut open = self.begin(action).await?;
        let found: R = open.also(id).await?;
        let resource = open.resource(&found).await?;
        match R::READ {
            Some(read) => self.state.core.authorize_seen(
                self.caller,
                (action, read),
                &resource,
                R::unknown,
            )?,
            None => self.state.core.authorize(self.caller, action, &resource)?,
        }
        match open.tx.replay(action, &self.key, input, open.now).await? {
            Some(answer) => Ok(Start::Again(answer)),
            None => Ok(Start::First((open, found))),
        }
    }

    async fn begin(&self, action: &'static str) -> Result<Open<'a>> {
        Ok(Open {
            now: self.state.core.clock.now(),
            caller: self.caller,
            state: self.state,
            action,
            tx: self.state.core.db.begin(self.caller).await?,
        })
    }

    /// What the same call was answered before, for those that ask peers first.
    pub async fn answered<T: DeserializeOwned>(
        &self,
        action: &'static str,
        input: &impl Serialize,
    ) -> Result<Option<T>> {
        let core = &self.state.core;
        core.answered(self.caller, action, &self.key, input).await
    }

    /// The same where only peers can tell where a first call is about.
    pub async fn answered_about<R: Subject + DeserializeOwned>(
        &self,
        action: &'static str,
        input: &impl Serialize,
    ) -> Result<Option<R>> {
        let resource = |one: &R| one.resource(None);
        let core = &self.state.core;
        core.answered_about(self.caller, action, &self.key, input, resource)
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
    pub fn id<T: TypedId>(&self) -> T {
        T::from_uuid(self.state.core.ids.next())
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

    /// Writes a new row.
    pub async fn insert<R: Record>(&mut self, record: &R) -> Result<()> {
        record::insert(&mut self.tx, record).await
    }

    /// Writes a changed row.
    pub async fn update<R: Changing>(&mut self, record: &mut R) -> Result<()> {
        record::update(&mut self.tx, record).await
    }

    /// Writes a row whose state moved, and keeps the move.
    pub async fn moved<R: Changing, S: Moves>(
        &mut self,
        record: &mut R,
        (from, to): (S, S),
        reason: Option<String>,
    ) -> Result<()> {
        record::update(&mut self.tx, record).await?;
        let change = StateChange {
            from: from.to_string(),
            to: to.to_string(),
            reason,
            by: self.actor(),
            at: self.now,
        };
        store::moves::insert(&mut self.tx, (S::NOUN, record.key().as_uuid()), &change).await
    }

    /// Another thing, locked, which has to exist.
    pub async fn also<R: Subject>(&mut self, id: R::Id) -> Result<R> {
        record::lock(&mut self.tx, id).await?.ok_or_else(R::unknown)
    }

    async fn resource<R: Subject>(&mut self, found: &R) -> Result<Resource> {
        let operator = match found.centre() {
            Some(centre) => {
                let today = self.today();
                store::mandate::operators(&mut self.tx, &[centre], today)
                    .await?
                    .remove(&centre)
            }
            None => None,
        };
        Ok(found.resource(operator))
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
    pub async fn finish<R: Subject + Serialize>(self, record: R) -> Result<R> {
        self.finish_with(record, Value::Object(serde_json::Map::default()))
            .await
    }

    /// The same, with what else an auditor wants to know.
    pub async fn finish_with<R: Subject + Serialize>(
        mut self,
        record: R,
        detail: Value,
    ) -> Result<R> {
        let resource = record.resource(None);
        let entry =
            audit::Entry::write(self.caller, self.action, &resource, self.now).detail(detail);
        audit::append(&mut self.tx, &entry).await?;
        self.tx.answer(record).await
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

/// How far lists reach: the division where one of these roles is held, and
/// what belongs to the organisation that the caller manages.
pub fn reach(caller: &Caller, roles: &[Role]) -> Scope {
    let scope = caller.actor.scope(roles);
    if caller.actor.is(Role::OrgManager) {
        return scope.or_organization(&caller.actor);
    }
    scope
}

/// Many things by their ids; those the caller may not see are left out.
pub async fn load_many<R: Subject>(
    state: &State,
    caller: &Caller,
    ids: &[R::Id],
) -> Result<HashMap<R::Id, R>> {
    let mut conn = state.core.db.read().await?;
    let mut found: HashMap<R::Id, R> = record::load_many(&mut conn, ids).await?;
    let Some(read) = R::READ else {
        return Ok(found);
    };
    let centres: Vec<IncubationCentreId> = found.values().filter_map(Subject::centre).collect();
    let today = china_date(state.core.clock.now());
    let operators = store::mandate::operators(&mut conn, &centres, today).await?;
    found.retain(|_, one| {
        let operator = one.centre().and_then(|centre| operators.get(&centre));
        let resource = one.resource(operator.copied());
        state.core.authorize(caller, read, &resource).is_ok()
    });
    Ok(found)
}

/// One thing, where it is and the caller may see it.
pub async fn find<R: Subject>(state: &State, caller: &Caller, id: R::Id) -> Result<Option<R>> {
    Ok(load_many(state, caller, &[id]).await?.remove(&id))
}

/// A page of things.
pub async fn list<R: Record>(state: &State, wanted: &Wanted, page: &Page) -> Result<Paged<R>> {
    let rows = record::list(&mut *state.core.db.read().await?, wanted, page).await?;
    Ok(page.finish(rows))
}

/// All of a kind that belong to something.
pub async fn all<R: Record>(state: &State, wanted: &Wanted) -> Result<Vec<R>> {
    record::all(&mut *state.core.db.read().await?, wanted).await
}

/// The moves of a thing.
pub async fn history(state: &State, id: impl TypedId) -> Result<Vec<StateChange>> {
    store::moves::list_of(&mut *state.core.db.read().await?, id.as_uuid()).await
}
