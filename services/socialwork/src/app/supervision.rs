//! 督导关系: assigned, planned, ended, and an alarm where a term passes without
//! a session.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    IdempotencyKey, Page, Paged, calendar::start_of_day, china_date, keys::SocialWorkerId, refuse,
};
use kit::{
    auth::{Caller, Resource, Role},
    db::Tx,
    events, jobs, parameters,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;

use super::act::{Act, Begun, Held};
use crate::{
    domain::{
        supervision::{
            Supervision, SupervisionAlarm, SupervisionFilter, SupervisionId, check_interval,
            check_supervisor, due,
        },
        words::words,
    },
    error::Result,
    state::State,
    store,
};

/// The timer of a term.
pub const DUE: &str = "supervision_due";

impl Held for Supervision {
    type Id = SupervisionId;
    const READ: &'static str = "readSupervision";

    async fn lock(conn: &mut PgConnection, id: SupervisionId) -> Result<Option<Self>> {
        store::supervision::lock(conn, id).await
    }

    fn resource(&self) -> Resource {
        Resource::new("Supervision", self.id)
            .in_division(self.division_code)
            .with("supervisor", self.supervisor_id.to_string())
            .with("supervisee", self.supervisee_id.to_string())
    }

    fn unknown() -> kit::Error {
        unknown()
    }
}

/// Who supervises whom.
#[derive(Clone, Debug, Serialize)]
pub struct Assign {
    pub supervisor_id: SocialWorkerId,
    pub supervisee_id: SocialWorkerId,
    pub from: NaiveDate,
    pub to: Option<NaiveDate>,
    pub every_days: i32,
    pub topics: String,
}

/// A supervisor is assigned, with the first plan.
pub async fn assign(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Assign,
) -> Result<Supervision> {
    let act = Act::new(state, caller, "assignSupervisor", &key);
    let topics = words("input.topics", &input.topics, 1000)?;
    crate::domain::post::check_days(input.from, input.to)?;
    caller.signed_in(act.action)?;
    let mut tx = state.core.db.begin(caller).await?;
    let field = "input.superviseeId";
    let supervisee = super::case::check_serving(&mut tx, &act, input.supervisee_id, field).await?;
    let home = supervisee.communities.first().map(|one| one.division_code);
    let division_code = home.ok_or_else(super::social_worker::unknown)?;
    let about = Resource::any("Supervision")
        .in_division(division_code)
        .with("supervisor", input.supervisor_id.to_string())
        .with("supervisee", input.supervisee_id.to_string());
    state.core.authorize(caller, act.action, &about)?;
    if let Some(first) = tx.replay(act.action, &key, &input, act.now).await? {
        return Ok(first);
    }
    let field = "input.supervisorId";
    let supervisor = super::case::check_serving(&mut tx, &act, input.supervisor_id, field).await?;
    let of = Some(&division_code);
    let least = parameters::number(&mut tx, "sw.supervision.least_grade", of, input.from).await?;
    check_supervisor((supervisor.id, supervisor.grade), supervisee.id, least)?;
    let most = parameters::number(&mut tx, "sw.supervision.most_days", of, act.today()).await?;
    check_interval(input.every_days, most)?;
    let supervision = Supervision {
        id: SupervisionId::new(&state.core.ids),
        supervisor_id: supervisor.id,
        supervisee_id: supervisee.id,
        division_code,
        from: input.from,
        to: input.to,
        every_days: input.every_days,
        topics,
        due_on: due(input.from.max(act.today()), input.every_days),
        version: 1,
        assigned_at: act.now,
    };
    let plan = state.core.ids.next();
    store::supervision::insert(&mut tx, &supervision, plan, act.by())
        .await
        .map_err(said)?;
    watch(&mut tx, &supervision).await?;
    let detail = json!({ "supervisor_id": supervisor.id, "supervisee_id": supervisee.id });
    act.finish(tx, &supervision.resource(), detail, supervision)
        .await
}

fn said(error: kit::Error) -> kit::Error {
    if error.reason() != "SUPERVISION_OVERLAP" {
        return error;
    }
    refuse!(
        AlreadyExists,
        "SUPERVISION_OVERLAP",
        field: "input.superviseeId",
        zh: "该社会工作者在此期间已有督导",
        en: "this social worker has a supervisor in these days",
    )
    .into()
}

/// How often, and about what.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    pub supervision_id: SupervisionId,
    pub every_days: i32,
    pub topics: String,
}

/// The supervisor plans anew; earlier plans stay on record.
pub async fn plan(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Plan,
) -> Result<Supervision> {
    let act = Act::new(state, caller, "planSupervision", &key);
    let topics = words("input.topics", &input.topics, 1000)?;
    let begun = act.begin::<Supervision, Supervision>(input.supervision_id, &input);
    let (mut tx, mut supervision) = match begun.await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, supervision) => (tx, supervision),
    };
    supervision.check_covers(act.today(), "input.supervisionId")?;
    let of = Some(&supervision.division_code);
    let most = parameters::number(&mut tx, "sw.supervision.most_days", of, act.today()).await?;
    check_interval(input.every_days, most)?;
    supervision.plan(input.every_days, topics, act.today());
    let plan = state.core.ids.next();
    store::supervision::insert_plan(&mut tx, &supervision, plan, (act.by(), act.now)).await?;
    store::supervision::update(&mut tx, &mut supervision).await?;
    watch(&mut tx, &supervision).await?;
    let detail = json!({ "every_days": supervision.every_days });
    act.finish(tx, &supervision.resource(), detail, supervision)
        .await
}

