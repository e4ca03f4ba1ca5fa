//! A federated page: tenders, each with its community, the organisation that
//! won it and the need of a resident that it comes from. Beside it the same
//! subgraph calls, sent to the services one after another: what the services
//! and the wire cost without the gateway.

mod calls;
mod hands;
mod seed;
mod wire;

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use anyhow::{Context as _, Result, ensure};
use kit::config::Settings;
use sanshe::{
    demo::{client::Client, desk::Desk},
    platform::{Options, Platform},
    services::SERVICES,
};
use serde::Deserialize;
use testkit::Databases;

use crate::{
    measure::alternate,
    report::{Part, Unit},
    statements::{Counts, Statements},
    tell,
};
use calls::Calls;
use hands::Hands;
use wire::Wire;

const PAIRS: usize = 40;

/// How many tenders are on the page.
pub const TENDERS: usize = 50;

/// What a portal shows of the tenders of a county.
const PAGE: &str = "query Page($first: Int!) {
  tenders(first: $first) { edges { node {
    id title state budget
    community { name }
    award { amount organization { name } }
    need { title proposal { title state need { category description } } }
  } } }
}";

/// One call as the gateway explains it.
#[derive(Deserialize)]
struct Explained {
    service: String,
    level: usize,
    kind: String,
    representations: usize,
}

/// Measures the part.
pub async fn run(statements: &Statements) -> Result<Part> {
    let databases = Databases::create(SERVICES.iter().map(|it| it.definition.name)).await;
    let data = tempfile::tempdir()?;
    let any = ([127, 0, 0, 1], 0).into();
    let platform = Platform::start(Options {
        database_url: databases.app_url(),
        owner_database_url: databases.owner_url(),
        database_prefix: databases.prefix.clone(),
        redis_url: None,
        data: data.path().to_owned(),
        graph: any,
        issuer: any,
        graphiql: None,
        metrics: None,
    })
    .await?;
    platform.ready(Duration::from_mins(1)).await?;
    let settings = Settings {
        database_prefix: databases.prefix.clone(),
        ..Settings::default()
    };
    let desk = Desk::new(platform.issuer.clone(), &platform.data);

    let hands = Hands::new(Client::new(platform.graph.clone()), desk);
    let begun = std::time::Instant::now();
    let seeded = seed::seed(&hands).await;
    let outcome = match seeded {
        Ok(()) => {
            let seconds = begun.elapsed().as_secs();
            tell(&format!(
                "page: {} mutations through the graph made {TENDERS} awarded tenders in {seconds} s",
                hands.acts()
            ));
            // The planner's statistics are part of a database in use.
            analyze(&settings, &databases).await?;
            measure(&platform, &hands, statements).await
        }
        Err(error) => Err(error.context("the tenders of the page cannot be made")),
    };
    platform.stop().await;
    outcome
}

async fn analyze(settings: &Settings, databases: &Databases) -> Result<()> {
    use sqlx::Connection as _;
    for service in SERVICES {
        let url = settings.database_of(&databases.owner_url(), service.definition.name)?;
        let mut owner = sqlx::PgConnection::connect(&url).await?;
        sqlx::raw_sql("ANALYZE").execute(&mut owner).await?;
        owner.close().await?;
    }
    Ok(())
}

