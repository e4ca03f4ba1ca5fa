//! How is bought, where it stands, and what was told after publication.

use async_graphql::{Enum, ID, SimpleObject};
use chrono::{DateTime, Utc};
use kit::graph::global;

use crate::domain::tender as domain;

/// 采购方式。How is bought.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::TenderMethod")]
pub enum TenderMethod {
    /// 公开招标。Open tender.
    Open,
    /// 竞争性磋商。Competitive consultation.
    Consultation,
    /// 邀请招标(尚不支持)。Invited tender; not offered yet.
    Invited,
    /// 竞争性谈判(尚不支持)。Competitive negotiation; not offered yet.
    Negotiation,
    /// 询价(尚不支持)。Inquiry; not offered yet.
    Inquiry,
    /// 单一来源(尚不支持)。Single source; not offered yet.
    SingleSource,
    /// 框架协议(尚不支持)。Framework agreement; not offered yet.
    Framework,
}

/// 招标项目状态。Where a tender stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::TenderState")]
pub enum TenderState {
    /// 草稿。Draft.
    Draft,
    /// 已公告。Published.
    Published,
    /// 开标中。Being opened.
    Opening,
    /// 已开标。Opened.
    Opened,
    /// 评审中。Under evaluation.
    Evaluating,
    /// 已排名。Ranked.
    Ranked,
    /// 已定标。Awarded.
    Awarded,
    /// 结果已公告。Its result is published.
    ResultPublished,
    /// 已签合同。Contracted.
    Contracted,
    /// 废标。Abandoned.
    Abandoned,
}

/// 废标事由。On what ground a tender is abandoned.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::AbandonGround")]
pub enum AbandonGround {
    /// 有效供应商不足。Too few valid suppliers.
    TooFew,
    /// 影响公正的违法违规行为。An irregularity.
    Irregularity,
    /// 报价均超预算。All prices above the budget.
    OverBudget,
    /// 重大变故取消。The task is cancelled.
    Cancelled,
    /// 质疑或投诉成立且影响结果。A challenge or complaint was upheld.
    ChallengeUpheld,
    /// 中标人拒绝或逾期未签合同。The winner does not sign.
    WinnerDeclined,
}

/// 公告类别。What a notice says.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::NoticeKind")]
pub enum TenderNoticeKind {
    /// 澄清。A clarification.
    Clarification,
    /// 延期。A later close.
    Extension,
}

/// 澄清或延期公告。A clarification or extension.
#[derive(SimpleObject)]
pub struct TenderNotice {
    /// 全局编号。Global id.
    id: ID,
    /// 类别。What it says.
    kind: TenderNoticeKind,
    /// 内容。Its text.
    text: String,
    /// 是否影响投标文件编制。Whether it affects bids.
    affects_bids: bool,
    /// 公告后的截止时间。The close after it.
    closes_at: DateTime<Utc>,
    /// 公告时间。When it was told.
    at: DateTime<Utc>,
}

impl From<domain::Notice> for TenderNotice {
    fn from(notice: domain::Notice) -> Self {
        Self {
            id: global(notice.id),
            kind: notice.kind.into(),
            text: notice.text,
            affects_bids: notice.affects_bids,
            closes_at: notice.closes_at,
            at: notice.at,
        }
    }
}
