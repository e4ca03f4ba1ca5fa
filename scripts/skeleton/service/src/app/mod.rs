//! Use cases: authorise, begin, decide, write, commit.
pub mod __noun__;
