//! 合同: the amount of the bid, split into the planned instalments.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    DivisionCode, Fen, Ids, Refusal,
    keys::{
        CommunityId, ContractId, FundId, MilestoneId, OrganizationId, ProcurementNeedId,
        SocialWorkerId, TenderId, TraceId,
    },
};
use serde::{Deserialize, Serialize};

use super::{
    award::AwardId,
    commission::CommissionId,
    criterion::PlannedMilestone,
    milestone::{Milestone, MilestoneState},
};

kernel::text_enum! {
    /// Where a contract stands.
    pub enum ContractState {
        /// 履行中
        Performing = "PERFORMING",
        /// 已完成
        Completed = "COMPLETED",
        /// 提前终止
        Terminated = "TERMINATED",
    }
}

/// Which contracts a list asks for.
#[derive(Clone, Debug, Default)]
pub struct ContractFilter {
    pub state: Option<ContractState>,
    pub below: Option<DivisionCode>,
    pub organization_id: Option<OrganizationId>,
    /// Only those whose term is over while they are still being performed.
    pub overdue_on: Option<NaiveDate>,
}

/// A contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contract {
    pub id: ContractId,
    pub trace_id: TraceId,
    /// The tender it comes from, or else the commission.
    pub tender_id: Option<TenderId>,
    pub award_id: Option<AwardId>,
    #[serde(default)]
    pub commission_id: Option<CommissionId>,
    pub need_id: ProcurementNeedId,
    pub fund_id: FundId,
    /// The contractor: an organisation, or else a social worker.
    pub organization_id: Option<OrganizationId>,
    #[serde(default)]
    pub social_worker_id: Option<SocialWorkerId>,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub amount: Fen,
    pub quantity: i64,
    pub state: ContractState,
    pub version: i32,
    pub signed_at: DateTime<Utc>,
    pub ends_on: NaiveDate,
    pub archived_until: NaiveDate,
    pub updated_at: DateTime<Utc>,
}

impl Contract {
    /// What one unit costs, rounded to the 分; the amount is what binds.
    pub fn unit_price(&self) -> Result<Fen, Refusal> {
        Ok(self.amount.ratio(1, self.quantity)?)
    }

    /// The instalments: exactly the amount, to the 分.
    pub fn milestones(
        &self,
        plan: Vec<PlannedMilestone>,
        ids: &Ids,
    ) -> Result<Vec<Milestone>, Refusal> {
        let weights: Vec<u32> = plan.iter().map(|m| m.percent.unsigned_abs()).collect();
        let amounts = self.amount.shares(&weights)?;
        let made = plan
            .into_iter()
            .zip(amounts)
            .zip(0..)
            .map(|((planned, amount), seq)| Milestone {
                id: MilestoneId::new(ids),
                contract_id: self.id,
                seq,
                title: planned.title,
                units: planned.units,
                percent: planned.percent,
                amount,
                state: MilestoneState::Planned,
                version: 1,
                note: None,
                delivered_units: None,
                submitted_at: None,
                accepted_at: None,
                accepted_by: None,
                accepted_by_organization: None,
                updated_at: self.signed_at,
            });
        Ok(made.collect())
    }
}
