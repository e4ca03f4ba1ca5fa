//! 资助协议: three instalments; the second follows the midterm evaluation, the third
//! the final one; ended early, what was wrongly paid comes back.

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, Fen, Ids, Refusal,
    keys::{ExpertId, FundId, OrganizationId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::{
    fund::EntryId, text, venture_application::VentureApplicationId, venture_round::VentureRoundId,
};

kernel::typed_id!(
    /// Grant agreement of a venture round (资助协议).
    VentureAgreementId, "venture_agreement");
kernel::typed_id!(
    /// Instalment of a grant (资助款).
    TrancheId, "venture_tranche");
kernel::typed_id!(
    /// Evaluation of a grant (评估).
    VentureEvaluationId, "venture_evaluation");

kernel::text_enum! {
    /// Where an agreement stands.
    pub enum VentureAgreementState {
        /// 履行中
        Performing = "PERFORMING",
        /// 已结项
        Closed = "CLOSED",
        /// 已终止
        Terminated = "TERMINATED",
        /// 已追回
        Recovered = "RECOVERED",
    }
}

impl VentureAgreementState {
    /// Every legal move; the database holds the same.
    pub const MOVES: &[(Self, Self)] = &[
        (Self::Performing, Self::Closed),
        (Self::Performing, Self::Terminated),
        (Self::Terminated, Self::Recovered),
    ];

    fn to(self, next: Self) -> Result<Self, Refusal> {
        if Self::MOVES.contains(&(self, next)) {
            return Ok(next);
        }
        Err(refuse!(
            Refused,
            "AGREEMENT_STATE",
            zh: "协议当前状态为 {self},不能变为 {next}",
            en: "the agreement is {self} and cannot become {next}",
        ))
    }
}

kernel::text_enum! {
    /// Which evaluation.
    pub enum EvaluationStage {
        /// 中期评估
        Midterm = "MIDTERM",
        /// 末期评估
        Final = "FINAL",
    }
}

impl EvaluationStage {
    /// The instalment it follows.
    pub const fn follows(self) -> i32 {
        match self {
            Self::Midterm => 1,
            Self::Final => 2,
        }
    }
}

/// An instalment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tranche {
    pub id: TrancheId,
    /// From 1.
    pub seq: i32,
    pub amount: Fen,
    pub entry_id: Option<EntryId>,
    pub paid_by: Option<String>,
    pub paid_at: Option<DateTime<Utc>>,
}

/// What an independent evaluator found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VentureEvaluation {
    pub id: VentureEvaluationId,
    pub stage: EvaluationStage,
    pub passed: bool,
    pub report: String,
    pub evaluator_id: ExpertId,
    pub evaluated_at: DateTime<Utc>,
}

/// A grant agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VentureAgreement {
    pub id: VentureAgreementId,
    pub application_id: VentureApplicationId,
    pub round_id: VentureRoundId,
    pub organization_id: OrganizationId,
    pub legal_person: bool,
    /// Who signs and keeps the money for an organisation that is no legal person.
    pub fiscal_host_id: Option<OrganizationId>,
    pub fund_id: FundId,
    pub division_code: DivisionCode,
    pub amount: Fen,
    pub state: VentureAgreementState,
    pub version: i32,
    pub signed_by: String,
    pub signed_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub ended_reason: Option<String>,
    pub to_recover: Fen,
    pub recovered: Fen,
    pub updated_at: DateTime<Utc>,
    pub tranches: Vec<Tranche>,
    pub evaluations: Vec<VentureEvaluation>,
}

/// A host, as far as this service needs to know.
#[derive(Clone, Copy, Debug)]
pub struct Host {
    pub id: OrganizationId,
    pub legal_person: bool,
    pub may_bid: bool,
}

