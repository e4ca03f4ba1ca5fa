//! Who calls, may they, and the issuer of development.
//!
//! | module | answers |
//! |---|---|
//! | [`actor`], [`role`] | who a person or a service is |
//! | [`caller`], [`channel`] | one request: the actor, the token, the channel, the deadline |
//! | [`header`] | the names and encoding of the headers that say so |
//! | [`jwt`] | is this token good: [`Verifier`], the [`Jwks`] it trusts, [`TokenError`] |
//! | [`policy`] | may the actor do this to that one thing: [`Policies`] (Cedar), [`Resource`] |
//! | [`scope`] | the same rule for lists, in SQL: [`Scope`] |
//! | [`issuer`] | tokens, accounts and the clock of a development platform |
//!
//! # Guarding a use case
//!
//! 1. Name the action and the kind in `policies/schema.cedarschema`:
//!    `action readTender appliesTo { principal: User, resource: Tender };`
//! 2. Say who may in `policies/policies.cedar`, each rule with an `@id`.
//! 3. In `app/`, check what a single thing is about, and scope what a list is about:
//!
//! ```ignore
//! let tender = Resource::new("Tender", id).in_division(row.division).with("sealed", true);
//! core.authorize(caller, "readTender", &tender)?;
//!
//! let scope = caller.actor.scope(&[Role::ProcurementOfficer, Role::Auditor]);
//! scope.push(&mut query, "tenders.division");
//! ```

pub mod actor;
pub mod caller;
pub mod channel;
pub mod header;
pub mod issuer;
pub mod jwt;
pub mod policy;
pub mod role;
pub mod scope;

pub use actor::Actor;
pub use caller::Caller;
pub use channel::Channel;
pub use issuer::{Account, DevIssuer, DevIssuerOptions, IssuerServer};
pub use jwt::{Jwks, Login, TokenError, Verifier};
pub use policy::{Attribute, Denied, Policies, Resource};
pub use role::Role;
pub use scope::{Columns, Reach, Scope};
