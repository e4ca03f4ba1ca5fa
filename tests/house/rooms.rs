//! Who may import whom inside a service.
//!
//! `domain` decides, `store` keeps, `clients` ask others, `app` puts them
//! together, the edges translate, `serve.rs` wires.

use crate::{
    source::{self, Named},
    tree,
};

/// What one room may name.
struct Room {
    name: &'static str,
    /// Rooms of the same service, besides itself.
    rooms: &'static [&'static str],
    /// Crates that are forbidden here.
    never: &'static [&'static str],
    /// Of `kit`, only these; none of it where this is empty, all of it for `*`.
    kit: &'static [&'static str],
}

const EDGE: &[&str] = &["app", "domain", "state", "error", "config"];
const ALL: &[&str] = &["*"];

const ROOMS: &[Room] = &[
    Room {
        name: "domain",
        rooms: &[],
        never: &[
            "sqlx",
            "tokio",
            "async_graphql",
            "tonic",
            "proto",
            "axum",
            "testkit",
        ],
        kit: &[],
    },
    Room {
        name: "store",
        rooms: &["domain", "error"],
        never: &["async_graphql", "tonic", "proto", "axum", "tokio"],
        kit: &[
            "error",
            "Error",
            "Result",
            "auth::Scope",
            "auth::Columns",
            "auth::Reach",
            "record",
            "sealed",
        ],
    },
    Room {
        name: "clients",
        rooms: &["domain", "error", "config"],
        never: &["sqlx", "async_graphql", "axum"],
        kit: ALL,
    },
    Room {
        name: "app",
        rooms: &["domain", "store", "clients", "state", "error", "config"],
        never: &["async_graphql", "tonic", "axum"],
        kit: ALL,
    },
    Room {
        name: "graphql",
        rooms: EDGE,
        never: &["sqlx", "tonic", "proto", "axum"],
        kit: ALL,
    },
    Room {
        name: "grpc",
        rooms: EDGE,
        never: &["sqlx", "async_graphql", "axum"],
        kit: ALL,
    },
    Room {
        name: "worker",
        rooms: EDGE,
        never: &["sqlx", "async_graphql", "tonic"],
        kit: ALL,
    },
    Room {
        name: "state",
        rooms: &["clients", "config", "error"],
        never: &["sqlx", "async_graphql"],
        kit: ALL,
    },
    Room {
        name: "error",
        rooms: &["domain", "store"],
        never: &["async_graphql", "tonic"],
        kit: ALL,
    },
    Room {
        name: "config",
        rooms: &[],
        never: &["sqlx", "async_graphql", "tonic"],
        kit: ALL,
    },
];

/// Files that wire, and so may name everything.
const WIRING: &[&str] = &["serve", "lib"];

/// Every forbidden arrow in one file of a service. `path` is relative to the
/// root: `services/procurement/src/store/tender.rs`.
pub fn violations(path: &str, text: &str, services: &[String]) -> Vec<String> {
    let mut parts = path.split('/');
    let (Some("services"), Some(service), Some("src"), Some(first)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Vec::new();
    };
    let name = first.trim_end_matches(".rs");
    if WIRING.contains(&name) {
        return Vec::new();
    }
    let Some(room) = ROOMS.iter().find(|room| room.name == name) else {
        let known: Vec<_> = ROOMS.iter().map(|room| room.name).collect();
        return vec![format!(
            "{path}: `{name}` is no room of a service; there are {}",
            known.join(", ")
        )];
    };
    let here = module_of(path);
    let own = source::modules(text);
    let mut found: Vec<String> = source::paths(text)
        .iter()
        // A module of the file's own may be called like a crate.
        .filter(|named| !own.contains(&named.segments[0]))
        .filter_map(|named| {
            let why = judge(room, service, &here, named, services)?;
            Some(format!(
                "{path}:{}: {}: {why}",
                named.line,
                named.segments.join("::")
            ))
        })
        .collect();
    if name == "store" {
        found.extend(transactions(path, text));
    }
    found
}

fn judge(
    room: &Room,
    service: &str,
    here: &[String],
    named: &Named,
    services: &[String],
) -> Option<String> {
    let head = named.segments[0].as_str();
    if matches!(head, "crate" | "super" | "self") {
        let target = resolve(here, named)?;
        let known = ROOMS.iter().any(|other| other.name == target) || WIRING.contains(&&*target);
        let allowed = target == room.name || room.rooms.contains(&&*target);
        return (known && !allowed).then(|| format!("{} may not import {target}", room.name));
    }
    if head != service && services.iter().any(|other| other == head) {
        return Some("a service depends on proto, never on another service".to_owned());
    }
    if head == "gateway" {
        return Some("no service knows the gateway".to_owned());
    }
    if room.never.contains(&head) {
        return Some(format!("{} never names {head}", room.name));
    }
    if head == "kit" && room.kit != ALL {
        let rest = named.segments[1..].join("::");
        let allowed = room
            .kit
            .iter()
            .any(|part| rest == *part || rest.starts_with(&format!("{part}::")));
        return (!allowed).then(|| format!("{} may not use this part of kit", room.name));
    }
    None
}

/// `store` works on a connection it is given.
fn transactions(path: &str, text: &str) -> Vec<String> {
    let code = source::without_comments_and_text(text);
    code.lines()
        .enumerate()
        .filter(|(_, line)| {
            [".begin(", ".begin_with(", ".commit(", "PgPool"]
                .iter()
                .any(|sign| line.contains(sign))
        })
        .map(|(at, _)| format!("{path}:{}: store opens and ends no transaction", at + 1))
        .collect()
}

