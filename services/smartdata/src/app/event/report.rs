//! 信息收集: somebody reports an event; its limit is reckoned once.

use kernel::{IdempotencyKey, Level, china_date, keys::ResidentId, refuse};
use kit::{
    audit,
    auth::{Caller, Resource},
    db::Tx,
    events,
};

use super::{super::term, leave, overdue, resource, step_due};
use crate::{
    domain::{
        event::{Event, EventId, EventSource, EventState, NewEvent, number},
        grid::missing_community,
        resident::ResidentStatus,
    },
    error::Result,
    state::State,
    store,
};

/// What is reported; for whom is said in it.
pub type Report = NewEvent;

/// Takes in a report.
pub async fn report(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    mut input: Report,
) -> Result<EventId> {
    // A resident who names nobody reports for themself.
    if input.source == EventSource::Resident && input.resident_id.is_none() {
        input.resident_id = caller.actor.resident_id.map(ResidentId::from_uuid);
    }
    // Only where residents speak does being that resident give the right to.
    let speaker = input
        .resident_id
        .filter(|_| input.source == EventSource::Resident)
        .map(|id| id.as_uuid());
    let asked = Resource::any("Event")
        .in_division(input.division_code)
        .owned_by(speaker)
        .with("mine", false)
        .with("ofResident", speaker.is_some());
    state.core.authorize(caller, "reportEvent", &asked)?;
    let input = input.checked()?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("reportEvent", &key, &input, now).await? {
        return Ok(first);
    }
    known(state, &mut tx, &input).await?;
    let limit = format!("scd.event.handle.{}", input.class_code.to_ascii_lowercase());
    let division = input.division_code;
    let due_at = term::until(&mut tx, &limit, Some(&division), now).await?;
    let serial = store::event::next_serial(&mut tx).await?;
    let mut event = Event {
        id: EventId::new(&state.core.ids),
        number: number("E", china_date(now), serial),
        class_code: input.class_code,
        source: input.source,
        division_code: input.division_code,
        grid_code: input.grid_code,
        location: input.location,
        description: input.description,
        resident_id: input.resident_id,
        external_reference: input.external_reference,
        patrol_task_id: input.patrol_task_id,
        reported_by: caller.actor.subject.clone(),
        channel: caller.channel.as_str().to_owned(),
        assisted_by: caller.assisted_by.clone(),
        state: EventState::Reported,
        handler_subject: None,
        handler_name: None,
        outcome: None,
        merged_into: None,
        reworks: 0,
        reported_at: now,
        due_at,
        step_due_at: None,
        closed_at: None,
        verified_by: None,
        stars: None,
        rating_note: None,
        version: 1,
        updated_at: now,
    };
    event.step_due_at = step_due(&mut tx, &event, now).await?;
    store::event::insert(&mut tx, &event)
        .await
        .map_err(told_before)?;
    leave(&mut tx, caller, &event, None, None).await?;
    overdue::watch(&mut tx, &event).await?;
    events::append(&mut tx, &super::changed(&event)).await?;
    let entry = audit::Entry::write(caller, "reportEvent", &resource(caller, &event), now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(event.id).await
}

/// What a report names has to be there.
async fn known(state: &State, tx: &mut Tx, input: &NewEvent) -> Result<()> {
    let today = china_date(state.core.clock.now());
    let division = store::division::find(tx, &input.division_code).await?;
    if !division.is_some_and(|it| it.in_force(today) && it.code.level() == Level::Community) {
        return Err(missing_community("input.divisionCode").into());
    }
    if let Some(code) = &input.grid_code
        && store::grid::find_by_code(tx, code).await?.is_none()
    {
        return Err(super::super::grid::unknown("input.gridCode"));
    }
    let classes = store::event_class::list(tx, today).await?;
    if !classes.iter().any(|class| class.code == input.class_code) {
        return Err(refuse!(
            Invalid,
            "EVENT_CLASS_UNKNOWN",
            field: "input.classCode",
            zh: "没有这个事件类别,请从 eventClasses 中选择",
            en: "there is no such class; choose one of eventClasses",
        )
        .into());
    }
    if let Some(id) = input.resident_id {
        let resident = store::resident::find(tx, id).await?;
        if resident.is_none_or(|it| it.status != ResidentStatus::Alive) {
            return Err(super::super::resident::unknown().at("input.onBehalfOf"));
        }
    }
    if let Some(id) = input.patrol_task_id {
        let found = store::patrol_task::load_many(tx, &[id]).await?;
        if found
            .get(&id)
            .is_none_or(|task| task.division_code != input.division_code)
        {
            return Err(super::super::patrol_task::unknown().at("input.patrolTaskId"));
        }
    }
    Ok(())
}

/// Says in words that the hotline or a device told this before.
fn told_before(error: kit::Error) -> kit::Error {
    if error.reason() != "EVENT_TOLD_BEFORE" {
        return error;
    }
    refuse!(
        AlreadyExists,
        "EVENT_TOLD_BEFORE",
        field: "input.externalReference",
        zh: "该工单号或设备消息已登记为事件",
        en: "an event of this ticket or message is there already",
    )
    .into()
}
