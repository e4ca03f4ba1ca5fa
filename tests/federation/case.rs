//! A case: subgraphs, data, queries and what they must answer, in one file.
//!
//! ```text
//! What the case shows.
//! covers: @key R6
//! fuzz: no (why random queries leave it out, although the one schema agrees)
//! monolith: no (why the same query over one schema answers something else)
//! --- subgraph products
//! type Query { … }            the link to the federation spec is added
//! --- data
//! {"Product/1": {"id": "1", "maker": "@Maker/m"}}
//! --- only reviews
//! {"Product/1": {"name": "what only this subgraph answers"}}
//! --- query
//! { … }
//! --- variables
//! {"id": "1"}
//! --- answer
//! {"data": {…}, "errors": [{"path": […], "code": "…"}]}
//! --- calls
//! {"products": 1}
//! --- unasked
//! reviews: text that no document to this subgraph may hold
//! ```
//!
//! Each `query` begins a new question; the sections after it belong to it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value as Json};

pub const LINK: &str = r#"extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
    import: ["@key", "@shareable", "@external", "@requires", "@provides", "@override", "@tag",
        "@interfaceObject", "@inaccessible", "@authenticated", "@requiresScopes", "@policy", "FieldSet"])
"#;

/// One request and what must come of it.
#[derive(Clone, Debug, Default)]
pub struct Question {
    pub query: String,
    pub variables: Map<String, Json>,
    pub headers: BTreeMap<String, String>,
    pub answer: Option<Json>,
    pub calls: Option<BTreeMap<String, usize>>,
    pub unasked: Vec<(String, String)>,
}

/// Subgraphs with data and questions.
#[derive(Clone, Debug, Default)]
pub struct Case {
    pub name: String,
    pub about: String,
    pub covers: BTreeSet<String>,
    /// Whether one schema with the same data gives the same answers.
    pub monolith: bool,
    /// Whether random queries are asked of it.
    pub fuzz: bool,
    pub subgraphs: Vec<(String, String)>,
    pub data: Map<String, Json>,
    /// Subgraph → what it knows otherwise.
    pub only: BTreeMap<String, Map<String, Json>>,
    pub questions: Vec<Question>,
    /// What composition says instead, in Chinese and in English.
    pub zh: Option<String>,
    pub en: Option<String>,
    /// The owners that are told.
    pub owners: Option<String>,
    /// Why the second composer answers otherwise, where it does.
    pub differs: Option<String>,
}

pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/federation")
        .join(name)
}

/// All cases of a folder, by name.
pub fn all(name: &str) -> Vec<Case> {
    let mut paths: Vec<_> = fs::read_dir(folder(name))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "case"))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| {
            read(
                path.file_stem().unwrap().to_str().unwrap(),
                &fs::read_to_string(path).unwrap(),
            )
        })
        .collect()
}

fn json<T: serde::de::DeserializeOwned>(case: &str, section: &str, text: &str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{case}: {section}: {error}\n{text}"))
}

pub fn read(name: &str, text: &str) -> Case {
    let mut case = Case {
        name: name.to_owned(),
        monolith: true,
        fuzz: true,
        ..Case::default()
    };
    let mut sections = text.split("\n--- ");
    for line in sections.next().unwrap().lines() {
        if let Some(list) = line.strip_prefix("covers:") {
            case.covers
                .extend(list.split_whitespace().map(str::to_owned));
        } else if line.starts_with("monolith: no") {
            case.monolith = false;
        } else if line.starts_with("fuzz: no") {
            case.fuzz = false;
        } else if let Some(why) = line.strip_prefix("differs:") {
            case.differs = Some(why.trim().to_owned());
        } else {
            case.about.push_str(line);
            case.about.push('\n');
        }
    }
    for section in sections {
        let (head, body) = section.split_once('\n').unwrap_or((section, ""));
        let body = body.trim();
        let (kind, of) = head.trim().split_once(' ').unwrap_or((head.trim(), ""));
        match kind {
            "subgraph" => {
                let sdl = if body.contains("@link(") {
                    body.to_owned()
                } else {
                    format!("{LINK}{body}")
                };
                case.subgraphs.push((of.to_owned(), sdl));
            }
            "data" => case.data = json(name, head, body),
            "only" => {
                case.only.insert(of.to_owned(), json(name, head, body));
            }
            "zh" => case.zh = Some(body.to_owned()),
            "en" => case.en = Some(body.to_owned()),
            "owners" => case.owners = Some(body.to_owned()),
            "query" => case.questions.push(Question {
                query: body.to_owned(),
                ..Question::default()
            }),
            _ => {
                let question = case.questions.last_mut().expect("a query comes first");
                match kind {
                    "variables" => question.variables = json(name, head, body),
                    "headers" => question.headers = json(name, head, body),
                    "answer" => question.answer = Some(json(name, head, body)),
                    "calls" => question.calls = Some(json(name, head, body)),
                    "unasked" => {
                        let lines = body.lines().map(|line| line.split_once(": ").unwrap());
                        question
                            .unasked
                            .extend(lines.map(|(of, text)| (of.to_owned(), text.to_owned())));
                    }
                    _ => panic!("{name}: no section is called {kind}"),
                }
            }
        }
    }
    case
}