/// Which supervision ends, and when.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct End {
    pub supervision_id: SupervisionId,
    pub on: NaiveDate,
}

/// Ends a supervision; what was held stays on record.
pub async fn end(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: End,
) -> Result<Supervision> {
    let act = Act::new(state, caller, "endSupervision", &key);
    let begun = act.begin::<Supervision, Supervision>(input.supervision_id, &input);
    let (mut tx, mut supervision) = match begun.await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, supervision) => (tx, supervision),
    };
    supervision.end(input.on)?;
    store::supervision::update(&mut tx, &mut supervision).await?;
    store::supervision::clear_alarms(&mut tx, supervision.id, act.now).await?;
    let detail = json!({ "on": input.on });
    act.finish(tx, &supervision.resource(), detail, supervision)
        .await
}

/// What the timer of a term is told.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Due {
    pub supervision_id: SupervisionId,
}

/// Sets the timer to the end of the term; one timer for each supervision.
pub(super) async fn watch(tx: &mut PgConnection, supervision: &Supervision) -> Result<()> {
    let payload = Due {
        supervision_id: supervision.id,
    };
    let after = supervision.due_on + chrono::Days::new(1);
    let job = jobs::NewJob::new("socialwork", DUE, &payload)?
        .key(format!("{DUE}:{}", supervision.id))
        .run_at(start_of_day(after)?);
    jobs::enqueue(tx, &job).await?;
    Ok(())
}

/// A term is over: where no session was held, an alarm is raised, once.
pub async fn look(state: &State, conn: &mut PgConnection, asked: Due) -> Result<()> {
    let now = state.core.clock.now();
    let Some(supervision) = store::supervision::lock(conn, asked.supervision_id).await? else {
        return Ok(());
    };
    if !supervision.is_overdue(china_date(now)) {
        return Ok(());
    }
    let id = state.core.ids.next();
    if !store::supervision::raise_alarm(conn, id, &supervision, now).await? {
        return Ok(());
    }
    let event = events::NewEvent {
        subject: "socialwork.supervision.overdue",
        aggregate: "supervision",
        aggregate_id: supervision.id.as_uuid(),
        trace_id: None,
        at: now,
        data: json!({ "supervision_id": supervision.id, "due_on": supervision.due_on,
            "supervisor_id": supervision.supervisor_id,
            "supervisee_id": supervision.supervisee_id,
            "division_code": supervision.division_code }),
    };
    events::append(conn, &event).await?;
    Ok(())
}

/// A session was held: the alarm is cleared, the next term begins.
pub(super) async fn kept(
    tx: &mut Tx,
    supervision: &mut Supervision,
    on: NaiveDate,
    now: DateTime<Utc>,
) -> Result<()> {
    supervision.held(on);
    store::supervision::update(tx, supervision).await?;
    store::supervision::clear_alarms(tx, supervision.id, now).await?;
    watch(tx, supervision).await
}

const READERS: &[Role] = &[
    Role::CommunityStaff,
    Role::CivilAffairs,
    Role::Auditor,
    Role::PlatformAdmin,
];

/// The supervisions of a list of ids that the caller may read.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[SupervisionId],
) -> Result<HashMap<SupervisionId, Supervision>> {
    let mut found = store::supervision::load_many(&mut *state.core.db.read().await?, ids).await?;
    let policies = &state.core.policies;
    found.retain(|_, one| policies.allows(&caller.actor, Supervision::READ, &one.resource()));
    Ok(found)
}

/// A page of the supervisions the caller takes part in or answers for.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: &SupervisionFilter,
    page: &Page,
) -> Result<Paged<Supervision>> {
    caller.signed_in(Supervision::READ)?;
    let scope = caller.actor.scope(READERS);
    let me = caller.actor.social_worker_id.map(SocialWorkerId::from_uuid);
    let mut conn = state.core.db.read().await?;
    let rows = store::supervision::list(&mut conn, (&scope, me), filter, page).await?;
    Ok(page.finish(rows))
}

/// The alarms of supervisions the caller has read.
pub async fn load_alarms(
    state: &State,
    ids: &[SupervisionId],
) -> Result<HashMap<SupervisionId, Vec<SupervisionAlarm>>> {
    store::supervision::load_alarms(&mut *state.core.db.read().await?, ids).await
}

/// Minutes that count for a worker whose service the caller may read: received,
/// and given.
pub async fn hours(
    state: &State,
    caller: &Caller,
    worker: SocialWorkerId,
    days: (NaiveDate, NaiveDate),
) -> Result<(i64, i64)> {
    caller.signed_in("readService")?;
    let mut conn = state.core.db.read().await?;
    let found = store::social_worker::load_many(&mut conn, &[worker]).await?;
    let of = found
        .get(&worker)
        .ok_or_else(super::social_worker::unknown)?;
    super::social_worker::check_service(state, caller, of)?;
    store::supervision::counted(&mut conn, worker, days).await
}

/// The supervision is not there, or not for this caller.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "SUPERVISION_NOT_FOUND",
        zh: "没有这项督导关系,或您无权查看",
        en: "there is no such supervision, or it is not for you to see",
    )
    .into()
}
