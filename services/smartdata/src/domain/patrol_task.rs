//! 巡查任务 (A26): what a grid worker goes to look at, and by when.

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, GridCode, Refusal, refuse};

kernel::typed_id!(
    /// Patrol task (巡查任务).
    PatrolTaskId, "patrol_task");

kernel::text_enum! {
    /// Where a patrol stands.
    pub enum PatrolState {
        /// 待巡查
        Planned = "PLANNED",
        /// 已巡查
        Done = "DONE",
        /// 已取消
        Cancelled = "CANCELLED",
    }
}

/// A patrol of a grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatrolTask {
    pub id: PatrolTaskId,
    pub grid_code: GridCode,
    pub division_code: DivisionCode,
    pub worker_subject: String,
    pub worker_name: String,
    pub title: String,
    pub state: PatrolState,
    /// What was found, or why it was cancelled.
    pub finding: Option<String>,
    pub planned_by: String,
    pub planned_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub version: i32,
}

impl PatrolTask {
    /// A patrol is due later than it is planned.
    pub fn check_due(due: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Refusal> {
        if due > now {
            return Ok(());
        }
        Err(refuse!(
            Invalid,
            "PATROL_DUE",
            field: "input.dueAt",
            zh: "完成期限须晚于现在",
            en: "a patrol is due later than now",
        ))
    }

    /// Ends once, with what was found or why not.
    pub fn end(
        &mut self,
        state: PatrolState,
        finding: String,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if self.state != PatrolState::Planned {
            return Err(refuse!(
                Refused,
                "PATROL_FIXED",
                zh: "巡查任务已结束",
                en: "this patrol has ended already",
            ));
        }
        self.state = state;
        self.finding = Some(finding);
        self.ended_at = Some(now);
        Ok(())
    }

    /// Whether it has not been done in time.
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.state == PatrolState::Planned && self.due_at <= now
    }
}
