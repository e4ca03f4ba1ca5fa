//! Three real subgraphs, made with async-graphql.

use std::sync::{Arc, atomic::AtomicUsize};

use async_graphql::{
    ComplexObject, Context, EmptyMutation, EmptySubscription, Enum, Error, ErrorExtensions as _,
    ID, Interface, Object, Schema, SimpleObject, Union,
};

/// A schema whose type the servers need not know.
pub type Run = Arc<
    dyn Fn(
            async_graphql::Request,
        ) -> futures_util::future::BoxFuture<'static, async_graphql::Response>
        + Send
        + Sync,
>;

/// The same for subscriptions.
pub type Stream = Arc<
    dyn Fn(
            async_graphql::Request,
        ) -> futures_util::stream::BoxStream<'static, async_graphql::Response>
        + Send
        + Sync,
>;

/// A subgraph: its schema as text and how to run it.
#[derive(Clone)]
pub struct Subgraph {
    pub name: &'static str,
    pub sdl: String,
    pub run: Run,
    pub stream: Stream,
    /// How many requests it has seen.
    pub calls: Arc<AtomicUsize>,
}

#[macro_export]
macro_rules! subgraph {
    ($name:literal, $schema:expr) => {{
        let schema = $schema;
        let sdl = schema.sdl_with_options(async_graphql::SDLExportOptions::new().federation());
        let calls = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let seen = std::sync::Arc::clone(&calls);
        let streaming = schema.clone();
        let run: $crate::library::Run = std::sync::Arc::new(move |request| {
            seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let schema = schema.clone();
            Box::pin(async move { schema.execute(request).await })
        });
        let stream: $crate::library::Stream =
            std::sync::Arc::new(move |request| Box::pin(streaming.execute_stream(request)));
        $crate::library::Subgraph {
            name: $name,
            sdl,
            run,
            stream,
            calls,
        }
    }};
}

/// The whole library.
pub fn all() -> Vec<Subgraph> {
    vec![catalogue(), members(), loans()]
}

// --- catalogue ---------------------------------------------------------------

#[derive(Clone, Copy, Eq, PartialEq, Enum)]
enum Shelf {
    Open,
    Closed,
}

#[derive(Clone, SimpleObject)]
struct Book {
    isbn: ID,
    title: String,
    pages: i32,
    shelf: Shelf,
    price: Option<f64>,
}

#[derive(Clone, SimpleObject)]
struct Magazine {
    issn: ID,
    title: String,
    issue: i32,
}

#[derive(Interface, Clone)]
#[graphql(field(name = "title", ty = "&String"))]
enum Item {
    Book(Book),
    Magazine(Magazine),
}

fn book(isbn: &str) -> Option<Book> {
    let (title, pages) = match isbn {
        "b1" => ("围城", 359),
        "b2" => ("边城", 120),
        "b3" => ("呐喊 \"1923\"", 240),
        _ => return None,
    };
    Some(Book {
        isbn: isbn.into(),
        title: title.to_owned(),
        pages,
        shelf: if isbn == "b3" {
            Shelf::Closed
        } else {
            Shelf::Open
        },
        price: (isbn != "b2").then_some(12.5),
    })
}

struct CatalogueQuery;

#[Object(name = "Query")]
impl CatalogueQuery {
    async fn books(&self) -> Vec<Book> {
        ["b1", "b2", "b3"].into_iter().filter_map(book).collect()
    }

    async fn book(&self, isbn: ID) -> Option<Book> {
        book(&isbn)
    }

    async fn items(&self) -> Vec<Item> {
        let magazine = Magazine {
            issn: "m1".into(),
            title: "读书".into(),
            issue: 7,
        };
        vec![Item::Book(book("b1").unwrap()), Item::Magazine(magazine)]
    }

    #[graphql(entity)]
    async fn find_book(&self, isbn: ID) -> Option<Book> {
        book(&isbn)
    }
}

fn catalogue() -> Subgraph {
    subgraph!(
        "catalogue",
        Schema::build(CatalogueQuery, EmptyMutation, EmptySubscription).finish()
    )
}

// --- members -----------------------------------------------------------------

#[derive(Clone, SimpleObject)]
struct Member {
    id: ID,
    name: String,
    /// Never there for `u2`, although it must be.
    #[graphql(guard = "Card")]
    card: String,
    phone: Option<String>,
}

struct Card;

impl async_graphql::Guard for Card {
    async fn check(&self, context: &Context<'_>) -> async_graphql::Result<()> {
        let lost = context.data_opt::<LostCards>().is_some();
        if !lost {
            return Ok(());
        }
        Err(Error::new("卡已挂失").extend_with(|_, extensions| {
            extensions.set("code", "FAILED_PRECONDITION");
            extensions.set("reason", "CARD_LOST");
        }))
    }
}

/// Switches the guard on, by a header in the servers.
pub struct LostCards;

fn member(id: &str) -> Option<Member> {
    let name = match id {
        "u1" => "张三",
        "u2" => "李四",
        _ => return None,
    };
    Some(Member {
        id: id.into(),
        name: name.to_owned(),
        card: format!("card-{id}"),
        phone: (id == "u1").then(|| "138".to_owned()),
    })
}

