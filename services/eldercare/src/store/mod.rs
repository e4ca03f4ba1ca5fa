//! SQL, as free functions on a connection. No transaction begins here.
pub mod alarm;
pub mod assessment;
pub mod contract;
pub mod credit;
pub mod elder;
pub mod gauge;
pub mod menu_item;
pub mod order;
pub mod relation;
pub mod resident;
pub mod tier;
pub mod visit;
