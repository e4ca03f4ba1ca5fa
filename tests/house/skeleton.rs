//! What `just new-service` writes: it keeps the house rules as it is written,
//! and lacks only what a person has to decide. Nothing is built here.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::{complete, manifests, rooms, tree};

/// A checkout with no more than the script needs, and the rendered service.
fn rendered(service: &str, noun: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let needed = [
        "Cargo.toml",
        "rustfmt.toml",
        "src/services.rs",
        "proto/src/lib.rs",
    ];
    for path in tree::files()
        .iter()
        .filter(|path| path.starts_with("scripts/") || needed.contains(&path.as_str()))
    {
        let to = folder.path().join(path);
        fs::create_dir_all(to.parent().expect("a folder")).expect("the folder is made");
        fs::copy(tree::root().join(path), to).expect("the file is copied");
    }
    let told = Command::new("bash")
        .args(["scripts/new-service", "--render", service, noun])
        .current_dir(folder.path())
        .output()
        .expect("bash runs");
    let why = String::from_utf8_lossy(&told.stderr);
    assert!(told.status.success(), "new-service: {why}");
    folder
}

/// All files below a folder, relative to the root.
fn below(root: &Path, folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![root.join(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("the folder can be read") {
            let path: PathBuf = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let relative = path.strip_prefix(root).expect("below the root");
                found.push(relative.to_string_lossy().into_owned());
            }
        }
    }
    found
}

fn read(root: &Path, path: &str) -> String {
    fs::read_to_string(root.join(path)).expect("the file can be read")
}

#[test]
fn a_new_service_keeps_the_house_rules() {
    for (service, noun) in [("childcare", "place"), ("library", "reading_room")] {
        let folder = rendered(service, noun);
        let root = folder.path();
        assert_eq!(tree::services(root), [service]);
        let known = [service.to_owned()];
        let files = below(root, &format!("services/{service}"));
        let mut found = Vec::new();
        for path in &files {
            let text = read(root, path);
            found.extend(rooms::violations(path, &text, &known));
            let marks = [
                "__service__",
                "__noun__",
                "__nouns__",
                "__Noun__",
                "__NOUN__",
            ];
            let left = marks
                .iter()
                .filter(|mark| text.contains(*mark) || path.contains(*mark));
            found.extend(left.map(|mark| format!("{path}: {mark} is left")));
        }
        let manifest = read(root, &format!("services/{service}/Cargo.toml"));
        found.extend(manifests::violations(service, &manifest, &known));
        assert!(found.is_empty(), "{}", found.join("\n"));
        assert!(files.len() > 15, "{files:?}");

        // Its schema is made by building it; its part in a story by a person.
        let lacks = complete::missing(root, service);
        assert_eq!(lacks.len(), 2, "{lacks:?}");
        assert!(lacks[0].contains("schema.graphql") && lacks[1].contains("story"));

        for (list, line) in [
            ("Cargo.toml", format!("package = \"sanshe-{service}\"")),
            ("Cargo.toml", format!("{service}.workspace = true")),
            ("proto/src/lib.rs", format!("sanshe.{service}.v1.rs")),
        ] {
            assert!(read(root, list).contains(&line), "{list}: {line}");
        }
    }
}

#[test]
fn a_new_service_is_formatted_as_the_house_is() {
    let folder = rendered("childcare", "place");
    let told = Command::new("rustfmt")
        .args([
            "--check",
            "--edition",
            "2024",
            "--config-path",
            "rustfmt.toml",
        ])
        .args([
            "services/childcare/src/lib.rs",
            "services/childcare/tests/it/main.rs",
        ])
        .current_dir(folder.path())
        .output()
        .expect("rustfmt runs");
    let told = format!(
        "{}{}",
        String::from_utf8_lossy(&told.stdout),
        String::from_utf8_lossy(&told.stderr)
    );
    assert!(told.is_empty(), "{told}");
}

#[test]
fn a_name_that_is_taken_or_no_name_is_refused() {
    let folder = rendered("childcare", "place");
    for (args, why) in [
        (vec!["childcare"], "is there already"),
        (vec!["Child-Care"], "lower-case letters"),
        (vec!["nursery", "Big Room"], "lower-case words"),
        (vec![], "usage"),
    ] {
        let told = Command::new("bash")
            .args(["scripts/new-service", "--render"])
            .args(&args)
            .current_dir(folder.path())
            .output()
            .expect("bash runs");
        let said = String::from_utf8_lossy(&told.stderr);
        assert!(
            !told.status.success() && said.contains(why),
            "{args:?}: {said}"
        );
    }
}
