//! The graph that is measured: shelves of books, who wrote them, who reviewed
//! them, how many there are. Four subgraphs, five calls, three levels deep.

use std::{
    collections::HashMap,
    fmt::Write as _,
    sync::{Mutex, OnceLock, PoisonError},
};

use bytes::Bytes;
use serde_json::Value as Json;

pub const QUERY: &str = "query Shelves { shelves { name books { title pages copies \
    author { name country } reviews { stars text by { name } } } } }";

const SHELVES: usize = 5;
const BOOKS: usize = 10;
const REVIEWS: usize = 3;
const AUTHORS: usize = 20;
const MEMBERS: usize = 30;

const LINK: &str = r#"extend schema @link(url: "https://specs.apollo.dev/federation/v2.3",
    import: ["@key", "@external", "@requires"])
"#;

/// Names and schemas.
pub fn subgraphs() -> [(&'static str, String); 4] {
    let of = |sdl: &str| format!("{LINK}{sdl}");
    [
        (
            "catalogue",
            of("type Query { shelves: [Shelf!]! }
                type Shelf { name: String! books: [Book!]! }
                type Book @key(fields: \"isbn\") { isbn: ID! title: String! pages: Int! author: Author }
                type Author @key(fields: \"id\") { id: ID! }"),
        ),
        (
            "people",
            of("type Author @key(fields: \"id\") { id: ID! name: String! country: String }
                type Member @key(fields: \"id\") { id: ID! name: String! }"),
        ),
        (
            "reviews",
            of("type Book @key(fields: \"isbn\") { isbn: ID! reviews: [Review!]! }
                type Review { stars: Int! text: String! by: Member }
                type Member @key(fields: \"id\") { id: ID! }"),
        ),
        (
            "stock",
            of("type Book @key(fields: \"isbn\") { isbn: ID! copies: Int! }"),
        ),
    ]
}

/// The book of a number, from which all the rest follows.
struct Book(usize);

impl Book {
    fn title(&self) -> String {
        format!("第 {} 卷", self.0)
    }

    const fn pages(&self) -> usize {
        100 + self.0 * 7
    }

    const fn author(&self) -> usize {
        self.0 % AUTHORS
    }

    const fn copies(&self) -> usize {
        self.0 % 4
    }

    fn reviews(&self) -> impl Iterator<Item = (usize, String, usize)> {
        let book = self.0;
        (0..REVIEWS).map(move |index| {
            let number = book * REVIEWS + index;
            (
                number % 5 + 1,
                format!("读后感 {number}: 值得一读,推荐给同一小区的邻居。"),
                number % MEMBERS,
            )
        })
    }
}

fn person(kind: &str, id: usize) -> String {
    format!("{kind} {id}")
}

fn list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    format!("[{}]", items.join(","))
}

fn books() -> impl Iterator<Item = (usize, Book)> {
    (0..SHELVES).flat_map(|shelf| (0..BOOKS).map(move |book| (shelf, Book(shelf * BOOKS + book))))
}

fn shelves(book: impl Fn(&Book) -> String) -> String {
    list((0..SHELVES).map(|shelf| {
        let books = books().filter(|(at, _)| *at == shelf);
        let books = list(books.map(|(_, it)| book(&it)));
        format!(r#"{{"name":"架 {shelf}","books":{books}}}"#)
    }))
}

/// The answer that every request must get, byte for byte.
pub fn expected() -> &'static Bytes {
    static EXPECTED: OnceLock<Bytes> = OnceLock::new();
    EXPECTED.get_or_init(|| {
        let shelves = shelves(|book| {
            let author = person("作者", book.author());
            let reviews = list(book.reviews().map(|(stars, text, by)| {
                let by = person("读者", by);
                format!(r#"{{"stars":{stars},"text":"{text}","by":{{"name":"{by}"}}}}"#)
            }));
            format!(
                r#"{{"title":"{}","pages":{},"copies":{},"author":{{"name":"{author}","country":"CN"}},"reviews":{reviews}}}"#,
                book.title(),
                book.pages(),
                book.copies(),
            )
        });
        format!(r#"{{"data":{{"shelves":{shelves}}}}}"#).into()
    })
}

/// What a subgraph answers. Made once per request that can be asked, then
/// taken from memory: the subgraphs shall cost next to nothing.
pub fn answer(subgraph: &str, query: &str, variables: &Bytes) -> Bytes {
    type Known = HashMap<(String, Bytes), Bytes>;
    static KNOWN: Mutex<Option<Known>> = Mutex::new(None);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_with(HashMap::new);
    let key = (format!("{subgraph}{query}"), variables.clone());
    if let Some(answer) = known.get(&key) {
        return answer.clone();
    }
    let answer = Bytes::from(make(subgraph, query, variables));
    known.insert(key, answer.clone());
    answer
}

fn make(subgraph: &str, query: &str, variables: &Bytes) -> String {
    if query.contains("_service") {
        let (_, sdl) = subgraphs()
            .into_iter()
            .find(|(name, _)| *name == subgraph)
            .unwrap();
        return serde_json::json!({ "data": { "_service": { "sdl": sdl } } }).to_string();
    }
    if subgraph == "catalogue" {
        let shelves = shelves(|book| {
            format!(
                r#"{{"__typename":"Book","isbn":"{}","title":"{}","pages":{},"author":{{"__typename":"Author","id":"{}"}}}}"#,
                book.0,
                book.title(),
                book.pages(),
                book.author(),
            )
        });
        return format!(r#"{{"data":{{"shelves":{shelves}}}}}"#);
    }
    let variables: Json = serde_json::from_slice(variables).unwrap();
    let mut data = String::new();
    // A batch of several `_entities` fields has a list for each; the query that
    // is measured asks for one kind per call.
    let (_, representations) = variables.as_object().unwrap().iter().next().unwrap();
    for representation in representations.as_array().unwrap() {
        let number = |key: &str| -> usize {
            let id = &representation[key];
            id.as_str().unwrap().parse().unwrap()
        };
        let kind = representation["__typename"].as_str().unwrap();
        let entity = match (subgraph, kind) {
            ("people", "Author") => format!(
                r#"{{"name":"{}","country":"CN"}}"#,
                person("作者", number("id"))
            ),
            ("people", _) => format!(r#"{{"name":"{}"}}"#, person("读者", number("id"))),
            ("stock", _) => format!(r#"{{"copies":{}}}"#, Book(number("isbn")).copies()),
            _ => {
                let reviews = list(Book(number("isbn")).reviews().map(|(stars, text, by)| {
                    format!(
                        r#"{{"stars":{stars},"text":"{text}","by":{{"__typename":"Member","id":"{by}"}}}}"#
                    )
                }));
                format!(r#"{{"reviews":{reviews}}}"#)
            }
        };
        let comma = if data.is_empty() { "" } else { "," };
        write!(data, "{comma}{entity}").unwrap();
    }
    let key = if query.contains("_e0") {
        "_e0"
    } else {
        "_entities"
    };
    format!(r#"{{"data":{{"{key}":[{data}]}}}}"#)
}
