//! No file names the machine it was written on.

use crate::tree;

/// This file holds the list, and lock files and pictures are not prose.
fn read(path: &str) -> bool {
    path != "tests/house/machine.rs" && path != "Cargo.lock"
}

/// Folders of somebody's machine.
const FOLDERS: &[&str] = &["/work/", "/root/", "/Users/", "/home/"];

/// What of a machine a text names: line number and word.
fn named(text: &str) -> Vec<(usize, &'static str)> {
    text.lines()
        .enumerate()
        .flat_map(|(at, line)| {
            FOLDERS.iter().filter_map(move |folder| {
                let mut starts = line.match_indices(folder).map(|(start, _)| start);
                // `../work/` and `graph/root/` are relative, not of a machine.
                let absolute = |start: usize| {
                    !line[..start].ends_with(|c: char| c.is_alphanumeric() || "._-}$/".contains(c))
                };
                starts.any(absolute).then_some((at + 1, *folder))
            })
        })
        .collect()
}

#[test]
fn no_file_names_a_machine() {
    let found: Vec<String> = tree::files()
        .iter()
        .filter(|path| read(path))
        .filter_map(|path| Some((path, tree::text(path)?)))
        .flat_map(|(path, text)| {
            named(&text)
                .into_iter()
                .map(|(line, folder)| format!("{path}:{line}: {folder}"))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(
        found.is_empty(),
        "paths of one machine:\n{}",
        found.join("\n")
    );
}

#[test]
fn an_absolute_path_is_noticed_and_a_relative_one_is_not() {
    assert_eq!(named("see /work/main"), [(1, "/work/")]);
    assert_eq!(named("\"/home/li/x\""), [(1, "/home/")]);
    assert_eq!(named("../shared/work/a graph/root/b"), []);
}
