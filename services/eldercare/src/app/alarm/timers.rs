//! What happens to alarms as time passes: visits that are late raise one, those
//! that take place end it, and what nobody answers climbs.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{china_date, keys::VisitId};
use kit::{audit, auth::Caller, db::Tx, events, jobs, parameters};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;

use super::{About, new, resource, told};
use crate::{
    domain::{
        alarm::{Alarm, AlarmId, AlarmKind, is_due},
        visit::Visit,
    },
    error::Result,
    state::State,
    store,
};

/// The timer that looks whether a visit is late.
pub const LOOK: &str = "look_at_visit";
/// The timer of the next rung.
pub const CLIMB: &str = "climb_alarm";

/// Which visit to look at, and for what.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Look {
    pub visit_id: VisitId,
    pub kind: AlarmKind,
}

/// Which alarm climbs, if nobody has answered it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Climb {
    pub alarm_id: AlarmId,
}

/// Nobody in particular: the clock.
pub(in crate::app) fn clock() -> Caller {
    Caller::service("eldercare")
}

async fn minutes(
    conn: &mut PgConnection,
    key: &str,
    division: &kernel::DivisionCode,
    at: DateTime<Utc>,
) -> Result<TimeDelta> {
    let minutes = parameters::number(conn, key, Some(division), china_date(at)).await?;
    TimeDelta::try_minutes(minutes).ok_or_else(|| {
        kit::Error::internal(anyhow::anyhow!("{key} is {minutes}, which is no time"))
    })
}

async fn watch(
    tx: &mut Tx,
    (visit, kind): (&Visit, AlarmKind),
    (from, key): (DateTime<Utc>, &str),
    now: DateTime<Utc>,
) -> Result<()> {
    let grace = minutes(tx, key, &visit.division_code, now).await?;
    let look = Look {
        visit_id: visit.id,
        kind,
    };
    let job = jobs::NewJob::new("eldercare", LOOK, &look)?
        .key(format!("{LOOK}:{kind}:{}", visit.id))
        .run_at(from + grace);
    jobs::enqueue(tx, &job).await?;
    Ok(())
}

/// Somebody will look whether the worker came.
pub(in crate::app) async fn watch_missed(
    tx: &mut Tx,
    visit: &Visit,
    now: DateTime<Utc>,
) -> Result<()> {
    let of = (visit, AlarmKind::VisitMissed);
    watch(tx, of, (visit.planned_start, "ec.visit.late_minutes"), now).await
}

/// Somebody will look whether the worker has left.
pub(in crate::app) async fn watch_overrun(
    tx: &mut Tx,
    visit: &Visit,
    now: DateTime<Utc>,
) -> Result<()> {
    // Whoever came late is not late in leaving.
    let from = visit.planned_end.max(now);
    let of = (visit, AlarmKind::VisitOverrun);
    watch(tx, of, (from, "ec.visit.overrun_minutes"), now).await
}

/// The timer fell due: raises the alarm where the visit still is as it should
/// not be.
pub async fn look(
    state: &State,
    conn: &mut PgConnection,
    due: Look,
    now: DateTime<Utc>,
) -> Result<()> {
    let Some(visit) = store::visit::lock(conn, due.visit_id).await? else {
        return Ok(());
    };
    if !is_due(due.kind, &visit) {
        return Ok(());
    }
    let caller = clock();
    let about = About {
        kind: due.kind,
        visit_id: Some(visit.id),
        contact_id: None,
        organization_id: Some(visit.organization_id),
        note: None,
    };
    let of = (visit.elder_id, visit.division_code);
    let alarm = new(state, &caller, of, about, now);
    if store::alarm::insert(conn, &alarm).await? {
        begin(conn, &alarm, now).await?;
        let entry = audit::Entry::write(&caller, "raiseAlarm", &resource(&alarm, false), now);
        audit::append(conn, &entry).await?;
    }
    Ok(())
}

/// A new alarm is told, and its ladder begins.
pub(super) async fn begin(
    conn: &mut PgConnection,
    alarm: &Alarm,
    now: DateTime<Utc>,
) -> Result<()> {
    events::append(conn, &told(alarm)).await?;
    next_rung(conn, alarm, now).await
}

async fn next_rung(conn: &mut PgConnection, alarm: &Alarm, now: DateTime<Utc>) -> Result<()> {
    let wait = minutes(conn, "ec.alarm.answer_minutes", &alarm.division_code, now).await?;
    let climb = Climb { alarm_id: alarm.id };
    let job = jobs::NewJob::new("eldercare", CLIMB, &climb)?
        .key(format!("{CLIMB}:{}:{}", alarm.id, alarm.rung))
        .run_at(now + wait);
    jobs::enqueue(conn, &job).await?;
    Ok(())
}

/// The timer fell due: calls the next rung where nobody has answered.
pub async fn climb(conn: &mut PgConnection, due: Climb, now: DateTime<Utc>) -> Result<()> {
    let Some(mut alarm) = store::alarm::lock(conn, due.alarm_id).await? else {
        return Ok(());
    };
    if !alarm.climb(now) {
        return Ok(());
    }
    store::alarm::update(conn, &mut alarm).await?;
    let event = events::NewEvent {
        subject: "eldercare.alarm.escalated",
        ..told(&alarm)
    };
    events::append(conn, &event).await?;
    if alarm.rung.next().is_some() {
        next_rung(conn, &alarm, now).await?;
    }
    let entry = audit::Entry::write(&clock(), "climbAlarm", &resource(&alarm, false), now)
        .detail(json!({ "rung": alarm.rung }));
    audit::append(conn, &entry).await?;
    Ok(())
}

/// The visit took place or was called off: its alarms end by themselves.
pub(in crate::app) async fn lapse(
    conn: &mut PgConnection,
    caller: &Caller,
    visit: &Visit,
    outcome: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    for mut alarm in store::alarm::lock_open_of_visit(conn, visit.id).await? {
        alarm.lapse(outcome, &caller.actor.subject, now);
        store::alarm::update(conn, &mut alarm).await?;
        events::append(conn, &told(&alarm)).await?;
    }
    Ok(())
}
