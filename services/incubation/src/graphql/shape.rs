//! How values cross the edge, and the shapes that all nouns have in the graph:
//! an input with its key, a mutation that answers the thing, a thing by id, a
//! page of them (`forms`).

mod forms;

pub(crate) use forms::{enums, input, mutations, output, pages, part, queries};

use async_graphql::{Context, ID, SimpleObject, dataloader::Loader};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::{IdempotencyKey, TypedId, keys};
use kit::{
    Result,
    auth::Caller,
    graph::{Date, DivisionCode, Fen, global, typed},
};

use super::{
    foreign::{Community, Division, Resident},
    loaders::{Loaders, Scoped},
};
use crate::{
    app::ask::{self, Ask},
    domain::moves,
    state::State,
};

/// What every resolver is given.
pub fn asked<'a>(ctx: &Context<'a>) -> (&'a State, &'a Caller) {
    (
        ctx.data_unchecked::<State>(),
        ctx.data_unchecked::<Caller>(),
    )
}

/// The same, with the key of a mutation.
pub fn asking<'a>(ctx: &Context<'a>, key: IdempotencyKey) -> Ask<'a> {
    let (state, caller) = asked(ctx);
    Ask { state, caller, key }
}

/// What a client gave at a field, as the use case takes it.
pub trait Given<T> {
    fn given(self, field: &str) -> Result<T>;
}

/// What the domain has, as the graph shows it.
pub trait Shown<T> {
    fn shown(&self) -> T;
}

impl<T: TypedId> Given<T> for ID {
    fn given(self, field: &str) -> Result<T> {
        typed(&self, field)
    }
}

impl<T: TypedId> Shown<ID> for T {
    fn shown(&self) -> ID {
        global(*self)
    }
}

macro_rules! same {
    ($($kind:ty),*) => {$(
        impl Given<$kind> for $kind {
            fn given(self, _: &str) -> Result<$kind> { Ok(self) }
        }
        impl Shown<$kind> for $kind {
            fn shown(&self) -> $kind { self.clone() }
        }
    )*};
}
same!(String, i32, bool, DateTime<Utc>);

macro_rules! scalar {
    ($($shown:ident ($inner:ty)),*) => {$(
        impl Given<$inner> for $shown {
            fn given(self, _: &str) -> Result<$inner> { Ok(self.0) }
        }
        impl Shown<$shown> for $inner {
            fn shown(&self) -> $shown { $shown(*self) }
        }
    )*};
}
scalar!(
    Date(NaiveDate),
    DivisionCode(kernel::DivisionCode),
    Fen(kernel::Fen)
);

/// Entities of others may be gone or out of reach there: they are nullable.
macro_rules! reference {
    ($($id:ty => $shown:ident),*) => {$(
        impl Shown<$shown> for $id {
            fn shown(&self) -> $shown { (*self).into() }
        }
        impl Shown<Option<$shown>> for $id {
            fn shown(&self) -> Option<$shown> { Some((*self).into()) }
        }
    )*};
}
reference!(
    kernel::DivisionCode => Division,
    keys::CommunityId => Community,
    keys::ResidentId => Resident
);

impl<G: Given<T>, T> Given<Option<T>> for Option<G> {
    fn given(self, field: &str) -> Result<Option<T>> {
        self.map(|it| it.given(field)).transpose()
    }
}

impl<G: Given<T>, T> Given<Vec<T>> for Vec<G> {
    fn given(self, field: &str) -> Result<Vec<T>> {
        self.into_iter()
            .enumerate()
            .map(|(at, it)| it.given(&format!("{field}.{at}")))
            .collect()
    }
}

impl<D: Shown<T>, T> Shown<Option<T>> for Option<D> {
    fn shown(&self) -> Option<T> {
        self.as_ref().map(Shown::shown)
    }
}

impl<D: Shown<T>, T> Shown<Vec<T>> for Vec<D> {
    fn shown(&self) -> Vec<T> {
        self.iter().map(Shown::shown).collect()
    }
}

/// The key of a linked thing, where there is one.
pub trait Key<K> {
    fn key(self) -> Option<K>;
}

impl<K: TypedId> Key<K> for K {
    fn key(self) -> Option<K> {
        Some(self)
    }
}

impl<K: TypedId> Key<K> for Option<K> {
    fn key(self) -> Option<K> {
        self
    }
}

/// A linked thing, loaded with those of the other rows.
pub async fn linked<K>(
    ctx: &Context<'_>,
    key: impl Key<K>,
) -> Result<Option<<Scoped as Loader<K>>::Value>>
where
    K: TypedId + Send + Sync + 'static,
    Scoped: Loader<K, Error = kit::Error>,
{
    match key.key() {
        Some(key) => ctx.data_unchecked::<Loaders>().load_one(key).await,
        None => Ok(None),
    }
}

/// `community_id` below `input` is `input.communityId` to a client.
pub fn field(below: &str, name: &str) -> String {
    let mut path = String::with_capacity(below.len() + name.len() + 1);
    path.push_str(below);
    path.push('.');
    let mut raise = false;
    for letter in name.chars() {
        match letter {
            '_' => raise = true,
            other if raise => {
                path.push(other.to_ascii_uppercase());
                raise = false;
            }
            other => path.push(other),
        }
    }
    path
}

/// 办理经过的一步。One step of what has happened.
#[derive(SimpleObject)]
#[graphql(name = "IncubationStateChange")]
pub struct StateChange {
    /// 原状态。The state it was in.
    from: String,
    /// 新状态。The state it came to.
    to: String,
    /// 理由。Why.
    reason: Option<String>,
    /// 经办账号。The account that did it.
    by: String,
    /// 时间。When.
    at: DateTime<Utc>,
}

/// What has happened to a thing, oldest first.
pub async fn history(ctx: &Context<'_>, id: impl TypedId) -> Result<Vec<StateChange>> {
    let (state, _) = asked(ctx);
    let moves = ask::history(state, id).await?;
    let shown = |it: moves::StateChange| StateChange {
        from: it.from,
        to: it.to,
        reason: it.reason,
        by: it.by,
        at: it.at,
    };
    Ok(moves.into_iter().map(shown).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_named_as_the_client_wrote_it() {
        assert_eq!(field("input", "community_id"), "input.communityId");
        assert_eq!(field("input.stages.0", "amount"), "input.stages.0.amount");
        assert_eq!(field("filter", "state"), "filter.state");
    }
}
