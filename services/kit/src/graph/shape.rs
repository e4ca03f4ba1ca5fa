//! How values cross the edge: what a client gives becomes what a use case
//! takes, what the domain has becomes what the graph shows. The forms that use
//! it are macros (`forms`).

pub use super::forms::{entities, input, mutations, output, pages, part, queries};

use async_graphql::{
    Context, ID,
    dataloader::{DataLoader, Loader, NoCache},
};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::TypedId;

use super::{Date, DivisionCode, Fen, global, typed};
use crate::{
    auth::Caller,
    error::{Error, Result},
    record::{Part, PartsOf},
};

/// What every resolver is given: the service, and who asks.
pub fn asked<'a, S: Send + Sync + 'static>(ctx: &Context<'a>) -> (&'a S, &'a Caller) {
    (ctx.data_unchecked::<S>(), ctx.data_unchecked::<Caller>())
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

/// `community_id` below `input` is `input.communityId` to a client.
pub fn field(below: &str, name: &str) -> String {
    format!("{below}.{}", camel(name))
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

/// A linked thing, loaded by `L` with those of the other rows; nothing where
/// there is none, or none for this caller.
pub async fn linked<L, K>(ctx: &Context<'_>, key: impl Key<K>) -> Result<Option<L::Value>>
where
    L: Loader<K, Error = Error>,
    K: TypedId + Send + Sync + 'static,
{
    let loader = ctx.data_unchecked::<DataLoader<L, NoCache>>();
    match key.key() {
        Some(key) => loader.load_one(key).await,
        None => Ok(None),
    }
}

/// A thing by the id that a client sent.
pub async fn by_id<L, K>(ctx: &Context<'_>, id: &ID) -> Result<Option<L::Value>>
where
    L: Loader<K, Error = Error>,
    K: TypedId + Send + Sync + 'static,
{
    linked::<L, K>(ctx, typed::<K>(id, "id")?).await
}

/// The same where the database answers for it that there is one.
pub async fn held<L, K>(ctx: &Context<'_>, key: K) -> Result<L::Value>
where
    L: Loader<K, Error = Error>,
    K: TypedId + Send + Sync + 'static,
{
    let found = linked::<L, K>(ctx, key).await?;
    found.ok_or_else(|| Error::inconsistent(K::KIND, "id", key))
}

/// All that belongs to something, loaded by `L` with what belongs to the other
/// rows.
pub async fn parts<L, P>(ctx: &Context<'_>, whole: P::Whole) -> Result<Vec<P>>
where
    L: Loader<PartsOf<P>, Value = Vec<P>, Error = Error>,
    P: Part + Clone + Sync + 'static,
    P::Whole: 'static,
{
    let loader = ctx.data_unchecked::<DataLoader<L, NoCache>>();
    Ok(loader.load_one(PartsOf(whole)).await?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_named_as_the_client_wrote_it() {
        assert_eq!(field("input", "community_id"), "input.communityId");
        assert_eq!(field("input.stages.0", "amount"), "input.stages.0.amount");
        assert_eq!(field("input.lines.0", "area_m2"), "input.lines.0.areaM2");
        assert_eq!(field("filter", "state"), "filter.state");
    }
}