/// Who signs: a legal person for itself, a filed organisation through a host (T8).
pub fn signatory(
    organization: OrganizationId,
    legal_person: bool,
    operator: OrganizationId,
    host: Option<Host>,
) -> Result<Option<OrganizationId>, Refusal> {
    const FIELD: &str = "input.fiscalHostId";
    let Some(host) = host else {
        if legal_person {
            return Ok(None);
        }
        return Err(refuse!(
            Refused,
            "FISCAL_HOST_MISSING",
            field: FIELD,
            zh: "备案组织不具备法人资格,须由代管机构签订协议",
            en: "a filed organisation is no legal person: a fiscal host signs for it",
        ));
    };
    if host.id == organization || !host.legal_person || !host.may_bid {
        return Err(refuse!(
            Refused,
            "FISCAL_HOST_UNFIT",
            field: FIELD,
            zh: "代管机构须为另一家具备法人资格、状态正常的组织",
            en: "a fiscal host is another organisation, a legal person in good standing",
        ));
    }
    if host.id == operator {
        return Err(refuse!(
            Refused,
            "HOST_IS_OPERATOR",
            field: FIELD,
            zh: "承办机构不得代签",
            en: "the operator of the round hosts no grant of it",
        ));
    }
    Ok(Some(host.id))
}

/// The instalments of an amount, to the 分.
pub fn tranches(amount: Fen, percents: &[i32], ids: &Ids) -> Result<Vec<Tranche>, Refusal> {
    let weights: Vec<u32> = percents.iter().map(|one| one.unsigned_abs()).collect();
    let amounts = amount.shares(&weights)?;
    let made = amounts.into_iter().zip(1..).map(|(amount, seq)| Tranche {
        id: TrancheId::new(ids),
        seq,
        amount,
        entry_id: None,
        paid_by: None,
        paid_at: None,
    });
    Ok(made.collect())
}

impl VentureAgreement {
    /// What was paid so far.
    pub fn paid(&self) -> Result<Fen, Refusal> {
        let paid = self.tranches.iter().filter(|one| one.paid_at.is_some());
        Ok(Fen::sum(paid.map(|one| one.amount))?)
    }

    /// Whether an evaluator may judge a stage now.
    pub fn check_evaluation(&self, stage: EvaluationStage) -> Result<(), Refusal> {
        self.performing()?;
        let due = self
            .tranches
            .iter()
            .any(|one| one.seq == stage.follows() && one.paid_at.is_some());
        if !due {
            return Err(refuse!(
                Refused,
                "EVALUATION_NOT_DUE",
                field: "input.stage",
                zh: "上一期资助款尚未支付,不能评估",
                en: "the instalment before is not paid yet",
            ));
        }
        if self.has_passed(stage) {
            return Err(refuse!(
                AlreadyExists,
                "EVALUATION_PASSED_ALREADY",
                field: "input.stage",
                zh: "该阶段评估已通过",
                en: "this stage has passed already",
            ));
        }
        Ok(())
    }

    /// The next instalment, where its evaluation passed.
    pub fn next_tranche(&self) -> Result<&Tranche, Refusal> {
        self.performing()?;
        let open = self.tranches.iter().filter(|one| one.paid_at.is_none());
        let Some(next) = open.min_by_key(|one| one.seq) else {
            return Err(refuse!(
                AlreadyExists,
                "TRANCHES_PAID",
                zh: "各期资助款均已支付",
                en: "every instalment is paid",
            ));
        };
        let needs = match next.seq {
            2 => Some(EvaluationStage::Midterm),
            3 => Some(EvaluationStage::Final),
            _ => None,
        };
        if needs.is_some_and(|stage| !self.has_passed(stage)) {
            return Err(refuse!(
                Refused,
                "EVALUATION_MISSING",
                zh: "中期或末期评估通过后才能支付本期资助款",
                en: "this instalment follows a passed evaluation",
            ));
        }
        Ok(next)
    }

    /// Paid in full: the project is closed.
    pub fn close(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state = self.state.to(VentureAgreementState::Closed)?;
        self.ended_at = Some(now);
        self.updated_at = now;
        Ok(())
    }

