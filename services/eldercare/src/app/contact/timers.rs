//! What the clock finds: nobody looked in. The family and the grid are alarmed,
//! and somebody is due at once.

use chrono::{DateTime, Utc};
use kit::{audit, events, jobs};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::{plan, resource, span, told};
use crate::{
    app::alarm,
    domain::contact::{Contact, ContactCause, ContactId},
    error::Result,
    state::State,
    store,
};

/// The timer that looks whether somebody looked in.
pub const MISS: &str = "miss_contact";

/// Which contact to look at.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Miss {
    pub contact_id: ContactId,
}

/// Somebody will look after the grace; one that is brought forward is looked at
/// earlier.
pub(super) async fn watch(
    conn: &mut PgConnection,
    contact: &Contact,
    now: DateTime<Utc>,
) -> Result<()> {
    let grace = span(conn, "ec.contact.grace_hours", &contact.division_code, now).await?;
    let due = Miss {
        contact_id: contact.id,
    };
    let job = jobs::NewJob::new("eldercare", MISS, &due)?
        .key(format!("{MISS}:{}", contact.id))
        .run_at(contact.due_at + grace);
    jobs::enqueue(conn, &job).await?;
    Ok(())
}

/// The timer fell due: what is still open was missed.
pub async fn miss(
    state: &State,
    conn: &mut PgConnection,
    due: Miss,
    now: DateTime<Utc>,
) -> Result<()> {
    let found = store::contact::load_many(conn, &[due.contact_id]).await?;
    let Some(elder) = found.get(&due.contact_id).map(|one| one.elder_id) else {
        return Ok(());
    };
    let Some(elder) = store::elder::lock(conn, elder).await? else {
        return Ok(());
    };
    let Some(mut contact) = store::contact::lock(conn, due.contact_id).await? else {
        return Ok(());
    };
    let grace = span(conn, "ec.contact.grace_hours", &contact.division_code, now).await?;
    if !contact.miss(grace, now) {
        return Ok(());
    }
    store::contact::update(conn, &mut contact).await?;
    alarm::raise_missed(state, conn, &elder, contact.id, now).await?;
    let within = span(conn, "ec.contact.change_hours", &elder.division_code, now).await?;
    plan(
        state,
        conn,
        &contact,
        (ContactCause::Missed, now + within),
        now,
    )
    .await?;
    events::append(conn, &told(&contact, "eldercare.contact.missed")).await?;
    let entry = audit::Entry::write(
        &alarm::clock(),
        "missContact",
        &resource(&contact, false),
        now,
    );
    audit::append(conn, &entry).await?;
    Ok(())
}
