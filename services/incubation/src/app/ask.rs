//! A call that changes something, up to its first row: who may call, and the
//! answer that was given before; and the reads that all nouns have alike.

use std::collections::HashMap;

use kernel::{IdempotencyKey, Page, Paged, TypedId as _, china_date, keys::OrganizationId};
pub(crate) use kit::call::first;
pub use kit::call::{Open, Start, Subject};
use kit::{
    auth::{Caller, Resource, Role, Scope},
    record::{self, Changing, Part, PartsOf, Record, Wanted},
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    domain::{
        incubation_centre::IncubationCentreId,
        moves::{Moves, StateChange},
    },
    error::Result,
    state::State,
    store,
};

/// Who asks, under which key.
pub struct Ask<'a> {
    pub state: &'a State,
    pub caller: &'a Caller,
    pub key: IdempotencyKey,
}

/// A thing that may stand in a centre, whose operator has a say in it then.
pub trait Housed: Subject {
    /// The centre.
    fn centre(&self) -> Option<IncubationCentreId> {
        None
    }

    /// What it is to the policies while `operator` runs its centre.
    fn run_by(&self, operator: Option<OrganizationId>) -> Resource {
        match self.centre() {
            Some(_) => run_by(self.resource(), operator),
            None => self.resource(),
        }
    }
}

/// The operator of a centre, as policies are told; `-` is nobody's id.
pub fn run_by(resource: Resource, operator: Option<OrganizationId>) -> Resource {
    let operator = operator.map_or_else(|| "-".to_owned(), |id| id.to_string());
    resource.with("operator", operator)
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
        let mut open = Open::begin(&self.state.core, self.caller, action).await?;
        match open.replay(&self.key, input).await? {
            Some(answer) => Ok(Start::Again(answer)),
            None => Ok(Start::First(open)),
        }
    }

    /// Begins a call about a thing there is, and locks it.
    pub async fn lock<R: Housed, T: DeserializeOwned>(
        &self,
        action: &'static str,
        id: R::Id,
        input: &impl Serialize,
    ) -> Result<Start<T, (Open<'a>, R)>> {
        self.caller.signed_in(action)?;
        let mut open = Open::begin(&self.state.core, self.caller, action).await?;
        let found: R = open.also(id).await?;
        let resource = as_run(&mut open, &found).await?;
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
    pub async fn answered_about<R: Housed + DeserializeOwned>(
        &self,
        action: &'static str,
        input: &impl Serialize,
    ) -> Result<Option<R>> {
        let resource = |one: &R| one.run_by(None);
        let core = &self.state.core;
        core.answered_about(self.caller, action, &self.key, input, resource)
            .await
    }
}

async fn as_run<R: Housed>(open: &mut Open<'_>, found: &R) -> Result<Resource> {
    let operator = match found.centre() {
        Some(centre) => {
            let today = open.today();
            store::mandate::operators(open, &[centre], today)
                .await?
                .remove(&centre)
        }
        None => None,
    };
    Ok(found.run_by(operator))
}

/// Writes a row whose state moved, and keeps the move.
pub async fn moved<R: Changing, S: Moves>(
    open: &mut Open<'_>,
    record: &mut R,
    (from, to): (S, S),
    reason: Option<String>,
) -> Result<()> {
    open.update(record).await?;
    let change = StateChange {
        from: from.to_string(),
        to: to.to_string(),
        reason,
        by: open.actor(),
        at: open.now,
    };
    store::moves::insert(open, (S::NOUN, record.key().as_uuid()), &change).await
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
pub async fn load_many<R: Housed>(
    state: &State,
    caller: &Caller,
    ids: &[R::Id],
) -> Result<HashMap<R::Id, R>> {
    let mut conn = state.core.db.read().await?;
    let mut found: HashMap<R::Id, R> = record::load_many(&mut conn, ids).await?;
    let Some(read) = R::READ else {
        return Ok(found);
    };
    let centres: Vec<IncubationCentreId> = found.values().filter_map(Housed::centre).collect();
    let today = china_date(state.core.clock.now());
    let operators = store::mandate::operators(&mut conn, &centres, today).await?;
    found.retain(|_, one| {
        let operator = one.centre().and_then(|centre| operators.get(&centre));
        let resource = one.run_by(operator.copied());
        state.core.authorize(caller, read, &resource).is_ok()
    });
    Ok(found)
}

/// One thing, where it is and the caller may see it.
pub async fn find<R: Housed>(state: &State, caller: &Caller, id: R::Id) -> Result<Option<R>> {
    Ok(load_many(state, caller, &[id]).await?.remove(&id))
}

/// A page of things.
pub async fn list<R: Record>(state: &State, wanted: &Wanted, page: &Page) -> Result<Paged<R>> {
    let rows = record::list(&mut *state.core.db.read().await?, wanted, page).await?;
    Ok(page.finish(rows))
}

/// All that belongs to each of many things; for those who see these.
pub async fn parts<P: Part>(
    state: &State,
    of: &[PartsOf<P>],
) -> Result<HashMap<PartsOf<P>, Vec<P>>> {
    record::parts_of(&mut *state.core.db.read().await?, of).await
}

/// The moves of many things.
pub async fn histories(state: &State, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<StateChange>>> {
    store::moves::histories(&mut *state.core.db.read().await?, ids).await
}
