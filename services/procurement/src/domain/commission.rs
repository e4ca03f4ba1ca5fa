//! 特定委托 (A71; 政府采购法 第三十一条): one supplier, for a reason of the law, shown to
//! everybody before it is signed.

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, Fen, Refusal, Term, WorkCalendar,
    keys::{
        CommunityId, ContractId, FundId, OrganizationId, ProcurementNeedId, SocialWorkerId, TraceId,
    },
    refuse,
};
use serde::{Deserialize, Serialize};

use super::{contract::Contract, text};

kernel::typed_id!(
    /// Specific commission (特定委托).
    CommissionId, "commission");
kernel::typed_id!(
    /// Objection to a commission (公示异议).
    CommissionObjectionId, "commission_objection");

kernel::text_enum! {
    /// Why one supplier is commissioned.
    pub enum CommissionGround {
        /// 只能从唯一供应商处采购
        UniqueSupplier = "UNIQUE_SUPPLIER",
        /// 不可预见的紧急情况
        Emergency = "EMERGENCY",
        /// 与原项目一致或配套的添购
        Continuity = "CONTINUITY",
    }
}

kernel::text_enum! {
    /// Where a commission stands.
    pub enum CommissionState {
        /// 公示中
        Published = "PUBLISHED",
        /// 已签合同
        Signed = "SIGNED",
        /// 已取消
        Cancelled = "CANCELLED",
    }
}

impl CommissionState {
    /// Every legal move; the database holds the same.
    pub const MOVES: &[(Self, Self)] = &[
        (Self::Published, Self::Signed),
        (Self::Published, Self::Cancelled),
    ];

    fn to(self, next: Self) -> Result<Self, Refusal> {
        if Self::MOVES.contains(&(self, next)) {
            return Ok(next);
        }
        Err(refuse!(
            Refused,
            "COMMISSION_STATE",
            zh: "特定委托当前状态为 {self},不能变为 {next}",
            en: "the commission is {self} and cannot become {next}",
        ))
    }
}

/// Who is commissioned: an organisation or a social worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Commissioned {
    Organization(OrganizationId),
    SocialWorker(SocialWorkerId),
}

impl Commissioned {
    /// Exactly one of the two.
    pub fn try_new(
        organization: Option<OrganizationId>,
        worker: Option<SocialWorkerId>,
    ) -> Result<Self, Refusal> {
        match (organization, worker) {
            (Some(id), None) => Ok(Self::Organization(id)),
            (None, Some(id)) => Ok(Self::SocialWorker(id)),
            _ => Err(refuse!(
                Invalid,
                "COMMISSION_SUPPLIER",
                field: "input.organizationId",
                zh: "承接方须为一家组织或一名社会工作者,二者选一",
                en: "name either an organisation or a social worker",
            )),
        }
    }

    /// The organisation, where it is one.
    pub const fn organization(self) -> Option<OrganizationId> {
        match self {
            Self::Organization(id) => Some(id),
            Self::SocialWorker(_) => None,
        }
    }

    /// The social worker, where it is one.
    pub const fn social_worker(self) -> Option<SocialWorkerId> {
        match self {
            Self::SocialWorker(id) => Some(id),
            Self::Organization(_) => None,
        }
    }
}

/// A commission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commission {
    pub id: CommissionId,
    pub trace_id: TraceId,
    pub need_id: ProcurementNeedId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub fund_id: FundId,
    pub supplier: Commissioned,
    pub title: String,
    pub ground: CommissionGround,
    pub reasons: String,
    /// The contract that is added to.
    pub continues_id: Option<ContractId>,
    pub amount: Fen,
    pub state: CommissionState,
    pub version: i32,
    pub published_by: String,
    pub published_at: DateTime<Utc>,
    pub objections_until: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub ended_reason: Option<String>,
    pub updated_at: DateTime<Utc>,
}

/// An objection while it is on show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommissionObjection {
    pub id: CommissionObjectionId,
    pub commission_id: CommissionId,
    pub text: String,
    pub raised_by: String,
    pub raised_at: DateTime<Utc>,
    pub upheld: Option<bool>,
    pub answer: Option<String>,
    pub answered_by: Option<String>,
    pub answered_at: Option<DateTime<Utc>>,
}

impl CommissionObjection {
    /// Answered once, for all to read.
    pub fn answer(
        &mut self,
        upheld: bool,
        answer: &str,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let answer = text("input.answer", answer, 2000)?;
        if self.answer.is_some() {
            return Err(refuse!(
                Refused,
                "OBJECTION_ANSWERED",
                zh: "该异议已答复",
                en: "this objection is answered already",
            ));
        }
        self.upheld = Some(upheld);
        self.answer = Some(answer);
        self.answered_by = Some(by.to_owned());
        self.answered_at = Some(now);
        Ok(())
    }
}

