//! Pure building blocks, shared by every service: nothing here waits, stores or listens.
//!
//! | module | holds |
//! |---|---|
//! | [`clock`] | the injected clock: system, frozen, moved by a file; the China date of an instant |
//! | [`id`] | typed ids ([`typed_id!`]), their maker [`Ids`], opaque [`GlobalId`]s of the graph |
//! | [`keys`] | the id types of nouns that cross a service's border |
//! | [`text_enum`](mod@text_enum) | enums with one written form per variant |
//! | [`division`] | 12-digit division codes (行政区划), 15-digit grid codes (网格) |
//! | [`citizen_id`] | citizen identity numbers (公民身份号码, GB 11643) |
//! | [`uscc`] | unified social credit codes (统一社会信用代码, GB 32100) |
//! | [`fen`], [`minutes`] | money in 分 and time in whole minutes, checked, never floating |
//! | [`calendar`] | working days (工作日) with 调休 swaps as data; legal terms |
//! | [`error`] | the closed set of error kinds, [`Fault`], [`Refusal`], [`Lang`] |
//! | [`page`] | page arguments and opaque cursors |
//! | [`seal`] | sealed envelopes (密封) for bids |
//! | [`pii`] | field encryption, blind indexes and masks for personal data |
//! | [`chain`] | the hash chain of append-only logs |
//! | [`keys`] | the ids by which services name each other's records |
//! | [`text_enum!`] | enums with one spelling in the database, in events and in the graph |
//! | [`idempotency`] | idempotency keys, request hashes, canonical JSON |
//!
//! # Adding a module
//!
//! A thing belongs here when at least two services need it, it does no IO, and it is no
//! business noun of one service. Give it one file, one `Error` that implements [`Fault`] with a
//! reason and a Chinese and an English message, list that error in [`error`]'s conversions so
//! that `?` turns it into a [`Refusal`], and test it in its own file.

pub mod calendar;
pub mod chain;
pub mod citizen_id;
pub mod clock;
pub mod division;
pub mod error;
pub mod fen;
pub mod id;
pub mod idempotency;
pub mod keys;
pub mod minutes;
pub mod page;
pub mod pii;
pub mod seal;
pub mod text_enum;
pub mod uscc;

pub use calendar::{Term, WorkCalendar};
pub use chain::{ChainHash, Checkpoint};
pub use citizen_id::CitizenId;
pub use clock::{Clock, FileClock, FrozenClock, SharedClock, SystemClock, china_date};
pub use division::{DivisionCode, GridCode, Level};
pub use error::{Fault, Kind, Lang, Refusal, Severity};
pub use fen::Fen;
pub use id::{GlobalId, Ids, TypedId};
pub use idempotency::{IdempotencyKey, RequestHash, canonical_json};
pub use minutes::Minutes;
pub use page::{Cursor, Direction, Page, PageArgs, Paged};
pub use pii::PiiKeys;
pub use uscc::{Uscc, UsccCheck};
