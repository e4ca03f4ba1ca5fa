//! 预估、计划、评估: written by the worker, signed by the client, reviewed by
//! the supervisor.

use chrono::NaiveDate;
use kernel::{IdempotencyKey, refuse};
use kit::{auth::Caller, db::Tx};
use serde::Serialize;
use serde_json::json;

use super::{Act, Begun, moved, myself, resource, sealed};
use crate::{
    domain::{
        case::{
            Case, CaseId, CaseRisk,
            plan::{
                CaseAssessmentId, CaseEvaluationId, CasePlan, CasePlanId, Goal, Signing,
                check_attainments, check_goals, check_review_on,
            },
        },
        words::{words, words_if_any},
    },
    error::Result,
    state::State,
    store::{
        self,
        case::plan::{NewAssessment, NewEvaluation},
    },
};

/// What an assessment found.
pub struct Assess {
    pub case_id: CaseId,
    pub risk: CaseRisk,
    pub findings: String,
}

/// Writes an assessment; the first of a round moves the case on.
pub async fn assess(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Assess,
) -> Result<Case> {
    let act = Act::new(state, caller, "assessCase", &key);
    let findings = words("input.findings", &input.findings, 10_000)?;
    let request = (
        input.case_id,
        input.risk,
        sealed::print(state, &[&findings]),
    );
    let (mut tx, mut case) = match act.begin::<Case, Case>(input.case_id, &request).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, case) => (tx, case),
    };
    let met = super::contact_by(&mut tx, &act, &case.division_code, input.risk, act.today());
    case.contact_by = met.await?;
    case.assess(input.risk, act.now)?;
    let id = CaseAssessmentId::new(&state.core.ids);
    let new = NewAssessment {
        id,
        case_id: case.id,
        round: case.round,
        risk: input.risk,
        findings: &sealed::seal(state, "case_assessments.findings", id.as_uuid(), &findings),
        by: act.by(),
        at: act.now,
    };
    store::case::plan::insert_assessment(&mut tx, &new).await?;
    moved(&act, tx, case).await
}

/// What is planned.
pub struct Plan {
    pub case_id: CaseId,
    pub goals: Vec<Goal>,
    pub review_on: NaiveDate,
}

/// Drafts a plan, or the next version of one.
pub async fn plan(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Plan,
) -> Result<Case> {
    let act = Act::new(state, caller, "planCase", &key);
    let goals = check_goals(input.goals)?;
    check_review_on(input.review_on, act.today())?;
    let texts: Vec<&str> = goals
        .iter()
        .flat_map(|one| [one.goal.as_str(), one.indicator.as_str()])
        .collect();
    let request = (input.case_id, input.review_on, sealed::print(state, &texts));
    let (mut tx, mut case) = match act.begin::<Case, Case>(input.case_id, &request).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, case) => (tx, case),
    };
    case.plan(act.now)?;
    let id = CasePlanId::new(&state.core.ids);
    let plan = CasePlan {
        id,
        case_id: case.id,
        round: case.round,
        number: store::case::plan::next_number(&mut tx, case.id).await?,
        goals: i32::try_from(goals.len()).map_err(kit::Error::internal)?,
        review_on: input.review_on,
        drafted_at: act.now,
        signed_by: None,
        signed_at: None,
        approved: None,
        reviewed_at: None,
    };
    let seal = |field, text: &str| sealed::seal(state, field, id.as_uuid(), text);
    let hidden: Vec<(Vec<u8>, Vec<u8>)> = goals
        .iter()
        .map(|one| {
            (
                seal("case_plan_goals.goal", &one.goal),
                seal("case_plan_goals.indicator", &one.indicator),
            )
        })
        .collect();
    store::case::plan::insert(&mut tx, &plan, &hidden, act.by()).await?;
    moved(&act, tx, case).await
}

/// The newest plan of a case, held.
pub(super) async fn newest(tx: &mut Tx, case: &Case) -> Result<CasePlan> {
    let plan = store::case::plan::lock_newest(tx, case.id).await?;
    Ok(plan
        .filter(|plan| plan.round == case.round)
        .ok_or_else(|| {
            refuse!(
                Refused,
                "CASE_NOT_PLANNED",
                zh: "本轮尚无服务计划",
                en: "there is no plan of this round yet",
            )
        })?)
}

/// How a client agrees to the newest plan.
#[derive(Clone, Debug, Serialize)]
pub struct Sign {
    pub case_id: CaseId,
    pub signing: Signing,
    /// The number or place of the paper, where it was signed on paper.
    pub paper: Option<String>,
}

