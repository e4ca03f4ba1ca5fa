//! Mutations of lists, with what they take and answer.

use async_graphql::ID;
use kit::graph::{DivisionCode, Fen};

use super::{WorkList, WorkListComment, WorkListItem, WorkListKind, WorkPeriod};
use crate::{
    app::{ask::Only, work_list as app},
    domain::work_list as domain,
    graphql::shape::{input, mutations},
};

type ListOnly = Only<domain::WorkListId>;
type ItemOnly = Only<domain::WorkListItemId>;

input! {
    /// 起草清单的输入。A new version of a list.
    DraftWorkListInput => app::Draft {
        /// 种类。Which of the four.
        kind: WorkListKind,
        /// 适用区划。The division it holds for.
        division_code: DivisionCode,
        /// 名称(1 至 100 字)。Its title, 1 to 100 characters.
        title: String,
        /// 依据文件(1 至 200 字)。The document it rests on, 1 to 200 characters.
        basis_document: String,
    }
}

input! {
    /// 增加事项的输入。An item of a draft.
    AddWorkListItemInput => app::AddItem {
        /// 清单。The draft.
        list_id: ID,
        /// 编号:大写字母、数字、点、横线。Capital letters, digits, dots, dashes.
        code: String,
        /// 名称(1 至 200 字)。What is done, 1 to 200 characters.
        title: String,
        /// 依据文件。The document it rests on.
        basis_document: String,
        /// 责任部门。The department behind it.
        department: String,
        /// 频次。How often.
        period: WorkPeriod,
        /// 经费(分);准入目录必填。The money; required in the admission catalogue.
        funding: Option<Fen>,
        /// 已批准的准入申请;准入目录必填。The approved application; required in the admission catalogue.
        admission_id: Option<ID>,
    }
}

input! {
    /// 删除事项的输入。Which item goes.
    RemoveWorkListItemInput => ItemOnly {
        /// 事项。The item.
        id: ID,
    }
}

input! {
    /// 公开征求意见的输入。Which draft.
    OpenWorkListCommentInput => ListOnly {
        /// 清单。The draft.
        id: ID,
    }
}

input! {
    /// 退回修改的输入。Which list goes back to its draft.
    ReopenWorkListInput => ListOnly {
        /// 清单。The list.
        id: ID,
    }
}

input! {
    /// 提意见的输入。What a resident says.
    CommentOnWorkListInput => app::Comment {
        /// 清单。The list.
        list_id: ID,
        /// 意见(1 至 1000 字)。The comment, 1 to 1000 characters.
        text: String,
    }
}

input! {
    /// 答复意见的输入。What is answered.
    AnswerWorkListCommentInput => app::Answer {
        /// 意见。The comment.
        comment_id: ID,
        /// 答复(1 至 1000 字)。The answer, 1 to 1000 characters.
        answer: String,
    }
}

input! {
    /// 批准清单的输入。By which document.
    ApproveWorkListInput => app::Approve {
        /// 清单。The list.
        list_id: ID,
        /// 批准文件。The document of the approval.
        approval_document: String,
    }
}

input! {
    /// 施行清单的输入。Which list comes into force.
    EnforceWorkListInput => ListOnly {
        /// 清单。The list.
        id: ID,
    }
}

input! {
    /// 废止清单的输入。Which list is retired.
    RetireWorkListInput => ListOnly {
        /// 清单。The list.
        id: ID,
    }
}

mutations! {
    /// Work list mutations.
    WorkListMutation {
        /// 起草清单(社区、民政)。Drafts a version of a list: community staff or civil affairs.
        draft_work_list(DraftWorkListInput) -> DraftWorkListPayload { list: WorkList }
            by app::draft;
        /// 增加事项(起草中)。Adds an item to a draft.
        add_work_list_item(AddWorkListItemInput) -> AddWorkListItemPayload { item: WorkListItem }
            by app::add_item;
        /// 删除事项(起草中)。Takes an item out of a draft.
        remove_work_list_item(RemoveWorkListItemInput) -> RemoveWorkListItemPayload { list: WorkList }
            by app::remove_item;
        /// 公开征求意见。Opens a draft to comments, for as long as the rule says.
        open_work_list_comment(OpenWorkListCommentInput) -> OpenWorkListCommentPayload { list: WorkList }
            by app::open_comment;
        /// 退回修改。Takes a list back to its draft.
        reopen_work_list(ReopenWorkListInput) -> ReopenWorkListPayload { list: WorkList }
            by app::reopen;
        /// 提意见(适用区划内的居民)。Comments on a list: residents of where it holds.
        comment_on_work_list(CommentOnWorkListInput) -> CommentOnWorkListPayload { comment: WorkListComment }
            by app::comment;
        /// 答复意见。Answers a comment, once.
        answer_work_list_comment(AnswerWorkListCommentInput) -> AnswerWorkListCommentPayload { comment: WorkListComment }
            by app::answer;
        /// 批准清单(民政):意见期满且全部答复之后。Approves a list after all comments were answered.
        approve_work_list(ApproveWorkListInput) -> ApproveWorkListPayload { list: WorkList }
            by app::approve;
        /// 施行清单(民政):自今日起,前一版同时废止。In force from today; the version before is retired.
        enforce_work_list(EnforceWorkListInput) -> EnforceWorkListPayload { list: WorkList }
            by app::enforce;
        /// 废止清单(民政):自今日起。Retires a list from today.
        retire_work_list(RetireWorkListInput) -> RetireWorkListPayload { list: WorkList }
            by app::retire;
    }
}
