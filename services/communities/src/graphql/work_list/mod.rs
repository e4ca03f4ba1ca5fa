//! 清单 in the graph: the types and their queries; `mutation` changes them.

mod mutation;

use async_graphql::{Context, Enum, ID};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{Date, DivisionCode, Fen},
};

pub use mutation::WorkListMutation;

use super::{
    admission::Admission,
    foreign::Division,
    shape::{CommunityStateChange, enums, history, output, part, queries},
};
use crate::{app, domain::work_list as domain};

/// 清单种类。Which of the four lists.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::WorkListKind")]
pub enum WorkListKind {
    /// 依法履责清单。What the committee does by law.
    Duty,
    /// 协助政府工作清单。What it helps the government with.
    Assist,
    /// 盖章事项清单。What it puts its seal under.
    Seal,
    /// 准入目录。Work that was admitted.
    Admission,
}

/// 清单状态。Where a version of a list stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::WorkListState")]
pub enum WorkListState {
    /// 起草。A draft.
    Drafted,
    /// 公开征求意见。Open to comments.
    PublicComment,
    /// 已批准。Approved.
    Approved,
    /// 施行。In force.
    InForce,
    /// 废止。Retired.
    Retired,
}

/// 办理频次。How often an item falls due.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::WorkPeriod")]
pub enum WorkPeriod {
    /// 一次性。Once.
    Once,
    /// 每月。Every month.
    Monthly,
    /// 每季度。Every quarter.
    Quarterly,
    /// 每年。Every year.
    Yearly,
    /// 按需。As needed.
    AsNeeded,
}

enums!(
    WorkListKind = domain::WorkListKind,
    WorkListState = domain::WorkListState,
    WorkPeriod = domain::WorkPeriod,
);

output! {
    /// 清单的一个版本。A version of a list of work.
    WorkList of domain::WorkList {
        /// 全局编号。Global id.
        id: ID,
        /// 种类。Which of the four.
        kind: WorkListKind,
        /// 第几版。Counts the versions.
        number: i32,
        /// 名称。Its title.
        title: String,
        /// 依据文件。The document it rests on.
        basis_document: String,
        /// 起草时间。When it was drafted.
        created_at: DateTime<Utc>,
        /// 状态。Where it stands.
        state: WorkListState,
        /// 征求意见开始。Since when comments may be given.
        comment_from: Option<DateTime<Utc>>,
        /// 征求意见截止。Until when.
        comment_until: Option<DateTime<Utc>>,
        /// 批准文件。The document of its approval.
        approval_document: Option<String>,
        /// 施行日期。In force from this day.
        starts_on: Option<Date>,
        /// 废止日期。From this day no more.
        until_on: Option<Date>,
        /// 版本。Goes up with every change.
        version: i32,
    }
    refers {
        /// 适用区划:其下各社区均适用。The division it holds for, with all communities in it.
        division: Division = division_code,
    }
    parts {
        /// 事项。Its items.
        items: [WorkListItem],
        /// 意见与答复(不显示姓名)。What residents said and what was answered, without names.
        comments: [WorkListComment],
    }
    plus {
        /// 经过。What has happened.
        async fn history(&self, ctx: &Context<'_>) -> Result<Vec<CommunityStateChange>> {
            history(ctx, self.0.id).await
        }
    }
}

output! {
    /// 清单事项。An item of a list; it never changes.
    WorkListItem of domain::WorkListItem {
        /// 全局编号。Global id.
        id: ID,
        /// 编号。Its code.
        code: String,
        /// 名称。What is done.
        title: String,
        /// 依据文件。The document it rests on.
        basis_document: String,
        /// 责任部门。The department behind it.
        department: String,
        /// 频次。How often.
        period: WorkPeriod,
        /// 经费(分):费随事转。The money that comes with it.
        funding: Option<Fen>,
    }
    holds {
        /// 所在清单。The list it stands in.
        list: WorkList = list_id,
    }
    links {
        /// 准入申请(准入目录的事项)。The application that let it in.
        admission: Admission = admission_id,
    }
    plus {}
}

output! {
    /// 对清单的意见。A comment on a list.
    WorkListComment of domain::WorkListComment {
        /// 全局编号。Global id.
        id: ID,
        /// 内容。What was said.
        text: String,
        /// 提出时间。When.
        commented_at: DateTime<Utc>,
        /// 答复。What was answered.
        answer: Option<String>,
        /// 答复时间。When.
        answered_at: Option<DateTime<Utc>>,
    }
    plus {}
}

part! {
    /// 只看哪些清单。Which lists only.
    WorkListFilter => app::work_list::Filter {
        /// 此区划及其下级的清单。Of this division and all below it.
        division_code: Option<DivisionCode>,
        /// 在此社区适用的清单(含上级的)。Those that hold in this community, of the divisions above too.
        holding_in: Option<DivisionCode>,
        /// 种类。Of this kind.
        kind: Option<WorkListKind>,
        /// 状态。In this state.
        state: Option<WorkListState>,
    }
}

queries! {
    /// Work list queries.
    WorkListQuery of WorkList, domain::WorkListId {
        entity find_work_list_by_id;
        /// 按编号查清单。A list by id.
        one work_list;
        /// 清单,新的在前。Lists, newest first.
        many work_lists(WorkListFilter => app::work_list::Filter) by app::work_list::list;
    }
}
