//! 招标项目 (A75, SM-17): from the draft to the contract.

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, Fen, Refusal,
    keys::{CommunityId, ProcurementNeedId, TenderId, TraceId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::{clocks::Clocks, text};

kernel::typed_id!(
    /// Criterion of a tender (评审因素).
    CriterionId, "criterion");
kernel::typed_id!(
    /// Notice on a tender (澄清、延期公告).
    NoticeId, "tender_notice");

kernel::text_enum! {
    /// How is bought.
    pub enum TenderMethod {
        /// 公开招标
        Open = "OPEN",
        /// 竞争性磋商
        Consultation = "CONSULTATION",
        /// 邀请招标
        Invited = "INVITED",
        /// 竞争性谈判
        Negotiation = "NEGOTIATION",
        /// 询价
        Inquiry = "INQUIRY",
        /// 单一来源
        SingleSource = "SINGLE_SOURCE",
        /// 框架协议
        Framework = "FRAMEWORK",
    }
}

impl TenderMethod {
    /// Only two methods are offered so far.
    pub fn check(self) -> Result<Self, Refusal> {
        match self {
            Self::Open | Self::Consultation => Ok(self),
            _ => Err(refuse!(
                Refused,
                "METHOD_NOT_OFFERED",
                field: "input.method",
                zh: "目前只支持公开招标和竞争性磋商,不支持 {self}",
                en: "only OPEN and CONSULTATION are offered so far, not {self}",
            )),
        }
    }

    /// The key of one of its numbers in the table of parameters.
    pub fn parameter(self, name: &str) -> String {
        format!("prc.{}.{name}", self.as_str().to_ascii_lowercase())
    }
}

kernel::text_enum! {
    /// Where a tender stands.
    pub enum TenderState {
        /// 草稿
        Draft = "DRAFT",
        /// 已公告
        Published = "PUBLISHED",
        /// 开标中
        Opening = "OPENING",
        /// 已开标
        Opened = "OPENED",
        /// 评审中
        Evaluating = "EVALUATING",
        /// 已排名
        Ranked = "RANKED",
        /// 已定标
        Awarded = "AWARDED",
        /// 结果已公告
        ResultPublished = "RESULT_PUBLISHED",
        /// 已签合同
        Contracted = "CONTRACTED",
        /// 废标
        Abandoned = "ABANDONED",
    }
}

impl TenderState {
    /// Every legal move; the database holds the same.
    pub const MOVES: &[(Self, Self)] = &[
        (Self::Draft, Self::Published),
        (Self::Published, Self::Opening),
        (Self::Opening, Self::Opened),
        (Self::Opened, Self::Evaluating),
        (Self::Evaluating, Self::Ranked),
        (Self::Ranked, Self::Awarded),
        (Self::Awarded, Self::ResultPublished),
        (Self::ResultPublished, Self::Contracted),
        (Self::Draft, Self::Abandoned),
        (Self::Published, Self::Abandoned),
        (Self::Opening, Self::Abandoned),
        (Self::Opened, Self::Abandoned),
        (Self::Evaluating, Self::Abandoned),
        (Self::Ranked, Self::Abandoned),
        // After the award only on a ground of the law.
        (Self::Awarded, Self::Abandoned),
        (Self::ResultPublished, Self::Abandoned),
    ];

    fn to(self, next: Self) -> Result<Self, Refusal> {
        if Self::MOVES.contains(&(self, next)) {
            return Ok(next);
        }
        Err(refuse!(
            Refused,
            "TENDER_STATE",
            zh: "招标项目当前状态为 {self},不能变为 {next}",
            en: "the tender is {self} and cannot become {next}",
        ))
    }

    /// Refuses a step that belongs to another state.
    pub fn must_be(self, wanted: Self) -> Result<(), Refusal> {
        if self == wanted {
            return Ok(());
        }
        Err(refuse!(
            Refused,
            "TENDER_STATE",
            zh: "招标项目当前状态为 {self},此步骤须在 {wanted} 进行",
            en: "the tender is {self}; this step belongs to {wanted}",
        ))
    }

    /// Whether the ranking is there to be seen (即时公布).
    pub fn is_ranked(self) -> bool {
        matches!(
            self,
            Self::Ranked | Self::Awarded | Self::ResultPublished | Self::Contracted
        )
    }

    /// Whether panel and sheets are there to be seen.
    pub fn is_result_published(self) -> bool {
        matches!(self, Self::ResultPublished | Self::Contracted)
    }

    /// Whether bids and prices were read out.
    pub fn is_opened(self) -> bool {
        !matches!(self, Self::Draft | Self::Published | Self::Opening)
    }
}

kernel::text_enum! {
    /// On what ground a tender is abandoned (政府采购法 第三十六条).
    pub enum AbandonGround {
        /// 有效供应商不足
        TooFew = "TOO_FEW",
        /// 影响公正的违法违规行为
        Irregularity = "IRREGULARITY",
        /// 报价均超预算
        OverBudget = "OVER_BUDGET",
        /// 重大变故,采购任务取消
        Cancelled = "CANCELLED",
        /// 质疑或投诉成立且影响结果
        ChallengeUpheld = "CHALLENGE_UPHELD",
        /// 中标人拒绝或逾期未签合同
        WinnerDeclined = "WINNER_DECLINED",
    }
}

impl AbandonGround {
    /// Whether it undoes an award.
    const fn undoes_award(self) -> bool {
        matches!(
            self,
            Self::Irregularity | Self::ChallengeUpheld | Self::WinnerDeclined
        )
    }
}

/// A tender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tender {
    pub id: TenderId,
    pub trace_id: TraceId,
    pub need_id: ProcurementNeedId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub method: TenderMethod,
    pub title: String,
    pub price_weight: i32,
    pub budget: Fen,
    /// No bid may be above it.
    pub ceiling: Fen,
    pub elder_care: bool,
    pub state: TenderState,
    pub version: i32,
    pub seed_commitment: Option<String>,
    pub created_at: DateTime<Utc>,
    pub published_at: Option<DateTime<Utc>>,
    pub clocks: Option<Clocks>,
    pub opened_at: Option<DateTime<Utc>>,
    pub ranked_at: Option<DateTime<Utc>>,
    /// Until when the buyer decides.
    pub decide_by: Option<DateTime<Utc>>,
    pub abandoned_reason: Option<String>,
    #[serde(default)]
    pub abandoned_ground: Option<AbandonGround>,
    pub updated_at: DateTime<Utc>,
}

