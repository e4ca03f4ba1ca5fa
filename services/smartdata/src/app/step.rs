//! 办理过程: whoever moves a matter leaves a step.

use std::fmt::Display;

use chrono::{DateTime, Utc};
use kernel::TypedId;
use kit::{auth::Caller, db::Tx};

use crate::{
    domain::step::Step,
    error::Result,
    store::step::{self, Kept},
};

/// What moved, from where to where, and until when its present step is to be done.
pub(super) struct Moved<Id, State> {
    pub of: Id,
    pub version: i32,
    pub from: Option<State>,
    pub to: State,
    pub at: DateTime<Utc>,
    pub due_at: Option<DateTime<Utc>>,
}

/// Leaves the record of a move.
pub(super) async fn leave<Id: TypedId, State: Display>(
    tx: &mut Tx,
    caller: &Caller,
    moved: Moved<Id, State>,
    note: Option<String>,
) -> Result<()>
where
    Step<Id, State>: Kept,
{
    let step = Step {
        of: moved.of,
        version: moved.version,
        from_state: moved.from,
        to_state: moved.to,
        at: moved.at,
        actor: caller.actor.subject.clone(),
        actor_name: caller.actor.name.clone(),
        note,
        channel: caller.channel.as_str().to_owned(),
        due_at: moved.due_at,
    };
    step::insert(tx, &step).await
}
