//! 待办: what is open of a division or of a worker, told anew at each change.

use kernel::{DivisionCode, PageArgs, refuse};
use kit::{
    auth::{Caller, Role},
    live::{Following, follow},
};
use uuid::Uuid;

use crate::{
    domain::{
        alarm::{Alarm, AlarmFilter, AlarmState},
        visit::{Visit, VisitFilter},
    },
    error::{Error, Result},
    state::State,
    store,
};

/// So many are shown at a time; whoever has more asks for the list.
const SHOWN: i32 = 100;

/// The alarms of a division that have not ended.
#[derive(Clone, Debug)]
pub struct AlarmInbox {
    pub division: DivisionCode,
    pub alarms: Vec<Alarm>,
}

/// The id under which the alarms of a division are told: its code, with zeros
/// before it (`notify_divisions`).
fn told_as(division: DivisionCode) -> Result<Uuid> {
    let digits = format!("{:0>32}", division.as_str());
    Uuid::parse_str(&digits).map_err(|error| Error::internal(anyhow::Error::from(error)))
}

/// The open alarms of a division, now and after each change below it.
pub async fn alarms(
    state: &State,
    caller: &Caller,
    asked: Option<DivisionCode>,
) -> Result<Following<AlarmInbox>> {
    caller.signed_in("alarmInbox")?;
    let division = asked.or(caller.actor.division).ok_or_else(not_yours)?;
    let watch = state
        .core
        .watch("division_alarms", told_as(division)?)
        .await?;
    let (state, caller) = (state.clone(), caller.clone());
    Ok(follow(watch, move || {
        let (state, caller) = (state.clone(), caller.clone());
        async move { read_alarms(&state, &caller, division).await }
    }))
}

/// Those who may list the alarms of a division may watch them; decided anew
/// each time.
async fn read_alarms(state: &State, caller: &Caller, division: DivisionCode) -> Result<AlarmInbox> {
    let mut scope = caller.actor.scope(super::elder::READERS);
    if !scope.admits(Some(&division)) {
        return Err(not_yours());
    }
    scope.reach = kit::auth::Reach::Prefix(division.prefix().to_owned());
    let page = PageArgs::first(SHOWN).page()?;
    let mut conn = state.core.db.read().await?;
    let mut alarms = Vec::new();
    for open in [AlarmState::Raised, AlarmState::Answered] {
        let filter = AlarmFilter {
            state: Some(open),
            elder: None,
        };
        let rows = store::alarm::list(&mut conn, &scope, &filter, &page).await?;
        alarms.extend(page.finish(rows).items);
    }
    Ok(AlarmInbox { division, alarms })
}

/// The visits of the caller that have not ended, now and after each change.
pub async fn visits(state: &State, caller: &Caller) -> Result<Following<Vec<Visit>>> {
    caller.signed_in("visitInbox")?;
    let actor = &caller.actor;
    let (kind, id) = actor
        .social_worker_id
        .filter(|_| actor.is(Role::SocialWorker))
        .map(|id| ("worker_visits", id))
        .or_else(|| {
            actor
                .volunteer_id
                .filter(|_| actor.is(Role::Volunteer))
                .map(|id| ("worker_visits", id))
        })
        .or_else(|| actor.resident_id.map(|id| ("person_visits", id)))
        .ok_or_else(not_a_worker)?;
    let watch = state.core.watch(kind, id).await?;
    let (state, by_person) = (state.clone(), kind == "person_visits");
    Ok(follow(watch, move || {
        let state = state.clone();
        async move { read_visits(&state, id, by_person).await }
    }))
}

async fn read_visits(state: &State, id: Uuid, by_person: bool) -> Result<Vec<Visit>> {
    let made_by = if by_person {
        store::visit::MadeBy {
            workers: Vec::new(),
            care_worker: Some(id),
        }
    } else {
        store::visit::MadeBy {
            workers: vec![id],
            care_worker: None,
        }
    };
    let filter = VisitFilter {
        open: true,
        ..VisitFilter::default()
    };
    let page = PageArgs::first(SHOWN).page()?;
    let nothing = kit::auth::Scope {
        reach: kit::auth::Reach::Nothing,
        resident: None,
        organization: None,
    };
    let mut conn = state.core.db.read().await?;
    let rows = store::visit::list(&mut conn, &nothing, &made_by, &filter, &page).await?;
    Ok(page.finish(rows).items)
}

fn not_yours() -> Error {
    refuse!(
        Forbidden,
        "DIVISION_NOT_YOURS",
        field: "divisionCode",
        zh: "您无权查看该区划的告警",
        en: "the alarms of this division are not for you to see",
    )
    .into()
}

fn not_a_worker() -> Error {
    refuse!(
        Forbidden,
        "NOT_A_WORKER",
        zh: "只有服务人员有待办的上门服务",
        en: "only those who make visits have any to do",
    )
    .into()
}