impl Tender {
    /// The clocks of a published tender; a draft has none.
    pub fn clocks(&self) -> Result<Clocks, Refusal> {
        self.clocks.ok_or_else(super::clocks::closed)
    }

    /// Whether bids are taken at an instant.
    pub fn takes_bids(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.state == TenderState::Published && now < self.clocks()?.closes_at {
            return Ok(());
        }
        Err(super::clocks::closed())
    }

    /// Whether the close has come: before it, nobody learns how many bids there are.
    pub fn is_closed(&self, now: DateTime<Utc>) -> bool {
        self.clocks.is_some_and(|clocks| now >= clocks.closes_at)
    }

    /// Goes public.
    pub fn publish(&mut self, clocks: Clocks, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(TenderState::Published, now)?;
        self.published_at = Some(now);
        self.clocks = Some(clocks);
        Ok(())
    }

    /// The opening begins, where enough bids came in.
    pub fn open(&mut self, sealed: i64, least: i64, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state.must_be(TenderState::Published)?;
        let opens_at = self.clocks()?.opens_at;
        if now < opens_at {
            return Err(refuse!(
                Refused,
                "TENDER_NOT_DUE",
                zh: "未到开标时间 {opens_at}",
                en: "the opening is due at {opens_at}",
            ));
        }
        too_few(sealed, least)?;
        self.moves(TenderState::Opening, now)?;
        self.opened_at = Some(now);
        Ok(())
    }

