//! 公益创投资金托管 (A33, T5, T8): money of filed organisations, kept by the
//! service centre of their community.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Fen, Refusal, keys::OrganizationId, refuse, typed_id};
use serde::{Deserialize, Serialize};

use super::{
    ledger::MoneyEntryId,
    moves::{Moves as _, moves},
    organization::{Organization, OrganizationStatus},
    service_centre::{CentreLevel, ServiceCentre, ServiceCentreId},
};

typed_id!(
    /// Account of a filed organisation (托管账户).
    CustodyAccountId, "custody_account");
typed_id!(
    /// Request to pay from an account (用款申请).
    CustodyRequestId, "custody_request");

/// An account. Its balance is what the ledger says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustodyAccount {
    pub id: CustodyAccountId,
    pub centre_id: ServiceCentreId,
    pub organization_id: OrganizationId,
    pub division_code: DivisionCode,
    pub opened_on: NaiveDate,
    pub created_at: DateTime<Utc>,
    pub closed_on: Option<NaiveDate>,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
}

kernel::text_enum! {
    /// Where a request stands.
    pub enum CustodyRequestState {
        /// 待审批
        Requested = "REQUESTED",
        /// 已支付
        Paid = "PAID",
        /// 未批准
        Refused = "REFUSED",
    }
}

moves!(CustodyRequestState, "custody_request", [
    Requested => Paid, Requested => Refused,
]);

/// A request of the organisation; another account decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustodyRequest {
    pub id: CustodyRequestId,
    pub account_id: CustodyAccountId,
    pub amount_fen: Fen,
    pub purpose: String,
    pub payee: String,
    pub evidence: String,
    pub requested_by: String,
    pub requested_on: NaiveDate,
    pub created_at: DateTime<Utc>,
    pub state: CustodyRequestState,
    pub decided_by: Option<String>,
    pub decided_on: Option<NaiveDate>,
    pub reason: Option<String>,
    pub entry_id: Option<MoneyEntryId>,
    pub version: i32,
}

impl CustodyAccount {
    /// Refuses what a closed account cannot do.
    pub fn check_open(&self) -> Result<(), Refusal> {
        if self.closed_on.is_none() {
            return Ok(());
        }
        Err(refuse!(
            Refused,
            "CUSTODY_CLOSED",
            zh: "该托管账户已销户",
            en: "the account has been closed",
        ))
    }

    /// Refuses more than there is.
    pub fn check_balance(&self, balance: Fen, amount: Fen) -> Result<(), Refusal> {
        self.check_open()?;
        if amount <= balance {
            return Ok(());
        }
        Err(refuse!(
            Refused,
            "MONEY_INSUFFICIENT",
            field: "input.amount",
            zh: "账户余额为 {balance},不足 {amount}",
            en: "the account holds {balance}, less than {amount}",
        ))
    }
}

/// Whose money is kept by whom: of a filed organisation, by the service centre
/// of its own community.
pub fn check_parties(body: &Organization, centre: &ServiceCentre) -> Result<(), Refusal> {
    if body.status != OrganizationStatus::Filed {
        return Err(refuse!(
            Refused,
            "CUSTODY_ONLY_FILED",
            field: "input.organizationId",
            zh: "只为备案的社区社会组织代管资金",
            en: "money is kept for filed organisations alone",
        ));
    }
    centre.check_open()?;
    if centre.level != CentreLevel::Community
        || !body.registrar_division.contains(&centre.division_code)
    {
        return Err(refuse!(
            Refused,
            "CUSTODY_CENTRE",
            field: "input.centreId",
            zh: "须由本社区的社会组织服务中心代管",
            en: "the service centre of its own community keeps it",
        ));
    }
    Ok(())
}

impl CustodyRequest {
    /// Decides; who asked does not grant.
    pub fn decide(
        &mut self,
        next: CustodyRequestState,
        by: &str,
        on: NaiveDate,
    ) -> Result<CustodyRequestState, Refusal> {
        let from = self.state;
        self.state = from.to(next)?;
        if self.requested_by == by {
            return Err(refuse!(
                Refused,
                "CUSTODY_TWO_PEOPLE",
                zh: "申请人与审批人不能为同一人",
                en: "who asked for a payment does not decide on it",
            ));
        }
        self.decided_by = Some(by.to_owned());
        self.decided_on = Some(on);
        Ok(from)
    }
}
