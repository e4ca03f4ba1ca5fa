//! 委托运营 in SQL.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::keys::OrganizationId;
use kit::{
    error::Result,
    record::{ids, part, record},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    incubation_centre::IncubationCentreId,
    mandate::{OperationMandate, OperationMandateId},
};

ids!(OperationMandateId);
record!(
    OperationMandate,
    OperationMandateId,
    "operation_mandates",
    [
        id,
        centre_id,
        operator_id,
        service_centre_id,
        valid_from,
        document,
        granted_by,
        granted_at
    ],
    [valid_to, end_reason]
);
part!(OperationMandate, centre_id: IncubationCentreId);

/// Who runs these centres on a day; those that nobody runs are left out.
pub async fn operators(
    conn: &mut PgConnection,
    centres: &[IncubationCentreId],
    day: NaiveDate,
) -> Result<HashMap<IncubationCentreId, OrganizationId>> {
    if centres.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<Uuid> = centres.iter().map(IncubationCentreId::as_uuid).collect();
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "SELECT centre_id, operator_id FROM operation_mandates
         WHERE centre_id = ANY ($1) AND $2 BETWEEN valid_from AND valid_to",
    )
    .bind(&ids)
    .bind(day)
    .fetch_all(conn)
    .await?;
    let typed = |(centre, operator)| {
        (
            IncubationCentreId::from_uuid(centre),
            OrganizationId::from_uuid(operator),
        )
    };
    Ok(rows.into_iter().map(typed).collect())
}
