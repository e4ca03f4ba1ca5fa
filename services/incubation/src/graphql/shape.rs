//! The shapes that all nouns have in the graph, and what is this service's own
//! of them.

use async_graphql::{Context, SimpleObject, dataloader::Loader};
use chrono::{DateTime, Utc};
use kernel::TypedId;
pub use kit::graph::shape::{Shown, parts};
pub(crate) use kit::graph::shape::{input, mutations, output, pages, part, queries};
use kit::{
    Result,
    auth::Caller,
    graph::shape::{self, Key},
};

use super::loaders::{HistoryOf, Loaders, Scoped};
use crate::{domain::moves, state::State};

/// What every resolver is given.
pub fn asked<'a>(ctx: &Context<'a>) -> (&'a State, &'a Caller) {
    shape::asked(ctx)
}

/// Enums that are the domain's under the same names.
macro_rules! enums {
    ($($(#[$doc:meta])* $name:ident = $domain:path { $($(#[$variant_doc:meta])* $variant:ident),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(async_graphql::Enum, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_doc])* $variant),+
        }

        impl kit::graph::shape::Given<$domain> for $name {
            fn given(self, _: &str) -> kit::Result<$domain> {
                type Domain = $domain;
                Ok(match self {
                    $(Self::$variant => Domain::$variant),+
                })
            }
        }

        impl kit::graph::shape::Shown<$name> for $domain {
            fn shown(&self) -> $name {
                match self {
                    $(Self::$variant => $name::$variant),+
                }
            }
        }
    )+};
}
pub(crate) use enums;

/// A linked thing, loaded with those of the other rows.
pub async fn linked<K>(
    ctx: &Context<'_>,
    key: impl Key<K>,
) -> Result<Option<<Scoped as Loader<K>>::Value>>
where
    K: TypedId + Send + Sync + 'static,
    Scoped: Loader<K, Error = kit::Error>,
{
    shape::linked::<Scoped, K>(ctx, key).await
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

impl From<moves::StateChange> for StateChange {
    fn from(it: moves::StateChange) -> Self {
        Self {
            from: it.from,
            to: it.to,
            reason: it.reason,
            by: it.by,
            at: it.at,
        }
    }
}

/// What has happened to a thing, oldest first.
pub async fn history(ctx: &Context<'_>, id: impl TypedId) -> Result<Vec<StateChange>> {
    let key = HistoryOf(id.as_uuid());
    let found = ctx.data_unchecked::<Loaders>().load_one(key).await?;
    Ok(found.into_iter().flatten().map(Into::into).collect())
}
