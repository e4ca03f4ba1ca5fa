//! 公益创投 (A74, SM-18): planned, called, judged on site, published at once, paid in
//! instalments.

mod new;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, Fen, Refusal, china_date,
    keys::{ExpertId, FundId, OrganizationId},
    refuse,
};
use serde::{Deserialize, Serialize};

pub use new::NewVentureRound;

use super::{tender::CriterionId, text};

kernel::typed_id!(
    /// Venture round (公益创投).
    VentureRoundId, "venture_round");

kernel::text_enum! {
    /// Where a venture round stands.
    pub enum VentureRoundState {
        /// 计划
        Planned = "PLANNED",
        /// 征集中
        Calling = "CALLING",
        /// 资格审查和尽职调查
        Reviewing = "REVIEWING",
        /// 现场答辩打分
        Defence = "DEFENCE",
        /// 结果已公布,公示中
        Published = "PUBLISHED",
        /// 已确定资助
        Confirmed = "CONFIRMED",
        /// 已结项
        Closed = "CLOSED",
        /// 已取消
        Cancelled = "CANCELLED",
    }
}

impl VentureRoundState {
    /// Every legal move; the database holds the same.
    pub const MOVES: &[(Self, Self)] = &[
        (Self::Planned, Self::Calling),
        (Self::Calling, Self::Reviewing),
        (Self::Reviewing, Self::Defence),
        (Self::Defence, Self::Published),
        (Self::Published, Self::Confirmed),
        (Self::Confirmed, Self::Closed),
        (Self::Planned, Self::Cancelled),
        (Self::Calling, Self::Cancelled),
        (Self::Reviewing, Self::Cancelled),
        (Self::Defence, Self::Cancelled),
    ];

    fn to(self, next: Self) -> Result<Self, Refusal> {
        if Self::MOVES.contains(&(self, next)) {
            return Ok(next);
        }
        Err(refuse!(
            Refused,
            "VENTURE_ROUND_STATE",
            zh: "创投当前状态为 {self},不能变为 {next}",
            en: "the venture round is {self} and cannot become {next}",
        ))
    }

    /// Refuses a step that belongs to another state.
    pub fn must_be(self, wanted: Self) -> Result<(), Refusal> {
        if self == wanted {
            return Ok(());
        }
        Err(refuse!(
            Refused,
            "VENTURE_ROUND_STATE",
            zh: "创投当前状态为 {self},此步骤须在 {wanted} 进行",
            en: "the venture round is {self}; this step belongs to {wanted}",
        ))
    }

    /// Whether the totals are there to be seen.
    pub const fn is_published(self) -> bool {
        matches!(self, Self::Published | Self::Confirmed | Self::Closed)
    }
}

/// What a round judges by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VentureCriterion {
    pub id: CriterionId,
    pub name: String,
    pub weight: i32,
    pub max_score: i32,
}

/// A venture round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VentureRound {
    pub id: VentureRoundId,
    pub division_code: DivisionCode,
    pub fund_id: FundId,
    pub title: String,
    pub theme: String,
    pub budget: Fen,
    /// What one project may be given at most.
    pub grant_cap: Fen,
    pub operator_id: OrganizationId,
    /// Whether the operator is registered outside the city of the round.
    pub operator_outside: bool,
    pub drop_extremes: bool,
    pub pass_points: i32,
    pub tranche_percents: Vec<i32>,
    pub criteria: Vec<VentureCriterion>,
    pub state: VentureRoundState,
    pub version: i32,
    pub planned_by: String,
    pub planned_at: DateTime<Utc>,
    pub called_at: Option<DateTime<Utc>>,
    pub closes_at: Option<DateTime<Utc>>,
    pub published_at: Option<DateTime<Utc>>,
    pub objections_until: Option<DateTime<Utc>>,
    pub confirmed_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub cancelled_reason: Option<String>,
    pub updated_at: DateTime<Utc>,
}

/// Whether an operator comes from outside: registered in another city.
pub fn is_outside(registered: DivisionCode, round: DivisionCode) -> bool {
    registered.as_str().get(..4) != round.as_str().get(..4)
}

/// What is asked of reviewers.
#[derive(Clone, Copy, Debug)]
pub struct ReviewerRules {
    pub least: i64,
    /// Where the highest and lowest total are dropped.
    pub least_dropping: i64,
}

impl VentureRound {
    /// The call goes out, its budget held.
    pub fn call(
        &mut self,
        closes_at: DateTime<Utc>,
        call_days: i64,
        must_be_outside: bool,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if must_be_outside && !self.operator_outside {
            return Err(refuse!(
                Refused,
                "FIRST_ROUND_NOT_OUTSIDE",
                zh: "首次公益创投须由外埠专业机构承办",
                en: "the first round of a county is operated by a professional organisation from outside",
            ));
        }
        if (china_date(closes_at) - china_date(now)).num_days() < call_days {
            return Err(refuse!(
                Refused,
                "VENTURE_CALL_TOO_SHORT",
                field: "input.closesAt",
                zh: "征集期不得少于 {call_days} 日",
                en: "the call lasts at least {call_days} days",
            ));
        }
        self.moves(VentureRoundState::Calling, now)?;
        self.called_at = Some(now);
        self.closes_at = Some(closes_at);
        Ok(())
    }

