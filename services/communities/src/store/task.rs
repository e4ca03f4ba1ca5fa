//! 下派任务 in SQL, and the decisions that take them away.

use crate::domain::task::{Task, TaskId, TaskRefusal, TaskState, TransferId, WorkTransfer};
use kit::record::{ids, record, texts};

ids!(TaskId, TransferId);
texts!(TaskState, TaskRefusal);
record!(
    Task,
    TaskId,
    "task_assignments",
    [
        id,
        community_id,
        division_code,
        item_id,
        department,
        title,
        description,
        due_on,
        assigned_by,
        assigned_at
    ],
    [
        state,
        refusal,
        refusal_reason,
        escalated_by,
        escalation_reason,
        decided_by,
        decision_note,
        result,
        ended_at,
        updated_at
    ]
);
record!(
    WorkTransfer,
    TransferId,
    "work_transfers",
    [
        id,
        task_id,
        proposal_id,
        community_id,
        division_code,
        reason,
        procurement_need_id,
        decided_by,
        decided_at
    ]
);
