//! The way of a visit: the host answers, the visitor makes it and reports.

use chrono::NaiveDate;
use kernel::refuse;
use kit::auth::Resource;
use serde::{Serialize, de::DeserializeOwned};

use super::{People, check_visitor, count, may_read};
use crate::{
    app::{
        ask::{self, Ask, Only, Open, Start, Subject as _, first},
        study_measure::{self, Measure},
    },
    domain::{
        study_visit::{StudyReport, StudyVisit, StudyVisitId, StudyVisitState, check_own},
        words::check_words,
    },
    error::Result,
};

/// The most measures that one report proposes.
const MOST_MEASURES: usize = 50;

/// Other days.
#[derive(Clone, Debug, Serialize)]
pub struct Postpone {
    pub visit_id: StudyVisitId,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
}

/// The visitor puts it off; a host that had confirmed is asked again.
pub async fn postpone(ask: &Ask<'_>, input: Postpone) -> Result<StudyVisit> {
    let start = ask.lock::<StudyVisit, _>("planStudyVisit", input.visit_id, &input);
    let (mut open, mut visit) = first!(start.await?);
    check_visitor(ask, &visit.division_code)?;
    let days = (input.starts_on, input.ends_on);
    visit.postpone(days, open.today(), open.now)?;
    open.update(&mut visit).await?;
    open.finish(visit).await
}

/// Why it does not take place.
#[derive(Clone, Debug, Serialize)]
pub struct Noted {
    pub visit_id: StudyVisitId,
    pub note: String,
}

/// The visitor calls it off.
pub async fn cancel(ask: &Ask<'_>, input: Noted) -> Result<StudyVisit> {
    let start = ask.lock::<StudyVisit, _>("planStudyVisit", input.visit_id, &input);
    let (mut open, mut visit) = first!(start.await?);
    check_visitor(ask, &visit.division_code)?;
    let note = Some(check_words("input.note", &input.note, 1000)?);
    visit.step(StudyVisitState::Cancelled, note, open.now)?;
    open.update(&mut visit).await?;
    open.finish(visit).await
}

/// Begins a call of the host's own staff.
async fn answer<'a, T: DeserializeOwned>(
    ask: &Ask<'a>,
    id: StudyVisitId,
    input: &impl Serialize,
) -> Result<Start<T, (Open<'a>, StudyVisit)>> {
    ask.caller.signed_in("answerStudyVisit")?;
    let before: StudyVisit = ask::find(ask.state, id)
        .await?
        .filter(|it| may_read(ask.state, ask.caller, it))
        .ok_or_else(StudyVisit::unknown)?;
    let host = before.host_division_code;
    let about = Resource::new("StudyVisit", id)
        .in_division(host)
        .with("made", before.was_made());
    match ask.open("answerStudyVisit", input, &about).await? {
        Start::Again(first) => Ok(Start::Again(first)),
        Start::First(mut open) => {
            check_own(
                ask.caller.actor.division.as_ref(),
                &host,
                "STUDY_VISIT_AT_HOST",
            )?;
            let visit = open.also(id).await?;
            Ok(Start::First((open, visit)))
        }
    }
}

/// What the host has arranged.
#[derive(Clone, Debug, Serialize)]
pub struct Confirm {
    pub visit_id: StudyVisitId,
    pub arrangement: Option<String>,
}

/// The host is ready.
pub async fn confirm(ask: &Ask<'_>, input: Confirm) -> Result<StudyVisit> {
    let (mut open, mut visit) = first!(answer(ask, input.visit_id, &input).await?);
    let arrangement = input.arrangement.as_deref();
    let arrangement = arrangement
        .map(|text| check_words("input.arrangement", text, 500))
        .transpose()?;
    visit.confirm(arrangement, open.actor(), open.now)?;
    open.update(&mut visit).await?;
    open.finish(visit).await
}

/// The host cannot receive, and says why.
pub async fn decline(ask: &Ask<'_>, input: Noted) -> Result<StudyVisit> {
    let (mut open, mut visit) = first!(answer(ask, input.visit_id, &input).await?);
    let note = check_words("input.note", &input.note, 1000)?;
    visit.decline(note, open.now)?;
    open.update(&mut visit).await?;
    open.finish(visit).await
}

/// When it was, and who came.
#[derive(Clone, Debug, Serialize)]
pub struct Make {
    pub visit_id: StudyVisitId,
    pub made_on: NaiveDate,
    pub people: Vec<People>,
}

/// It took place: the term of its report begins.
pub async fn make(ask: &Ask<'_>, input: Make) -> Result<StudyVisit> {
    let start = ask.lock::<StudyVisit, _>("planStudyVisit", input.visit_id, &input);
    let (mut open, mut visit) = first!(start.await?);
    let place = visit.division_code;
    check_visitor(ask, &place)?;
    let key = "com.study_visit.report_days";
    let days = open.number(key, &place, input.made_on).await?;
    let today = (open.today(), open.now);
    visit.make(input.made_on, days, today)?;
    count(&mut open, visit.id, &input.people, true).await?;
    open.update(&mut visit).await?;
    open.finish(visit).await
}

/// What was found, and what is to be adopted at home.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub visit_id: StudyVisitId,
    pub findings: String,
    pub document: Option<String>,
    pub measures: Vec<Measure>,
}

/// The visitor reports.
pub async fn report(ask: &Ask<'_>, input: Report) -> Result<StudyVisit> {
    let start = ask.lock::<StudyVisit, _>("reportStudyVisit", input.visit_id, &input);
    let (mut open, mut visit) = first!(start.await?);
    check_visitor(ask, &visit.division_code)?;
    visit.step(StudyVisitState::Reported, None, open.now)?;
    let document = input.document.as_deref();
    let report = StudyReport {
        id: open.id(),
        visit_id: visit.id,
        findings: check_words("input.findings", &input.findings, 5000)?,
        document: document
            .map(|text| check_words("input.document", text, 200))
            .transpose()?,
        reported_from: visit.division_code,
        reported_by: open.actor(),
        reported_at: open.now,
    };
    open.insert(&report).await?;
    if input.measures.len() > MOST_MEASURES {
        return Err(refuse!(
            Invalid, "STUDY_MEASURES_MANY", field: "input.measures",
            zh: "一次报告最多 {MOST_MEASURES} 项措施", en: "a report proposes {MOST_MEASURES} measures at most",
        )
        .into());
    }
    for (at, measure) in input.measures.iter().enumerate() {
        let field = format!("input.measures.{at}");
        study_measure::write(&mut open, &visit, measure, &field).await?;
    }
    open.update(&mut visit).await?;
    open.finish(visit).await
}

/// Everything was adopted or given up.
pub async fn close(ask: &Ask<'_>, input: Only<StudyVisitId>) -> Result<StudyVisit> {
    let start = ask.lock::<StudyVisit, _>("reportStudyVisit", input.id, &input);
    let (mut open, mut visit) = first!(start.await?);
    check_visitor(ask, &visit.division_code)?;
    visit.step(StudyVisitState::Closed, None, open.now)?;
    open.update(&mut visit).await?;
    open.finish(visit).await
}