struct MembersQuery;

#[Object(name = "Query")]
impl MembersQuery {
    async fn me(&self, context: &Context<'_>) -> async_graphql::Result<Option<Member>> {
        let who = context.data_opt::<Caller>().map(|caller| caller.0.clone());
        match who.as_deref() {
            Some("Bearer boom") => Err(Error::new("SELECT * FROM members failed at 10.0.0.7:5432")),
            Some(token) => Ok(member(token.trim_start_matches("Bearer "))),
            None => Err(Error::new("请先登录").extend_with(|_, extensions| {
                extensions.set("code", "UNAUTHENTICATED");
                extensions.set("reason", "LOGIN_REQUIRED");
            })),
        }
    }

    async fn member(&self, id: ID) -> Option<Member> {
        member(&id)
    }

    #[graphql(entity)]
    async fn find_member(&self, id: ID) -> Option<Member> {
        member(&id)
    }
}

/// The `authorization` that reached the subgraph.
pub struct Caller(pub String);

fn members() -> Subgraph {
    subgraph!(
        "members",
        Schema::build(MembersQuery, EmptyMutation, EmptySubscription).finish()
    )
}

// --- loans -------------------------------------------------------------------

mod foreign {
    use super::{ComplexObject, Context, ID, Loan, Object, SimpleObject};

    #[derive(SimpleObject)]
    #[graphql(complex, extends)]
    pub struct Book {
        #[graphql(external)]
        pub isbn: ID,
        #[graphql(external)]
        pub pages: i32,
    }

    #[ComplexObject]
    impl Book {
        async fn loans(&self) -> Vec<Loan> {
            super::loans_where(|loan| loan.isbn == self.isbn.as_str())
        }

        /// Days a loan of the book may take, by its pages.
        #[graphql(requires = "pages")]
        async fn days(&self) -> i32 {
            self.pages / 10
        }
    }

    #[derive(SimpleObject)]
    #[graphql(complex, extends)]
    pub struct Member {
        #[graphql(external)]
        pub id: ID,
    }

    #[ComplexObject]
    impl Member {
        async fn loans(&self) -> Vec<Loan> {
            super::loans_where(|loan| loan.reader == self.id.as_str())
        }
    }

    pub struct Entities;

    #[Object]
    impl Entities {
        #[graphql(entity)]
        async fn find_book(
            &self,
            context: &Context<'_>,
            #[graphql(key)] isbn: ID,
            pages: Option<i32>,
        ) -> Book {
            let _ = context;
            Book {
                isbn,
                pages: pages.unwrap_or_default(),
            }
        }

        #[graphql(entity)]
        async fn find_member(&self, id: ID) -> Member {
            Member { id }
        }
    }
}

#[derive(Clone)]
pub struct Loan {
    number: i32,
    isbn: &'static str,
    reader: &'static str,
}

#[Object]
impl Loan {
    async fn number(&self) -> i32 {
        self.number
    }

    async fn book(&self) -> foreign::Book {
        foreign::Book {
            isbn: self.isbn.into(),
            pages: 0,
        }
    }

    async fn reader(&self) -> Option<foreign::Member> {
        Some(foreign::Member {
            id: self.reader.into(),
        })
    }
}

fn loans_where(keep: impl Fn(&Loan) -> bool) -> Vec<Loan> {
    let all = [(1, "b1", "u1"), (2, "b1", "u2"), (3, "b3", "u1")];
    let all = all.map(|(number, isbn, reader)| Loan {
        number,
        isbn,
        reader,
    });
    all.into_iter().filter(keep).collect()
}

#[derive(Union)]
enum Found {
    Loan(Loan),
    Notice(Notice),
}

#[derive(SimpleObject)]
struct Notice {
    text: String,
}

#[derive(Default)]
struct LoansQuery;

#[Object]
impl LoansQuery {
    async fn loans(&self) -> Vec<Loan> {
        loans_where(|_| true)
    }

    async fn search(&self) -> Vec<Found> {
        let mut found: Vec<_> = loans_where(|it| it.number == 3)
            .into_iter()
            .map(Found::Loan)
            .collect();
        found.push(Found::Notice(Notice {
            text: "闭馆".to_owned(),
        }));
        found
    }
}

#[derive(async_graphql::MergedObject)]
#[graphql(name = "Query")]
struct LoansRoot(LoansQuery, foreign::Entities);

#[derive(Default)]
struct LoansMutation {
    log: Arc<std::sync::Mutex<Vec<i32>>>,
}

#[Object(name = "Mutation")]
impl LoansMutation {
    /// Answers everything written so far, so that order shows.
    async fn lend(&self, number: i32) -> Vec<i32> {
        let mut log = self.log.lock().unwrap();
        log.push(number);
        log.clone()
    }
}

fn loans() -> Subgraph {
    subgraph!(
        "loans",
        Schema::build(
            LoansRoot(LoansQuery, foreign::Entities),
            LoansMutation::default(),
            EmptySubscription
        )
        .enable_federation()
        .finish()
    )
}
