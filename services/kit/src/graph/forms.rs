//! The forms of the graph that are written once: an entity of another service,
//! an input with its key, what a thing shows, a mutation that answers the thing,
//! a thing by id, a page of them.
//!
//! They are for the `graphql` room of a service, and find there what is its own:
//! its loaders (`graphql::loaders::Scoped`) and how a call begins
//! (`graphql::asking`).

/// Entities that other services own: all that is known of them is their key.
#[doc(hidden)]
#[macro_export]
macro_rules! kit_graph_entities {
    ($($(#[$doc:meta])* $name:ident of $id:ty;)+) => {$(
        $(#[$doc])*
        #[derive(async_graphql::SimpleObject)]
        #[graphql(unresolvable)]
        pub struct $name {
            /// 全局编号。Global id.
            id: async_graphql::ID,
        }

        impl From<$id> for $name {
            fn from(id: $id) -> Self {
                Self { id: $crate::graph::global(id) }
            }
        }

        impl $name {
            /// Where there is one. Its owner may not have it any more, or not
            /// for this caller: such fields are nullable.
            pub fn of(id: impl Into<Option<$id>>) -> Option<Self> {
                id.into().map(Into::into)
            }
        }
    )+};
}
pub use kit_graph_entities as entities;

/// The input of a mutation: the key of the call, and what the use case takes.
#[doc(hidden)]
#[macro_export]
macro_rules! kit_graph_input {
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
            fn read(self) -> $crate::Result<(kernel::IdempotencyKey, $app)> {
                type Taken = $app;
                let key = kernel::IdempotencyKey::try_new(&self.idempotency_key)?;
                Ok((key, Taken {
                    $($field: $crate::graph::shape::Given::given(
                        self.$field,
                        &$crate::graph::shape::field("input", stringify!($field)),
                    )?,)*
                }))
            }
        }
    };
}
pub use kit_graph_input as input;

