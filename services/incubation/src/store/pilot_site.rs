//! 试点情况 and the duties the database raises from it, in SQL.

use kernel::{DivisionCode, keys::CommunityId};
use kit::{
    error::Result,
    record::{ids, lock, record, texts},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::pilot_site::{
    CentreObligation, CentreObligationId, DistrictCentreTask, DistrictCentreTaskId,
    DistrictCentreTaskState, FactSource, PilotSite, PilotSiteId,
};

ids!(PilotSiteId, CentreObligationId, DistrictCentreTaskId);
texts!(FactSource, DistrictCentreTaskState);
record!(
    PilotSite,
    PilotSiteId,
    "pilot_sites",
    [id, community_id, created_at],
    [
        division_code,
        area_m2,
        active,
        as_of,
        source,
        document,
        attested_by,
        updated_at
    ]
);
record!(
    CentreObligation,
    CentreObligationId,
    "centre_obligations",
    [
        id,
        community_id,
        division_code,
        area_m2,
        threshold_m2,
        raised_on,
        lifted_on
    ]
);
record!(
    DistrictCentreTask,
    DistrictCentreTaskId,
    "district_centre_tasks",
    [id, division_code, pilots, threshold, raised_on],
    [state, centre_id, decided_by, decided_on, reason]
);

/// What is known of a community, locked.
pub async fn lock_of(conn: &mut PgConnection, community: CommunityId) -> Result<Option<PilotSite>> {
    let id: Option<Uuid> = sqlx::query_scalar("SELECT id FROM pilot_sites WHERE community_id = $1")
        .bind(community.as_uuid())
        .fetch_optional(&mut *conn)
        .await?;
    match id {
        Some(id) => lock(conn, PilotSiteId::from_uuid(id)).await,
        None => Ok(None),
    }
}

/// The task of a district that waits for its centre, locked.
pub async fn lock_task_of(
    conn: &mut PgConnection,
    district: &DivisionCode,
) -> Result<Option<DistrictCentreTask>> {
    let id: Option<Uuid> = sqlx::query_scalar(
        "SELECT id FROM district_centre_tasks
         WHERE division_code = $1 AND state <> 'ESTABLISHED'",
    )
    .bind(district.as_str())
    .fetch_optional(&mut *conn)
    .await?;
    match id {
        Some(id) => lock(conn, DistrictCentreTaskId::from_uuid(id)).await,
        None => Ok(None),
    }
}

/// Whether a centre is due in a community, and one in its district.
pub async fn duties_of(conn: &mut PgConnection, one: &PilotSite) -> Result<(bool, bool)> {
    Ok(sqlx::query_as(
        "SELECT EXISTS (SELECT 1 FROM centre_obligations o WHERE o.id = $1 AND o.lifted_on IS NULL),
                EXISTS (SELECT 1 FROM district_centre_tasks t
                        WHERE t.division_code = left($2, 6) || '000000' AND t.state = 'OPEN')",
    )
    .bind(one.id.as_uuid())
    .bind(one.division_code.as_str())
    .fetch_one(conn)
    .await?)
}
