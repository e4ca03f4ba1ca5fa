//! Which crate may depend on which.

use crate::tree;

/// Crates of the house that a crate may have; everything else of the house is
/// forbidden to it.
fn allowed(owner: &str, services: &[String]) -> Option<Vec<String>> {
    let list = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    match owner {
        // Clients know the graph and nothing of its makers.
        "kernel" | "proto" | "proto/codegen" | "tests/load" => list(&[]),
        "kit" | "gateway" => list(if owner == "kit" {
            &["kernel", "proto"]
        } else {
            &["kernel", "kit", "proto"]
        }),
        "testkit" => list(&["kernel", "kit", "proto"]),
        "fuzz" => list(&["gateway"]),
        // Composes as the gateway does; what it runs on is the binary's.
        "k8s/operator" => list(&["kernel", "gateway", "proto"]),
        "." => {
            let mut all = vec![
                "kernel".to_owned(),
                "kit".into(),
                "proto".into(),
                "gateway".into(),
                "operator".into(),
            ];
            all.extend(services.iter().cloned());
            Some(all)
        }
        other if services.iter().any(|name| name == other) => list(&["kernel", "kit", "proto"]),
        _ => None,
    }
}

/// Crates that the pure building blocks do without.
const NOT_IN_KERNEL: &[&str] = &["tokio", "sqlx", "async-graphql", "tonic", "axum"];

/// Every forbidden dependency in one manifest. `owner` is the crate's short
/// name: the folder below `services/`, or `gateway`, `proto`, `.`.
pub fn violations(owner: &str, manifest: &str, services: &[String]) -> Vec<String> {
    let Some(allowed) = allowed(owner, services) else {
        return vec![format!(
            "{owner}: a crate that ARCHITECTURE.md does not know"
        )];
    };
    let mut house = vec![
        "kernel".to_owned(),
        "kit".into(),
        "testkit".into(),
        "proto".into(),
        "gateway".into(),
        "operator".into(),
    ];
    house.extend(services.iter().cloned());
    let mut found = Vec::new();
    let mut section = String::new();
    for line in manifest.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[') {
            name.trim_end_matches(']').clone_into(&mut section);
            // `[dependencies.procurement]` names a crate as well.
            if let Some((kind, name)) = split_section(&section) {
                found.extend(judge(owner, kind, name, "", &allowed, &house));
            }
            continue;
        }
        if let Some(kind) = kind_of(&section)
            && let Some((name, value)) = line.split_once(['=', '.'])
        {
            found.extend(judge(owner, kind, name.trim(), value, &allowed, &house));
        }
    }
    found
}

fn kind_of(section: &str) -> Option<&'static str> {
    let last = section.rsplit('.').next()?;
    ["dev-dependencies", "build-dependencies", "dependencies"]
        .into_iter()
        .find(|kind| last == *kind && !section.starts_with("workspace"))
}

fn split_section(section: &str) -> Option<(&'static str, &str)> {
    let (before, name) = section.rsplit_once('.')?;
    Some((kind_of(before)?, name))
}

fn judge(
    owner: &str,
    kind: &str,
    name: &str,
    value: &str,
    allowed: &[String],
    house: &[String],
) -> Option<String> {
    // A crate of the house may hide under another name.
    let real = house
        .iter()
        .find(|crate_name| {
            name == *crate_name
                || value.contains(&format!("\"sanshe-{crate_name}\""))
                || value.contains(&format!("/{crate_name}\""))
        })
        .map_or(name, |found| found.as_str());
    if owner == "kernel" && kind == "dependencies" && NOT_IN_KERNEL.contains(&real) {
        return Some(format!(
            "{owner}: the pure building blocks do without {real}"
        ));
    }
    if !house.iter().any(|crate_name| crate_name == real) {
        return None;
    }
    if real == "testkit" {
        return (kind != "dev-dependencies").then(|| format!("{owner}: testkit is for tests only"));
    }
    (!allowed.iter().any(|name| name == real)).then(|| format!("{owner}: may not depend on {real}"))
}

