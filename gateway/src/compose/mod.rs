//! Subgraph schemas → one supergraph, or the reasons why not, told to the
//! person who owns the subgraph.
//!
//! The composing itself is a library's; what it leaves out is added in
//! [`federate`], and what it lets pass is caught in [`satisfy`].

mod cost;
mod external;
mod federate;
mod fieldset;
mod guards;
mod names;
mod parsed;
mod satisfy;
mod selections;
mod shareable;
mod translate;
mod types;
mod unused;

pub(crate) use fieldset::parse as parse_field_set;

use std::{collections::BTreeMap, fmt};

use cynic_parser::parse_type_system_document;
use graphql_composition::{Subgraphs, render_federated_sdl};
use hive_router_query_planner::utils::parsing::safe_parse_schema;
use kernel::{Lang, Refusal, refuse};

use self::parsed::Parsed;

/// The schema of one subgraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubgraphSchema {
    pub name: String,
    /// Where it is reached; written into the supergraph.
    pub url: String,
    /// Federation v2 SDL.
    pub sdl: String,
}

/// Why subgraphs do not compose, or a hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The subgraphs whose owners can act on it.
    pub subgraphs: Vec<String>,
    pub zh: String,
    pub en: String,
}

impl Problem {
    pub fn text(&self, lang: Lang) -> &str {
        lang.pick(&self.zh, &self.en)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "[{}] {}", self.subgraphs.join(", "), self.en)
    }
}

/// A supergraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    pub supergraph: String,
    pub hints: Vec<Problem>,
}

/// Composes. The same schemas in any order give the same text.
pub fn compose(subgraphs: &[SubgraphSchema]) -> Result<Composed, Vec<Problem>> {
    let mut sorted: Vec<_> = subgraphs.iter().collect();
    sorted.sort_by(|one, other| one.name.cmp(&other.name));
    check_names(&sorted)?;
    let mut problems = Vec::new();
    let mut parsed: Vec<Parsed<'_>> = Vec::with_capacity(sorted.len());
    for subgraph in &sorted {
        match Parsed::new(subgraph) {
            Ok(subgraph) => parsed.push(subgraph),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    types::check(&parsed)?;
    selections::check(&parsed)?;
    external::check(&parsed)?;
    unused::check(&parsed)?;
    let mut ingested = Subgraphs::default();
    for subgraph in &parsed {
        let (schema, document) = (subgraph.schema, &subgraph.document);
        let spread = shareable::spread(&subgraph.sdl, document, &subgraph.names);
        let spread = spread.and_then(|sdl| parse_type_system_document(&sdl).ok());
        let taken = spread.as_ref().unwrap_or(document);
        ingested.ingest(taken, &schema.name, Some(&schema.url));
    }
    let result = graphql_composition::compose(&mut ingested);
    let (mut hints, mut errors) = (Vec::new(), Vec::new());
    for diagnostic in result.diagnostics().iter() {
        let problem = translate::translate(diagnostic.message(), &sorted);
        if diagnostic.severity().is_error() {
            errors.push(problem);
        } else {
            hints.push(problem);
        }
    }
    let Ok(graph) = result.into_result() else {
        return Err(errors);
    };
    let broken = |detail: String| {
        vec![Problem {
            subgraphs: sorted.iter().map(|it| it.name.clone()).collect(),
            zh: format!("合成结果无法使用:{detail}"),
            en: format!("the composed graph cannot be used: {detail}"),
        }]
    };
    let text = render_federated_sdl(&graph).map_err(|error| broken(error.to_string()))?;
    let mut document = safe_parse_schema(&text).map_err(|error| broken(error.to_string()))?;
    let guards = guards::read(&parsed, |parsed, name| {
        federate::name_of(&document, parsed, name)
    })?;
    federate::guard(&mut document, &guards);
    let supergraph = federate::complete(document, &parsed).map_err(broken)?;
    satisfy::check(&supergraph)?;
    Ok(Composed { supergraph, hints })
}

/// All problems as one refusal, for logs and commands.
pub fn refusal(problems: &[Problem]) -> Refusal {
    let join = |lang| {
        let lines = problems
            .iter()
            .map(|it| format!("[{}] {}", it.subgraphs.join(", "), it.text(lang)));
        lines.collect::<Vec<_>>().join("\n")
    };
    let (zh, en) = (join(Lang::Zh), join(Lang::En));
    refuse!(Invalid, "COMPOSITION_FAILED",
        zh: "子图无法合成:\n{zh}", en: "the subgraphs do not compose:\n{en}")
}

fn check_names(subgraphs: &[&SubgraphSchema]) -> Result<(), Vec<Problem>> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let mut problems = Vec::new();
    for subgraph in subgraphs {
        let name = &subgraph.name;
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        // Names that differ only here would share one name in the join spec.
        let key = name.to_ascii_uppercase().replace('-', "_");
        if !is_name {
            problems.push(Problem {
                subgraphs: vec![name.clone()],
                zh: format!("子图名 {name:?} 无效:以字母开头,只含字母、数字、- 和 _"),
                en: format!(
                    "{name:?} is no subgraph name: a letter, then letters, digits, - and _"
                ),
            });
        } else if let Some(other) = seen.insert(key, name) {
            problems.push(Problem {
                subgraphs: vec![other.to_owned(), name.clone()],
                zh: format!("子图名 {other} 与 {name} 在超图中相同:不区分大小写,- 与 _ 相同"),
                en: format!(
                    "the subgraphs {other} and {name} have one name in the supergraph, where \
                     case does not count and - is _: rename one"
                ),
            });
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}
