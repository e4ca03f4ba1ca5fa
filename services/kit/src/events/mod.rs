//! Events between services: nothing acknowledged is lost, nothing happens twice.
//!
//! ```text
//! business transaction ── append ──▶ kit.outbox ── Relay ──▶ Bus ──▶ kit.inbox ── Consumer ──▶ effect
//!   (service A's database)                       (Redis Streams       (service B's database,
//!                                                 or in process)       one transaction)
//! ```
//!
//! * [`append`] writes the event in the transaction of the change. The number
//!   of an event within its aggregate is taken under a lock, so numbers follow
//!   commits.
//! * [`Relay`] claims the first unsent event of each aggregate with
//!   `FOR UPDATE SKIP LOCKED`, hands it on with those that follow it, and marks
//!   them in the same transaction: any number of relays keep the order within
//!   an aggregate. A relay killed between handing on and marking sends again.
//! * [`Bus`] is disposable. Redis may be killed or flushed: the outbox keeps
//!   sent rows for a week and sends them again to a Redis that forgot (see
//!   [`RedisStreams`]). The bus within a process does the same when a consumer
//!   comes to it (see [`InProcess`]).
//! * [`Consumer`] first stores what it is given in its inbox, where the key
//!   `(consumer, event)` makes duplicates harmless, and only then lets the bus
//!   forget. Each event is handled in one transaction with its inbox row.
//!   Failures wait and return, counted in the row; other aggregates go on.
//!   After the last attempt the event is parked in `kit.dead_letters`, where
//!   the metric `kit.inbox.parked` shows it and [`dead_letters::replay`]
//!   brings it back; later events of its aggregate no longer wait for it.
//!
//! **Without Redis** events travel inside one process: that is `sanshe dev`
//! and the tests. Services in processes of their own need Redis; without it an
//! event reaches only consumers registered in the process that wrote it.
//!
//! # Emitting an event: three steps
//!
//! 1. Name it `<service>.<noun>.<past participle>`, list it in the service's README.
//! 2. Append it where the change is written, as one of the last statements (the
//!    number of the aggregate stays locked until commit; more than one event
//!    goes through [`append_all`], which locks in a fixed order):
//!
//!    ```ignore
//!    let event = NewEvent {
//!        subject: "communities.need.reported",
//!        aggregate: "need",
//!        aggregate_id: need.id.as_uuid(),
//!        trace_id: Some(need.trace_id.as_uuid()),
//!        at: need.reported_at,
//!        data: json!({ "need_id": need.id, "community_id": need.community_id }),
//!    };
//!    events::append(&mut tx, &event).await?;
//!    ```
//! 3. Handle it where it matters:
//!
//!    ```ignore
//!    Consumer::new("procurement", db.pool().clone(), bus, clock)
//!        .on("communities.need.reported", move |conn, event| {
//!            let app = app.clone();
//!            Box::pin(async move { app.note_need(conn, event.data()?).await })
//!        })
//! ```

mod backoff;
mod bus;
mod consumer;
pub mod dead_letters;
mod event;
mod handler;
mod in_process;
pub mod inbox;
mod intake;
pub mod outbox;
mod redis_reader;
mod redis_streams;
mod relay;

pub use backoff::Backoff;
pub use bus::{Bus, BusError};
pub use consumer::Consumer;
pub use event::{Event, NewEvent};
pub use handler::HandlerError;
pub(crate) use handler::{Outcome, guard};
pub use in_process::InProcess;
pub use outbox::{append, append_all, append_version};
pub use redis_streams::RedisStreams;
pub use relay::{Relay, RelayError};
