//! 活动报名: signed up, matched, agreed, checked in and out, confirmed, recorded.

use kernel::{
    IdempotencyKey, Minutes, Page, Paged,
    keys::{ContractId, ResidentId, VisitId},
    refuse,
};
use kit::{
    audit,
    auth::{Caller, Resource},
    db::Tx,
    events, parameters,
};
use serde::Serialize;
use serde_json::json;

use super::{
    act::{Act, Begun, Held},
    volunteer, volunteer_record,
    volunteer_team::me,
};
use crate::{
    domain::{
        volunteer::Volunteer,
        volunteer_record::{VolunteerActivity, VolunteerRecord, VolunteerRecordId},
        volunteer_team::{Signup, SignupId, SignupState, TeamActivity, TeamActivityId},
    },
    error::Result,
    state::State,
    store,
};

/// A volunteer signs up for an activity that is recruited for.
pub async fn sign_up(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: TeamActivityId,
) -> Result<Signup> {
    let act = Act::new(state, caller, "signUpForActivity", &key);
    caller.signed_in(act.action)?;
    let mut tx = state.core.db.begin(caller).await?;
    let volunteer = me(&mut tx, &act).await?;
    if let Some(first) = tx.replay(act.action, &key, &id, act.now).await? {
        return Ok(first);
    }
    let activity = held(&mut tx, id).await?;
    activity.check_recruiting(act.now)?;
    activity.check_fit(&volunteer)?;
    let signup = Signup {
        id: SignupId::new(&state.core.ids),
        activity_id: activity.id,
        volunteer_id: volunteer.id,
        state: SignupState::Applied,
        in_at: None,
        out_at: None,
        confirmed_by: None,
        record_id: None,
        version: 1,
        signed_up_at: act.now,
        updated_at: act.now,
    };
    store::team_activity::insert_signup(&mut tx, &signup)
        .await
        .map_err(|error| match error.reason() {
            "SIGNUP_EXISTS" => refuse!(
                AlreadyExists,
                "SIGNUP_EXISTS",
                zh: "您已报名该活动",
                en: "you have signed up already",
            )
            .into(),
            _ => error,
        })?;
    let of = volunteer::resource(&volunteer);
    let detail = json!({ "signup_id": signup.id, "activity_id": activity.id });
    act.finish(tx, &of, detail, signup).await
}

async fn held(tx: &mut Tx, id: TeamActivityId) -> Result<TeamActivity> {
    TeamActivity::lock(tx, id)
        .await?
        .ok_or_else(TeamActivity::unknown)
}

/// A sign-up with what it belongs to, held: calls about one activity take turns.
struct Whole {
    activity: TeamActivity,
    volunteer: Volunteer,
    signup: Signup,
}

async fn whole(tx: &mut Tx, id: SignupId) -> Result<Whole> {
    let signup = store::team_activity::lock_signup(tx, id)
        .await?
        .ok_or_else(unknown)?;
    let activity = held(tx, signup.activity_id).await?;
    let volunteer = store::volunteer::load_many(tx, &[signup.volunteer_id])
        .await?
        .remove(&signup.volunteer_id)
        .ok_or_else(unknown)?;
    Ok(Whole {
        activity,
        volunteer,
        signup,
    })
}

/// Begins something that the volunteer does about their own sign-up.
async fn mine(act: &Act<'_>, id: SignupId) -> Result<Begun<Whole, Signup>> {
    act.caller.signed_in(act.action)?;
    let mut tx = act.state.core.db.begin(act.caller).await?;
    let whole = whole(&mut tx, id).await?;
    let of = volunteer::resource(&whole.volunteer);
    let seen = (act.action, "readVolunteer");
    act.state
        .core
        .authorize_seen(act.caller, seen, &of, unknown)?;
    Ok(match tx.replay(act.action, act.key, &id, act.now).await? {
        Some(first) => Begun::Answered(first),
        None => Begun::First(tx, whole),
    })
}

