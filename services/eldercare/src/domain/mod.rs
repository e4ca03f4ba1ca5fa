//! Types, state machines and rules; no IO.
pub mod alarm;
pub mod assessment;
pub mod credit;
pub mod elder;
pub mod menu_item;
pub mod order;
pub mod relation;
pub mod tier;
pub mod visit;