    /// The opening ends, where enough valid bids were read out.
    pub fn finish_opening(
        &mut self,
        valid: i64,
        least: i64,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.state.must_be(TenderState::Opening)?;
        too_few(valid, least)?;
        self.moves(TenderState::Opened, now)
    }

    /// The evaluation begins, where enough bidders qualify.
    pub fn evaluate(
        &mut self,
        pending: i64,
        qualified: i64,
        least: i64,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.state.must_be(TenderState::Opened)?;
        if pending > 0 {
            return Err(refuse!(
                Refused,
                "QUALIFICATION_PENDING",
                zh: "仍有 {pending} 份投标未作资格审查",
                en: "{pending} bids are not yet judged for qualification",
            ));
        }
        if qualified < least {
            return Err(refuse!(
                Refused,
                "TENDER_TOO_FEW_QUALIFIED",
                zh: "资格合格的投标人只有 {qualified} 家,不足 {least} 家,不得评审",
                en: "{qualified} bidders qualify, {least} are needed: no evaluation",
            ));
        }
        self.moves(TenderState::Evaluating, now)
    }

    /// Ranked; the buyer's days to decide begin.
    pub fn rank(&mut self, decide_by: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(TenderState::Ranked, now)?;
        self.ranked_at = Some(now);
        self.decide_by = Some(decide_by);
        Ok(())
    }

    /// A winner is decided.
    pub fn award(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(TenderState::Awarded, now)
    }

    /// The result is public.
    pub fn publish_result(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(TenderState::ResultPublished, now)
    }

    /// A contract is signed.
    pub fn contract(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(TenderState::Contracted, now)
    }

    /// 废标, with its reason; after the award only on a ground that undoes it.
    pub fn abandon(
        &mut self,
        reason: &str,
        ground: Option<AbandonGround>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let reason = text("input.reason", reason, 500)?;
        let awarded = matches!(
            self.state,
            TenderState::Awarded | TenderState::ResultPublished
        );
        if awarded && !ground.is_some_and(AbandonGround::undoes_award) {
            return Err(refuse!(
                Refused,
                "ABANDON_GROUND_MISSING",
                field: "input.ground",
                zh: "定标后废标须有法定事由:违法违规、质疑或投诉成立、中标人拒绝签约",
                en: "after the award a tender is abandoned only for an irregularity, an upheld challenge, or a winner who does not sign",
            ));
        }
        self.moves(TenderState::Abandoned, now)?;
        self.abandoned_reason = Some(reason);
        self.abandoned_ground = ground;
        Ok(())
    }

    fn moves(&mut self, next: TenderState, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state = self.state.to(next)?;
        self.updated_at = now;
        Ok(())
    }
}

fn too_few(have: i64, least: i64) -> Result<(), Refusal> {
    if have >= least {
        return Ok(());
    }
    Err(refuse!(
        Refused,
        "TENDER_TOO_FEW_BIDS",
        zh: "有效投标只有 {have} 家,不足 {least} 家:不得继续,应当废标",
        en: "{have} valid bids, {least} are needed: the tender cannot go on and is to be abandoned",
    ))
}

/// Which tenders a list asks for.
#[derive(Clone, Debug, Default)]
pub struct TenderFilter {
    pub state: Option<TenderState>,
    pub below: Option<DivisionCode>,
}

kernel::text_enum! {
    /// What a notice says.
    pub enum NoticeKind {
        /// 澄清
        Clarification = "CLARIFICATION",
        /// 延期
        Extension = "EXTENSION",
    }
}

/// A clarification or extension, public as the tender is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub id: NoticeId,
    pub tender_id: TenderId,
    pub kind: NoticeKind,
    pub text: String,
    pub affects_bids: bool,
    pub closes_at: DateTime<Utc>,
    pub at: DateTime<Utc>,
}

#[cfg(test)]
mod tests;
