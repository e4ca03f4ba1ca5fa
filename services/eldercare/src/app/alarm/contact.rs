//! Alarms about contacts: nobody looked in, or whoever did found help needed.

use chrono::{DateTime, Utc};
use kit::{audit, auth::Caller, events};
use sqlx::PgConnection;

use super::{About, clock, new, resource, timers, told};
use crate::{
    domain::{alarm::AlarmKind, contact::ContactId, elder::Elder},
    error::Result,
    state::State,
    store,
};

/// Nobody looked in within the grace.
pub(in crate::app) async fn raise_missed(
    state: &State,
    conn: &mut PgConnection,
    elder: &Elder,
    contact: ContactId,
    now: DateTime<Utc>,
) -> Result<()> {
    let about = About {
        kind: AlarmKind::ContactMissed,
        visit_id: None,
        contact_id: Some(contact),
        organization_id: None,
        note: None,
    };
    let caller = clock();
    let of = (elder.resident_id, elder.division_code);
    let alarm = new(state, &caller, of, about, now);
    store::alarm::insert(conn, &alarm).await?;
    timers::begin(conn, &alarm, now).await?;
    let entry = audit::Entry::write(&caller, "raiseAlarm", &resource(&alarm, false), now);
    audit::append(conn, &entry).await?;
    Ok(())
}

/// Whoever looked in found that help is needed at once: a call for help, which
/// belongs to the open one where there is one.
pub(in crate::app) async fn raise_urgent(
    state: &State,
    conn: &mut PgConnection,
    caller: &Caller,
    elder: &Elder,
    note: Option<&str>,
    now: DateTime<Utc>,
) -> Result<()> {
    if let Some(mut open) = store::alarm::lock_open_sos(conn, elder.resident_id).await? {
        open.repeat(now);
        return store::alarm::update(conn, &mut open).await;
    }
    let about = About {
        kind: AlarmKind::Sos,
        visit_id: None,
        contact_id: None,
        organization_id: store::alarm::last_provider(conn, elder.resident_id).await?,
        note: note.map(|note| note.chars().take(500).collect()),
    };
    let of = (elder.resident_id, elder.division_code);
    let alarm = new(state, caller, of, about, now);
    store::alarm::insert(conn, &alarm).await?;
    timers::begin(conn, &alarm, now).await?;
    let entry = audit::Entry::write(caller, "raiseAlarm", &resource(&alarm, false), now);
    audit::append(conn, &entry).await?;
    Ok(())
}

/// Somebody looked in: the alarms that nobody had end by themselves.
pub(in crate::app) async fn lapse_contacts(
    conn: &mut PgConnection,
    caller: &Caller,
    elder: kernel::keys::ResidentId,
    now: DateTime<Utc>,
) -> Result<()> {
    for mut alarm in store::alarm::lock_open_of_contacts(conn, elder).await? {
        alarm.lapse("已探访 / somebody looked in", &caller.actor.subject, now);
        store::alarm::update(conn, &mut alarm).await?;
        events::append(conn, &told(&alarm)).await?;
    }
    Ok(())
}
