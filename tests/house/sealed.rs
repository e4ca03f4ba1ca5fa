//! Personal data is sealed in columns whose names end in `_enc` or `_sealed`;
//! each of them must be among those that a rotation of keys renews, or its rows
//! would need a key that was thrown away.

use std::fs;

use crate::tree;

/// The sealed columns that a migration makes, as `table.column`.
fn made(sql: &str) -> Vec<String> {
    let mut table = "";
    let mut found = Vec::new();
    for line in sql.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (column, of) = match words.as_slice() {
            ["CREATE" | "ALTER", "TABLE", name, rest @ ..] => {
                table = name;
                match rest {
                    ["ADD", "COLUMN", column, of, ..] => (*column, *of),
                    _ => continue,
                }
            }
            ["ADD", "COLUMN", column, of, ..] | [column, of, ..] => (*column, *of),
            _ => continue,
        };
        let is_sealed = column.ends_with("_enc") || column.ends_with("_sealed");
        if is_sealed && of.starts_with("bytea") {
            found.push(format!("{table}.{column}"));
        }
    }
    found
}

/// The columns that a service renews.
fn renewed(source: &str) -> Vec<String> {
    let value = |line: &str, name: &str| {
        let text = line.trim().strip_prefix(name)?.strip_prefix(": \"")?;
        Some(text.trim_end_matches("\",").to_owned())
    };
    let tables = source.lines().filter_map(|line| value(line, "table"));
    let columns = source.lines().filter_map(|line| value(line, "column"));
    tables
        .zip(columns)
        .map(|(table, column)| format!("{table}.{column}"))
        .collect()
}

#[test]
fn every_sealed_column_is_renewed_when_keys_rotate() {
    let mut columns = 0;
    let mut forgotten = Vec::new();
    for entry in fs::read_dir(tree::root().join("services")).expect("a folder") {
        let service = entry.expect("an entry").path();
        let source = fs::read_to_string(service.join("src/store/sealed.rs")).unwrap_or_default();
        let renewed = renewed(&source);
        for file in fs::read_dir(service.join("migrations"))
            .into_iter()
            .flatten()
        {
            let sql = fs::read_to_string(file.expect("an entry").path()).expect("a text");
            for column in made(&sql) {
                columns += 1;
                if !renewed.contains(&column) {
                    forgotten.push(format!("{}: {column}", service.display()));
                }
            }
        }
    }
    assert!(columns > 10, "{columns} sealed columns were found");
    assert!(forgotten.is_empty(), "no renewal for {forgotten:#?}");
}

#[test]
fn a_column_is_noticed_however_it_is_made() {
    let sql = "CREATE TABLE a (\n    x_enc bytea NOT NULL,\n    y_enc text\n);
ALTER TABLE b ADD COLUMN y_sealed bytea;\nALTER TABLE c\n    ADD COLUMN z_enc bytea,\n";
    assert_eq!(made(sql), ["a.x_enc", "b.y_sealed", "c.z_enc"]);
    let source = "SealedColumn {\n    table: \"a\",\n    column: \"x_enc\",\n    of: \"id\",\n}";
    assert_eq!(renewed(source), ["a.x_enc"]);
}
