//! What every service must have. A seventh service is noticed here first.

use std::{fs, path::Path};

use crate::tree;

/// What a service lacks, each as one line that says what to add.
pub fn missing(root: &Path, service: &str) -> Vec<String> {
    let folder = root.join("services").join(service);
    let mut lacks = Vec::new();
    let mut need = |there: bool, what: String| {
        if !there {
            lacks.push(format!("{service}: {what}"));
        }
    };
    need(
        folder.join("README.md").is_file(),
        "README.md: nouns, events, settings, runbook".into(),
    );
    need(
        folder.join("schema.graphql").is_file(),
        "schema.graphql: run `just schema`".into(),
    );
    need(
        holds(&folder.join("migrations"), "sql"),
        "migrations/*.sql".into(),
    );
    need(
        holds(&folder.join("policies"), "cedar"),
        "policies/*.cedar: who may do what".into(),
    );
    need(
        folder.join("tests/it/main.rs").is_file(),
        "tests/it/main.rs".into(),
    );
    need(
        holds(&root.join("proto/sanshe").join(service).join("v1"), "proto"),
        format!("proto/sanshe/{service}/v1/*.proto"),
    );
    need(
        names(&root.join("src/services.rs"), service),
        "a line in src/services.rs: the binary serves it and the gateway asks it".into(),
    );
    let schema = fs::read_to_string(folder.join("schema.graphql")).unwrap_or_default();
    let offered = operations(&schema);
    need(
        plays(&root.join("tests/e2e"), &offered) || plays(&root.join("src/demo"), &offered),
        "a part in an end-to-end story, tests/e2e: none of its operations is played there".into(),
    );
    let charts = root.join("charts/sanshe/values.yaml");
    need(
        !charts.exists() || names(&charts, service),
        "a component in charts/sanshe".into(),
    );
    lacks
}

/// Whether a folder holds a file that ends so.
fn holds(folder: &Path, extension: &str) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| {
        entries.any(|entry| {
            entry.is_ok_and(|entry| entry.path().extension().is_some_and(|e| e == extension))
        })
    })
}

/// Whether a file names the service as a word of its own.
fn names(file: &Path, service: &str) -> bool {
    fs::read_to_string(file).is_ok_and(|text| {
        text.split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|word| word == service)
    })
}

/// The mutations of a schema, or where there is none its queries.
fn operations(schema: &str) -> Vec<String> {
    let of = |root: &str| -> Vec<String> {
        schema
            .lines()
            .skip_while(|line| !line.trim_start_matches("extend ").starts_with(root))
            .skip(1)
            .take_while(|line| !line.starts_with('}'))
            // Fields are one level in; their arguments and descriptions are not.
            .filter(|line| line.starts_with('\t') && !line.starts_with("\t\t"))
            .filter_map(|line| line.trim().split(['(', ':']).next())
            .filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))
            .map(str::to_owned)
            .collect()
    };
    let mutations = of("type Mutation");
    if mutations.is_empty() {
        of("type Query")
    } else {
        mutations
    }
}

/// Whether a story in this folder plays one of the operations.
fn plays(folder: &Path, operations: &[String]) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| {
        entries.any(|entry| {
            entry.is_ok_and(|entry| {
                let path = entry.path();
                if path.is_dir() {
                    plays(&path, operations)
                } else {
                    operations.iter().any(|operation| names(&path, operation))
                }
            })
        })
    })
}

#[test]
fn every_service_has_all_its_parts() {
    let root = tree::root();
    let services = tree::services(&root);
    assert!(
        !services.is_empty(),
        "no service was found, so nothing was checked"
    );
    let lacks: Vec<String> = services
        .iter()
        .flat_map(|name| missing(&root, name))
        .collect();
    assert!(lacks.is_empty(), "missing:\n{}", lacks.join("\n"));
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTS: &[(&str, &str)] = &[
        ("services/childcare/src/serve.rs", ""),
        ("services/childcare/README.md", ""),
        (
            "services/childcare/schema.graphql",
            "type Mutation {\n\t\"\"\"\n\tRegisters.\n\t\"\"\"\n\tregisterPlace(\n\t\tinput: X!\n\t): Y\n}\n",
        ),
        ("services/childcare/migrations/1_create_places.sql", ""),
        ("services/childcare/policies/policies.cedar", ""),
        ("services/childcare/tests/it/main.rs", ""),
        ("proto/sanshe/childcare/v1/place.proto", ""),
        ("src/services.rs", "services!(childcare);"),
        (
            "tests/e2e/care.rs",
            "world.act(\"civil\", \"registerPlace\")",
        ),
        ("charts/sanshe/values.yaml", "components:\n  childcare: {}"),
    ];

    fn house(without: Option<&str>) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in PARTS {
            let path_here = folder.path().join(path);
            fs::create_dir_all(path_here.parent().unwrap()).unwrap();
            // The chart is only asked for where there are charts at all.
            let text = if without == Some(*path) && path.starts_with("charts") {
                "other"
            } else {
                text
            };
            if without != Some(*path) || path.starts_with("charts") {
                fs::write(path_here, text).unwrap();
            }
        }
        folder
    }

    #[test]
    fn a_whole_service_lacks_nothing() {
        let house = house(None);
        assert_eq!(tree::services(house.path()), ["childcare"]);
        assert_eq!(missing(house.path(), "childcare"), Vec::<String>::new());
    }

    #[test]
    fn the_operations_of_a_schema_are_its_mutations_or_else_its_queries() {
        let queries = "type Query {\n\tplace(\n\t\tid: ID!\n\t): Place\n\tplaces: Int\n}\n";
        assert_eq!(operations(queries), ["place", "places"]);
        assert_eq!(
            operations(&format!("{queries}{}", PARTS[2].1)),
            ["registerPlace"]
        );
    }

    #[test]
    fn each_missing_part_is_noticed() {
        for (part, _) in &PARTS[1..] {
            let house = house(Some(part));
            // Without its schema nobody knows what a story could play.
            let expected = if part.ends_with("schema.graphql") {
                2
            } else {
                1
            };
            assert_eq!(missing(house.path(), "childcare").len(), expected, "{part}");
        }
    }
}
