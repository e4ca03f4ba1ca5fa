//! The queries that are shipped for others to send: a chart whose `helm test`
//! asks for a field that is gone fails where nobody can mend it, and so does a
//! guide that tells somebody in an office what to send.

use std::{collections::BTreeSet, fs, path::Path, sync::Arc};

use gateway::{
    compose::{SubgraphSchema, compose},
    config::Limits,
    peer::Peers,
    plan,
    supergraph::{Generation, Transports},
};
use sanshe::services::SERVICES;
use serde_json::{Map, Value};

use crate::support::{House, post};

/// What the guide's own words may stand for, each in backticks.
const CODE: [&str; 4] = [
    "services/*/src",
    "services/*/migrations",
    "services/*/schema.graphql",
    "gateway/src",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn is_kind(path: impl AsRef<Path>, kind: &str) -> bool {
    path.as_ref().extension().is_some_and(|it| it == kind)
}

/// What stands between two marks in a file.
fn between(path: &str, from: &str, to: &str) -> String {
    let text = read(path);
    let (_, rest) = text
        .split_once(from)
        .unwrap_or_else(|| panic!("{path} has no {from}"));
    rest.split_once(to).unwrap().0.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_query_that_is_shipped_is_answered() {
    let house = House::open().await;
    for (whose, query) in [
        (
            "helm test",
            between("charts/sanshe/values.yaml", "\n  query: \"", "\"\n"),
        ),
        (
            "the clients of the cluster test",
            between(
                "scripts/cluster/platform/load.py",
                "QUERY = \"\"\"",
                "\"\"\"",
            ),
        ),
        (
            "the README",
            between("README.md", "-d '{\"query\":\"", "\"}'"),
        ),
    ] {
        let body = serde_json::json!({ "query": query }).to_string();
        let answer = post(&house.platform.graph, &[], body).await.json();
        assert_eq!(answer.get("errors"), None, "{whose}: {query}");
        let fields = answer["data"].as_object().unwrap();
        assert!(!fields.is_empty(), "{whose} asks for nothing");
    }
}

/// A document of the guide, and the variables that stand below it.
struct Shown {
    at: String,
    document: String,
    variables: Map<String, Value>,
}

/// A page of the guide: its documents, and the words in backticks around them.
fn page(name: &str) -> (Vec<Shown>, Vec<(String, String)>) {
    let text = read(&format!("docs/guide/{name}"));
    let (mut shown, mut words): (Vec<Shown>, _) = (Vec::new(), Vec::new());
    let mut lines = (1..).zip(text.lines());
    // Whether what comes next would be the variables of the last document.
    let mut follows = false;
    while let Some((number, line)) = lines.next() {
        let at = format!("docs/guide/{name}:{number}");
        let Some(kind) = line.strip_prefix("```") else {
            follows = false;
            let marked = line.split('`').skip(1).step_by(2);
            words.extend(marked.map(|word| (at.clone(), word.to_owned())));
            continue;
        };
        let block: Vec<&str> = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| *line != "```")
            .collect();
        let block = block.join("\n");
        match (kind, shown.last_mut()) {
            ("graphql", _) => shown.push(Shown {
                at,
                document: block,
                variables: Map::new(),
            }),
            ("json", Some(last)) if follows => {
                last.variables = serde_json::from_str(&block)
                    .unwrap_or_else(|error| panic!("{at} is no object: {error}"));
            }
            _ => {}
        }
        follows = kind == "graphql";
    }
    (shown, words)
}

fn pages() -> Vec<String> {
    let folder = fs::read_dir(root().join("docs/guide")).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let pages: Vec<String> = names.filter(|name| is_kind(name, "md")).collect();
    assert!(pages.len() > 1, "there is no guide");
    pages
}

/// The graph as the gateway composes it, without anybody who would answer.
fn graph(limits: &Limits) -> Arc<Generation> {
    let subgraphs = SERVICES.iter().map(|service| SubgraphSchema {
        name: service.definition.name.to_owned(),
        url: format!("http://{}", service.definition.name),
        sdl: (service.sdl)(),
    });
    let composed = compose(&subgraphs.collect::<Vec<_>>()).unwrap();
    let graph = Generation::load(
        0,
        composed.supergraph,
        Transports::new(),
        &Peers::unused(),
        limits,
    );
    Arc::new(graph.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_document_of_the_guide_fits_the_graph() {
    let limits = Limits::default();
    let graph = graph(&limits);
    let mut wrong = Vec::new();
    for shown in pages().iter().flat_map(|name| page(name).0) {
        let at = shown.at;
        let prepared = match plan::outline(&graph, &shown.document, None, &limits).await {
            Ok(prepared) => prepared,
            Err(rejection) => {
                let errors = rejection.errors;
                wrong.push(format!("{at}: {errors:?}"));
                continue;
            }
        };
        if prepared.name.is_none() {
            wrong.push(format!("{at}: the operation has no name"));
        }
        let known = prepared.variables.iter().map(|it| &it.name);
        let known: BTreeSet<&String> = known.collect();
        let unknown = shown.variables.keys().filter(|it| !known.contains(it));
        wrong.extend(unknown.map(|it| format!("{at}: there is no ${it}")));
        if let Err(refusal) = plan::coerce(&graph.schema, &prepared.variables, shown.variables) {
            wrong.push(format!("{at}: {refusal:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Words that stand in quotes in the code, and names of fields, inputs and
/// values in the schemas.
fn known() -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    let mut folders: Vec<_> = CODE.iter().flat_map(|pattern| expand(pattern)).collect();
    while let Some(path) = folders.pop() {
        if path.is_dir() {
            folders.extend(fs::read_dir(path).unwrap().map(|it| it.unwrap().path()));
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        if is_kind(&path, "graphql") {
            let names = text
                .lines()
                .filter_map(|line| line.split(['(', ':']).next());
            known.extend(names.map(|name| name.trim().to_owned()));
        } else {
            known.extend(text.split(['"', '\'']).map(str::to_owned));
        }
    }
    known
}

/// The paths of a pattern with at most one star.
fn expand(pattern: &str) -> Vec<std::path::PathBuf> {
    let Some((before, after)) = pattern.split_once("*/") else {
        return vec![root().join(pattern)];
    };
    let folders = fs::read_dir(root().join(before)).unwrap();
    let paths = folders.map(|folder| folder.unwrap().path().join(after));
    paths.filter(|path| path.exists()).collect()
}

/// Whether a word in backticks names an operation, a value, a reason or the key
/// of a rule; file names, headers and accounts are none of these.
fn is_name(word: &str) -> bool {
    let all = |allowed: fn(char) -> bool| word.chars().all(allowed);
    let lower = word.starts_with(|c: char| c.is_ascii_lowercase());
    let camel = all(|c| c.is_ascii_alphabetic()) && word.contains(|c: char| c.is_ascii_uppercase());
    let code = all(|c| c.is_ascii_uppercase() || c == '_') && word.len() > 2;
    let key = all(|c| c.is_ascii_lowercase() || c == '_' || c == '.') && word.contains('.');
    code || lower && camel || key && !is_kind(word, "md")
}

#[test]
fn every_operation_reason_and_rule_that_the_guide_names_exists() {
    let known = known();
    // A key may stand for several: `com.ballot.quorum_percent`.
    let begins = |word: &str| {
        let from = known.range(word.to_owned()..).next();
        word.contains('.') && from.is_some_and(|it| it.starts_with(word))
    };
    let named = pages().into_iter().flat_map(|name| page(&name).1);
    let (mut found, mut wrong) = (0, Vec::new());
    for (at, word) in named.filter(|(_, word)| is_name(word)) {
        if known.contains(&word) || begins(&word) {
            found += 1;
        } else {
            wrong.push(format!("{at}: nothing is called {word}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(found > 0, "the guide names nothing");
}
