//! 办理过程 in the graph: the moves of events and of cases.

use async_graphql::{OutputType, SimpleObject};
use chrono::{DateTime, Utc};

use super::{event::EventState, one_stop_case::CaseState};
use crate::domain::step as domain;

/// 办理过程中的一步。One move.
#[derive(SimpleObject)]
#[graphql(
    concrete(name = "EventStep", params(EventState)),
    concrete(name = "CaseStep", params(CaseState))
)]
pub struct Step<State: OutputType> {
    /// 由何状态。From which state.
    from_state: Option<State>,
    /// 到何状态;与前相同表示只留下记录(如延期)。To which; the same where only a record was left,
    /// as of a deferral.
    to_state: State,
    /// 时间。When.
    at: DateTime<Utc>,
    /// 经办人姓名。The name of whoever moved it.
    actor_name: Option<String>,
    /// 说明。The words that went with it.
    note: Option<String>,
    /// 渠道。Through which channel.
    channel: String,
    /// 此环节时限。Until when the step that begins here is to be done.
    due_at: Option<DateTime<Utc>>,
}

impl<Id, From, State> std::convert::From<domain::Step<Id, From>> for Step<State>
where
    State: OutputType + std::convert::From<From>,
{
    fn from(step: domain::Step<Id, From>) -> Self {
        Self {
            from_state: step.from_state.map(Into::into),
            to_state: step.to_state.into(),
            at: step.at,
            actor_name: step.actor_name,
            note: step.note,
            channel: step.channel,
            due_at: step.due_at,
        }
    }
}
