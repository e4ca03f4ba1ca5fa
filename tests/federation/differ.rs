//! Random queries: the federated graph and one schema with the same data agree.
//!
//! `just fuzz-federation QUERIES=500 SEED=7 CASE=shop` asks more, from another
//! seed, of one graph. A query that is answered differently is made smaller
//! before it is shown.

use std::{collections::BTreeMap, fmt::Write as _};

use graphql_tools::{
    parser::query::parse_query,
    validation::{rules::default_rules_validation_plan, validate::validate},
};
use serde_json::Value as Json;

use crate::{
    case::{self, Question},
    conform,
    engine::{Engine, types::Types},
    generate::{Generator, Query},
    graph::Graph,
    servers::{By, ask},
    settings::{chosen, number},
};

/// The queries of an ordinary test run, and where they begin.
const QUERIES: u64 = 60;
const SEED: u64 = 20_260_701;

fn is_valid(types: &Types, text: &str) -> bool {
    let document = parse_query::<String>(text)
        .unwrap_or_else(|error| panic!("{error}: {text}"))
        .into_static();
    validate(&types.document, &document, &default_rules_validation_plan()).is_empty()
}

/// How the two answers differ, where they do.
async fn difference(graph: &Graph, monolith: &Engine, query: &Query) -> Option<String> {
    let (text, variables) = query.print();
    if !is_valid(&monolith.types, &text) {
        return None;
    }
    let question = Question {
        query: text,
        variables,
        ..Question::default()
    };
    graph.begin();
    let ours = ask(&graph.gateway, &question).await;
    let theirs = monolith.answer(&question.query, question.variables.clone());
    let failed = |answer: &Json| answer["errors"].as_array().map_or(0, Vec::len);
    let same = conform::text(&ours["data"]) == conform::text(&theirs["data"])
        && (failed(&ours) > 0) == (failed(&theirs) > 0);
    (!same).then(|| {
        let mut calls = String::new();
        for engine in &graph.engines {
            for (document, variables) in engine.asked.lock().unwrap().iter() {
                let variables = Json::Object(variables.clone());
                let _ = writeln!(calls, "  {}: {document} {variables}", engine.name);
            }
        }
        format!(
            "{}\n  variables {}\n  federated  {ours}\n  one schema {theirs}\n{calls}",
            question.query,
            Json::Object(question.variables)
        )
    })
}

async fn smallest(graph: &Graph, monolith: &Engine, mut query: Query) -> String {
    let mut shown = difference(graph, monolith, &query).await.unwrap();
    let mut tries = 0;
    'again: loop {
        for smaller in query.smaller() {
            tries += 1;
            if tries > 3_000 {
                break 'again;
            }
            if let Some(text) = difference(graph, monolith, &smaller).await {
                (query, shown) = (smaller, text);
                continue 'again;
            }
        }
        break;
    }
    shown
}

#[tokio::test]
async fn random_queries_agree_with_one_schema() {
    let (queries, seed) = (number("QUERIES", QUERIES), number("SEED", SEED));
    let mut cases: Vec<_> = case::all("cases")
        .into_iter()
        .filter(|it| it.monolith && it.fuzz && it.only.is_empty() && chosen(&it.name))
        .collect();
    // The large graph comes last, and takes what the small ones leave.
    cases.sort_by_key(|it| it.name == "shop");
    let mut counts = BTreeMap::new();
    let mut mismatches = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        let graph = Graph::of(case, By::Memory).await;
        let monolith = graph.monolith();
        let texts: Vec<_> = graph.world.texts().into_iter().collect();
        let own = seed.wrapping_add(u64::try_from(index).unwrap() << 32);
        let mut generator = Generator::new(&monolith.types, texts, own);
        let share = if index + 1 == cases.len() {
            queries.saturating_sub(counts.values().sum())
        } else {
            queries / (2 * u64::try_from(cases.len()).unwrap())
        };
        let share = share.max(1);
        let (mut asked, mut tries, mut wrong) = (0, 0, 0);
        while asked < share && tries < share * 20 {
            tries += 1;
            let query = generator.query();
            if !is_valid(&monolith.types, &query.print().0) {
                continue;
            }
            asked += 1;
            if wrong < 3 && difference(&graph, &monolith, &query).await.is_some() {
                wrong += 1;
                let smallest = smallest(&graph, &monolith, query).await;
                mismatches.push(format!("{}: {smallest}", case.name));
            }
        }
        counts.insert(case.name.clone(), asked);
    }
    let total: u64 = counts.values().sum();
    eprintln!(
        "seed {seed}: {total} queries over {} graphs, {} mismatches",
        counts.len(),
        mismatches.len()
    );
    assert!(
        mismatches.is_empty(),
        "seed {seed}\n{}",
        mismatches.join("\n")
    );
}
