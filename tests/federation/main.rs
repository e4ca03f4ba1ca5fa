//! The gateway against graphs of its own making: one file for each thing that a
//! federation must get right, in `cases/`, run over every transport; the same
//! graphs against one schema with the same data, by random queries; and, in
//! `refused/`, what must not compose and what its owners are told; in `guarded/`,
//! what only some callers are given.
//!
//! `case.rs` says how a case is written; `CASE=name` runs one alone.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod authorization;
mod case;
mod compose;
mod conform;
mod differ;
mod engine;
mod generate;
mod graph;
mod servers;
mod settings;
mod world;
