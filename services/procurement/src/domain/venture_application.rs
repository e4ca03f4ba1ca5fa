//! 创投申报: what an organisation designs and asks for, screened, visited, selected.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    Fen, Refusal,
    keys::{CommunityId, OrganizationId, SocialWorkerId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::{
    text,
    venture_round::{VentureRound, VentureRoundId},
    venture_score::VentureResult,
};

kernel::typed_id!(
    /// Application to a venture round (创投申报).
    VentureApplicationId, "venture_application");

kernel::text_enum! {
    /// Where an application stands.
    pub enum VentureApplicationState {
        /// 已提交
        Submitted = "SUBMITTED",
        /// 资格合格
        Eligible = "ELIGIBLE",
        /// 资格不合格
        Ineligible = "INELIGIBLE",
        /// 通过尽职调查
        Diligent = "DILIGENT",
        /// 未通过尽职调查
        Failed = "FAILED",
        /// 确定资助
        Selected = "SELECTED",
        /// 未入选
        NotSelected = "NOT_SELECTED",
        /// 异议成立,取消资格
        Disqualified = "DISQUALIFIED",
        /// 已签协议
        Agreed = "AGREED",
        /// 已撤回或放弃
        Withdrawn = "WITHDRAWN",
    }
}

impl VentureApplicationState {
    /// Every legal move; the database holds the same.
    pub const MOVES: &[(Self, Self)] = &[
        (Self::Submitted, Self::Eligible),
        (Self::Submitted, Self::Ineligible),
        (Self::Eligible, Self::Diligent),
        (Self::Eligible, Self::Failed),
        (Self::Diligent, Self::Selected),
        (Self::Diligent, Self::NotSelected),
        (Self::Diligent, Self::Disqualified),
        (Self::Selected, Self::Agreed),
        (Self::Submitted, Self::Withdrawn),
        (Self::Eligible, Self::Withdrawn),
        (Self::Diligent, Self::Withdrawn),
        (Self::Selected, Self::Withdrawn),
    ];

    fn to(self, next: Self) -> Result<Self, Refusal> {
        if Self::MOVES.contains(&(self, next)) {
            return Ok(next);
        }
        Err(refuse!(
            Refused,
            "VENTURE_APPLICATION_STATE",
            zh: "申报当前状态为 {self},不能变为 {next}",
            en: "the application is {self} and cannot become {next}",
        ))
    }
}

/// An application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VentureApplication {
    pub id: VentureApplicationId,
    pub round_id: VentureRoundId,
    pub organization_id: OrganizationId,
    /// Filed organisations are no legal person: a host signs for them.
    pub legal_person: bool,
    pub community_id: CommunityId,
    pub social_worker_id: SocialWorkerId,
    pub title: String,
    pub plan: String,
    pub elder_care: bool,
    pub beneficiaries: i32,
    pub requested: Fen,
    pub state: VentureApplicationState,
    pub version: i32,
    /// What screening, visit or objection found.
    pub finding: Option<String>,
    pub visited_on: Option<NaiveDate>,
    pub submitted_by: String,
    pub submitted_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What is applied for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewVentureApplication {
    pub organization_id: OrganizationId,
    pub community_id: CommunityId,
    pub social_worker_id: SocialWorkerId,
    pub title: String,
    pub plan: String,
    pub elder_care: bool,
    pub beneficiaries: i32,
    pub requested: Fen,
}

impl NewVentureApplication {
    /// Checks an application against its round.
    pub fn check(self, round: &VentureRound) -> Result<Self, Refusal> {
        let title = text("input.title", &self.title, 200)?;
        let plan = text("input.plan", &self.plan, 8000)?;
        if self.organization_id == round.operator_id {
            return Err(refuse!(
                Refused,
                "OPERATOR_APPLIES",
                field: "input.organizationId",
                zh: "承办机构不得申报",
                en: "the operator of a round does not apply to it",
            ));
        }
        if self.beneficiaries < 1 {
            return Err(refuse!(
                Invalid,
                "BENEFICIARIES_MISSING",
                field: "input.beneficiaries",
                zh: "受益人数须大于零",
                en: "somebody must benefit",
            ));
        }
        let cap = round.grant_cap;
        if self.requested <= Fen::ZERO || self.requested > cap {
            return Err(refuse!(
                Refused,
                "GRANT_ABOVE_CAP",
                field: "input.requested",
                zh: "申请金额须大于零,且不超过单个项目上限 {cap}",
                en: "the amount asked for is above zero and at most {cap}",
            ));
        }
        Ok(Self {
            title,
            plan,
            ..self
        })
    }
}

impl VentureApplication {
    /// 资格审查.
    pub fn screen(
        &mut self,
        passed: bool,
        note: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if passed {
            return self.moves(VentureApplicationState::Eligible, now);
        }
        let note = text("input.note", note.unwrap_or_default(), 2000)?;
        self.moves(VentureApplicationState::Ineligible, now)?;
        self.finding = Some(note);
        Ok(())
    }

    /// 尽职调查, with the day of the visit.
    pub fn diligence(
        &mut self,
        passed: bool,
        visited_on: NaiveDate,
        findings: &str,
        today: NaiveDate,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let findings = text("input.findings", findings, 2000)?;
        if visited_on > today {
            return Err(refuse!(
                Invalid,
                "VISIT_IN_FUTURE",
                field: "input.visitedOn",
                zh: "走访日期不得晚于今天",
                en: "the day of the visit is not in the future",
            ));
        }
        self.moves(
            if passed {
                VentureApplicationState::Diligent
            } else {
                VentureApplicationState::Failed
            },
            now,
        )?;
        self.finding = Some(findings);
        self.visited_on = Some(visited_on);
        Ok(())
    }

    /// An objection against it was upheld.
    pub fn disqualify(&mut self, why: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(VentureApplicationState::Disqualified, now)?;
        self.finding = Some(why.to_owned());
        Ok(())
    }

    /// Funded or not.
    pub fn select(&mut self, funded: bool, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(
            if funded {
                VentureApplicationState::Selected
            } else {
                VentureApplicationState::NotSelected
            },
            now,
        )
    }

    /// Its agreement is signed.
    pub fn agree(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(VentureApplicationState::Agreed, now)
    }

    /// Taken back; whether money was held for it.
    pub fn withdraw(&mut self, now: DateTime<Utc>) -> Result<bool, Refusal> {
        let held = self.state == VentureApplicationState::Selected;
        self.moves(VentureApplicationState::Withdrawn, now)?;
        Ok(held)
    }

    fn moves(&mut self, next: VentureApplicationState, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state = self.state.to(next)?;
        self.updated_at = now;
        Ok(())
    }
}

/// Who is funded: by rank, from the points to pass on, as long as the budget lasts;
/// the first that no longer fits ends the list.
pub fn selection(
    round: &VentureRound,
    results: &[VentureResult],
    standing: &[VentureApplication],
) -> Result<Vec<VentureApplicationId>, Refusal> {
    let mut ranked: Vec<&VentureResult> = results.iter().collect();
    ranked.sort_by_key(|one| one.rank);
    let least = i64::from(round.pass_points) * 1_000_000;
    let (mut left, mut funded) = (round.budget, Vec::new());
    for one in ranked {
        let Some(project) = standing.iter().find(|a| a.id == one.application_id) else {
            continue;
        };
        if one.total_micro < least || project.requested > left {
            break;
        }
        left = left.checked_sub(project.requested)?;
        funded.push(project.id);
    }
    Ok(funded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_listed_moves_are_legal() {
        for &from in VentureApplicationState::ALL {
            for &next in VentureApplicationState::ALL {
                let legal = VentureApplicationState::MOVES.contains(&(from, next));
                assert_eq!(from.to(next).is_ok(), legal, "{from} → {next}");
            }
        }
    }
}
