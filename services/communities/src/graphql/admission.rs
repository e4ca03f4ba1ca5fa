//! 准入申请 in the graph.

use async_graphql::{Context, Enum, ID};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{Date, DivisionCode, Fen},
};

use super::{
    asked,
    community::Community,
    foreign::Division,
    shape::{CommunityStateChange, enums, history, input, mutations, output, part, queries},
};
use crate::{
    app::{admission as app, ask::Only},
    domain::admission as domain,
};

/// 准入申请状态。Where an application stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::AdmissionState")]
pub enum AdmissionState {
    /// 已提交。Submitted.
    Submitted,
    /// 社区已表达意见。The community has been heard.
    CommunityOpinion,
    /// 审核中。Under review.
    Review,
    /// 已批准。Approved.
    Approved,
    /// 未批准。Rejected.
    Rejected,
    /// 已列入目录。In the catalogue.
    InCatalogue,
    /// 已退出目录。No longer in it.
    Expired,
    /// 已撤回。Withdrawn.
    Withdrawn,
}
enums!(AdmissionState = domain::AdmissionState);

output! {
    /// 社区工作准入申请。An application to have work done by a community.
    Admission of domain::Admission {
        /// 全局编号。Global id.
        id: ID,
        /// 申请部门。The department.
        department: String,
        /// 名称。What it is called.
        title: String,
        /// 工作内容。What is to be done.
        content: String,
        /// 依据文件。The document it rests on.
        basis_document: String,
        /// 开始日期。When it begins.
        starts_on: Date,
        /// 结束日期。When it ends.
        ends_on: Option<Date>,
        /// 申请时提出的经费(分)。The money offered.
        funding: Fen,
        /// 申请时提出的人员。The staff offered.
        staffing: i32,
        /// 提交时间。When it was submitted.
        submitted_at: DateTime<Utc>,
        /// 状态。Where it stands.
        state: AdmissionState,
        /// 社区是否赞成。Whether the community supports it.
        opinion_supports: Option<bool>,
        /// 社区意见。What the community said.
        opinion: Option<String>,
        /// 审核期限。Until when the review decides.
        review_by: Option<DateTime<Utc>>,
        /// 落实的经费(分)。The money granted.
        granted_funding: Option<Fen>,
        /// 落实的人员。The staff granted.
        granted_staffing: Option<i32>,
        /// 决定说明。Why it was decided so.
        decision_note: Option<String>,
        /// 版本。Goes up with every change.
        version: i32,
    }
    refers {
        /// 所在区划。Where it is.
        division: Division = division_code,
    }
    holds {
        /// 社区。The community.
        community: Community = community_id,
    }
    plus {
        /// 是否逾期未审结。Whether the review has not decided in time.
        async fn overdue(&self, ctx: &Context<'_>) -> bool {
            let (state, _) = asked(ctx);
            self.0.is_overdue(state.core.clock.now())
        }

        /// 经过。What has happened.
        async fn history(&self, ctx: &Context<'_>) -> Result<Vec<CommunityStateChange>> {
            history(ctx, self.0.id).await
        }
    }
}

input! {
    /// 提交准入申请的输入。What a department wants done.
    SubmitAdmissionInput => app::Submit {
        /// 社区。The community.
        community_id: ID,
        /// 申请部门(1 至 100 字)。The department, 1 to 100 characters.
        department: String,
        /// 名称(1 至 100 字)。What it is called, 1 to 100 characters.
        title: String,
        /// 工作内容(1 至 2000 字)。What is to be done, 1 to 2000 characters.
        content: String,
        /// 依据文件。The document it rests on.
        basis_document: String,
        /// 开始日期:须在规定的工作日数之后。When it begins: so many working days from now.
        starts_on: Date,
        /// 结束日期。When it ends.
        ends_on: Option<Date>,
        /// 经费(分)。The money that comes with it.
        funding: Fen,
        /// 人员。The staff that comes with it.
        staffing: i32,
    }
}

input! {
    /// 社区意见的输入。What the community thinks.
    GiveAdmissionOpinionInput => app::Opinion {
        /// 准入申请。The application.
        admission_id: ID,
        /// 是否赞成。Whether it supports it.
        supports: bool,
        /// 意见(1 至 1000 字)。In words, 1 to 1000 characters.
        opinion: String,
    }
}

type AdmissionOnly = Only<domain::AdmissionId>;

input! {
    /// 开始审核的输入。Which application.
    ReviewAdmissionInput => AdmissionOnly {
        /// 准入申请。The application.
        id: ID,
    }
}

input! {
    /// 审核决定的输入。What the review decides.
    DecideAdmissionInput => app::Decide {
        /// 准入申请。The application.
        admission_id: ID,
        /// 是否批准。Whether it is approved.
        approve: bool,
        /// 落实的经费(分);批准时必填。The money granted; required for an approval.
        granted_funding: Option<Fen>,
        /// 落实的人员;批准时必填。The staff granted; required for an approval.
        granted_staffing: Option<i32>,
        /// 说明(1 至 1000 字)。Why, 1 to 1000 characters.
        note: String,
    }
}

input! {
    /// 撤回申请的输入。Which application.
    WithdrawAdmissionInput => AdmissionOnly {
        /// 准入申请。The application.
        id: ID,
    }
}

part! {
    /// 只看哪些准入申请。Which applications only.
    AdmissionFilter => app::Filter {
        /// 此区划及其下级。Of this division and all below it.
        division_code: Option<DivisionCode>,
        /// 社区。Of this community.
        community_id: Option<ID>,
        /// 状态。In this state.
        state: Option<AdmissionState>,
        /// 只看逾期未审结的。Only those not decided in time.
        overdue: Option<bool>,
    }
}

queries! {
    /// Admission queries.
    AdmissionQuery of Admission, domain::AdmissionId {
        entity find_admission_by_id;
        /// 按编号查准入申请。An application by id.
        one admission;
        /// 准入申请,新的在前。Applications, newest first.
        many admissions(AdmissionFilter => app::Filter) by app::list;
    }
}

mutations! {
    /// Admission mutations.
    AdmissionMutation {
        /// 提交准入申请(部门)。A department applies for work to be admitted.
        submit_admission(SubmitAdmissionInput) -> SubmitAdmissionPayload { admission: Admission }
            by app::submit;
        /// 社区表达意见。The community says what it thinks.
        give_admission_opinion(GiveAdmissionOpinionInput) -> GiveAdmissionOpinionPayload { admission: Admission }
            by app::hear;
        /// 开始审核(民政):期限按工作日计。The review begins; its clock runs in working days.
        review_admission(ReviewAdmissionInput) -> ReviewAdmissionPayload { admission: Admission }
            by app::review;
        /// 审核决定(民政):批准须落实经费和人员。Decides; an approval brings money and staff.
        decide_admission(DecideAdmissionInput) -> DecideAdmissionPayload { admission: Admission }
            by app::decide;
        /// 撤回申请(部门)。Takes the application back.
        withdraw_admission(WithdrawAdmissionInput) -> WithdrawAdmissionPayload { admission: Admission }
            by app::withdraw;
    }
}
