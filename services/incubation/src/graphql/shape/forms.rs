//! The forms that are written once: enums, inputs, outputs, mutations, queries.

/// Enums that are the domain's under the same names.
macro_rules! enums {
    ($($(#[$doc:meta])* $name:ident = $domain:path { $($(#[$variant_doc:meta])* $variant:ident),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(async_graphql::Enum, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_doc])* $variant),+
        }

        impl $crate::graphql::shape::Given<$domain> for $name {
            fn given(self, _: &str) -> kit::Result<$domain> {
                type Domain = $domain;
                Ok(match self {
                    $(Self::$variant => Domain::$variant),+
                })
            }
        }

        impl $crate::graphql::shape::Shown<$name> for $domain {
            fn shown(&self) -> $name {
                match self {
                    $(Self::$variant => $name::$variant),+
                }
            }
        }
    )+};
}
pub(crate) use enums;

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
                use $crate::graphql::shape::field;
                type App = $app;
                let key = kernel::IdempotencyKey::try_new(&self.idempotency_key)?;
                Ok((key, App {
                    $($field: $crate::graphql::shape::Given::given(
                        self.$field, &field("input", stringify!($field)),
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
                use $crate::graphql::shape::field;
                type App = $app;
                Ok(App {
                    $($field: $crate::graphql::shape::Given::given(
                        self.$field, &field(below, stringify!($field)),
                    )?,)*
                })
            }
        }
    };
}
pub(crate) use part;

/// A thing of the domain as the graph shows it: its own fields, what it is
/// linked to, and what else there is to ask about it.
macro_rules! output {
    ($(#[$doc:meta])* $name:ident of $domain:ty {
        $($(#[$meta:meta])* $field:ident: $kind:ty),* $(,)?
    }
    links {
        $($(#[$link_meta:meta])* $link:ident: $linked:ident = $key:ident),* $(,)?
    }
    plus { $($more:tt)* }) => {
        $(#[$doc])*
        pub struct $name(pub $domain);

        $(#[$doc])*
        #[async_graphql::Object]
        impl $name {
            $($(#[$meta])* async fn $field(&self) -> $kind {
                $crate::graphql::shape::Shown::shown(&self.0.$field)
            })*
            $($(#[$link_meta])* async fn $link(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> kit::Result<Option<$linked>> {
                Ok($crate::graphql::shape::linked(ctx, self.0.$key).await?.map($linked))
            })*
            $($more)*
        }

        impl From<$domain> for $name {
            fn from(it: $domain) -> Self {
                Self(it)
            }
        }

        impl $crate::graphql::shape::Shown<$name> for $domain {
            fn shown(&self) -> $name {
                $name(self.clone())
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
            /// 办理结果。What it is afterwards.
            #[derive(async_graphql::SimpleObject)]
            pub struct $payload {
                /// 办理后的情况。As it is afterwards.
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
                let ask = $crate::graphql::shape::asking(ctx, key);
                Ok($payload { $field: $app(&ask, given).await?.into() })
            })+
        }
    };
}
pub(crate) use mutations;

/// A thing by its id (an entity of the graph), and a page of them.
macro_rules! queries {
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
            ) -> kit::Result<Option<$kind>> {
                let id: $id = kit::graph::typed(&id, "id")?;
                Ok($crate::graphql::shape::linked(ctx, id).await?.map($kind))
            }

            $(#[$one_doc])*
            async fn $one(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "全局编号。Global id.")] id: async_graphql::ID,
            ) -> kit::Result<Option<$kind>> {
                let id: $id = kit::graph::typed(&id, "id")?;
                Ok($crate::graphql::shape::linked(ctx, id).await?.map($kind))
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
                let (state, caller) = $crate::graphql::shape::asked(ctx);
                let found = $list(state, caller, filter.unwrap_or_default(), &page).await?;
                Ok(kit::graph::connection(found, |it| (it.id.as_uuid(),), $kind))
            }
        }
    };
}
pub(crate) use queries;

/// Pages of things that have no page of their own.
macro_rules! pages {
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
            ) -> kit::Result<
                async_graphql::connection::Connection<kit::graph::Opaque, $kind>,
            > {
                let page = kit::graph::page(first, after, last, before)?;
                let filter: Option<$wanted> =
                    $crate::graphql::shape::Given::given(filter, "filter")?;
                let (state, caller) = $crate::graphql::shape::asked(ctx);
                let found = $list(state, caller, filter.unwrap_or_default(), &page).await?;
                Ok(kit::graph::connection(found, |it| (it.id.as_uuid(),), $kind))
            })+
        }
    };
}
pub(crate) use pages;