/// What is added to a contract, all of it together, is a small share of it and comes
/// from the same contractor.
pub fn check_continuity(
    ground: CommissionGround,
    continues: Option<&Contract>,
    supplier: Commissioned,
    added: Fen,
    most_percent: i64,
) -> Result<(), Refusal> {
    const FIELD: &str = "input.continuesId";
    let before = match (ground, continues) {
        (CommissionGround::Continuity, Some(before)) => before,
        (CommissionGround::Continuity, None) => {
            return Err(refuse!(
                Invalid,
                "CONTINUITY_CONTRACT_MISSING",
                field: FIELD,
                zh: "添购须指明原合同",
                en: "name the contract that is added to",
            ));
        }
        (_, None) => return Ok(()),
        (_, Some(_)) => {
            return Err(refuse!(
                Invalid,
                "CONTINUITY_CONTRACT_UNASKED",
                field: FIELD,
                zh: "只有添购才指明原合同",
                en: "only what is added to a contract names one",
            ));
        }
    };
    if before.organization_id != supplier.organization() {
        return Err(refuse!(
            Refused,
            "CONTINUITY_OTHER_SUPPLIER",
            field: FIELD,
            zh: "添购须向原供应商采购",
            en: "what is added comes from the first contractor",
        ));
    }
    if added > before.amount.percent(most_percent)? {
        return Err(refuse!(
            Refused,
            "CONTINUITY_ABOVE_SHARE",
            field: "input.amount",
            zh: "添购金额累计不得超过原合同的 {most_percent}%",
            en: "at most {most_percent} % of the first contract is added, all additions together",
        ));
    }
    Ok(())
}

/// Until when it is on show.
pub fn publicity(
    calendar: &WorkCalendar,
    working_days: u32,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, Refusal> {
    Ok(calendar.add(now, Term::WorkingDays(working_days))?)
}

impl Commission {
    /// Whether somebody may object now.
    pub fn takes_objections(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.state == CommissionState::Published && now <= self.objections_until {
            return Ok(());
        }
        Err(refuse!(
            Refused,
            "OBJECTION_CLOSED",
            field: "input.commissionId",
            zh: "不在公示期内",
            en: "the time for objections is not now",
        ))
    }

    /// Signed once nobody objects any more.
    pub fn sign(&mut self, open_objections: usize, now: DateTime<Utc>) -> Result<(), Refusal> {
        let next = self.state.to(CommissionState::Signed)?;
        if now <= self.objections_until || open_objections > 0 {
            let until = self.objections_until;
            return Err(refuse!(
                Refused,
                "OBJECTIONS_OPEN",
                zh: "公示期至 {until},仍有 {open_objections} 条异议未答复",
                en: "it is on show until {until}, {open_objections} objections are not answered",
            ));
        }
        self.state = next;
        self.ended_at = Some(now);
        self.updated_at = now;
        Ok(())
    }

    /// Given up, or an objection was upheld.
    pub fn cancel(&mut self, reason: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        let reason = text("input.reason", reason, 2000)?;
        self.state = self.state.to(CommissionState::Cancelled)?;
        self.ended_at = Some(now);
        self.ended_reason = Some(reason);
        self.updated_at = now;
        Ok(())
    }
}

/// Which commissions a list asks for.
#[derive(Clone, Debug, Default)]
pub struct CommissionFilter {
    pub state: Option<CommissionState>,
    pub below: Option<DivisionCode>,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn only_the_listed_moves_are_legal() {
        for &from in CommissionState::ALL {
            for &next in CommissionState::ALL {
                let legal = CommissionState::MOVES.contains(&(from, next));
                assert_eq!(from.to(next).is_ok(), legal, "{from} → {next}");
            }
        }
    }

    #[test]
    fn the_supplier_is_an_organisation_or_a_person() {
        let organization = OrganizationId::from_uuid(Uuid::from_u128(1));
        let worker = SocialWorkerId::from_uuid(Uuid::from_u128(2));
        Commissioned::try_new(Some(organization), None).unwrap();
        Commissioned::try_new(None, Some(worker)).unwrap();
        for (one, other) in [(None, None), (Some(organization), Some(worker))] {
            let refused = Commissioned::try_new(one, other).unwrap_err();
            assert_eq!(refused.reason, "COMMISSION_SUPPLIER");
        }
    }
}
