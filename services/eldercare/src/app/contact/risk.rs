//! The class of risk: decided by rules when somebody begins to look in, and
//! anew when the facts change.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, IdempotencyKey, china_date, keys::ResidentId, refuse};
use kit::{audit, auth::Caller, parameters};
use sqlx::PgConnection;

use super::{span, timers};
use crate::{
    app::elder,
    domain::{
        contact::{
            Contact, ContactCause, ContactId, ContactRisk, ContactSchedule, Isolation, RiskInputs,
            ScreenIsolation, decide,
        },
        elder::Elder,
    },
    error::{Error, Result},
    state::State,
    store,
};

/// Begins to look in on an elder; the first contact is due by the class of risk.
pub async fn start(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: ResidentId,
) -> Result<ContactSchedule> {
    const ACTION: &str = "startContacts";
    caller.signed_in(ACTION)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let elder = store::elder::lock(&mut tx, id)
        .await?
        .ok_or_else(elder::unknown)?;
    elder::authorize(state, caller, ACTION, &elder)?;
    if let Some(first) = tx.replay(ACTION, &key, &id, now).await? {
        return Ok(first);
    }
    if store::resident::is_deceased(&mut tx, id).await? {
        return Err(crate::app::resident::deceased());
    }
    let (rule_code, risk, isolated) = classify(&mut tx, &elder, now).await?;
    let schedule = ContactSchedule {
        elder_id: id,
        division_code: elder.division_code,
        risk,
        rule_code,
        isolated,
        started_by: caller.actor.subject.clone(),
        started_at: now,
        evaluated_at: now,
        ended_at: None,
    };
    store::contact::insert_schedule(&mut tx, &schedule)
        .await
        .map_err(|error| error.at("input.residentId"))?;
    let every = span(&mut tx, risk.cadence(), &elder.division_code, now).await?;
    let first = Contact::next(
        ContactId::new(&state.core.ids),
        (id, elder.division_code),
        ContactCause::Routine,
        now + every,
        now,
    );
    store::contact::insert(&mut tx, &first).await?;
    timers::watch(&mut tx, &first, now).await?;
    let entry = audit::Entry::write(caller, ACTION, &elder::resource(&elder), now)
        .detail(serde_json::json!({ "risk": risk, "rule": schedule.rule_code }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(schedule).await
}

/// The rule that decides today, its class, and whether the elder is isolated.
async fn classify(
    conn: &mut PgConnection,
    elder: &Elder,
    now: DateTime<Utc>,
) -> Result<(String, ContactRisk, bool)> {
    let today = china_date(now);
    let isolated = store::contact::is_isolated(conn, elder.resident_id).await?;
    let inputs = RiskInputs {
        category: elder.category,
        level: store::assessment::level_on(conn, elder.resident_id, today).await?,
        lives_alone: elder.lives_alone,
        isolated,
    };
    let rules = store::contact::list_rules(conn).await?;
    let rule = decide(&rules, today, inputs).ok_or_else(|| {
        Error::from(refuse!(
            Refused,
            "CONTACT_RULE_MISSING",
            zh: "没有适用的探访分级规则,请先由主管部门设定",
            en: "no rule of contact applies; the authority has to set one",
        ))
    })?;
    Ok((rule.code.clone(), rule.risk, isolated))
}

/// Decides the class anew for a locked elder whose facts may have changed; one
/// that is due more often is due earlier. None where nobody looks in.
pub(in crate::app) async fn evaluate(
    conn: &mut PgConnection,
    elder: &Elder,
    now: DateTime<Utc>,
) -> Result<Option<ContactSchedule>> {
    let found = store::contact::lock_schedule(conn, elder.resident_id).await?;
    let Some(mut schedule) = found.filter(|one| one.ended_at.is_none()) else {
        return Ok(None);
    };
    let (rule_code, risk, isolated) = classify(conn, elder, now).await?;
    let sooner = risk < schedule.risk;
    schedule = ContactSchedule {
        division_code: elder.division_code,
        risk,
        rule_code,
        isolated,
        evaluated_at: now,
        ..schedule
    };
    store::contact::update_schedule(conn, &schedule).await?;
    if sooner && let Some(mut due) = store::contact::lock_due(conn, elder.resident_id).await? {
        let every = span(conn, risk.cadence(), &elder.division_code, now).await?;
        due.bring_forward(now + every, now);
        store::contact::update(conn, &mut due).await?;
        timers::watch(conn, &due, now).await?;
    }
    Ok(Some(schedule))
}

/// Nobody is looked in on any more: the elder has died.
pub(in crate::app) async fn end(
    conn: &mut PgConnection,
    elder: ResidentId,
    now: DateTime<Utc>,
) -> Result<()> {
    if let Some(mut due) = store::contact::lock_due(conn, elder).await? {
        due.call_off(now);
        store::contact::update(conn, &mut due).await?;
    }
    store::contact::end_schedule(conn, elder, now).await
}

/// Asks six questions; few ties are a risk of their own.
pub async fn screen(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: ScreenIsolation,
) -> Result<Isolation> {
    const ACTION: &str = "screenIsolation";
    caller.signed_in(ACTION)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let elder = store::elder::lock(&mut tx, input.elder_id)
        .await?
        .ok_or_else(elder::unknown)?;
    elder::authorize(state, caller, ACTION, &elder)?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    let division = Some(&elder.division_code);
    let threshold =
        parameters::number(&mut tx, "ec.isolation.threshold", division, china_date(now)).await?;
    let threshold = i32::try_from(threshold)
        .map_err(|_| Error::internal(anyhow::anyhow!("{threshold} points is no threshold")))?;
    let found = input.score(threshold)?;
    let by = &caller.actor.subject;
    let id = state.core.ids.next();
    store::contact::insert_screening(&mut tx, id, (&input, found), by, now).await?;
    evaluate(&mut tx, &elder, now).await?;
    let entry = audit::Entry::write(caller, ACTION, &elder::resource(&elder), now)
        .detail(serde_json::json!({ "isolated": found.isolated }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(found).await
}

/// How an elder is looked in on, when next, and when somebody last was.
pub type Scheduled = (
    ContactSchedule,
    (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
);

/// How elders whom the caller has been shown are looked in on.
pub async fn load_schedules(
    state: &State,
    elders: &[ResidentId],
) -> Result<HashMap<ResidentId, Scheduled>> {
    store::contact::load_schedules(&mut *state.core.db.read().await?, elders).await
}

/// Of a class: how many there are, and how many were looked in on.
#[derive(Clone, Debug)]
pub struct Covered {
    pub risk: ContactRisk,
    pub elders: i64,
    pub seen: i64,
}

/// How many of each class were looked in on, from one day to another.
pub async fn coverage(
    state: &State,
    caller: &Caller,
    division: DivisionCode,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Vec<Covered>> {
    let scope = caller.actor.scope(elder::READERS);
    if !scope.admits(Some(&division)) {
        return Ok(Vec::new());
    }
    if to < from {
        return Err(refuse!(
            Invalid,
            "COVERAGE_DAYS",
            field: "to",
            zh: "结束日不能早于开始日",
            en: "the last day is not before the first",
        )
        .into());
    }
    let begin = kernel::calendar::start_of_day(from).map_err(Error::fault)?;
    let end = kernel::calendar::end_of_day(to).map_err(Error::fault)?;
    let mut conn = state.core.db.read().await?;
    let rows = store::contact::coverage(&mut conn, &division, (begin, end)).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Covered {
                risk: row
                    .risk
                    .parse()
                    .map_err(|_| Error::inconsistent("contact_schedules", "risk", division))?,
                elders: row.elders,
                seen: row.seen,
            })
        })
        .collect()
}