/// The client signs the plan, or the worker enters what was signed on paper.
pub async fn sign_plan(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Sign,
) -> Result<Case> {
    let act = Act::new(state, caller, "signCasePlan", &key);
    let (mut tx, case) = match act.begin::<Case, Case>(input.case_id, &input).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, case) => (tx, case),
    };
    let paper = signed(caller, &case, input.signing, input.paper.as_deref())?;
    case.check_open()?;
    let mut plan = newest(&mut tx, &case).await?;
    plan.sign(input.signing, act.now)?;
    store::case::plan::sign(&mut tx, &plan, paper.as_deref()).await?;
    let of = resource(&case);
    let detail = json!({ "plan_id": plan.id, "signing": plan.signed_by });
    act.finish(tx, &of, detail, case).await
}

/// The client signs online and nobody else for them; others enter a paper,
/// and say which.
pub(super) fn signed(
    caller: &Caller,
    case: &Case,
    how: Signing,
    paper: Option<&str>,
) -> Result<Option<String>> {
    let client = caller.actor.resident_id == Some(case.client_id.as_uuid());
    let paper = words_if_any("input.paper", paper, 200)?;
    let refusal = match (how, client, &paper) {
        (Signing::Online, true, None) | (Signing::Paper | Signing::Guardian, false, Some(_)) => {
            return Ok(paper);
        }
        (Signing::Online, ..) => refuse!(
            Forbidden,
            "SIGNING_ONLINE",
            field: "input.signing",
            zh: "在线签署只能由服务对象本人登录办理,且不填纸质编号",
            en: "only the client signs online, themself and without a paper",
        ),
        _ => refuse!(
            Invalid,
            "SIGNING_PAPER",
            field: "input.paper",
            zh: "纸质签署由社工录入,须填写文书编号",
            en: "a paper is entered by the worker, with its number",
        ),
    };
    Err(refusal.into())
}

/// What the supervisor says to the newest plan.
pub struct Review {
    pub case_id: CaseId,
    pub approved: bool,
    pub note: Option<String>,
}

/// The supervisor approves the plan, or gives it back with the reason.
pub async fn review_plan(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Review,
) -> Result<Case> {
    let act = Act::new(state, caller, "reviewCasePlan", &key);
    let note = words_if_any("input.note", input.note.as_deref(), 2000)?;
    if !input.approved && note.is_none() {
        return Err(refuse!(
            Invalid,
            "REVIEW_NOTE",
            field: "input.note",
            zh: "退回计划须说明意见",
            en: "say what is missing when a plan is given back",
        )
        .into());
    }
    let request = (
        input.case_id,
        input.approved,
        sealed::print(state, &[note.as_deref().unwrap_or_default()]),
    );
    let (mut tx, case) = match act.begin::<Case, Case>(input.case_id, &request).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, case) => (tx, case),
    };
    case.check_open()?;
    let mut plan = newest(&mut tx, &case).await?;
    plan.review(input.approved, act.now)?;
    let note =
        note.map(|text| sealed::seal(state, "case_plans.review_note", plan.id.as_uuid(), &text));
    store::case::plan::review(&mut tx, &plan, myself(caller)?, note.as_deref()).await?;
    let of = resource(&case);
    let detail = json!({ "plan_id": plan.id, "approved": input.approved });
    act.finish(tx, &of, detail, case).await
}

/// What came of the plan.
pub struct Evaluate {
    pub case_id: CaseId,
    pub attainments: Vec<i32>,
    pub summary: String,
}

/// Evaluates the case by the goals of its plan.
pub async fn evaluate(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Evaluate,
) -> Result<Case> {
    let act = Act::new(state, caller, "evaluateCase", &key);
    let summary = words("input.summary", &input.summary, 10_000)?;
    let request = (
        input.case_id,
        &input.attainments,
        sealed::print(state, &[&summary]),
    );
    let (mut tx, mut case) = match act.begin::<Case, Case>(input.case_id, &request).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, case) => (tx, case),
    };
    case.evaluate(act.now)?;
    let plan = newest(&mut tx, &case).await?;
    check_attainments(&input.attainments, plan.goals)?;
    let id = CaseEvaluationId::new(&state.core.ids);
    let new = NewEvaluation {
        id,
        plan: &plan,
        attainments: &input.attainments,
        summary: &sealed::seal(state, "case_evaluations.summary", id.as_uuid(), &summary),
        by: act.by(),
        at: act.now,
    };
    store::case::plan::insert_evaluation(&mut tx, &new).await?;
    moved(&act, tx, case).await
}
