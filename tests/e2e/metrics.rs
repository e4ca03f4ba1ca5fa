//! Every metric that a dashboard or an alert names is there in a scrape of a
//! platform that did its work. A dashboard over a name that nobody measures
//! shows an empty panel, and an alert over it never fires.

use std::{collections::BTreeSet, fs, path::Path, sync::Arc, time::Duration};

use kit::{lifecycle::pause, telemetry};
use tokio_util::sync::CancellationToken;

use crate::support::House;

const PREFIXES: &[&str] = &[
    "gateway_",
    "kit_",
    "sanshe_",
    "communities_",
    "eldercare_",
    "procurement_",
];

/// The names of metrics that an expression of the files below `charts` uses.
fn named() -> BTreeSet<String> {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("charts/sanshe/files");
    let mut texts = vec![fs::read_to_string(files.join("rules.yaml")).unwrap()];
    for board in fs::read_dir(files.join("dashboards")).unwrap() {
        texts.push(fs::read_to_string(board.unwrap().path()).unwrap());
    }
    texts.iter().flat_map(|text| names(text)).collect()
}

/// What is recorded by a rule has colons in its name and is none of ours.
fn names(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && !"_:".contains(c))
        .filter(|word| PREFIXES.iter().any(|prefix| word.starts_with(prefix)))
        .filter(|word| !word.contains(':'))
        .map(str::to_owned)
        .collect()
}

/// The names of series in a scrape.
fn scraped(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split(['{', ' ']).next())
        .map(str::to_owned)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_of_a_dashboard_or_an_alert_is_measured() {
    let metrics = telemetry::recorder().unwrap();
    let rendered = metrics.clone();
    let house = House::measured(Arc::new(move || rendered.render())).await;
    let mut world = house.world();
    sanshe::demo::seed::seed(&mut world).await.unwrap();
    sanshe::demo::story::play(&mut world).await.unwrap();

    let wanted = named();
    assert!(wanted.len() > 20, "the files name only {wanted:?}");
    let mut missing = wanted.clone();
    // Some are measured on a timer; all of them within a minute.
    for _ in 0..120 {
        let there = scraped(&metrics.render());
        missing = wanted.difference(&there).cloned().collect();
        if missing.is_empty() {
            break;
        }
        pause(&CancellationToken::new(), Duration::from_millis(500)).await;
    }
    assert!(missing.is_empty(), "nobody measures {missing:?}");
    let bounds = metrics.render();
    assert!(
        bounds.contains("gateway_request_seconds_bucket") && bounds.contains("le=\"1\""),
        "the objective of latency asks for requests below 1 s"
    );
    house.platform.stop().await;
}

#[test]
fn names_are_found_in_expressions() {
    assert_eq!(
        names(r#"sum(rate(kit_outbox_sent{namespace="x"}[5m])) / sanshe:calls:ratio"#),
        ["kit_outbox_sent"]
    );
    assert!(scraped("# HELP a b\nkit_jobs_due{queue=\"x\"} 1\n").contains("kit_jobs_due"));
}
