//! 账目 in the graph.

use async_graphql::ID;
use kit::graph::{Date, Fen};

use super::shape::{enums, output};
use crate::domain::ledger as domain;

enums! {
    /// 账目类别。What happened to money that is kept for others.
    MoneyEntryKind = domain::MoneyEntryKind {
        /// 押金到账。A deposit came.
        DepositPaid,
        /// 押金按阶段返还。A stage of a deposit was given back.
        DepositRefunded,
        /// 押金扣除。A part of a deposit was kept.
        DepositDeducted,
        /// 押金没收。The rest of a deposit was kept.
        DepositForfeited,
        /// 托管资金到账。Money came into custody.
        CustodyReceived,
        /// 托管资金支付。Money was paid from custody.
        CustodyPaid,
    }
}

output! {
    /// 账目。An entry of the ledger; both its sides are written by the database.
    MoneyEntry of domain::MoneyEntry {
        /// 全局编号。Global id.
        id: ID,
        /// 类别。What happened.
        kind: MoneyEntryKind,
        /// 金额。The amount.
        #[graphql(name = "amount")]
        amount_fen: Fen,
        /// 返还阶段。Which stage was given back.
        stage_no: Option<i32>,
        /// 事由。For what.
        subject: String,
        /// 凭证。The evidence.
        evidence: String,
        /// 记账日期。The day.
        booked_on: Date,
        /// 记账账号。The account that booked it.
        booked_by: String,
    }
    plus {}
}
