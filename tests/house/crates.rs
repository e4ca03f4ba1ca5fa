//! What the platform is built from, by `deny.toml`: licences, forbidden crates,
//! sources. cargo-deny knows more (advisories); this needs no installation, so
//! it is checked wherever the tests run.

use std::{collections::HashMap, process::Command};

use figment::{
    Figment,
    providers::{Format as _, Toml},
};
use serde::Deserialize;

use crate::tree;

/// The part of `deny.toml` that is read here.
#[derive(Deserialize)]
struct Rules {
    graph: Graph,
    licenses: Licenses,
    bans: Bans,
    sources: Sources,
}

#[derive(Deserialize)]
struct Graph {
    targets: Vec<String>,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    wildcards: String,
    deny: Vec<Banned>,
}

#[derive(Deserialize)]
struct Banned {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    unknown_registry: String,
    unknown_git: String,
}

/// A crate as cargo tells it.
#[derive(Clone, Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    /// None for the crates of this workspace.
    source: Option<String>,
    dependencies: Vec<Dependency>,
}

#[derive(Clone, Deserialize)]
struct Dependency {
    name: String,
    req: String,
    path: Option<String>,
}

fn rules(text: &str) -> Rules {
    Figment::from(Toml::string(text))
        .extract()
        .expect("deny.toml says what is allowed")
}

/// Every rule that a package breaks.
fn violations(rules: &Rules, package: &Package) -> Vec<String> {
    let who = format!("{} {}", package.name, package.version);
    let mut found = Vec::new();
    if let Some(ban) = rules.bans.deny.iter().find(|ban| ban.name == package.name) {
        found.push(format!("{who}: banned: {}", ban.reason));
    }
    match &package.source {
        None => {
            let open = |one: &&Dependency| one.req == "*" && one.path.is_none();
            if rules.bans.wildcards == "deny" {
                let open = package.dependencies.iter().filter(open);
                found.extend(open.map(|one| format!("{who}: any version of {}", one.name)));
            }
            // Our own are licensed as a whole.
            return found;
        }
        Some(source) if source.starts_with("git+") && rules.sources.unknown_git == "deny" => {
            found.push(format!("{who}: from a git repository"));
        }
        Some(source)
            if !source.ends_with("crates.io-index") && rules.sources.unknown_registry == "deny" =>
        {
            found.push(format!("{who}: from an unknown registry"));
        }
        Some(_) => {}
    }
    let excepted = rules
        .licenses
        .exceptions
        .iter()
        .find(|one| one.name == package.name);
    let allowed = |licence: &str| {
        let listed = |list: &[String]| list.iter().any(|one| one == licence);
        listed(&rules.licenses.allow) || excepted.is_some_and(|one| listed(&one.allow))
    };
    let licence = package.license.as_deref().unwrap_or_default();
    if !satisfied(licence, &allowed) {
        found.push(format!("{who}: its licence \"{licence}\" is not allowed"));
    }
    found
}

/// Whether an SPDX expression can be met with what is allowed. AND binds more
/// closely than OR; a slash is the old way to write OR.
fn satisfied(expression: &str, allowed: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (met, rest) = either(&words, allowed);
    met && rest.is_empty() && !words.is_empty()
}

fn either<'a, 'b>(words: &'b [&'a str], allowed: &dyn Fn(&str) -> bool) -> (bool, &'b [&'a str]) {
    let (mut met, mut rest) = both(words, allowed);
    while let ["OR", after @ ..] = rest {
        let (other, left) = both(after, allowed);
        (met, rest) = (met || other, left);
    }
    (met, rest)
}

fn both<'a, 'b>(words: &'b [&'a str], allowed: &dyn Fn(&str) -> bool) -> (bool, &'b [&'a str]) {
    let (mut met, mut rest) = one(words, allowed);
    while let ["AND", after @ ..] = rest {
        let (other, left) = one(after, allowed);
        (met, rest) = (met && other, left);
    }
    (met, rest)
}

fn one<'a, 'b>(words: &'b [&'a str], allowed: &dyn Fn(&str) -> bool) -> (bool, &'b [&'a str]) {
    match words {
        ["(", inner @ ..] => match either(inner, allowed) {
            (met, [")", rest @ ..]) => (met, rest),
            (_, rest) => (false, rest),
        },
        [licence, "WITH", exception, rest @ ..] => {
            (allowed(&format!("{licence} WITH {exception}")), rest)
        }
        [licence, rest @ ..] => (allowed(licence), rest),
        [] => (false, &[]),
    }
}

