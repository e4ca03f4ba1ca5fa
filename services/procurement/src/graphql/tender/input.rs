//! What the mutations of a tender take and answer.

use async_graphql::{ID, InputObject, SimpleObject};
use chrono::{DateTime, Utc};

use super::{AbandonGround, Tender, TenderMethod};
use crate::graphql::criterion::{CriterionInput, PlannedMilestoneInput};

/// 编制招标项目的输入。A new tender.
#[derive(InputObject)]
pub struct CreateTenderInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    pub idempotency_key: String,
    /// 已预留预算的采购需求。The need, its budget held.
    pub need_id: ID,
    /// 采购方式。How is bought.
    pub method: TenderMethod,
    /// 名称。Its title.
    pub title: String,
    /// 价格分权重(%)。What the price weighs, in percent.
    pub price_weight: i32,
    /// 是否要求居家养老服务能力。Whether suppliers must be capable of home-based elder care.
    #[graphql(default = false)]
    pub elder_care: bool,
    /// 评审因素;未列价格的自动加入。The criteria; the price is added where it is not listed.
    pub criteria: Vec<CriterionInput>,
    /// 付款节点,比例合计 100。The instalments; their percentages sum to 100.
    pub milestones: Vec<PlannedMilestoneInput>,
}

/// 编制招标项目的结果。The tender.
#[derive(SimpleObject)]
pub struct CreateTenderPayload {
    /// 招标项目。The tender.
    pub tender: Tender,
}

/// 发布招标公告的输入。The clocks of the notice.
#[derive(InputObject)]
pub struct PublishTenderInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    pub idempotency_key: String,
    /// 招标项目。The tender.
    pub tender_id: ID,
    /// 招标文件提供至(不少于 5 个工作日)。Until when the documents are offered.
    pub documents_until: DateTime<Utc>,
    /// 投标截止(公开招标不少于 20 日)。When bidding closes.
    pub closes_at: DateTime<Utc>,
    /// 开标时间。When the opening is due.
    pub opens_at: DateTime<Utc>,
    /// 抽取种子的 SHA-256(十六进制),先承诺后抽取,必填。SHA-256 of the seed of the draw in
    /// hexadecimal, committed to before the bids are known; required.
    pub seed_commitment: Option<String>,
}

/// 发布招标公告的结果。The tender after it.
#[derive(SimpleObject)]
pub struct PublishTenderPayload {
    /// 招标项目。The tender.
    pub tender: Tender,
}

/// 延期的输入。A later close.
#[derive(InputObject)]
pub struct ExtendTenderInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    pub idempotency_key: String,
    /// 招标项目。The tender.
    pub tender_id: ID,
    /// 新的截止时间。The new close.
    pub closes_at: DateTime<Utc>,
    /// 新的开标时间;不填则与截止同时。The new opening; with the close where it is left out.
    pub opens_at: Option<DateTime<Utc>>,
    /// 理由。Why.
    pub reason: Option<String>,
}

/// 延期的结果。The tender after it.
#[derive(SimpleObject)]
pub struct ExtendTenderPayload {
    /// 招标项目。The tender.
    pub tender: Tender,
}

/// 澄清的输入。An answer for all.
#[derive(InputObject)]
pub struct ClarifyTenderInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    pub idempotency_key: String,
    /// 招标项目。The tender.
    pub tender_id: ID,
    /// 内容。Its text.
    pub text: String,
    /// 是否影响投标文件编制。Whether it affects bids.
    #[graphql(default = false)]
    pub affects_bids: bool,
    /// 顺延后的截止时间。A later close, needed where a clarification that affects bids comes late.
    pub closes_at: Option<DateTime<Utc>>,
    /// 顺延后的开标时间;不填则与截止同时。The opening; with the close where it is left out.
    pub opens_at: Option<DateTime<Utc>>,
}

/// 澄清的结果。The tender after it.
#[derive(SimpleObject)]
pub struct ClarifyTenderPayload {
    /// 招标项目。The tender.
    pub tender: Tender,
}

/// 开标的输入。The tender to open.
#[derive(InputObject)]
pub struct OpenTenderInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    pub idempotency_key: String,
    /// 招标项目。The tender.
    pub tender_id: ID,
}

/// 开标的结果。The tender after it.
#[derive(SimpleObject)]
pub struct OpenTenderPayload {
    /// 招标项目。The tender.
    pub tender: Tender,
}

/// 结束开标的输入。The tender whose opening ends.
#[derive(InputObject)]
pub struct FinishOpeningInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    pub idempotency_key: String,
    /// 招标项目。The tender.
    pub tender_id: ID,
}

/// 结束开标的结果。The tender after it.
#[derive(SimpleObject)]
pub struct FinishOpeningPayload {
    /// 招标项目。The tender.
    pub tender: Tender,
}

/// 废标的输入。Why a tender is abandoned.
#[derive(InputObject)]
pub struct AbandonTenderInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    pub idempotency_key: String,
    /// 招标项目。The tender.
    pub tender_id: ID,
    /// 理由。Why.
    pub reason: String,
    /// 法定事由;定标后必填。The ground of the law; required after the award.
    pub ground: Option<AbandonGround>,
}

/// 废标的结果。The tender after it.
#[derive(SimpleObject)]
pub struct AbandonTenderPayload {
    /// 招标项目。The tender.
    pub tender: Tender,
}
