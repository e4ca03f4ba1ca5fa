//! Reading cases: by those whose case it is, with a trace of every file opened;
//! by officials as numbers without persons.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::{
    DivisionCode, Page, Paged, china_date,
    keys::{ResidentId, SocialWorkerId},
    refuse,
};
use kit::{
    audit,
    auth::{Caller, Resource, Role},
    parameters,
};
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{sealed, seen, unknown};
use crate::{
    domain::case::{
        Case, CaseFilter, CaseId, CaseMove, CaseStatistics, Caseload,
        consent::CaseConsent,
        glass::Glass,
        note::Reader,
        plan::{
            Assessment, CaseAssessmentId, CaseEvaluationId, CaseFile, CasePlan, Evaluation, Goal,
            PlanText,
        },
        referral::CaseReferral,
    },
    error::Result,
    state::State,
    store::{self, case::Onlooker},
};

/// The cases of a list of ids that the caller may read; others are left out.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[CaseId],
) -> Result<HashMap<CaseId, Case>> {
    let mut conn = state.core.db.read().await?;
    let mut cases = store::case::load_many(&mut conn, ids).await?;
    let now = state.core.clock.now();
    let subject = &caller.actor.subject;
    let open = store::case::glass::open_for(&mut conn, ids, subject, now).await?;
    cases.retain(|id, case| {
        let about = seen(case, open.contains(id));
        let policies = &state.core.policies;
        policies.allows(&caller.actor, "readCase", &about)
    });
    Ok(cases)
}

/// A page of the cases the caller works on, supervises, is the client of, or
/// has broken the glass of.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: &CaseFilter,
    page: &Page,
) -> Result<Paged<Case>> {
    caller.signed_in("readCase")?;
    let who = Onlooker {
        worker: caller.actor.social_worker_id.map(SocialWorkerId::from_uuid),
        resident: caller.actor.resident_id.map(ResidentId::from_uuid),
        subject: caller.actor.subject.clone(),
        now: state.core.clock.now(),
    };
    let mut conn = state.core.db.read().await?;
    let rows = store::case::list(&mut conn, &who, filter, page).await?;
    Ok(page.finish(rows))
}

/// What belongs to a case and says nothing of its words.
#[derive(Clone, Default)]
pub struct Parts {
    pub moves: Vec<CaseMove>,
    pub plans: Vec<CasePlan>,
    pub consents: Vec<CaseConsent>,
    pub referrals: Vec<CaseReferral>,
    pub glass: Vec<Glass>,
}

/// The parts of cases the caller has read.
pub async fn load_parts(state: &State, ids: &[CaseId]) -> Result<HashMap<CaseId, Parts>> {
    let mut conn = state.core.db.read().await?;
    let mut moves = store::case::load_moves(&mut conn, ids).await?;
    let mut plans = store::case::plan::load_many_of(&mut conn, ids).await?;
    let mut consents = store::case::consent::load_many_of(&mut conn, ids).await?;
    let mut referrals = store::case::referral::load_many_of(&mut conn, ids).await?;
    let mut glass = store::case::glass::load_many_of(&mut conn, ids).await?;
    Ok(ids
        .iter()
        .map(|id| {
            let parts = Parts {
                moves: moves.remove(id).unwrap_or_default(),
                plans: plans.remove(id).unwrap_or_default(),
                consents: consents.remove(id).unwrap_or_default(),
                referrals: referrals.remove(id).unwrap_or_default(),
                glass: glass.remove(id).unwrap_or_default(),
            };
            (*id, parts)
        })
        .collect())
}

/// Whom the caller is to a case.
pub(super) async fn reader(
    state: &State,
    conn: &mut PgConnection,
    caller: &Caller,
    case: &Case,
) -> Result<Reader> {
    let (now, subject) = (state.core.clock.now(), &caller.actor.subject);
    let open = store::case::glass::open_for(conn, &[case.id], subject, now).await?;
    let about = seen(case, !open.is_empty());
    if !state
        .core
        .policies
        .allows(&caller.actor, "readCase", &about)
    {
        return Err(unknown());
    }
    let me = caller.actor.social_worker_id.map(SocialWorkerId::from_uuid);
    Ok(match me {
        Some(me) if me == case.worker_id => Reader::Worker(me),
        Some(me) if me == case.supervisor_id => Reader::Supervisor,
        _ if caller.actor.resident_id == Some(case.client_id.as_uuid()) => Reader::Client,
        _ => Reader::Glass,
    })
}

