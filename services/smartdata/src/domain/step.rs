//! 办理过程: one move of a matter that people handle in steps, and the words that
//! went with it.

use chrono::{DateTime, Utc};

/// One move of the matter `of`. It never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<Id, State> {
    pub of: Id,
    pub version: i32,
    pub from_state: Option<State>,
    pub to_state: State,
    pub at: DateTime<Utc>,
    pub actor: String,
    pub actor_name: Option<String>,
    pub note: Option<String>,
    pub channel: String,
    pub due_at: Option<DateTime<Utc>>,
}
