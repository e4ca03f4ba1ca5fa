//! A file past 400 lines becomes a folder of the same name.

use crate::tree;

/// Most lines of one source file.
const LIMIT: usize = 400;

/// Files that people write and read; generated ones and tests are exempt.
fn counted(path: &str) -> bool {
    tree::is_rust(path)
        && (path.starts_with("src/") || path.contains("/src/"))
        && !path.starts_with("proto/src/gen/")
        && !path.ends_with("/tests.rs")
}

/// Lines of a file without the tests at its end.
fn lines(text: &str) -> usize {
    let all: Vec<&str> = text.lines().collect();
    let tests = all
        .windows(2)
        .position(|pair| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod tests"));
    tests.unwrap_or(all.len())
}

#[test]
fn no_source_file_is_longer_than_the_limit() {
    let long: Vec<String> = tree::files()
        .iter()
        .filter(|path| counted(path))
        .filter_map(|path| {
            let lines = lines(&tree::text(path)?);
            (lines > LIMIT).then(|| format!("{path}: {lines} lines, the limit is {LIMIT}"))
        })
        .collect();
    assert!(
        long.is_empty(),
        "split into a folder of the same name:\n{}",
        long.join("\n")
    );
}

#[test]
fn generated_files_and_tests_are_exempt() {
    assert!(counted("src/cli/mod.rs") && counted("services/kit/src/db/mod.rs"));
    assert_eq!(lines("a\nb\n#[cfg(test)]\nmod tests {\n}\n"), 2);
    assert!(!counted("proto/src/gen/a.rs") && !counted("services/x/tests/it/main.rs"));
}