/// Puts on record that a file was opened; the client's own look is not.
pub(super) async fn record(
    state: &State,
    conn: &mut PgConnection,
    caller: &Caller,
    case: &Case,
    fields: &[&str],
    detail: Value,
) -> Result<()> {
    if caller.actor.resident_id == Some(case.client_id.as_uuid()) {
        return Ok(());
    }
    let now = state.core.clock.now();
    let entry = audit::Entry::read(caller, "readCase", &super::resource(case), now)
        .fields(fields.iter().copied())
        .detail(detail);
    audit::append(conn, &entry).await?;
    Ok(())
}

/// The words of a case, opened for the caller and on record before they are shown.
pub async fn file(state: &State, caller: &Caller, case: &Case) -> Result<CaseFile> {
    let mut tx = state.core.db.begin(caller).await?;
    let reader = reader(state, &mut tx, caller, case).await?;
    let hidden = store::case::plan::find_file(&mut tx, case.id).await?;
    let fields = ["problem", "assessments", "plans", "evaluations"];
    let detail = json!({ "reader": reader.as_str() });
    record(state, &mut tx, caller, case, &fields, detail).await?;
    tx.commit().await?;

    let open = |field, id, bytes: &[u8]| sealed::open(state, field, id, bytes);
    let assessments = hidden.assessments.into_iter().map(|one| {
        Ok(Assessment {
            id: CaseAssessmentId::from_uuid(one.id),
            round: one.round,
            risk: one
                .risk
                .parse()
                .map_err(|_| kit::Error::inconsistent("case_assessments", "risk", one.id))?,
            findings: open("case_assessments.findings", one.id, &one.findings_enc)?,
            written_at: one.written_at,
        })
    });
    let plans = hidden.plans.into_iter().map(|one| {
        let goals = one.goals.iter().zip(&one.indicators);
        let goals = goals.map(|(goal, indicator)| {
            Ok(Goal {
                goal: open("case_plan_goals.goal", one.id, goal)?,
                indicator: open("case_plan_goals.indicator", one.id, indicator)?,
            })
        });
        let note = one.review_note_enc.as_deref();
        Ok(PlanText {
            number: one.number,
            round: one.round,
            goals: goals.collect::<Result<_>>()?,
            review_note: note
                .map(|note| open("case_plans.review_note", one.id, note))
                .transpose()?,
        })
    });
    let evaluations = hidden.evaluations.into_iter().map(|one| {
        Ok(Evaluation {
            id: CaseEvaluationId::from_uuid(one.id),
            round: one.round,
            attainments: one.attainments,
            summary: open("case_evaluations.summary", one.id, &one.summary_enc)?,
            written_at: one.written_at,
        })
    });
    Ok(CaseFile {
        problem: open("cases.problem", case.id.as_uuid(), &hidden.problem)?,
        assessments: assessments.collect::<Result<_>>()?,
        plans: plans.collect::<Result<_>>()?,
        evaluations: evaluations.collect::<Result<_>>()?,
    })
}

/// Who did and read what about the caller as a client, newest first.
pub async fn log(state: &State, caller: &Caller, page: &Page) -> Result<Paged<audit::Recorded>> {
    caller.signed_in("readCase")?;
    let me = caller.actor.resident_id.ok_or_else(|| {
        refuse!(
            Forbidden,
            "NOT_A_RESIDENT",
            zh: "您的账号没有关联居民记录",
            en: "your account belongs to no resident",
        )
    })?;
    audit::list_for_subject(&mut *state.core.db.read().await?, me, page).await
}

/// How much the caller has to do, and those whom they supervise.
pub async fn caseload(state: &State, caller: &Caller) -> Result<Vec<Caseload>> {
    caller.signed_in("readCase")?;
    let Some(me) = caller.actor.social_worker_id else {
        return Ok(Vec::new());
    };
    let today = china_date(state.core.clock.now());
    let me = SocialWorkerId::from_uuid(me);
    store::case::caseload(&mut *state.core.db.read().await?, me, today).await
}

/// Numbers without persons, of a division the caller answers for.
pub async fn statistics(
    state: &State,
    caller: &Caller,
    division: Option<DivisionCode>,
    days: (NaiveDate, NaiveDate),
) -> Result<CaseStatistics> {
    const READERS: &[Role] = &[
        Role::CommunityStaff,
        Role::CivilAffairs,
        Role::Auditor,
        Role::PlatformAdmin,
    ];
    let within = division.or(caller.actor.division);
    let about = Resource::any("CaseNumbers").in_division(within);
    state.core.authorize(caller, "readCaseStatistics", &about)?;
    let scope = caller.actor.scope(READERS);
    let today = china_date(state.core.clock.now());
    let mut conn = state.core.db.read().await?;
    let least =
        parameters::number(&mut conn, "sw.case.least_count", within.as_ref(), today).await?;
    store::case::statistics(&mut conn, &scope, within.as_ref(), days, least).await
}