#[test]
fn no_crate_has_a_forbidden_dependency() {
    let services = tree::services(&tree::root());
    let mut found = Vec::new();
    for path in tree::files()
        .iter()
        // The skeleton of a service becomes a crate where it is copied to.
        .filter(|path| path.ends_with("Cargo.toml") && !path.starts_with("scripts/"))
    {
        let folder = path.trim_end_matches("Cargo.toml").trim_end_matches('/');
        let owner = if folder.is_empty() {
            "."
        } else {
            folder.trim_start_matches("services/")
        };
        // A service that cannot be served yet is judged as a service already.
        let mut known = services.clone();
        if folder.starts_with("services/") && !matches!(owner, "kernel" | "kit" | "testkit") {
            known.push(owner.to_owned());
        }
        found.extend(violations(
            owner,
            &tree::text(path).unwrap_or_default(),
            &known,
        ));
    }
    assert!(
        found.is_empty(),
        "forbidden dependencies:\n{}",
        found.join("\n")
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(owner: &str, manifest: &str) -> Vec<String> {
        violations(
            owner,
            manifest,
            &["procurement".to_owned(), "eldercare".to_owned()],
        )
    }

    #[test]
    fn catches_each_forbidden_dependency() {
        for (owner, manifest) in [
            ("kernel", "[dependencies]\ntokio.workspace = true"),
            ("kernel", "[dependencies]\nsqlx = \"1\""),
            ("kernel", "[dependencies]\nkit.workspace = true"),
            ("kit", "[dependencies]\nprocurement.workspace = true"),
            ("kit", "[dependencies]\ngateway.workspace = true"),
            ("gateway", "[dependencies]\neldercare.workspace = true"),
            ("gateway", "[dev-dependencies]\neldercare.workspace = true"),
            ("gateway", "[dependencies]\noperator.workspace = true"),
            ("k8s/operator", "[dependencies]\nkit.workspace = true"),
            ("procurement", "[dependencies]\noperator.workspace = true"),
            ("procurement", "[dependencies]\neldercare.workspace = true"),
            (
                "procurement",
                "[dependencies]\nother = { package = \"sanshe-eldercare\", path = \"x\" }",
            ),
            (
                "procurement",
                "[dependencies]\nother = { path = \"../eldercare\" }",
            ),
            (
                "procurement",
                "[target.'cfg(unix)'.dependencies]\ngateway.workspace = true",
            ),
            ("procurement", "[dependencies.eldercare]\nworkspace = true"),
            ("procurement", "[dependencies]\ntestkit.workspace = true"),
            (".", "[dependencies]\ntestkit.workspace = true"),
            ("proto", "[dependencies]\nkernel.workspace = true"),
            ("stranger", "[dependencies]"),
        ] {
            assert_eq!(judge(owner, manifest).len(), 1, "{owner}: {manifest}");
        }
    }

    #[test]
    fn lets_the_allowed_ones_pass() {
        for (owner, manifest) in [
            (
                "kernel",
                "[dependencies]\nserde.workspace = true\n[dev-dependencies]\nproptest.workspace = true",
            ),
            (
                "kit",
                "[dependencies]\nkernel.workspace = true\n[dev-dependencies]\ntestkit.workspace = true",
            ),
            (
                "procurement",
                "[dependencies]\nkit.workspace = true\nproto.workspace = true\ntokio.workspace = true",
            ),
            (
                "k8s/operator",
                "[dependencies]\nkernel.workspace = true\ngateway.workspace = true",
            ),
            (
                ".",
                "[workspace.dependencies]\ntestkit = { path = \"services/testkit\" }\n[dependencies]\ngateway.workspace = true",
            ),
        ] {
            assert_eq!(
                judge(owner, manifest),
                Vec::<String>::new(),
                "{owner}: {manifest}"
            );
        }
    }
}
