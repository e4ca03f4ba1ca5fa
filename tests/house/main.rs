//! The house rules, as tests: who may import whom, what every service must
//! have, how long a file may be, and what no file may name.
//!
//! A failure names the file, the line and the rule. To change a rule, change
//! its table here and the text in ARCHITECTURE.md together.

mod complete;
mod crates;
mod length;
mod machine;
mod manifests;
mod migrations;
mod nullable;
mod rooms;
mod sealed;
mod skeleton;
mod source;
mod statements;
mod tree;
