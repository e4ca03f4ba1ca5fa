//! Every case over every transport; and every rule has a case.

use std::collections::BTreeSet;

use gateway::Parts;
use serde_json::{Value as Json, json};

use crate::{
    case::{self, Case, Question},
    graph::Graph,
    servers::{ALL, By, ask},
    settings::{chosen, setting},
};

/// What the graph promises; each must be covered by a case.
const PROMISED: [&str; 62] = [
    "R1",
    "R2",
    "R3",
    "R4",
    "R5",
    "R6",
    "R7",
    "R8",
    "R9",
    "R10",
    "R11",
    "R12",
    "R13",
    "R14",
    "R15",
    "R16",
    "R17",
    "R18",
    "P1",
    "P2",
    "P3",
    "P4",
    "P5",
    "P6",
    "@key-several",
    "@key-compound",
    "@key-nested",
    "@key-non-resolvable",
    "@shareable",
    "@external",
    "@requires",
    "@requires-arguments",
    "@requires-nested",
    "@requires-interface",
    "@requires-union",
    "@provides",
    "@provides-union",
    "@provides-interface",
    "@override",
    "@interfaceObject",
    "@inaccessible",
    "entity-interface",
    "abstract-members-differ",
    "enum-intersection",
    "fragment-inline",
    "fragment-named",
    "fragment-interface",
    "fragment-union",
    "fragment-nested",
    "@skip",
    "@include",
    "@skip-everything",
    "@include-fragment",
    "alias",
    "__typename",
    "null-key",
    "circular",
    "mutation-order",
    "nested-list",
    "non-null-bubbling",
    "subgraph-error",
    "input-object",
];

/// The errors of an answer, down to what a case says of them.
fn errors(answer: &Json, expected: &Json) -> Vec<String> {
    let wanted: Vec<&str> = expected["errors"]
        .as_array()
        .and_then(|errors| errors.first()?.as_object())
        .map_or_else(Vec::new, |error| error.keys().map(String::as_str).collect());
    let mut found: Vec<_> = answer["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|error| {
            let mut shown = json!({});
            for name in &wanted {
                let value = error
                    .get(name)
                    .or_else(|| error.pointer(&format!("/extensions/{name}")));
                shown[*name] = value.cloned().unwrap_or_default();
            }
            if wanted.is_empty() {
                error.to_string()
            } else {
                shown.to_string()
            }
        })
        .collect();
    found.sort();
    found
}

/// An answer is compared as text: the order of members is part of it.
pub fn text(answer: &Json) -> String {
    answer.to_string()
}

fn compare(case: &Case, question: &Question, by: &str, answer: &Json, failures: &mut Vec<String>) {
    let Some(expected) = &question.answer else {
        failures.push(format!(
            "{} {by}: no answer is expected yet: {answer}\n{}",
            case.name, question.query
        ));
        return;
    };
    let (own, wanted) = (errors(answer, expected), errors(expected, expected));
    if text(&answer["data"]) != text(&expected["data"]) || own != wanted {
        failures.push(format!(
            "{} {by}: {}\n  expected {}\n       got {}\n  errors expected {wanted:#?}\n  errors got {own:#?}",
            case.name, question.query, expected["data"], answer["data"]
        ));
    }
}

pub async fn run(case: &Case, by: By, parts: Parts, failures: &mut Vec<String>) {
    let graph = Graph::with(case, by, parts).await;
    for question in &case.questions {
        graph.begin();
        let answer = ask(&graph.gateway, question).await;
        compare(case, question, &format!("{by:?}"), &answer, failures);
        if let Some(calls) = &question.calls
            && graph.calls() != *calls
        {
            failures.push(format!(
                "{} {by:?}: {}\n  calls {:?}, expected {calls:?}",
                case.name,
                question.query,
                graph.calls()
            ));
        }
        for engine in &graph.engines {
            for (document, variables) in engine.asked.lock().unwrap().iter() {
                if setting("CASE").is_some() && by == By::Memory {
                    eprintln!(
                        "{}: {document} {}",
                        engine.name,
                        Json::Object(variables.clone())
                    );
                }
                let unasked = question
                    .unasked
                    .iter()
                    .filter(|(name, _)| *name == engine.name);
                for (_, text) in unasked.filter(|(_, text)| document.contains(text)) {
                    failures.push(format!(
                        "{} {by:?}: {} was asked for {text}: {document}",
                        case.name, engine.name
                    ));
                }
            }
        }
    }
}

pub fn finish(failures: &[String]) {
    assert!(
        failures.is_empty(),
        "{} failures\n{}",
        failures.len(),
        failures.join("\n\n")
    );
}

async fn over(by: By) {
    let mut failures = Vec::new();
    for case in case::all("cases").iter().filter(|it| chosen(&it.name)) {
        run(case, by, Parts::default(), &mut failures).await;
    }
    finish(&failures);
}

#[tokio::test]
async fn cases_hold_in_process() {
    over(By::Memory).await;
}

#[tokio::test]
async fn cases_hold_over_grpc() {
    over(By::Grpc).await;
}

#[tokio::test]
async fn cases_hold_over_http() {
    over(By::Http).await;
}

/// What the cases expect is not taken from the gateway: the same query over one
/// schema with the same data says the same.
#[tokio::test]
async fn one_schema_gives_the_expected_data() {
    let mut failures = Vec::new();
    for case in case::all("cases")
        .iter()
        .filter(|it| it.monolith && chosen(&it.name))
    {
        let graph = Graph::of(case, ALL[0]).await;
        let monolith = graph.monolith();
        for question in &case.questions {
            let Some(expected) = &question.answer else {
                continue;
            };
            graph.begin();
            let answer = monolith.answer(&question.query, question.variables.clone());
            let failed =
                |answer: &Json| answer["errors"].as_array().is_some_and(|it| !it.is_empty());
            if text(&answer["data"]) != text(&expected["data"])
                || failed(&answer) != failed(expected)
            {
                failures.push(format!(
                    "{}: {}\n  expected {expected}\n  one schema {answer}",
                    case.name, question.query
                ));
            }
        }
    }
    finish(&failures);
}

#[test]
fn every_promise_has_a_case() {
    let covered: BTreeSet<_> = case::all("cases")
        .into_iter()
        .flat_map(|it| it.covers)
        .collect();
    let missing: Vec<_> = PROMISED
        .iter()
        .filter(|it| !covered.contains(**it))
        .collect();
    assert!(missing.is_empty(), "no case covers {missing:?}");
    let unknown: Vec<_> = covered
        .iter()
        .filter(|it| !PROMISED.contains(&it.as_str()))
        .collect();
    assert!(
        unknown.is_empty(),
        "cases cover what nobody promised: {unknown:?}"
    );
    assert_eq!(ALL.len(), 3, "each transport has its test above");
}