/// The module of a file: `services/x/src/store/need.rs` is `store::need`.
fn module_of(path: &str) -> Vec<String> {
    let mut module: Vec<String> = path.split('/').skip(3).map(str::to_owned).collect();
    let file = module.pop().unwrap_or_default();
    let stem = file.trim_end_matches(".rs");
    if stem != "mod" && stem != "lib" {
        module.push(stem.to_owned());
    }
    module
}

/// The first module below the crate that a path leads to.
fn resolve(here: &[String], named: &Named) -> Option<String> {
    let mut module: Vec<String> = here.to_vec();
    module.extend(std::iter::repeat_n("inline".to_owned(), named.inside));
    let mut rest = named.segments.as_slice();
    while let Some((head, tail)) = rest.split_first() {
        match head.as_str() {
            "crate" => module.clear(),
            "super" => drop(module.pop()),
            "self" => {}
            _ => break,
        }
        rest = tail;
    }
    module.extend(rest.iter().cloned());
    module.into_iter().next()
}

#[test]
fn no_service_has_a_forbidden_arrow() {
    let services = tree::services(&tree::root());
    let found: Vec<String> = tree::files()
        .iter()
        .filter(|path| tree::is_rust(path))
        .filter(|path| {
            services
                .iter()
                .any(|name| path.starts_with(&format!("services/{name}/src/")))
        })
        .flat_map(|path| violations(path, &tree::text(path).unwrap_or_default(), &services))
        .collect();
    assert!(found.is_empty(), "forbidden arrows:\n{}", found.join("\n"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(room: &str, line: &str) -> Vec<String> {
        let services = ["procurement".to_owned(), "eldercare".to_owned()];
        violations(
            &format!("services/procurement/src/{room}/tender.rs"),
            line,
            &services,
        )
    }

    #[test]
    fn catches_each_forbidden_arrow() {
        for (room, line) in [
            ("domain", "use sqlx::PgConnection;"),
            ("domain", "use tokio::sync::Mutex;"),
            ("domain", "#[derive(async_graphql::Enum)] enum A {}"),
            ("domain", "fn f() -> tonic::Status {}"),
            ("domain", "use kit::error::Error;"),
            ("domain", "use proto::procurement::v1::Tender;"),
            ("domain", "use crate::store::tender;"),
            ("domain", "use super::super::app::tender;"),
            (
                "domain",
                "mod tests { use super::super::super::store::tender; }",
            ),
            ("store", "use crate::app::tender;"),
            ("store", "use crate::graphql::tender;"),
            ("store", "use kit::db::Db;"),
            ("store", "use kit::{error::Result, events};"),
            ("store", "async fn f(pool: &PgPool) {}"),
            (
                "store",
                "async fn f(c: &mut PgConnection) { c.begin().await }",
            ),
            ("clients", "use crate::store;"),
            ("clients", "use sqlx::query;"),
            ("app", "use crate::graphql::tender::Tender;"),
            ("app", "use crate::{domain, grpc};"),
            ("app", "use async_graphql::Result;"),
            ("app", "use tonic::Status;"),
            ("graphql", "use crate::{app, store::tender::Filter};"),
            ("graphql", "use crate::grpc::tender;"),
            ("graphql", "use crate::worker;"),
            ("graphql", "use sqlx::types::Json;"),
            ("grpc", "use crate::store::tender;"),
            ("grpc", "use crate::graphql::tender;"),
            ("worker", "use crate::store::tender;"),
            ("worker", "use crate::grpc;"),
            ("app", "use crate::serve::MIGRATOR;"),
            ("app", "use eldercare::domain::visit;"),
            ("grpc", "use gateway::Gateway;"),
            ("helpers", "fn f() {}"),
        ] {
            assert_eq!(
                judge(room, line).len(),
                1,
                "{room}: {line}: {:?}",
                judge(room, line)
            );
        }
    }

    #[test]
    fn lets_the_allowed_ones_pass() {
        for (room, line) in [
            (
                "domain",
                "use kernel::Fen; use super::bid::Bid; // sqlx::Error",
            ),
            (
                "domain",
                "mod tests { use super::*; use super::super::bid; }",
            ),
            (
                "store",
                "use sqlx::PgConnection; use crate::domain::tender::Tender; use kit::error::Result;",
            ),
            ("store", "use kit::{auth::Scope, error::{Error, Result}};"),
            (
                "clients",
                "use crate::domain::tender; use proto::incubation::v1; use kit::grpc::Peer;",
            ),
            (
                "app",
                "use crate::{clients, domain, state::State, store}; use kit::auth::Caller;",
            ),
            (
                "graphql",
                "use async_graphql::Object; use crate::{app, domain::tender as domain};",
            ),
            (
                "grpc",
                "use proto::procurement::v1; use tonic::Status; use crate::app;",
            ),
            (
                "worker",
                "use kit::jobs::Worker; use crate::app; use procurement::domain;",
            ),
        ] {
            assert_eq!(judge(room, line), Vec::<String>::new(), "{room}: {line}");
        }
    }

    #[test]
    fn wiring_may_name_everything() {
        let text = "use crate::{app, graphql, grpc, store};";
        assert!(violations("services/procurement/src/serve.rs", text, &[]).is_empty());
    }
}
