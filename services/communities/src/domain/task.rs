//! 下派任务 (A21): only for an item in force; a community may refuse, and a
//! refusal may be decided by somebody else.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    DivisionCode, Refusal,
    keys::{CommunityId, ProcurementNeedId, ProposalId},
    refuse, typed_id,
};
use serde::{Deserialize, Serialize};

use super::{
    moves::{Moves as _, moves},
    work_list::WorkListItemId,
};

typed_id!(
    /// A task given to a community (下派任务).
    TaskId, "task");
typed_id!(
    /// A decision to have work bought (转出决定).
    TransferId, "work_transfer");

kernel::text_enum! {
    /// Where a task stands.
    pub enum TaskState {
        /// 已下派
        Assigned = "ASSIGNED",
        /// 已接受
        Accepted = "ACCEPTED",
        /// 已拒绝
        Refused = "REFUSED",
        /// 提请裁定
        Escalated = "ESCALATED",
        /// 已撤销
        Withdrawn = "WITHDRAWN",
        /// 已完成
        Done = "DONE",
        /// 已转为购买服务
        Transferred = "TRANSFERRED",
    }
}

moves!(TaskState, "task", "TASK_STATE", [Assigned], [
    Assigned => Accepted,
    Assigned => Refused,
    Assigned => Withdrawn,
    Refused => Escalated,
    Escalated => Accepted,
    Escalated => Withdrawn,
    Accepted => Done,
    Accepted => Transferred,
]);

kernel::text_enum! {
    /// Why a community refuses.
    pub enum TaskRefusal {
        /// 超出清单事项范围
        NotInList = "NOT_IN_LIST",
        /// 未落实经费
        NoFunding = "NO_FUNDING",
        /// 超出承受能力
        BeyondCapacity = "BEYOND_CAPACITY",
    }
}

/// A task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    pub id: TaskId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub item_id: WorkListItemId,
    pub department: String,
    pub title: String,
    pub description: String,
    pub due_on: NaiveDate,
    pub assigned_by: String,
    pub assigned_at: DateTime<Utc>,
    pub state: TaskState,
    pub refusal: Option<TaskRefusal>,
    pub refusal_reason: Option<String>,
    pub escalated_by: Option<String>,
    pub escalation_reason: Option<String>,
    pub decided_by: Option<String>,
    pub decision_note: Option<String>,
    pub result: Option<String>,
    /// Since when it weighs on the community no more.
    pub ended_at: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
}

/// A decision that a task is bought from those who are paid for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkTransfer {
    pub id: TransferId,
    pub task_id: TaskId,
    pub proposal_id: ProposalId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub reason: String,
    pub procurement_need_id: ProcurementNeedId,
    pub decided_by: String,
    pub decided_at: DateTime<Utc>,
}

impl Task {
    /// Moves, and says whether the task still weighs.
    pub fn step(&mut self, next: TaskState, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state = self.state.to(next)?;
        self.updated_at = now;
        self.ended_at = match next {
            TaskState::Refused
            | TaskState::Withdrawn
            | TaskState::Done
            | TaskState::Transferred => Some(now),
            TaskState::Assigned | TaskState::Accepted | TaskState::Escalated => None,
        };
        Ok(())
    }

    /// Decided by another than who asked for the decision.
    pub fn decide(
        &mut self,
        uphold: bool,
        (by, note): (String, String),
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if self.escalated_by.as_deref() == Some(by.as_str()) {
            return Err(refuse!(
                Refused, "TASK_DECIDED_BY_ANOTHER",
                zh: "提请裁定的人不能自己裁定", en: "whoever asks for a decision does not decide",
            ));
        }
        self.step(
            if uphold {
                TaskState::Withdrawn
            } else {
                TaskState::Accepted
            },
            now,
        )?;
        self.decided_by = Some(by);
        self.decision_note = Some(note);
        Ok(())
    }

    /// Whether it should have been finished.
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        self.ended_at.is_none() && self.due_on < today
    }
}