/// Begins something that the lead does, or the person served.
async fn theirs(
    act: &Act<'_>,
    id: SignupId,
    input: &(impl Serialize + Sync),
) -> Result<Begun<Whole, Signup>> {
    act.caller.signed_in(act.action)?;
    let mut tx = act.state.core.db.begin(act.caller).await?;
    let whole = whole(&mut tx, id).await?;
    let core = &act.state.core;
    core.authorize(act.caller, act.action, &whole.activity.resource())?;
    Ok(
        match tx.replay(act.action, act.key, input, act.now).await? {
            Some(first) => Begun::Answered(first),
            None => Begun::First(tx, whole),
        },
    )
}

async fn finish(act: &Act<'_>, mut tx: Tx, whole: Whole) -> Result<Signup> {
    let mut signup = whole.signup;
    store::team_activity::update_signup(&mut tx, &mut signup).await?;
    let of = volunteer::resource(&whole.volunteer);
    let detail = json!({ "signup_id": signup.id, "state": signup.state });
    act.finish(tx, &of, detail, signup).await
}

/// Whether the lead takes a volunteer.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Match {
    pub signup_id: SignupId,
    pub accepted: bool,
}

/// The lead matches a volunteer who may serve, or declines.
pub async fn decide(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Match,
) -> Result<Signup> {
    let act = Act::new(state, caller, "matchSignup", &key);
    let (tx, mut whole) = match theirs(&act, input.signup_id, &input).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, whole) => (tx, whole),
    };
    let next = if input.accepted {
        whole.activity.check_fit(&whole.volunteer)?;
        if whole.activity.matched >= i64::from(whole.activity.capacity) {
            return Err(refuse!(
                Refused,
                "ACTIVITY_FULL",
                zh: "活动名额已满",
                en: "the activity is full",
            )
            .into());
        }
        SignupState::Matched
    } else {
        SignupState::Declined
    };
    whole.signup.step(next, act.now)?;
    finish(&act, tx, whole).await
}

/// The volunteer agrees to the service agreement.
pub async fn agree(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: SignupId,
) -> Result<Signup> {
    let act = Act::new(state, caller, "agreeSignup", &key);
    let (tx, mut whole) = match mine(&act, id).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, whole) => (tx, whole),
    };
    whole.activity.check_fit(&whole.volunteer)?;
    whole.signup.step(SignupState::Agreed, act.now)?;
    finish(&act, tx, whole).await
}

/// The volunteer withdraws before they came; no reason is asked for.
pub async fn withdraw(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: SignupId,
) -> Result<Signup> {
    let act = Act::new(state, caller, "withdrawSignup", &key);
    let (tx, mut whole) = match mine(&act, id).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, whole) => (tx, whole),
    };
    whole.signup.step(SignupState::Withdrawn, act.now)?;
    finish(&act, tx, whole).await
}

/// The volunteer is there.
pub async fn check_in(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: SignupId,
) -> Result<Signup> {
    let act = Act::new(state, caller, "checkInSignup", &key);
    let (mut tx, mut whole) = match mine(&act, id).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, whole) => (tx, whole),
    };
    whole.activity.check_fit(&whole.volunteer)?;
    let of = Some(&whole.activity.division_code);
    let early = parameters::number(&mut tx, "sw.activity.early_minutes", of, act.today()).await?;
    whole.signup.check_in(&whole.activity, early, act.now)?;
    finish(&act, tx, whole).await
}

/// The volunteer leaves.
pub async fn check_out(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: SignupId,
) -> Result<Signup> {
    let act = Act::new(state, caller, "checkOutSignup", &key);
    let (tx, mut whole) = match mine(&act, id).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, whole) => (tx, whole),
    };
    whole.signup.check_out(&whole.activity, act.now)?;
    finish(&act, tx, whole).await
}

