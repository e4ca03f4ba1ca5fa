//! 社会服务中心 in SQL.

use kernel::{DivisionCode, keys::OrganizationId};
use kit::{
    error::Result,
    record::{ids, record, texts},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::service_centre::{CentreLevel, ServiceCentre, ServiceCentreId};

ids!(ServiceCentreId);
texts!(CentreLevel);
record!(
    ServiceCentre,
    ServiceCentreId,
    "service_centres",
    [
        id,
        level,
        division_code,
        community_id,
        organization_id,
        founded_on,
        created_at
    ],
    [name, guided_by, closed_on, close_reason, updated_at]
);

/// The bodies of the centres in being at a place.
pub async fn bodies_at(
    conn: &mut PgConnection,
    place: &DivisionCode,
) -> Result<Vec<OrganizationId>> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "SELECT organization_id FROM service_centres
         WHERE division_code = $1 AND closed_on IS NULL",
    )
    .bind(place.as_str())
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(OrganizationId::from_uuid).collect())
}
