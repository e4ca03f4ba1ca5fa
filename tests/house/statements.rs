//! Statements name the columns they read. PostgreSQL keeps a prepared statement
//! to the columns it had: after a migration that only adds one, `SELECT *` of
//! the release that still serves fails, again and again on each connection,
//! until that connection ends.

use crate::tree;

/// Where a statement takes whatever columns there are: in its own result, that
/// is, and not in a subquery, whose columns the outside names.
fn open_lists(text: &str) -> Vec<usize> {
    let open = |line: &str| {
        let code = line.trim_start();
        if code.starts_with("//") {
            return false;
        }
        let words: Vec<&str> = line.split([' ', '"', ',', '(']).collect();
        let alias = |word: &str| {
            word.strip_suffix(".*").is_some_and(|name| {
                !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase())
            })
        };
        let whole = ["\"SELECT *", ") * FROM", "RETURNING *"];
        whole.iter().any(|it| line.contains(it)) || words.into_iter().any(alias)
    };
    text.lines()
        .enumerate()
        .filter_map(|(at, line)| open(line).then_some(at + 1))
        .collect()
}

#[test]
fn every_statement_names_the_columns_it_reads() {
    let found: Vec<String> = tree::files()
        .iter()
        .filter(|path| {
            tree::is_rust(path) && path.starts_with("services/") && path.contains("/src/")
        })
        .flat_map(|path| {
            let lines = open_lists(&tree::text(path).unwrap_or_default());
            lines.into_iter().map(move |line| format!("{path}:{line}"))
        })
        .collect();
    assert!(
        found.is_empty(),
        "name the columns, or an upgrade fails requests:\n{}",
        found.join("\n")
    );
}

#[test]
fn open_lists_are_found_and_others_are_not() {
    for open in [
        "query_as(\"SELECT * FROM needs WHERE id = $1\")",
        "    \"SELECT DISTINCT ON (trace_id) * FROM tenders",
        "    \"SELECT w.*, x FROM w",
        "             b.*, r.votes_for",
        "    \"UPDATE t SET a = 1 RETURNING *\"",
    ] {
        assert_eq!(open_lists(open), [1], "{open}");
    }
    for closed in [
        "    \"SELECT count(*) FROM needs\"",
        "    CROSS JOIN LATERAL (SELECT * FROM orders",
        "    // SELECT * FROM needs: \"SELECT *",
        "    let area = a.b * c;",
    ] {
        assert!(open_lists(closed).is_empty(), "{closed}");
    }
}
