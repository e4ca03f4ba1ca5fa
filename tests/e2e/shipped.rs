//! The queries that are shipped for others to send: a chart whose `helm test`
//! asks for a field that is gone fails where nobody can mend it.

use std::{fs, path::Path};

use crate::support::{House, post};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
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
