//! Mutations of pilots, with what they take and answer.

use async_graphql::ID;

use super::{
    Pilot, PilotEvidence, PilotEvidenceStatus, PilotGuarantee, PilotGuaranteeKind,
    PilotGuaranteeStatus,
};
use crate::{
    app::{ask::Only, pilot as app},
    domain::pilot as domain,
    graphql::shape::{input, mutations},
};

type PilotOnly = Only<domain::PilotId>;

input! {
    /// 申报试点的输入。Which community wants to be a pilot, and why.
    DraftPilotInput => app::Draft {
        /// 社区。The community.
        community_id: ID,
        /// 理由(1 至 2000 字)。Why, 1 to 2000 characters.
        reason: String,
    }
}

input! {
    /// 佐证的输入。What is shown for a criterion.
    AttestPilotInput => app::Attest {
        /// 试点。The pilot.
        pilot_id: ID,
        /// 标准编号,见 gate。The code of the criterion, see gate.
        criterion: String,
        /// 是否达到。Whether it is met.
        status: PilotEvidenceStatus,
        /// 佐证(1 至 1000 字)。What shows it, 1 to 1000 characters.
        evidence: String,
        /// 文件。The document.
        document: Option<String>,
    }
}

input! {
    /// 保障状况的输入。How one of the five guarantees stands.
    StatePilotGuaranteeInput => app::StateGuarantee {
        /// 试点。The pilot.
        pilot_id: ID,
        /// 哪一项。Which of the five.
        guarantee: PilotGuaranteeKind,
        /// 状况。Red, amber or green.
        status: PilotGuaranteeStatus,
        /// 依据(1 至 1000 字)。Why, 1 to 1000 characters.
        grounds: String,
        /// 文件。The document.
        document: Option<String>,
    }
}

input! {
    /// 推荐试点的输入。By which document.
    RecommendPilotInput => app::Recommend {
        /// 试点。The pilot.
        pilot_id: ID,
        /// 县区推荐文件。The county's document.
        county_document: String,
    }
}

input! {
    /// 市级受理的输入。Which pilot.
    ReviewPilotInput => PilotOnly {
        /// 试点。The pilot.
        id: ID,
    }
}

input! {
    /// 退回试点的输入。Why it is sent back.
    ReturnPilotInput => app::Noted {
        /// 试点。The pilot.
        pilot_id: ID,
        /// 理由(1 至 1000 字)。Why, 1 to 1000 characters.
        note: String,
    }
}

input! {
    /// 批准试点的输入。In which batch, by which document.
    ApprovePilotInput => app::Approve {
        /// 试点。The pilot.
        pilot_id: ID,
        /// 批次:1 具备条件,2 在建。1 ready, 2 under construction.
        batch: i32,
        /// 批准文件。The document of the approval.
        approval_document: String,
    }
}

input! {
    /// 开始建设的输入。Which pilot.
    BuildPilotInput => PilotOnly {
        /// 试点。The pilot.
        id: ID,
    }
}

input! {
    /// 开始运行的输入。Which pilot.
    OperatePilotInput => PilotOnly {
        /// 试点。The pilot.
        id: ID,
    }
}

input! {
    /// 示范评估的输入。The four tests.
    AssessPilotInput => app::Assess {
        /// 试点。The pilot.
        pilot_id: ID,
        /// 机制健全。Its mechanisms are sound.
        mechanism: bool,
        /// 运行有序。It runs in order.
        orderly: bool,
        /// 群众满意。Residents are satisfied.
        satisfied: bool,
        /// 可复制推广。Others can do the same.
        replicable: bool,
        /// 依据(1 至 2000 字)。What shows it, 1 to 2000 characters.
        evidence: String,
    }
}

input! {
    /// 命名示范的输入。Which pilot.
    NameDemonstrationPilotInput => PilotOnly {
        /// 试点。The pilot.
        id: ID,
    }
}

input! {
    /// 暂停试点的输入。Why it is suspended.
    SuspendPilotInput => app::Noted {
        /// 试点。The pilot.
        pilot_id: ID,
        /// 理由(1 至 1000 字)。Why, 1 to 1000 characters.
        note: String,
    }
}

input! {
    /// 退出试点的输入。Why it ends.
    ExitPilotInput => app::Noted {
        /// 试点。The pilot.
        pilot_id: ID,
        /// 理由(1 至 1000 字)。Why, 1 to 1000 characters.
        note: String,
    }
}

mutations! {
    /// Pilot mutations.
    PilotMutation {
        /// 申报试点(社区、民政)。Drafts an application; one living pilot per community.
        draft_pilot(DraftPilotInput) -> DraftPilotPayload { pilot: Pilot } by app::draft;
        /// 提交佐证(社区、民政):由哪一级证明随记录保存。Shows how a criterion stands; the level that says so is kept.
        attest_pilot(AttestPilotInput) -> AttestPilotPayload { evidence: PilotEvidence } by app::attest;
        /// 填报五项保障(社区、民政)。Says how one of the five guarantees stands.
        state_pilot_guarantee(StatePilotGuaranteeInput) -> StatePilotGuaranteePayload { guarantee: PilotGuarantee }
            by app::state_guarantee;
        /// 推荐试点(县区民政)。The county recommends it.
        recommend_pilot(RecommendPilotInput) -> RecommendPilotPayload { pilot: Pilot } by app::recommend;
        /// 受理审核(市民政)。The city takes it up.
        review_pilot(ReviewPilotInput) -> ReviewPilotPayload { pilot: Pilot } by app::review;
        /// 退回试点(市民政)。The city sends it back.
        return_pilot(ReturnPilotInput) -> ReturnPilotPayload { pilot: Pilot } by app::return_;
        /// 批准试点(市民政,不得为推荐人):遴选标准全部达到;第二批的设施可以在建。Approves it; the gate is in the database.
        approve_pilot(ApprovePilotInput) -> ApprovePilotPayload { pilot: Pilot } by app::approve;
        /// 开始建设(市民政,第二批)。A pilot of the second batch is built.
        build_pilot(BuildPilotInput) -> BuildPilotPayload { pilot: Pilot } by app::build;
        /// 开始或恢复运行(市民政)。It operates, or goes on.
        operate_pilot(OperatePilotInput) -> OperatePilotPayload { pilot: Pilot } by app::operate;
        /// 示范评估(市民政)。Assesses it by the four tests.
        assess_pilot(AssessPilotInput) -> AssessPilotPayload { pilot: Pilot } by app::assess;
        /// 命名示范社区(市民政):四项标准全部达到。A demonstration: all four tests passed.
        name_demonstration_pilot(NameDemonstrationPilotInput) -> NameDemonstrationPilotPayload { pilot: Pilot }
            by app::demonstrate;
        /// 暂停试点(市民政)。Suspends it.
        suspend_pilot(SuspendPilotInput) -> SuspendPilotPayload { pilot: Pilot } by app::suspend;
        /// 退出试点(市民政)。It is a pilot no longer.
        exit_pilot(ExitPilotInput) -> ExitPilotPayload { pilot: Pilot } by app::exit;
    }
}