/// Whoever was served confirms, or the lead where that is nobody in particular:
/// the service becomes a record.
pub async fn confirm(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: SignupId,
) -> Result<Signup> {
    let act = Act::new(state, caller, "confirmSignup", &key);
    let (mut tx, whole) = match theirs(&act, id, &id).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, whole) => (tx, whole),
    };
    let Whole {
        activity,
        volunteer,
        mut signup,
    } = whole;
    let by = match activity.recipient_id {
        Some(recipient) => recipient,
        None => lead(&mut tx, &activity).await?,
    };
    signup.step(SignupState::Confirmed, act.now)?;
    signup.confirmed_by = Some(by);
    store::team_activity::update_signup(&mut tx, &mut signup).await?;
    let (Some(in_at), Some(out_at)) = (signup.in_at, signup.out_at) else {
        return Err(unknown());
    };
    let record = VolunteerRecord {
        id: VolunteerRecordId::new(&state.core.ids),
        volunteer_id: volunteer.id,
        activity: VolunteerActivity::TeamActivity,
        // The occasion, the order and the contract of an activity: see the migration.
        visit_id: VisitId::from_uuid(signup.id.as_uuid()),
        order_id: activity.id.as_uuid(),
        contract_id: ContractId::from_uuid(activity.team_id.as_uuid()),
        trace_id: activity.trace_id,
        in_at,
        out_at,
        minutes: Minutes::whole_of(out_at - in_at),
        confirmed_by: by,
        reverses: None,
        replaces: None,
        reason: None,
        reversed_by: None,
        certificate_no: None,
        recorded_by: caller.actor.subject.clone(),
        recorded_at: act.now,
    };
    store::volunteer_record::insert(&mut tx, &record).await?;
    signup.step(SignupState::Recorded, act.now)?;
    signup.record_id = Some(record.id);
    store::team_activity::update_signup(&mut tx, &mut signup).await?;
    events::append(&mut tx, &volunteer_record::recorded(&record, &volunteer)).await?;
    let of = volunteer::resource(&volunteer);
    let detail = json!({ "signup_id": signup.id, "record_id": record.id });
    act.finish(tx, &of, detail, signup).await
}

/// The lead of an activity as a resident: whoever confirms is a person.
async fn lead(tx: &mut Tx, activity: &TeamActivity) -> Result<ResidentId> {
    let found = store::social_worker::load_many(tx, &[activity.lead_id]).await?;
    found
        .get(&activity.lead_id)
        .map(|worker| worker.resident_id)
        .ok_or_else(super::social_worker::unknown)
}

/// A page of those who signed up: for the lead, and on record.
pub async fn list_of(
    state: &State,
    caller: &Caller,
    activity: &TeamActivity,
    page: &Page,
) -> Result<Option<Paged<Signup>>> {
    const ACTION: &str = "readSignups";
    let about: Resource = activity.resource();
    if !state.core.policies.allows(&caller.actor, ACTION, &about) {
        return Ok(None);
    }
    let mut tx = state.core.db.begin(caller).await?;
    let which = (Some(activity.id), None);
    let rows = store::team_activity::list_signups(&mut tx, which, page).await?;
    let now = state.core.clock.now();
    let entry = audit::Entry::read(caller, ACTION, &about, now)
        .fields(["signups"])
        .detail(json!({ "signups": rows.iter().map(|row| row.id).collect::<Vec<_>>() }));
    audit::append(&mut tx, &entry).await?;
    tx.commit().await?;
    Ok(Some(page.finish(rows)))
}

/// A page of the caller's own sign-ups.
pub async fn list_mine(state: &State, caller: &Caller, page: &Page) -> Result<Paged<Signup>> {
    caller.signed_in("readTeam")?;
    let Some(me) = caller.actor.resident_id else {
        return Ok(page.finish(Vec::new()));
    };
    let mut conn = state.core.db.read().await?;
    let me = ResidentId::from_uuid(me);
    let Some(volunteer) = store::volunteer::find_by_resident(&mut conn, me).await? else {
        return Ok(page.finish(Vec::new()));
    };
    let which = (None, Some(volunteer.id));
    let rows = store::team_activity::list_signups(&mut conn, which, page).await?;
    Ok(page.finish(rows))
}

/// The sign-up is not there, or not for this caller.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "SIGNUP_NOT_FOUND",
        zh: "没有这项报名,或您无权办理",
        en: "there is no such sign-up, or it is not for you",
    )
    .into()
}
