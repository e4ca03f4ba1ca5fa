//! 用房申请与分配 of one organisation, in SQL.

use chrono::NaiveDate;
use kernel::keys::OrganizationId;
use kit::{
    error::Result,
    record::{self, Wanted},
};
use sqlx::PgConnection;

use crate::domain::premises::{SpaceAllocation, SpaceApplication, SpaceApplicationState};

/// What an organisation has applied for and waits for, locked.
pub async fn lock_waiting(
    conn: &mut PgConnection,
    organization: OrganizationId,
) -> Result<Vec<SpaceApplication>> {
    let waiting = Wanted::all()
        .is("organization_id", Some(organization))
        .is("state", Some(SpaceApplicationState::Applied));
    record::lock_all(conn, &waiting).await
}

/// What an organisation was given and holds on a day, or will hold, locked.
pub async fn lock_held(
    conn: &mut PgConnection,
    organization: OrganizationId,
    day: NaiveDate,
) -> Result<Vec<SpaceAllocation>> {
    let held = Wanted::all().is("organization_id", Some(organization)).so(
        Some(true),
        "until_on > greatest(starts_on, {day})",
        day,
    );
    record::lock_all(conn, &held).await
}
