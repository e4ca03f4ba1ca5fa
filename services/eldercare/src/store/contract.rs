//! What procurement told about contracts that orders are placed under.

use kernel::{
    DivisionCode,
    keys::{ContractId, OrganizationId, TraceId},
};
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

/// A contract, as this service keeps it.
#[derive(Clone, Debug)]
pub struct ContractRef {
    pub id: ContractId,
    pub trace_id: TraceId,
    pub organization_id: OrganizationId,
    pub division_code: DivisionCode,
    pub quantity: i64,
}

/// Keeps what procurement answered; the count of orders stays.
pub async fn keep(conn: &mut PgConnection, contract: &ContractRef) -> Result<()> {
    sqlx::query(
        "INSERT INTO ref_contracts AS c (id, trace_id, organization_id, division_code, quantity)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE SET quantity = $5 WHERE c.quantity <> $5",
    )
    .bind(contract.id.as_uuid())
    .bind(contract.trace_id.as_uuid())
    .bind(contract.organization_id.as_uuid())
    .bind(contract.division_code.as_str())
    .bind(contract.quantity)
    .execute(conn)
    .await?;
    Ok(())
}

/// The contract, where an order was ever placed under it.
pub async fn find(conn: &mut PgConnection, id: ContractId) -> Result<Option<ContractRef>> {
    let row: Option<(Uuid, Uuid, String, i64)> = sqlx::query_as(
        "SELECT trace_id, organization_id, division_code, quantity FROM ref_contracts
         WHERE id = $1",
    )
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(|(trace, organization, division, quantity)| {
        Ok(ContractRef {
            id,
            trace_id: TraceId::from_uuid(trace),
            organization_id: OrganizationId::from_uuid(organization),
            division_code: division
                .parse()
                .map_err(|_| Error::inconsistent("ref_contracts", "division_code", id))?,
            quantity,
        })
    })
    .transpose()
}
