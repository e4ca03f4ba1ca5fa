//! 用房 in SQL.

use chrono::NaiveDate;
use kernel::keys::CommunityId;
use kit::{
    error::Result,
    record::{ids, part, record, texts},
};
use sqlx::PgConnection;

use crate::domain::premises::{
    ApplicantKind, Premises, PremisesId, Room, RoomId, RoomKind, SpaceAllocation,
    SpaceAllocationId, SpaceApplication, SpaceApplicationId, SpaceApplicationState,
};

ids!(PremisesId, RoomId, SpaceApplicationId, SpaceAllocationId);
texts!(RoomKind, ApplicantKind, SpaceApplicationState);
record!(
    Premises,
    PremisesId,
    "premises",
    [id, community_id, division_code, name, created_at],
    [total_m2, office_m2, activity_m2, surveyed_on, document]
);
record!(
    Room,
    RoomId,
    "rooms",
    [id, premises_id, name, kind, area_m2]
);
part!(Room, premises_id: PremisesId);
record!(
    SpaceApplication,
    SpaceApplicationId,
    "space_applications",
    [
        id,
        premises_id,
        community_id,
        division_code,
        organization_id,
        applicant_kind,
        purpose,
        area_m2,
        starts_on,
        until_on,
        applied_by,
        applied_at
    ],
    [state, note, updated_at]
);
record!(
    SpaceAllocation,
    SpaceAllocationId,
    "space_allocations",
    [
        id,
        premises_id,
        community_id,
        division_code,
        application_id,
        room_id,
        organization_id,
        area_m2,
        ceded,
        free,
        starts_on,
        allocated_by,
        allocated_at
    ],
    [until_on]
);

/// How much of its offices a community cedes on a day, in whole percent.
pub async fn ceded_percent(
    conn: &mut PgConnection,
    community: CommunityId,
    day: NaiveDate,
) -> Result<i32> {
    Ok(sqlx::query_scalar("SELECT ceded_percent($1, $2)")
        .bind(community.as_uuid())
        .bind(day)
        .fetch_one(conn)
        .await?)
}
