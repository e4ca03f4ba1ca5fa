//! Migrations run in the order of their numbers, so no two of a crate have one:
//! a database would take either for the other, and refuse to start.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crate::tree;

/// The numbers that two migrations of a folder have, with their names.
fn doubled(folder: &Path) -> Vec<String> {
    let mut by_number: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some((number, _)) = name.split_once('_') {
            by_number.entry(number.to_owned()).or_default().push(name);
        }
    }
    let doubled = by_number.into_values().filter(|names| names.len() > 1);
    doubled
        .map(|mut names| {
            names.sort();
            names.join(" and ")
        })
        .collect()
}

fn folders() -> Vec<PathBuf> {
    let services = fs::read_dir(tree::root().join("services")).unwrap();
    let folders = services.map(|entry| entry.unwrap().path().join("migrations"));
    folders.filter(|folder| folder.is_dir()).collect()
}

#[test]
fn each_migration_has_a_number_of_its_own() {
    let folders = folders();
    assert!(folders.len() > 6, "kit and the services have migrations");
    let doubled: Vec<String> = folders.iter().flat_map(|it| doubled(it)).collect();
    assert!(
        doubled.is_empty(),
        "one number for two migrations: {doubled:#?}"
    );
}

#[test]
fn two_of_one_number_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "20260101000001_a.sql",
        "20260101000001_b.sql",
        "20260101000002_c.sql",
    ] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    let found = doubled(folder.path());
    assert_eq!(found, ["20260101000001_a.sql and 20260101000001_b.sql"]);
}
