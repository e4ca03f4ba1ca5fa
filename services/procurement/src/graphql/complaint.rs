//! 投诉 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{global, typed},
};

use super::asked;
use crate::{app, domain::complaint as domain};

/// 投诉状态。Where a complaint stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ComplaintState")]
pub enum ComplaintState {
    /// 已提起。Filed.
    Filed,
    /// 成立。Upheld.
    Upheld,
    /// 驳回。Dismissed.
    Dismissed,
    /// 已撤回。Taken back.
    Withdrawn,
}

/// 投诉。A complaint to the authority; its decision is public.
pub struct Complaint {
    pub complaint: domain::Complaint,
    /// Whether the caller may read its ground before the decision.
    pub open: bool,
}

#[Object]
impl Complaint {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.complaint.id)
    }

    /// 投诉事项和理由(决定后公开)。Why; public with the decision.
    async fn ground(&self) -> Option<&str> {
        let open = self.open || self.complaint.decision.is_some();
        open.then_some(self.complaint.ground.as_str())
    }

    /// 提起时间。When it was filed.
    async fn filed_at(&self) -> DateTime<Utc> {
        self.complaint.filed_at
    }

    /// 处理期限。Until when the authority decides.
    async fn decide_by(&self) -> DateTime<Utc> {
        self.complaint.decide_by
    }

    /// 状态。Where it stands.
    async fn state(&self) -> ComplaintState {
        self.complaint.state.into()
    }

    /// 暂停签订合同至。Until when the authority ordered that nothing is signed.
    async fn suspended_until(&self) -> Option<DateTime<Utc>> {
        self.complaint.suspension.as_ref().map(|one| one.until)
    }

    /// 暂停理由。Why it was ordered.
    async fn suspension_reason(&self) -> Option<&str> {
        let ordered = self.complaint.suspension.as_ref()?;
        Some(ordered.reason.as_str())
    }

    /// 处理决定。The decision.
    async fn decision(&self) -> Option<&str> {
        Some(self.complaint.decision.as_ref()?.text.as_str())
    }

    /// 是否影响中标结果。Whether it affects the result.
    async fn affects_result(&self) -> Option<bool> {
        Some(self.complaint.decision.as_ref()?.affects_result)
    }

    /// 是否按期处理。Whether the authority decided in time.
    async fn decided_in_time(&self) -> Option<bool> {
        Some(self.complaint.decision.as_ref()?.in_time)
    }

    /// 决定或撤回时间。When it was decided or taken back.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.complaint.ended_at
    }
}

/// As its parties see it.
fn shown(complaint: domain::Complaint) -> Complaint {
    Complaint {
        complaint,
        open: true,
    }
}

/// 提起投诉的输入。About which challenge, and why.
#[derive(InputObject)]
pub struct FileComplaintInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 已答复或逾期未答复的质疑。The challenge, answered or overdue.
    challenge_id: ID,
    /// 投诉事项和理由。Why.
    ground: String,
}

/// 提起投诉的结果。The complaint.
#[derive(SimpleObject)]
pub struct FileComplaintPayload {
    /// 投诉。The complaint.
    complaint: Complaint,
}

/// 暂停签订合同的输入。Until when, and why.
#[derive(InputObject)]
pub struct SuspendSigningInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 投诉。The complaint.
    complaint_id: ID,
    /// 暂停至(最长三十日)。Until when, at most the days of the law.
    until: DateTime<Utc>,
    /// 理由。Why.
    reason: String,
}

/// 暂停签订合同的结果。The complaint after it.
#[derive(SimpleObject)]
pub struct SuspendSigningPayload {
    /// 投诉。The complaint.
    complaint: Complaint,
}

/// 投诉处理决定的输入。The decision.
#[derive(InputObject)]
pub struct DecideComplaintInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 投诉。The complaint.
    complaint_id: ID,
    /// 是否成立。Whether it is upheld.
    upheld: bool,
    /// 是否影响中标结果。Whether it affects the result.
    #[graphql(default = false)]
    affects_result: bool,
    /// 处理决定。The decision; public.
    decision: String,
}

/// 投诉处理决定的结果。The complaint after it.
#[derive(SimpleObject)]
pub struct DecideComplaintPayload {
    /// 投诉。The complaint.
    complaint: Complaint,
}

/// 撤回投诉的输入。The complaint to take back.
#[derive(InputObject)]
pub struct WithdrawComplaintInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 投诉。The complaint.
    complaint_id: ID,
}

/// 撤回投诉的结果。The complaint after it.
#[derive(SimpleObject)]
pub struct WithdrawComplaintPayload {
    /// 投诉。The complaint.
    complaint: Complaint,
}

/// Complaint mutations.
#[derive(Default)]
pub struct ComplaintMutation;

#[Object]
impl ComplaintMutation {
    /// 对答复不满意或逾期未答复时投诉(十五个工作日内)。Files a complaint with the authority, after the answer or in want of one.
    async fn file_complaint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: FileComplaintInput,
    ) -> Result<FileComplaintPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let file = app::complaint::File {
            challenge_id: typed(&input.challenge_id, "input.challengeId")?,
            ground: input.ground,
        };
        let (state, caller) = asked(ctx);
        let one = app::complaint::file(state, caller, key, file).await?;
        Ok(FileComplaintPayload {
            complaint: shown(one),
        })
    }

    /// 书面通知暂停签订合同,只能一次(监督部门)。Orders, once, that nothing is signed until then (authority).
    async fn suspend_signing(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: SuspendSigningInput,
    ) -> Result<SuspendSigningPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let suspend = app::complaint::Suspend {
            complaint_id: typed(&input.complaint_id, "input.complaintId")?,
            until: input.until,
            reason: input.reason,
        };
        let (state, caller) = asked(ctx);
        let one = app::complaint::suspend(state, caller, key, suspend).await?;
        Ok(SuspendSigningPayload {
            complaint: shown(one),
        })
    }

    /// 作出投诉处理决定并公开(监督部门)。Decides a complaint; the decision is public (authority).
    async fn decide_complaint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: DecideComplaintInput,
    ) -> Result<DecideComplaintPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let decide = app::complaint::Decide {
            complaint_id: typed(&input.complaint_id, "input.complaintId")?,
            upheld: input.upheld,
            affects_result: input.affects_result,
            decision: input.decision,
        };
        let (state, caller) = asked(ctx);
        let one = app::complaint::decide(state, caller, key, decide).await?;
        Ok(DecideComplaintPayload {
            complaint: shown(one),
        })
    }

    /// 撤回投诉。Takes a complaint back.
    async fn withdraw_complaint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: WithdrawComplaintInput,
    ) -> Result<WithdrawComplaintPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.complaint_id, "input.complaintId")?;
        let (state, caller) = asked(ctx);
        let one = app::complaint::withdraw(state, caller, key, id).await?;
        Ok(WithdrawComplaintPayload {
            complaint: shown(one),
        })
    }
}
