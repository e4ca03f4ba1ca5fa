//! A call that changes something, up to its first row: who may call, and the
//! answer that was given before; and the reads that all nouns have alike.

use std::collections::HashMap;

use kernel::{IdempotencyKey, Page, Paged};
pub(crate) use kit::call::first;
pub use kit::call::{Open, Start, Subject};
use kit::{
    auth::{Caller, Resource},
    record::{self, Part, PartsOf, Record, Wanted},
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    domain::moves::Change,
    error::{Error, Result},
    state::State,
    store,
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

/// Names the kind, the place and the refusal of a thing that lies in a division.
macro_rules! subject {
    ($kind:ty, $name:literal, $reason:literal, $zh:literal, $en:literal) => {
        $crate::app::ask::subject!($kind, $name, $reason, $zh, $en, None, |it, _me| it);
    };
    ($kind:ty, $name:literal, $reason:literal, $zh:literal, $en:literal, $read:expr,
     |$it:ident, $me:ident| $more:expr) => {
        impl kit::call::Subject for $kind {
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
        match open.replay(&self.key, input).await? {
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
        let found: R = open.also(id).await?;
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
        match open.replay(&self.key, input).await? {
            Some(answer) => Ok(Start::Again(answer)),
            None => Ok(Start::First((open, found))),
        }
    }

    async fn begin(&self) -> Result<Open<'a>> {
        Open::begin(&self.state.core, self.caller, self.operation).await
    }

    /// What the same call was answered before, for those that ask peers first.
    pub async fn answered<T: DeserializeOwned>(&self, input: &impl Serialize) -> Result<Option<T>> {
        self.state
            .core
            .answered(self.caller, self.operation, &self.key, input)
            .await
    }
}

/// Only an id: the input of calls that need no more.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Only<I> {
    pub id: I,
}

/// Many things by their ids; those the caller may not see are left out.
pub async fn load_many<R: Subject>(
    state: &State,
    caller: &Caller,
    ids: &[R::Id],
) -> Result<HashMap<R::Id, R>> {
    let mut found: HashMap<R::Id, R> = load_public(state, ids).await?;
    if let Some(read) = R::READ {
        found.retain(|_, it| state.core.authorize(caller, read, &it.resource()).is_ok());
    }
    Ok(found)
}

/// Many things that are open to all.
pub async fn load_public<R: Record>(state: &State, ids: &[R::Id]) -> Result<HashMap<R::Id, R>> {
    record::load_many(&mut *state.core.db.read().await?, ids).await
}

/// One thing that is open to all.
pub async fn find<R: Record>(state: &State, id: R::Id) -> Result<Option<R>> {
    record::find(&mut *state.core.db.read().await?, id).await
}

/// One thing, which has to exist.
pub async fn get<R: Subject>(state: &State, id: R::Id) -> Result<R> {
    find(state, id).await?.ok_or_else(R::unknown)
}

/// A page of things.
pub async fn list<R: Record>(state: &State, wanted: Wanted, page: &Page) -> Result<Paged<R>> {
    let rows = record::list(&mut *state.core.db.read().await?, &wanted, page).await?;
    Ok(page.finish(rows))
}

/// All that belongs to each of many things; for those who see these.
pub async fn parts<P: Part>(
    state: &State,
    of: &[PartsOf<P>],
) -> Result<HashMap<PartsOf<P>, Vec<P>>> {
    record::parts_of(&mut *state.core.db.read().await?, of).await
}

/// Which states things have been in.
pub async fn histories(state: &State, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<Change>>> {
    store::moves::histories(&mut *state.core.db.read().await?, ids).await
}

/// Says a refusal of the database in words, at the field it is about.
pub fn said(error: Error, reason: &'static str, field: &str, zh: &str, en: &str) -> Error {
    if error.reason() == reason {
        return Error::new(error.kind(), reason, zh, en).at(field);
    }
    error
}
