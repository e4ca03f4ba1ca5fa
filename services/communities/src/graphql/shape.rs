//! How values cross the edge, and the shapes that all nouns have in the graph:
//! an input with its key, a mutation that answers the thing, a thing by id, a
//! page of them.

use async_graphql::{ID, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::TypedId;
use kit::{
    Result,
    graph::{Date, DivisionCode, Fen, global, typed},
};

use crate::{app::ask::camel, domain::moves::Change};

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

impl<In: Given<Out>, Out> Given<Option<Out>> for Option<In> {
    fn given(self, field: &str) -> Result<Option<Out>> {
        self.map(|it| it.given(field)).transpose()
    }
}

impl<In: Given<Out>, Out> Given<Vec<Out>> for Vec<In> {
    fn given(self, field: &str) -> Result<Vec<Out>> {
        self.into_iter()
            .enumerate()
            .map(|(at, it)| it.given(&format!("{field}.{at}")))
            .collect()
    }
}

impl<In: Shown<Out>, Out> Shown<Option<Out>> for Option<In> {
    fn shown(&self) -> Option<Out> {
        self.as_ref().map(Shown::shown)
    }
}

impl<In: Shown<Out>, Out> Shown<Vec<Out>> for Vec<In> {
    fn shown(&self) -> Vec<Out> {
        self.iter().map(Shown::shown).collect()
    }
}

/// Enums that are the domain's under the same names.
macro_rules! enums {
    ($($name:ident = $domain:ty),* $(,)?) => {$(
        impl $crate::graphql::shape::Given<$domain> for $name {
            fn given(self, _: &str) -> kit::Result<$domain> { Ok(self.into()) }
        }
        impl $crate::graphql::shape::Shown<$name> for $domain {
            fn shown(&self) -> $name { (*self).into() }
        }
    )*};
}
pub(crate) use enums;

/// `community_id` below `input` is `input.communityId` to a client.
pub fn field(below: &str, name: &str) -> String {
    format!("{below}.{}", camel(name))
}

/// The input of a mutation: the key of the call, and what the use case takes.
macro_rules! input {
    ($(#[$doc:meta])* $name:ident => $app:path {
        $($(#[$meta:meta])* $field:ident: $kind:ty),* $(,)?
    }) => {
        $(#[$doc])*
        #[derive(async_graphql::InputObject)]
        pub struct $name {
            /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
            idempotency_key: String,
            $($(#[$meta])* $field: $kind,)*
        }

        impl $name {
            fn read(self) -> kit::Result<(kernel::IdempotencyKey, $app)> {
                type Taken = $app;
                let key = kernel::IdempotencyKey::try_new(&self.idempotency_key)?;
                Ok((key, Taken {
                    $($field: $crate::graphql::shape::Given::given(
                        self.$field,
                        &$crate::graphql::shape::field("input", stringify!($field)),
                    )?,)*
                }))
            }
        }
    };
}
pub(crate) use input;

/// A part of an input, or the filter of a list.
macro_rules! part {
    ($(#[$doc:meta])* $name:ident => $app:path {
        $($(#[$meta:meta])* $field:ident: $kind:ty),* $(,)?
    }) => {
        $(#[$doc])*
        #[derive(async_graphql::InputObject)]
        pub struct $name {
            $($(#[$meta])* $field: $kind,)*
        }

        impl $crate::graphql::shape::Given<$app> for $name {
            fn given(self, below: &str) -> kit::Result<$app> {
                type Taken = $app;
                Ok(Taken {
                    $($field: $crate::graphql::shape::Given::given(
                        self.$field,
                        &$crate::graphql::shape::field(below, stringify!($field)),
                    )?,)*
                })
            }
        }
    };
}
pub(crate) use part;

/// A thing of the domain as the graph shows it, with more fields after `plus`.
macro_rules! output {
    ($(#[$doc:meta])* $name:ident of $domain:ty {
        $($(#[$meta:meta])* $field:ident: $kind:ty),* $(,)?
    } plus { $($more:tt)* }) => {
        /// Of the domain, as the graph shows it.
        pub struct $name(pub $domain);

        $(#[$doc])*
        #[async_graphql::Object]
        impl $name {
            $($(#[$meta])* async fn $field(&self) -> $kind {
                $crate::graphql::shape::Shown::shown(&self.0.$field)
            })*
            $($more)*
        }

        impl From<$domain> for $name {
            fn from(it: $domain) -> Self {
                Self(it)
            }
        }
    };
}
pub(crate) use output;

/// Mutations that answer the thing as it is afterwards.
macro_rules! mutations {
    ($(#[$doc:meta])* $name:ident {
        $($(#[$meta:meta])* $verb:ident($input:ident) -> $payload:ident { $field:ident: $kind:ident }
          by $app:path;)+
    }) => {
        $(
            /// 办理结果:办理后的记录。The outcome: the record as it is afterwards.
            #[derive(async_graphql::SimpleObject)]
            pub struct $payload {
                /// 办理后的记录。The record as it is afterwards.
                $field: $kind,
            }
        )+

        $(#[$doc])*
        #[derive(Default)]
        pub struct $name;

        #[async_graphql::Object]
        impl $name {
            $($(#[$meta])* async fn $verb(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "输入。The input.")] input: $input,
            ) -> kit::Result<$payload> {
                let (key, given) = input.read()?;
                let ask = $crate::graphql::asking(ctx, stringify!($verb), key);
                Ok($payload { $field: $app(&ask, given).await?.into() })
            })+
        }
    };
}
pub(crate) use mutations;

/// A thing by its id, and a page of them.
macro_rules! queries {
    ($(#[$doc:meta])* $name:ident of $kind:ident {
        entity $entity:ident;
        $(#[$one_doc:meta])* one $one:ident;
        $(#[$many_doc:meta])* many $many:ident($filter:ident => $wanted:path) by $list:path;
    }) => {
        $(#[$doc])*
        #[derive(Default)]
        pub struct $name;

        #[async_graphql::Object]
        impl $name {
            #[graphql(entity)]
            async fn $entity(
                &self,
                ctx: &async_graphql::Context<'_>,
                id: async_graphql::ID,
            ) -> kit::Result<Option<$kind>> {
                let (state, caller) = $crate::graphql::asked(ctx);
                let id = kit::graph::typed(&id, "id")?;
                Ok($crate::app::ask::see(state, caller, id).await?.map($kind))
            }

            $(#[$one_doc])*
            async fn $one(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "全局编号。Global id.")] id: async_graphql::ID,
            ) -> kit::Result<Option<$kind>> {
                let (state, caller) = $crate::graphql::asked(ctx);
                let id = kit::graph::typed(&id, "id")?;
                Ok($crate::app::ask::see(state, caller, id).await?.map($kind))
            }

            $(#[$many_doc])*
            async fn $many(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "只看哪些。Which ones only.")] filter: Option<$filter>,
                #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")]
                first: Option<i32>,
                #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
                #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")]
                last: Option<i32>,
                #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
            ) -> kit::Result<
                async_graphql::connection::Connection<kit::graph::Opaque, $kind>,
            > {
                let page = kit::graph::page(first, after, last, before)?;
                let filter: Option<$wanted> =
                    $crate::graphql::shape::Given::given(filter, "filter")?;
                let (state, caller) = $crate::graphql::asked(ctx);
                let found = $list(state, caller, filter.unwrap_or_default(), &page).await?;
                Ok(kit::graph::connection(found, |it| (it.id.as_uuid(),), $kind))
            }
        }
    };
}
pub(crate) use queries;

/// 办理经过的一步。One step of what has happened.
#[derive(SimpleObject)]
pub struct CommunityStateChange {
    /// 状态。The state it came to.
    state: String,
    /// 时间。When.
    at: DateTime<Utc>,
}

impl Shown<CommunityStateChange> for Change {
    fn shown(&self) -> CommunityStateChange {
        CommunityStateChange {
            state: self.state.clone(),
            at: self.at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_named_as_the_client_wrote_it() {
        assert_eq!(field("input", "community_id"), "input.communityId");
        assert_eq!(field("input.lines.0", "area_m2"), "input.lines.0.areaM2");
        assert_eq!(field("filter", "state"), "filter.state");
    }
}
