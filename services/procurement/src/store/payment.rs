//! 支付 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    Fen,
    keys::{ContractId, FundId, MilestoneId},
};
use kit::error::Result;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{grouped, uuids};
use crate::domain::{
    fund::EntryId,
    milestone::{Payment, PaymentId},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    milestone_id: Uuid,
    contract_id: Uuid,
    fund_id: Uuid,
    entry_id: Uuid,
    amount_fen: i64,
    paid_by: String,
    paid_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, milestone_id, contract_id, fund_id, entry_id, amount_fen, paid_by, paid_at"
    };
}

impl From<Row> for Payment {
    fn from(row: Row) -> Self {
        Self {
            id: PaymentId::from_uuid(row.id),
            milestone_id: MilestoneId::from_uuid(row.milestone_id),
            contract_id: ContractId::from_uuid(row.contract_id),
            fund_id: FundId::from_uuid(row.fund_id),
            entry_id: EntryId::from_uuid(row.entry_id),
            amount: Fen::new(row.amount_fen),
            paid_by: row.paid_by,
            paid_at: row.paid_at,
        }
    }
}

/// Writes a payment; the second for a milestone is refused by the key.
pub async fn insert(conn: &mut PgConnection, payment: &Payment) -> Result<()> {
    sqlx::query(
        "INSERT INTO payments
             (id, milestone_id, contract_id, fund_id, entry_id, amount_fen, paid_by, paid_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(payment.id.as_uuid())
    .bind(payment.milestone_id.as_uuid())
    .bind(payment.contract_id.as_uuid())
    .bind(payment.fund_id.as_uuid())
    .bind(payment.entry_id.as_uuid())
    .bind(payment.amount.get())
    .bind(&payment.paid_by)
    .bind(payment.paid_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The payments under many contracts, oldest first.
pub async fn load_many_by_contract(
    conn: &mut PgConnection,
    contracts: &[ContractId],
) -> Result<HashMap<ContractId, Vec<Payment>>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM payments WHERE contract_id = ANY ($1) ORDER BY id"
    ))
    .bind(uuids(contracts))
    .fetch_all(conn)
    .await?;
    Ok(grouped(rows.into_iter().map(Payment::from), |one| {
        one.contract_id
    }))
}