async fn measure(platform: &Platform, hands: &Hands, statements: &Statements) -> Result<Part> {
    let token = hands.token("civil").await?;
    let variables = serde_json::json!({ "first": TENDERS });
    let wire = Wire::new(&platform.graph, PAGE, &variables, &token)?;
    let complete = complete(&wire.ask(false).await?)?;
    let calls = Calls::record(platform, PAGE, &variables, &token).await?;

    let measured = alternate(
        PAIRS,
        async || wire.time().await,
        async || calls.time(&token).await,
    )
    .await?;

    statements.begin();
    let answer = wire.ask(true).await;
    let counts = statements.end();
    let mut explained: Vec<Explained> =
        serde_json::from_value(answer?["extensions"]["explain"]["calls"].take())
            .context("the gateway explained nothing")?;
    explained.sort_by(|a, b| (a.level, &a.service).cmp(&(b.level, &b.service)));
    ensure!(
        explained.len() == calls.len(),
        "the gateway made {} calls, and {} were recorded",
        explained.len(),
        calls.len()
    );

    let most = most_calls(&explained);
    ensure!(
        most == 1,
        "a service got {most} calls at one level:\n{}",
        below(&explained, &counts)
    );
    // A loader asks once in a call, however many keys it was given.
    let calls_of = |service: &String| explained.iter().filter(|it| it.service == *service).count();
    for (service, statements) in &counts {
        let often = statements
            .iter()
            .find(|(_, times)| **times > calls_of(service));
        ensure!(
            often.is_none(),
            "{service} ran {often:?} in {} calls:\n{}",
            calls_of(service),
            below(&explained, &counts)
        );
    }
    let repeated = counts.values().flat_map(BTreeMap::values).max();
    let run: usize = counts.values().flat_map(BTreeMap::values).sum();
    let mut part = Part::default();
    part.row(
        "federated page / its subgraph calls alone",
        Unit::Millis,
        &measured,
        &format!(
            "{complete}; {} subgraph calls, at most {most} per service and level; {run} SQL \
             statements, each at most {} times; the reference sends the same calls over gRPC one \
             after another",
            explained.len(),
            repeated.copied().unwrap_or_default(),
        ),
    );
    part.below(&below(&explained, &counts));
    Ok(part)
}

/// The most calls that one service got at one level.
fn most_calls(explained: &[Explained]) -> usize {
    let mut calls: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    for call in explained {
        *calls.entry((call.level, &call.service)).or_default() += 1;
    }
    calls.into_values().max().unwrap_or_default()
}

/// What is on the page; fails where it is not all of what was made.
fn complete(answer: &serde_json::Value) -> Result<String> {
    ensure!(answer.get("errors").is_none(), "{}", answer["errors"]);
    let edges = answer["data"]["tenders"]["edges"].as_array();
    let edges = edges.context("the page has no tenders")?;
    let having = |pointer: &str| {
        let there = |edge: &&serde_json::Value| {
            edge.pointer(pointer)
                .is_some_and(serde_json::Value::is_string)
        };
        edges.iter().filter(there).count()
    };
    let found = [
        edges.len(),
        having("/node/community/name"),
        having("/node/award/organization/name"),
        having("/node/need/proposal/need/category"),
    ];
    ensure!(
        found == [TENDERS; 4],
        "tenders, communities, organisations, needs of residents: {found:?}, not {TENDERS} each"
    );
    let distinct = |pointer: &str| {
        let mut names: Vec<_> = edges
            .iter()
            .filter_map(|edge| edge.pointer(pointer)?.as_str())
            .collect();
        names.sort_unstable();
        names.dedup();
        names.len()
    };
    Ok(format!(
        "{TENDERS} tenders of {} communities, won by {} organisations, from {TENDERS} needs of \
         residents, all made through the graph",
        distinct("/node/community/name"),
        distinct("/node/award/organization/name"),
    ))
}

/// The calls and the statements, one by one.
fn below(explained: &[Explained], counts: &Counts) -> String {
    let mut text = String::from(
        "The page, call by call (as the gateway explains it):\n\n\
         | level | service | kind | representations |\n|---:|---|---|---:|\n",
    );
    for call in explained {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            call.level, call.service, call.kind, call.representations
        );
    }
    text.push_str(
        "\nIts SQL (as the driver logs it within each call; `BEGIN` and `COMMIT` are not logged):\n\n\
         | service | times | statement |\n|---|---:|---|\n",
    );
    for (service, statements) in counts {
        for (statement, times) in statements {
            let _ = writeln!(text, "| {service} | {times} | `{}` |", short(statement));
        }
    }
    text
}

/// Enough of a statement to know it by.
fn short(statement: &str) -> String {
    const ENOUGH: usize = 90;
    let statement = statement.replace('|', "\\|");
    match statement.char_indices().nth(ENOUGH) {
        Some((at, _)) => format!("{} …", &statement[..at]),
        None => statement,
    }
}
