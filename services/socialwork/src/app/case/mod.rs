//! 个案: opened, moved through its phases, handed over, ended, reopened.

mod consent;
mod glass;
mod note;
mod phase;
mod plan;
mod read;
mod referral;

use kernel::{
    DivisionCode, IdempotencyKey,
    keys::{ResidentId, SocialWorkerId},
    refuse,
};
use kit::{
    auth::{Caller, Resource},
    db::Tx,
    parameters,
};
use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;

use super::{
    act::{Act, Begun, Held},
    sealed,
};
use crate::{
    domain::{
        case::{Case, CaseId, CasePhase, CaseRisk, check_two},
        words::words,
    },
    error::Result,
    state::State,
    store,
};

pub use consent::{GiveConsent, give_consent, withdraw_consent};
pub use glass::{BreakGlass, break_glass};
pub use note::{AddNote, NoteText, add_note, notes};
pub use phase::{End, HandOver, close, hand_over, intervene, reopen, terminate};
pub use plan::{
    Assess, Evaluate, Plan, Review, Sign, assess, evaluate, plan, review_plan, sign_plan,
};
pub use read::{Parts, caseload, file, list, load_many, load_parts, log, statistics};
pub use referral::{Answer, Refer, answer_referral, refer, referral_summary, referrals};

/// A case to the policies.
pub(super) fn resource(case: &Case) -> Resource {
    seen(case, false)
}

/// The same to somebody who has broken the glass, or not.
fn seen(case: &Case, glass: bool) -> Resource {
    Resource::new("Case", case.id)
        .in_division(case.division_code)
        .owned_by(case.client_id.as_uuid())
        .with("worker", case.worker_id.to_string())
        .with("supervisor", case.supervisor_id.to_string())
        .with("glass", glass)
}

impl Held for Case {
    type Id = CaseId;
    const READ: &'static str = "readCase";

    async fn lock(conn: &mut PgConnection, id: CaseId) -> Result<Option<Self>> {
        store::case::lock(conn, id).await
    }

    fn resource(&self) -> Resource {
        resource(self)
    }

    fn unknown() -> kit::Error {
        unknown()
    }
}

/// What a case is opened with. No Debug: it is about a person.
pub struct Open {
    pub client_id: ResidentId,
    pub supervisor_id: SocialWorkerId,
    pub risk: CaseRisk,
    pub problem: String,
}

#[derive(Serialize)]
struct Opened {
    client_id: ResidentId,
    supervisor_id: SocialWorkerId,
    risk: CaseRisk,
    words: [u8; 32],
}

/// A social worker takes up the case of a client (接案).
pub async fn open(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Open,
) -> Result<Case> {
    let act = Act::new(state, caller, "openCase", &key);
    let problem = words("input.problem", &input.problem, 5000)?;
    let request = Opened {
        client_id: input.client_id,
        supervisor_id: input.supervisor_id,
        risk: input.risk,
        words: sealed::print(state, &[&problem]),
    };
    let about = |case: &Case| super::person(case.client_id, case.division_code);
    let before = state
        .core
        .answered_about(caller, act.action, &key, &request, about);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    let client = super::living(state, caller, act.action, input.client_id).await?;
    let worker_id = myself(caller)?;
    let community = client.community_code;
    let community_id = state.communities.of_division(caller, &community).await?;
    check_two(worker_id, input.supervisor_id, "input.supervisorId")?;

    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay(act.action, &key, &request, act.now).await? {
        return Ok(first);
    }
    for (who, field) in [
        (worker_id, "input.residentId"),
        (input.supervisor_id, "input.supervisorId"),
    ] {
        check_serving(&mut tx, &act, who, field).await?;
    }
    if store::case::is_open(&mut tx, client.id, worker_id).await? {
        return Err(refuse!(
            AlreadyExists,
            "CASE_OPEN_ALREADY",
            field: "input.residentId",
            zh: "您已有该服务对象的在办个案",
            en: "you have an open case of this client already",
        )
        .into());
    }
    let case = Case {
        id: CaseId::new(&state.core.ids),
        client_id: client.id,
        community_id,
        division_code: community,
        worker_id,
        supervisor_id: input.supervisor_id,
        risk: input.risk,
        phase: CasePhase::Intake,
        round: 1,
        contact_by: contact_by(&mut tx, &act, &community, input.risk, act.today()).await?,
        closure: None,
        demo: client.demo,
        version: 1,
        opened_at: act.now,
        ended_at: None,
        updated_at: act.now,
    };
    let problem = sealed::seal(state, "cases.problem", case.id.as_uuid(), &problem);
    store::case::insert(&mut tx, &case, &problem, act.by()).await?;
    told(&act, &mut tx, &case).await?;
    let of = resource(&case);
    act.finish(tx, &of, json!({ "phase": case.phase }), case)
        .await
}

/// The social worker who calls.
pub(super) fn myself(caller: &Caller) -> Result<SocialWorkerId> {
    Ok(caller
        .actor
        .social_worker_id
        .map(SocialWorkerId::from_uuid)
        .ok_or_else(|| {
            refuse!(
                Forbidden,
                "NOT_A_SOCIAL_WORKER",
                zh: "您的账号没有关联社会工作者登记",
                en: "your account belongs to no registered social worker",
            )
        })?)
}

/// Refuses somebody who does not serve today.
pub(super) async fn check_serving(
    tx: &mut Tx,
    act: &Act<'_>,
    who: SocialWorkerId,
    field: &'static str,
) -> Result<crate::domain::social_worker::SocialWorker> {
    let worker = store::social_worker::load_many(tx, &[who])
        .await?
        .remove(&who)
        .ok_or_else(|| super::social_worker::unknown().at(field))?;
    if let Err(unfit) = worker.fitness(act.today()) {
        return Err(kit::Error::refused(
            unfit.as_str(),
            "该社会工作者今日不能服务(已停用或登记不在有效期内)",
            "this social worker does not serve today: inactive, or the registration has lapsed",
        )
        .at(field));
    }
    Ok(worker)
}

/// By when a client at this risk, met on a day, is to be met again.
async fn contact_by(
    tx: &mut Tx,
    act: &Act<'_>,
    division: &DivisionCode,
    risk: CaseRisk,
    met: chrono::NaiveDate,
) -> Result<chrono::NaiveDate> {
    let key = format!(
        "sw.case.contact_days.{}",
        risk.as_str().to_ascii_lowercase()
    );
    let days = parameters::number(tx, &key, Some(division), act.today()).await?;
    let days = u64::try_from(days).map_err(kit::Error::internal)?;
    Ok(met + chrono::Days::new(days))
}

/// Other services learn where a case stands, not whose it is.
async fn told(act: &Act<'_>, tx: &mut Tx, case: &Case) -> Result<()> {
    let data = json!({
        "case_id": case.id, "community_id": case.community_id,
        "division_code": case.division_code, "phase": case.phase, "risk": case.risk,
        "round": case.round,
    });
    act.tell(tx, "socialwork.case.moved", "case", case.id.as_uuid(), data)
        .await
}

/// Writes a case that moved, tells of it, ends the call.
async fn moved(act: &Act<'_>, mut tx: Tx, mut case: Case) -> Result<Case> {
    store::case::update(&mut tx, &mut case, act.by()).await?;
    told(act, &mut tx, &case).await?;
    let of = resource(&case);
    let detail = json!({ "phase": case.phase, "round": case.round });
    act.finish(tx, &of, detail, case).await
}

/// The case is not there, or not for this caller.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "CASE_NOT_FOUND",
        zh: "没有这个个案,或您无权查看",
        en: "there is no such case, or it is not for you to see",
    )
    .into()
}
