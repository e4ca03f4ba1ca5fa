//! 腾退: an organisation that is no more leaves the rooms it was given, and what
//! it applied for is decided.

use chrono::{DateTime, Utc};
use kernel::{china_date, keys::OrganizationId};
use kit::{audit, auth::Caller, call::Subject as _, record};
use serde_json::json;
use sqlx::PgConnection;

use crate::{domain::premises::SpaceApplicationState, error::Result, store};

/// What those who read the application find.
const REASON: &str = "该组织已注销或撤销 / the organisation was dissolved or revoked";

/// incubation told that an organisation was revoked or dissolved.
pub async fn ended(
    conn: &mut PgConnection,
    organization: OrganizationId,
    at: DateTime<Utc>,
) -> Result<()> {
    let clock = Caller::service("communities");
    // What waits before the organisation, as where space is given.
    store::space::lock_waiting(conn, organization).await?;
    store::former_organization::keep(conn, organization, at).await?;
    for mut application in store::space::lock_waiting(conn, organization).await? {
        application.step(SpaceApplicationState::Refused, Some(REASON.to_owned()), at)?;
        record::update(conn, &mut application).await?;
        let entry = audit::Entry::write(&clock, "allocateSpace", &application.resource(), at)
            .detail(json!({ "refused": REASON }));
        audit::append(conn, &entry).await?;
    }
    let today = china_date(at);
    for mut allocation in store::space::lock_held(conn, organization, today).await? {
        allocation.end(today)?;
        record::update(conn, &mut allocation).await?;
        let entry = audit::Entry::write(&clock, "allocateSpace", &allocation.resource(), at)
            .detail(json!({ "ended": REASON }));
        audit::append(conn, &entry).await?;
    }
    Ok(())
}