/// A part of an input, or the filter of a list.
#[doc(hidden)]
#[macro_export]
macro_rules! kit_graph_part {
    ($(#[$doc:meta])* $name:ident => $app:path {
        $($(#[$meta:meta])* $field:ident: $kind:ty),* $(,)?
    }) => {
        $(#[$doc])*
        #[derive(async_graphql::InputObject)]
        pub struct $name {
            $($(#[$meta])* $field: $kind,)*
        }

        impl $crate::graph::shape::Given<$app> for $name {
            fn given(self, below: &str) -> $crate::Result<$app> {
                type Taken = $app;
                Ok(Taken {
                    $($field: $crate::graph::shape::Given::given(
                        self.$field,
                        &$crate::graph::shape::field(below, stringify!($field)),
                    )?,)*
                })
            }
        }
    };
}
pub use kit_graph_part as part;

/// A thing of the domain as the graph shows it: its own fields; entities of
/// other services (`refers`); things of this service that there always are
/// (`holds`), or that may be absent or closed to the caller (`links`); all that
/// belongs to it (`parts`); and what else there is to ask.
#[doc(hidden)]
#[macro_export]
#[expect(
    clippy::crate_in_macro_def,
    reason = "the loaders are the service's own"
)]
macro_rules! kit_graph_output {
    ($(#[$doc:meta])* $name:ident of $domain:ty {
        $($(#[$meta:meta])* $field:ident: $kind:ty),* $(,)?
    }
    $(refers {
        $($(#[$refer_meta:meta])* $refer:ident: $referred:ident = $refer_key:ident),* $(,)?
    })?
    $(holds {
        $($(#[$hold_meta:meta])* $hold:ident: $held:ident = $hold_key:ident),* $(,)?
    })?
    $(links {
        $($(#[$link_meta:meta])* $link:ident: $linked:ident = $link_key:ident),* $(,)?
    })?
    $(parts {
        $($(#[$part_meta:meta])* $part:ident: [$each:ident]),* $(,)?
    })?
    plus { $($more:tt)* }) => {
        $(#[$doc])*
        pub struct $name(pub $domain);

        $(#[$doc])*
        #[async_graphql::Object]
        impl $name {
            $($(#[$meta])* async fn $field(&self) -> $kind {
                $crate::graph::shape::Shown::shown(&self.0.$field)
            })*
            $($($(#[$refer_meta])* async fn $refer(&self) -> Option<$referred> {
                $referred::of(self.0.$refer_key)
            })*)?
            $($($(#[$hold_meta])* async fn $hold(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> $crate::Result<$held> {
                use crate::graphql::loaders::Scoped;
                Ok($held($crate::graph::shape::held::<Scoped, _>(ctx, self.0.$hold_key).await?))
            })*)?
            $($($(#[$link_meta])* async fn $link(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> $crate::Result<Option<$linked>> {
                use crate::graphql::loaders::Scoped;
                let found = $crate::graph::shape::linked::<Scoped, _>(ctx, self.0.$link_key);
                Ok(found.await?.map($linked))
            })*)?
            $($($(#[$part_meta])* async fn $part(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> $crate::Result<Vec<$each>> {
                use crate::graphql::loaders::Scoped;
                let found = $crate::graph::shape::parts::<Scoped, _>(ctx, self.0.id).await?;
                Ok(found.into_iter().map($each).collect())
            })*)?
            $($more)*
        }

        impl From<$domain> for $name {
            fn from(it: $domain) -> Self {
                Self(it)
            }
        }
    };
}
pub use kit_graph_output as output;

/// Mutations that answer the thing as it is afterwards.
#[doc(hidden)]
#[macro_export]
#[expect(clippy::crate_in_macro_def, reason = "a call is the service's own")]
macro_rules! kit_graph_mutations {
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
            ) -> $crate::Result<$payload> {
                let (key, given) = input.read()?;
                let ask = crate::graphql::asking(ctx, stringify!($verb), key);
                Ok($payload { $field: $app(&ask, given).await?.into() })
            })+
        }
    };
}
pub use kit_graph_mutations as mutations;

/// A thing by its id (an entity of the graph), and a page of them.
#[doc(hidden)]
#[macro_export]
#[expect(
    clippy::crate_in_macro_def,
    reason = "the loaders are the service's own"
)]
macro_rules! kit_graph_queries {
    ($(#[$doc:meta])* $name:ident of $kind:ident, $id:ty {
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
            ) -> $crate::Result<Option<$kind>> {
                use crate::graphql::loaders::Scoped;
                let found = $crate::graph::shape::by_id::<Scoped, $id>(ctx, &id).await?;
                Ok(found.map($kind))
            }

            $(#[$one_doc])*
            async fn $one(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "全局编号。Global id.")] id: async_graphql::ID,
            ) -> $crate::Result<Option<$kind>> {
                use crate::graphql::loaders::Scoped;
                let found = $crate::graph::shape::by_id::<Scoped, $id>(ctx, &id).await?;
                Ok(found.map($kind))
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
            ) -> $crate::Result<
                Option<async_graphql::connection::Connection<$crate::graph::Opaque, $kind>>,
            > {
                let page = $crate::graph::page(first, after, last, before)?;
                let filter: Option<$wanted> =
                    $crate::graph::shape::Given::given(filter, "filter")?;
                let (state, caller) = $crate::graph::shape::asked(ctx);
                let found = $list(state, caller, filter.unwrap_or_default(), &page).await?;
                $crate::graph::listed(found, |it| (it.id.as_uuid(),), $kind)
            }
        }
    };
}
pub use kit_graph_queries as queries;

/// Pages of things that are found in no other way.
#[doc(hidden)]
#[macro_export]
macro_rules! kit_graph_pages {
    ($(#[$doc:meta])* $name:ident {
        $($(#[$many_doc:meta])* $many:ident($filter:ident => $wanted:path) -> $kind:ident
          by $list:path;)+
    }) => {
        $(#[$doc])*
        #[derive(Default)]
        pub struct $name;

        #[async_graphql::Object]
        impl $name {
            $($(#[$many_doc])*
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
            ) -> $crate::Result<
                Option<async_graphql::connection::Connection<$crate::graph::Opaque, $kind>>,
            > {
                let page = $crate::graph::page(first, after, last, before)?;
                let filter: Option<$wanted> =
                    $crate::graph::shape::Given::given(filter, "filter")?;
                let (state, caller) = $crate::graph::shape::asked(ctx);
                let found = $list(state, caller, filter.unwrap_or_default(), &page).await?;
                $crate::graph::listed(found, |it| (it.id.as_uuid(),), $kind)
            })+
        }
    };
}
pub use kit_graph_pages as pages;