/// Every crate that is linked for the targets, as `Cargo.lock` has them.
fn packages(rules: &Rules) -> Vec<Package> {
    let mut found: HashMap<String, Package> = HashMap::new();
    for target in &rules.graph.targets {
        let told = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--offline", "--locked"])
            .args(["--all-features", "--filter-platform", target])
            .current_dir(tree::root())
            .output()
            .expect("cargo tells what the platform is built from");
        let why = String::from_utf8_lossy(&told.stderr);
        assert!(told.status.success(), "cargo metadata: {why}");
        let mut told: serde_json::Value =
            serde_json::from_slice(&told.stdout).expect("cargo metadata is JSON");
        let packages: Vec<Package> =
            serde_json::from_value(told["packages"].take()).expect("cargo metadata lists crates");
        for package in packages {
            found.insert(format!("{} {}", package.name, package.version), package);
        }
    }
    found.into_values().collect()
}

#[test]
fn nothing_is_linked_that_deny_toml_forbids() {
    let rules = rules(&tree::text("deny.toml").expect("deny.toml is there"));
    let packages = packages(&rules);
    assert!(packages.len() > 100, "only {} crates", packages.len());
    let mut found: Vec<String> = packages
        .iter()
        .flat_map(|package| violations(&rules, package))
        .collect();
    found.sort();
    assert!(found.is_empty(), "deny.toml:\n{}", found.join("\n"));
    // What is excepted and gone would let something else in unseen.
    for one in &rules.licenses.exceptions {
        let used = packages.iter().any(|package| package.name == one.name);
        assert!(used, "deny.toml excepts {}, which is not linked", one.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = r#"
        graph.targets = ["x86_64-unknown-linux-gnu"]
        [licenses]
        allow = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"]
        exceptions = [{ crate = "composer", allow = ["MPL-2.0"] }]
        [bans]
        wildcards = "deny"
        deny = [{ crate = "openssl", reason = "TLS is rustls" }]
        [sources]
        unknown-registry = "deny"
        unknown-git = "deny"
    "#;

    fn linked(name: &str, license: &str) -> Package {
        Package {
            name: name.into(),
            version: "1.0.0".into(),
            license: Some(license.into()),
            source: Some("registry+https://example.test/crates.io-index".into()),
            dependencies: Vec::new(),
        }
    }

    #[test]
    fn licences_are_read_as_expressions() {
        let rules = rules(RULES);
        for (licence, met) in [
            ("MIT", true),
            ("GPL-3.0 OR MIT", true),
            ("MIT/GPL-3.0", true),
            ("(MIT OR GPL-3.0) AND Apache-2.0", true),
            ("Apache-2.0 WITH LLVM-exception OR GPL-3.0", true),
            ("GPL-3.0", false),
            ("MIT AND GPL-3.0", false),
            ("GPL-3.0 OR MIT AND BSD-3-Clause", false),
            ("(GPL-3.0 OR MIT) AND BSD-3-Clause", false),
            ("Apache-2.0 WITH Classpath-exception", false),
            ("MIT GPL-3.0", false),
            ("(MIT", false),
            ("", false),
            ("MPL-2.0", false),
        ] {
            let found = violations(&rules, &linked("a", licence));
            assert_eq!(found.is_empty(), met, "{licence}: {found:?}");
        }
        assert!(violations(&rules, &linked("composer", "MPL-2.0")).is_empty());
        let mut unlicensed = linked("a", "MIT");
        unlicensed.license = None;
        assert_eq!(violations(&rules, &unlicensed).len(), 1);
    }

    #[test]
    fn bans_sources_and_open_versions_are_noticed() {
        let rules = rules(RULES);
        assert_eq!(violations(&rules, &linked("openssl", "MIT")).len(), 1);
        for source in [
            "git+https://example.test/a#1",
            "registry+https://example.test/mine",
        ] {
            let mut foreign = linked("a", "MIT");
            foreign.source = Some(source.into());
            assert_eq!(violations(&rules, &foreign).len(), 1, "{source}");
        }
        let mut own = linked("ours", "");
        own.source = None;
        assert!(violations(&rules, &own).is_empty());
        own.dependencies = vec![Dependency {
            name: "anything".into(),
            req: "*".into(),
            path: None,
        }];
        assert_eq!(violations(&rules, &own).len(), 1);
        own.dependencies[0].path = Some("services/kit".into());
        assert!(violations(&rules, &own).is_empty());
    }
}