    /// Whether it takes applications at an instant.
    pub fn takes_applications(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        let open = self.closes_at.is_some_and(|at| now < at);
        if self.state == VentureRoundState::Calling && open {
            return Ok(());
        }
        Err(refuse!(
            Refused,
            "VENTURE_CALL_CLOSED",
            field: "input.roundId",
            zh: "征集已截止或尚未开始",
            en: "this round does not take applications now",
        ))
    }

    /// The first screening after the close begins the review.
    pub fn review(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.state == VentureRoundState::Reviewing {
            return Ok(());
        }
        if self.state == VentureRoundState::Calling && self.closes_at.is_some_and(|at| now < at) {
            return Err(refuse!(
                Refused,
                "VENTURE_CALL_OPEN",
                zh: "征集尚未截止,不能审查",
                en: "the call is still open; nothing is screened before its end",
            ));
        }
        self.moves(VentureRoundState::Reviewing, now)
    }

    /// The defence begins before reviewers who are odd in number and enough.
    pub fn begin_defence(
        &mut self,
        pending: usize,
        standing: usize,
        reviewers: &[ExpertId],
        rules: ReviewerRules,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.state.must_be(VentureRoundState::Reviewing)?;
        if pending > 0 || standing == 0 {
            return Err(refuse!(
                Refused,
                "DILIGENCE_PENDING",
                zh: "仍有 {pending} 个项目未完成审查,通过尽职调查的有 {standing} 个",
                en: "{pending} projects are not decided yet, {standing} passed due diligence",
            ));
        }
        let least = if self.drop_extremes {
            rules.least.max(rules.least_dropping)
        } else {
            rules.least
        };
        let distinct: BTreeSet<&ExpertId> = reviewers.iter().collect();
        let size = distinct.len();
        if size != reviewers.len()
            || size.is_multiple_of(2)
            || i64::try_from(size).unwrap_or(i64::MAX) < least
        {
            return Err(refuse!(
                Refused,
                "PANEL_SIZE",
                field: "input.reviewerIds",
                zh: "评委须为 {least} 人以上单数且不重复,现为 {size} 人",
                en: "reviewers are odd in number, distinct and at least {least}, not {size}",
            ));
        }
        self.moves(VentureRoundState::Defence, now)
    }

    /// The last sheet is locked: everything is public at once.
    pub fn publish(
        &mut self,
        objections_until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.moves(VentureRoundState::Published, now)?;
        self.published_at = Some(now);
        self.objections_until = Some(objections_until);
        Ok(())
    }

    /// Whether somebody may object now.
    pub fn takes_objections(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        let open = self.objections_until.is_some_and(|until| now <= until);
        if self.state == VentureRoundState::Published && open {
            return Ok(());
        }
        Err(refuse!(
            Refused,
            "OBJECTION_CLOSED",
            field: "input.roundId",
            zh: "不在公示期内",
            en: "the time for objections is not now",
        ))
    }

    /// Who is funded is settled, after the time for objections.
    pub fn confirm(&mut self, open_objections: usize, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state.must_be(VentureRoundState::Published)?;
        let running = self.objections_until.is_some_and(|until| now <= until);
        if running || open_objections > 0 {
            return Err(refuse!(
                Refused,
                "OBJECTIONS_OPEN",
                zh: "公示期未满,或仍有 {open_objections} 条异议未答复",
                en: "the time for objections runs, or {open_objections} are not answered",
            ));
        }
        self.moves(VentureRoundState::Confirmed, now)?;
        self.confirmed_at = Some(now);
        Ok(())
    }

    /// Every grant has ended.
    pub fn close(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(VentureRoundState::Closed, now)?;
        self.ended_at = Some(now);
        Ok(())
    }

    /// Called off before anything was published; whether money is held for it.
    pub fn cancel(&mut self, reason: &str, now: DateTime<Utc>) -> Result<bool, Refusal> {
        let reason = text("input.reason", reason, 500)?;
        let held = self.called_at.is_some();
        self.moves(VentureRoundState::Cancelled, now)?;
        self.cancelled_reason = Some(reason);
        self.ended_at = Some(now);
        Ok(held)
    }

    fn moves(&mut self, next: VentureRoundState, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state = self.state.to(next)?;
        self.updated_at = now;
        Ok(())
    }
}

/// Which rounds a list asks for.
#[derive(Clone, Debug, Default)]
pub struct VentureRoundFilter {
    pub state: Option<VentureRoundState>,
    pub below: Option<DivisionCode>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_listed_moves_are_legal() {
        for &from in VentureRoundState::ALL {
            for &next in VentureRoundState::ALL {
                let legal = VentureRoundState::MOVES.contains(&(from, next));
                assert_eq!(from.to(next).is_ok(), legal, "{from} → {next}");
            }
        }
    }

    #[test]
    fn outside_is_another_city() {
        let code = |text: &str| DivisionCode::try_new(text).unwrap();
        let round = code("230103000000");
        assert!(!is_outside(code("230102001001"), round));
        assert!(is_outside(code("310101000000"), round));
        assert!(is_outside(code("230200000000"), round));
    }
}
