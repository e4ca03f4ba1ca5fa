//! What does not compose, and what is told to whom.

use std::{fs, path::PathBuf};

use gateway::compose::{SubgraphSchema, compose};
use kernel::Lang;
use serde_json::{Value as Json, json};

use crate::{
    case::{self, Case, folder},
    graph::Graph,
    servers::{By, ask},
    settings::{chosen, setting},
};

fn schemas(case: &Case) -> Vec<SubgraphSchema> {
    let schemas = case.subgraphs.iter().map(|(name, sdl)| SubgraphSchema {
        name: name.clone(),
        url: format!("http://{name}.invalid"),
        sdl: sdl.clone(),
    });
    schemas.collect()
}

#[test]
fn owners_are_told_why_and_where() {
    let mut failures = Vec::new();
    for case in case::all("refused").iter().filter(|it| chosen(&it.name)) {
        let Err(problems) = compose(&schemas(case)) else {
            failures.push(format!("{}: it composes", case.name));
            continue;
        };
        let lines = |lang| {
            let lines = problems.iter().map(|it| it.text(lang).to_owned());
            lines.collect::<Vec<_>>().join("\n")
        };
        let owners = problems.iter().map(|it| it.subgraphs.join(" "));
        let owners = owners.collect::<Vec<_>>().join("\n");
        for (what, told, expected) in [
            ("zh", lines(Lang::Zh), &case.zh),
            ("en", lines(Lang::En), &case.en),
            ("owners", owners, &case.owners),
        ] {
            if expected.as_ref() != Some(&told) {
                failures.push(format!(
                    "{}\n--- {what}\n{told}\n(expected {expected:?})",
                    case.name
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// The schemas that `scripts/compose-check` holds against another composer:
/// what we say of each, with the schema for clients and its introspection.
#[tokio::test]
#[ignore = "run by scripts/compose-check, which says where to write"]
async fn writes_what_another_composer_is_asked() {
    let target = PathBuf::from(setting("COMPOSE_CHECK").expect("COMPOSE_CHECK names a folder"));
    let services = folder("../../services");
    let mut own: Vec<(String, String)> = Vec::new();
    for entry in fs::read_dir(services).unwrap().flatten() {
        let schema = entry.path().join("schema.graphql");
        if schema.exists() {
            let name = entry.file_name().to_string_lossy().into_owned();
            own.push((name, fs::read_to_string(schema).unwrap()));
        }
    }
    own.sort();
    let platform = Case {
        name: "the services".to_owned(),
        subgraphs: own,
        ..Case::default()
    };
    let cases = case::all("cases")
        .into_iter()
        .chain(case::all("refused"))
        .chain([platform]);
    for case in cases {
        let outcome = compose(&schemas(&case));
        let problems: Vec<_> = outcome
            .as_ref()
            .err()
            .into_iter()
            .flatten()
            .map(ToString::to_string)
            .collect();
        let introspection = if outcome.is_ok() {
            introspect(&case).await
        } else {
            Json::Null
        };
        let subgraphs: Vec<_> = case
            .subgraphs
            .iter()
            .map(|(name, sdl)| json!({"name": name, "url": format!("http://{name}.invalid"), "sdl": sdl}))
            .collect();
        let written = json!({
            "name": case.name,
            "differs": case.differs,
            "subgraphs": subgraphs,
            "accepted": outcome.is_ok(),
            "problems": problems,
            "introspection": introspection,
        });
        let file = target.join(format!("{}.json", case.name.replace(' ', "-")));
        fs::write(file, written.to_string()).unwrap();
    }
}

/// The standard introspection query of client tools, answered by the gateway.
async fn introspect(case: &Case) -> Json {
    let graph = Graph::of(case, By::Memory).await;
    let question = case::Question {
        query: include_str!("introspection.graphql").to_owned(),
        ..case::Question::default()
    };
    let mut answer = ask(&graph.gateway, &question).await;
    assert!(
        answer.get("errors").is_none(),
        "{}: {}",
        case.name,
        answer["errors"]
    );
    answer["data"].take()
}
