//! 准入申请: submitted in time, the community heard, reviewed within its clock.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Fen, Page, Paged, Term, keys::CommunityId};
use kit::{
    auth::{Caller, Resource},
    calendar,
    record::Wanted,
};
use serde::Serialize;

use super::ask::{self, Ask, Only, Open, first, subject};
use crate::{
    domain::{
        admission::{Admission, AdmissionId, AdmissionState, Decision, check_grant},
        words::check_words,
    },
    error::{Error, Result},
    state::State,
};

subject!(
    Admission,
    "Admission",
    "ADMISSION_NOT_FOUND",
    "没有这份准入申请",
    "there is no such application"
);

/// What a department wants done.
#[derive(Clone, Debug, Serialize)]
pub struct Submit {
    pub community_id: CommunityId,
    pub department: String,
    pub title: String,
    pub content: String,
    pub basis_document: String,
    pub starts_on: NaiveDate,
    pub ends_on: Option<NaiveDate>,
    pub funding: Fen,
    pub staffing: i32,
}

/// A department applies for work to be admitted to a community.
pub async fn submit(ask: &Ask<'_>, input: Submit) -> Result<Admission> {
    let community = super::community::get(ask.state, input.community_id).await?;
    let place = Resource::any("Admission").in_division(community.division_code);
    let mut open = first!(ask.open("submitAdmission", &input, &place).await?);
    let earliest = earliest_start(&mut open, &community.division_code).await?;
    Admission::check_start(input.starts_on, earliest)?;
    if input.ends_on.is_some_and(|end| end < input.starts_on) {
        return Err(Error::invalid(
            "input.endsOn",
            "PERIOD_REVERSED",
            "结束日期不能早于开始日期",
            "the end comes before the start",
        ));
    }
    if input.funding < Fen::new(0) || input.staffing < 0 {
        return Err(Error::invalid(
            "input.funding",
            "NUMBER_NEGATIVE",
            "经费和人员不能为负",
            "money and staff cannot be negative",
        ));
    }
    let admission = Admission {
        id: open.id(),
        community_id: community.id,
        division_code: community.division_code,
        department: check_words("input.department", &input.department, 100)?,
        title: check_words("input.title", &input.title, 100)?,
        content: check_words("input.content", &input.content, 2000)?,
        basis_document: check_words("input.basisDocument", &input.basis_document, 200)?,
        starts_on: input.starts_on,
        ends_on: input.ends_on,
        funding: input.funding,
        staffing: input.staffing,
        submitted_by: open.actor(),
        submitted_at: open.now,
        state: AdmissionState::Submitted,
        opinion_supports: None,
        opinion: None,
        opinion_by: None,
        review_by: None,
        granted_funding: None,
        granted_staffing: None,
        decision_note: None,
        decided_by: None,
        updated_at: open.now,
        version: 1,
    };
    open.insert(&admission).await?;
    open.finish(admission).await
}

async fn earliest_start(open: &mut Open<'_>, place: &DivisionCode) -> Result<NaiveDate> {
    let today = open.today();
    let days = open
        .number("com.admission.lead_working_days", place, today)
        .await?;
    let term = Term::WorkingDays(u32::try_from(days).map_err(Error::internal)?);
    Ok(calendar::load(open).await?.add_to_date(today, term)?)
}

/// What the community thinks.
#[derive(Clone, Debug, Serialize)]
pub struct Opinion {
    pub admission_id: AdmissionId,
    pub supports: bool,
    pub opinion: String,
}

/// The community says what it thinks.
pub async fn hear(ask: &Ask<'_>, input: Opinion) -> Result<Admission> {
    let start = ask.lock::<Admission, _>("giveAdmissionOpinion", input.admission_id, &input);
    let (mut open, mut admission) = first!(start.await?);
    let opinion = check_words("input.opinion", &input.opinion, 1000)?;
    admission.hear(input.supports, opinion, open.actor(), open.now)?;
    open.update(&mut admission).await?;
    open.finish(admission).await
}

/// The review begins; its clock runs in working days.
pub async fn review(ask: &Ask<'_>, input: Only<AdmissionId>) -> Result<Admission> {
    let start = ask.lock::<Admission, _>("reviewAdmission", input.id, &input);
    let (mut open, mut admission) = first!(start.await?);
    let place = admission.division_code;
    let until = open
        .working_days("com.admission.review_working_days", &place)
        .await?;
    admission.review(until, open.now)?;
    open.update(&mut admission).await?;
    open.finish(admission).await
}

/// What the review decides.
#[derive(Clone, Debug, Serialize)]
pub struct Decide {
    pub admission_id: AdmissionId,
    pub approve: bool,
    pub granted_funding: Option<Fen>,
    pub granted_staffing: Option<i32>,
    pub note: String,
}

/// Approved with money and staff, or rejected, with words.
pub async fn decide(ask: &Ask<'_>, input: Decide) -> Result<Admission> {
    let start = ask.lock::<Admission, _>("reviewAdmission", input.admission_id, &input);
    let (mut open, mut admission) = first!(start.await?);
    let decision = Decision {
        granted: check_grant(input.approve, input.granted_funding, input.granted_staffing)?,
        note: check_words("input.note", &input.note, 1000)?,
        by: open.actor(),
    };
    admission.decide(decision, open.now)?;
    open.update(&mut admission).await?;
    open.finish(admission).await
}

/// The department takes its application back.
pub async fn withdraw(ask: &Ask<'_>, input: Only<AdmissionId>) -> Result<Admission> {
    let start = ask.lock::<Admission, _>("submitAdmission", input.id, &input);
    let (mut open, mut admission) = first!(start.await?);
    admission.withdraw(open.now)?;
    open.update(&mut admission).await?;
    open.finish(admission).await
}

/// Which applications.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub division_code: Option<DivisionCode>,
    pub community_id: Option<CommunityId>,
    pub state: Option<AdmissionState>,
    /// Only those that the review has not decided in time.
    pub overdue: Option<bool>,
}

/// A page of applications; what work comes to communities is public.
pub async fn list(
    state: &State,
    _: &Caller,
    filter: Filter,
    page: &Page,
) -> Result<Paged<Admission>> {
    let late: Option<DateTime<Utc>> = filter
        .overdue
        .filter(|wanted| *wanted)
        .map(|_| state.core.clock.now());
    let wanted = Wanted::all()
        .within(filter.division_code)
        .is("community_id", filter.community_id)
        .is("state", filter.state)
        .that("state = 'REVIEW' AND review_by < ", late);
    ask::list(state, wanted, page).await
}
