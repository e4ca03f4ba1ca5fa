//! The shapes that all nouns have in the graph, and what is this service's own
//! of them.

use async_graphql::{Context, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::TypedId;
use kit::Result;
pub use kit::graph::shape::{Given, parts};
pub(crate) use kit::graph::shape::{input, mutations, output, part, queries};

use super::loaders::{HistoryOf, Loaders};
use crate::domain::moves::Change;

/// Enums that are the domain's under the same names.
macro_rules! enums {
    ($($name:ident = $domain:ty),* $(,)?) => {$(
        impl kit::graph::shape::Given<$domain> for $name {
            fn given(self, _: &str) -> kit::Result<$domain> { Ok(self.into()) }
        }
        impl kit::graph::shape::Shown<$name> for $domain {
            fn shown(&self) -> $name { (*self).into() }
        }
    )*};
}
pub(crate) use enums;

/// 办理经过的一步。One step of what has happened.
#[derive(SimpleObject)]
pub struct CommunityStateChange {
    /// 状态。The state it came to.
    state: String,
    /// 时间。When.
    at: DateTime<Utc>,
}

impl From<Change> for CommunityStateChange {
    fn from(it: Change) -> Self {
        Self {
            state: it.state,
            at: it.at,
        }
    }
}

/// What has happened to a thing, oldest first.
pub async fn history(ctx: &Context<'_>, id: impl TypedId) -> Result<Vec<CommunityStateChange>> {
    let key = HistoryOf(id.as_uuid());
    let found = ctx.data_unchecked::<Loaders>().load_one(key).await?;
    Ok(found.into_iter().flatten().map(Into::into).collect())
}
