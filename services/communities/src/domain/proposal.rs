//! 自治议题 (SM-3): 提、议、定、办、督、评.

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, Refusal,
    keys::{CommunityId, NeedId, ProcurementNeedId, ProposalId, ResidentId, TraceId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::project::ProjectRoute;

kernel::text_enum! {
    /// Where a proposal stands.
    pub enum ProposalState {
        /// 提出
        Raised = "RAISED",
        /// 审查通过
        Screened = "SCREENED",
        /// 不属议事范围
        OutOfScope = "OUT_OF_SCOPE",
        /// 附议人数已足
        Seconded = "SECONDED",
        /// 列入议程
        OnAgenda = "ON_AGENDA",
        /// 表决中
        Deliberating = "DELIBERATING",
        /// 通过
        Adopted = "ADOPTED",
        /// 未通过
        Rejected = "REJECTED",
        /// 再议
        MoreWork = "MORE_WORK",
        /// 公示
        Published = "PUBLISHED",
        /// 有异议
        Objected = "OBJECTED",
        /// 已立项
        Projectised = "PROJECTISED",
        /// 实施中
        Executing = "EXECUTING",
        /// 结果公布
        ResultPublished = "RESULT_PUBLISHED",
        /// 已评价
        Rated = "RATED",
    }
}

use ProposalState as S;

impl ProposalState {
    /// Every legal move; the database holds the same.
    pub const MOVES: &[(Self, Self)] = &[
        (S::Raised, S::Screened),
        (S::Raised, S::OutOfScope),
        (S::Screened, S::Seconded),
        (S::Seconded, S::OnAgenda),
        (S::OnAgenda, S::Deliberating),
        (S::Deliberating, S::Adopted),
        (S::Deliberating, S::Rejected),
        (S::Deliberating, S::MoreWork),
        (S::MoreWork, S::OnAgenda),
        (S::Adopted, S::Published),
        (S::Published, S::Objected),
        (S::Objected, S::Published),
        (S::Objected, S::MoreWork),
        (S::Published, S::Projectised),
        (S::Projectised, S::Executing),
        (S::Executing, S::ResultPublished),
        (S::ResultPublished, S::Rated),
    ];

    /// Whether the need goes back to those who look after it.
    pub fn gives_the_need_back(self) -> bool {
        matches!(self, S::OutOfScope | S::Rejected)
    }

    /// Whether a purchase for it may not be known here yet.
    pub fn awaits_project(self) -> bool {
        !matches!(
            self,
            S::OutOfScope
                | S::Rejected
                | S::Projectised
                | S::Executing
                | S::ResultPublished
                | S::Rated
        )
    }

    fn to(self, next: Self) -> Result<Self, Refusal> {
        if Self::MOVES.contains(&(self, next)) {
            return Ok(next);
        }
        Err(refuse!(
            Refused,
            "PROPOSAL_STATE",
            zh: "议题当前状态为 {self},不能变为 {next}",
            en: "the proposal is {self} and cannot become {next}",
        ))
    }
}

/// A proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    pub id: ProposalId,
    pub need_id: NeedId,
    pub trace_id: TraceId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub title: String,
    pub body: String,
    /// The token that raised it; for auditors.
    pub raised_by: String,
    /// The resident who raised it; none where staff did.
    pub raised_by_resident: Option<ResidentId>,
    pub seconds: i32,
    pub state: ProposalState,
    pub route: Option<ProjectRoute>,
    pub procurement_need_id: Option<ProcurementNeedId>,
    pub decided_at: Option<DateTime<Utc>>,
    pub published_at: Option<DateTime<Utc>>,
    pub objection_until: Option<DateTime<Utc>>,
    pub version: i32,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Proposal {
    /// Takes a step that has no rule of its own.
    pub fn step(&mut self, next: ProposalState, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state = self.state.to(next)?;
        self.updated_at = now;
        Ok(())
    }

    /// One more resident seconds it; enough of them carry it on.
    pub fn second(&mut self, enough: i64, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.state != S::Screened {
            return Err(refuse!(
                Refused,
                "PROPOSAL_STATE",
                zh: "议题当前不接受附议",
                en: "the proposal takes no seconds now",
            ));
        }
        self.seconds += 1;
        self.updated_at = now;
        if i64::from(self.seconds) >= enough {
            self.step(S::Seconded, now)?;
        }
        Ok(())
    }

    /// The vote decided; an earlier decision is no longer shown.
    pub fn decide(&mut self, next: ProposalState, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.step(next, now)?;
        self.decided_at = Some(now);
        self.withdraw();
        Ok(())
    }

    fn withdraw(&mut self) {
        self.published_at = None;
        self.objection_until = None;
    }

    /// The decision is shown to everybody until `until`.
    pub fn publish(&mut self, until: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.step(S::Published, now)?;
        self.published_at = Some(now);
        self.objection_until = Some(until);
        Ok(())
    }

    /// A resident objects while it is shown.
    pub fn object(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.objection_until.is_some_and(|until| now >= until) {
            return Err(refuse!(
                Refused,
                "PUBLICITY_ENDED",
                zh: "公示期已结束,不再接受异议",
                en: "the publicity period is over",
            ));
        }
        self.step(S::Objected, now)
    }

    /// The open objection is settled: upheld, residents talk again; else the
    /// decision is shown on, and the time that the objection took is given
    /// back to everybody else who may want to object.
    pub fn resolve(&mut self, upheld: bool, now: DateTime<Utc>) -> Result<(), Refusal> {
        let objected_at = self.updated_at;
        if self.state != S::Objected {
            return Err(refuse!(
                Refused,
                "OBJECTION_NOT_OPEN",
                zh: "该议题没有待处理的异议",
                en: "no objection to this proposal is open",
            ));
        }
        if upheld {
            self.step(S::MoreWork, now)?;
            self.withdraw();
        } else {
            self.step(S::Published, now)?;
            self.objection_until = self
                .objection_until
                .map(|until| until + (now - objected_at));
        }
        Ok(())
    }

    /// Whether it may become a project now.
    pub fn may_become_project(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state.to(S::Projectised)?;
        if self.objection_until.is_some_and(|until| now < until) {
            return Err(refuse!(
                Refused,
                "PUBLICITY_RUNNING",
                zh: "公示期尚未结束,不能立项",
                en: "the publicity period still runs",
            ));
        }
        Ok(())
    }

    /// Carried out by `route`.
    pub fn projectise(
        &mut self,
        route: ProjectRoute,
        purchase: Option<ProcurementNeedId>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.may_become_project(now)?;
        self.step(S::Projectised, now)?;
        self.route = Some(route);
        self.procurement_need_id = purchase;
        Ok(())
    }

    /// Whether residents adopted it and nobody's objection stands.
    pub fn is_adopted(&self, now: DateTime<Utc>) -> bool {
        match self.state {
            S::Published => self.objection_until.is_some_and(|until| now >= until),
            S::Projectised | S::Executing | S::ResultPublished | S::Rated => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_listed_moves_are_legal() {
        for &from in S::ALL {
            for &next in S::ALL {
                assert_eq!(from.to(next).is_ok(), S::MOVES.contains(&(from, next)));
            }
        }
    }

    fn published() -> Proposal {
        let now = at(0);
        Proposal {
            id: ProposalId::from_uuid(uuid::Uuid::nil()),
            need_id: NeedId::from_uuid(uuid::Uuid::nil()),
            trace_id: TraceId::from_uuid(uuid::Uuid::nil()),
            community_id: CommunityId::from_uuid(uuid::Uuid::nil()),
            division_code: DivisionCode::try_new("230103001001").unwrap(),
            title: "助餐".into(),
            body: "开办助餐点".into(),
            raised_by: "test".into(),
            raised_by_resident: None,
            seconds: 3,
            state: S::Published,
            route: None,
            procurement_need_id: None,
            decided_at: Some(now),
            published_at: Some(now),
            objection_until: Some(at(10)),
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + hour * 3600, 0).unwrap()
    }

    #[test]
    fn a_dismissed_objection_gives_its_time_back_to_the_others() {
        let mut proposal = published();
        proposal.object(at(9)).unwrap();
        assert!(proposal.may_become_project(at(20)).is_err());
        proposal.resolve(false, at(20)).unwrap();
        assert_eq!(proposal.objection_until, Some(at(21)));
        assert!(proposal.may_become_project(at(20)).is_err());
        assert!(!proposal.is_adopted(at(20)));
        assert!(proposal.is_adopted(at(21)));
        assert_eq!(
            proposal.resolve(false, at(22)).unwrap_err().reason,
            "OBJECTION_NOT_OPEN"
        );
    }

    #[test]
    fn an_upheld_objection_withdraws_the_decision() {
        let mut proposal = published();
        proposal.object(at(1)).unwrap();
        proposal.resolve(true, at(2)).unwrap();
        assert_eq!(proposal.state, S::MoreWork);
        assert_eq!(
            (proposal.published_at, proposal.objection_until),
            (None, None)
        );
    }

    #[test]
    fn takes_objections_until_just_before_the_end() {
        assert_eq!(
            published().object(at(10)).unwrap_err().reason,
            "PUBLICITY_ENDED"
        );
        assert!(
            published()
                .object(at(10) - chrono::TimeDelta::microseconds(1))
                .is_ok()
        );
    }

    #[test]
    fn every_state_can_be_reached_from_the_beginning() {
        let mut reached = vec![S::Raised];
        let mut at = 0;
        while at < reached.len() {
            for (from, next) in S::MOVES {
                if *from == reached[at] && !reached.contains(next) {
                    reached.push(*next);
                }
            }
            at += 1;
        }
        assert_eq!(reached.len(), S::ALL.len());
    }
}
