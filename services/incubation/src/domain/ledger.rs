//! 账目 (A33, A43): what happened to money that is kept for others. One entry
//! is one thing that happened; both its sides are written by the database.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Fen, typed_id};
use serde::{Deserialize, Serialize};

typed_id!(
    /// Entry of the ledger (分录).
    MoneyEntryId, "money_entry");

kernel::text_enum! {
    /// What happened.
    pub enum MoneyEntryKind {
        /// 押金到账
        DepositPaid = "DEPOSIT_PAID",
        /// 押金按阶段返还
        DepositRefunded = "DEPOSIT_REFUNDED",
        /// 押金扣除
        DepositDeducted = "DEPOSIT_DEDUCTED",
        /// 押金没收
        DepositForfeited = "DEPOSIT_FORFEITED",
        /// 托管资金到账
        CustodyReceived = "CUSTODY_RECEIVED",
        /// 托管资金支付
        CustodyPaid = "CUSTODY_PAID",
    }
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoneyEntry {
    pub id: MoneyEntryId,
    pub kind: MoneyEntryKind,
    /// The licence or the custody account.
    pub owner_id: uuid::Uuid,
    pub amount_fen: Fen,
    pub stage_no: Option<i32>,
    pub subject: String,
    pub evidence: String,
    pub booked_on: NaiveDate,
    pub booked_by: String,
    pub created_at: DateTime<Utc>,
}

/// The sum of the entries of a kind.
pub fn total(entries: &[MoneyEntry], kind: MoneyEntryKind) -> Result<Fen, kernel::Refusal> {
    let of_kind = entries.iter().filter(|entry| entry.kind == kind);
    Ok(Fen::sum(of_kind.map(|entry| entry.amount_fen))?)
}