    /// Ended early; so much of what was paid is to come back.
    pub fn terminate(
        &mut self,
        reason: &str,
        to_recover: Fen,
        now: DateTime<Utc>,
    ) -> Result<Fen, Refusal> {
        let reason = text("input.reason", reason, 1000)?;
        let paid = self.paid()?;
        if to_recover.is_negative() || to_recover > paid {
            return Err(refuse!(
                Invalid,
                "RECOVER_MORE_THAN_PAID",
                field: "input.toRecover",
                zh: "追回金额不得小于零,也不得超过已付金额 {paid}",
                en: "what comes back is not below zero and not above the {paid} paid",
            ));
        }
        self.state = self.state.to(VentureAgreementState::Terminated)?;
        self.ended_at = Some(now);
        self.ended_reason = Some(reason);
        self.to_recover = to_recover;
        self.updated_at = now;
        Ok(self.amount.checked_sub(paid)?)
    }

    /// Money came back.
    pub fn recover(&mut self, amount: Fen, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.state != VentureAgreementState::Terminated {
            return Err(self.wrong());
        }
        let after = self.recovered.checked_add(amount)?;
        if amount <= Fen::ZERO || after > self.to_recover {
            let left = self.to_recover.checked_sub(self.recovered)?;
            return Err(refuse!(
                Invalid,
                "RECOVERED_TOO_MUCH",
                field: "input.amount",
                zh: "本次追回须大于零且不超过尚未追回的 {left}",
                en: "what comes back is above zero and at most the {left} still due",
            ));
        }
        self.recovered = after;
        if after == self.to_recover {
            self.state = self.state.to(VentureAgreementState::Recovered)?;
        }
        self.updated_at = now;
        Ok(())
    }

    /// Whether nothing is to come any more, neither work nor money.
    pub fn has_ended(&self) -> bool {
        self.state != VentureAgreementState::Performing && self.recovered == self.to_recover
    }

    fn has_passed(&self, stage: EvaluationStage) -> bool {
        let mut all = self.evaluations.iter();
        all.any(|one| one.stage == stage && one.passed)
    }

    fn performing(&self) -> Result<(), Refusal> {
        if self.state == VentureAgreementState::Performing {
            return Ok(());
        }
        Err(self.wrong())
    }

    fn wrong(&self) -> Refusal {
        let state = self.state;
        refuse!(
            Refused,
            "AGREEMENT_STATE",
            zh: "协议当前状态为 {state},不能进行此步骤",
            en: "the agreement is {state}; this step belongs to another state",
        )
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn org(n: u128) -> OrganizationId {
        OrganizationId::from_uuid(Uuid::from_u128(n))
    }

    #[test]
    fn only_the_listed_moves_are_legal() {
        for &from in VentureAgreementState::ALL {
            for &next in VentureAgreementState::ALL {
                let legal = VentureAgreementState::MOVES.contains(&(from, next));
                assert_eq!(from.to(next).is_ok(), legal, "{from} → {next}");
            }
        }
    }

    #[test]
    fn a_filed_organisation_signs_through_another_that_is_a_legal_person() {
        let host = |n, legal_person| {
            Some(Host {
                id: org(n),
                legal_person,
                may_bid: true,
            })
        };
        let reason = |host| signatory(org(1), false, org(9), host).unwrap_err().reason;
        assert_eq!(signatory(org(1), true, org(9), None).unwrap(), None);
        assert_eq!(reason(None), "FISCAL_HOST_MISSING");
        assert_eq!(reason(host(1, true)), "FISCAL_HOST_UNFIT");
        assert_eq!(reason(host(2, false)), "FISCAL_HOST_UNFIT");
        assert_eq!(reason(host(9, true)), "HOST_IS_OPERATOR");
        let signed = signatory(org(1), false, org(9), host(2, true)).unwrap();
        assert_eq!(signed, Some(org(2)));
    }
}
