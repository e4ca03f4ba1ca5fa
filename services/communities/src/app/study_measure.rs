//! 借鉴措施: proposed with the report or after it, adopted or given up.

use chrono::NaiveDate;
use kernel::{DivisionCode, Page, Paged, china_date};
use kit::{auth::Caller, record::Wanted};
use serde::Serialize;
use serde_json::json;

use super::{
    ask::{self, Ask, Open, Subject as _, first, subject},
    study_visit::check_visitor,
};
use crate::{
    domain::{
        study_measure::{StudyMeasure, StudyMeasureId, StudyMeasureState},
        study_visit::{StudyVisit, StudyVisitId},
        words::check_words,
    },
    error::Result,
    state::State,
};

// Open to all: there are measures only of visits that were made.
subject!(
    StudyMeasure,
    "StudyVisit",
    "STUDY_MEASURE_NOT_FOUND",
    "没有这项借鉴措施",
    "there is no such measure",
    None,
    |it, _me| it.with("made", true)
);

const ACTION: &str = "reportStudyVisit";

/// What is to be adopted, whose task it is, by when.
#[derive(Clone, Debug, Serialize)]
pub struct Measure {
    pub title: String,
    pub owner: String,
    pub due_on: NaiveDate,
}

/// Writes down a measure of a visit; `field` is where the client gave it.
pub(super) async fn write(
    open: &mut Open<'_>,
    visit: &StudyVisit,
    given: &Measure,
    field: &str,
) -> Result<StudyMeasure> {
    let measure = StudyMeasure {
        id: open.id(),
        visit_id: visit.id,
        division_code: visit.division_code,
        title: check_words(&format!("{field}.title"), &given.title, 200)?,
        owner: check_words(&format!("{field}.owner"), &given.owner, 100)?,
        due_on: given.due_on,
        created_at: open.now,
        state: StudyMeasureState::Open,
        evidence: None,
        note: None,
        updated_at: open.now,
        version: 1,
    };
    open.insert(&measure).await.map_err(|error| {
        ask::said(
            error,
            "STUDY_MEASURE_TERM",
            &format!("{field}.dueOn"),
            "期限不早于今天,且不超过规定的最长期限",
            "it is due today or later, within the longest term of the rule",
        )
    })?;
    Ok(measure)
}

/// One more measure.
#[derive(Clone, Debug, Serialize)]
pub struct Add {
    pub visit_id: StudyVisitId,
    pub title: String,
    pub owner: String,
    pub due_on: NaiveDate,
}

/// Adds a measure to a visit that was made and is not closed.
pub async fn add(ask: &Ask<'_>, input: Add) -> Result<StudyMeasure> {
    let start = ask.lock::<StudyVisit, _>(ACTION, input.visit_id, &input);
    let (mut open, visit) = first!(start.await?);
    check_visitor(ask, &visit.division_code)?;
    let given = Measure {
        title: input.title,
        owner: input.owner,
        due_on: input.due_on,
    };
    let measure = write(&mut open, &visit, &given, "input").await?;
    let detail = json!({ "measure": measure.id, "due": measure.due_on });
    open.done(&visit.resource(), detail, measure).await
}

/// What shows that it was adopted.
#[derive(Clone, Debug, Serialize)]
pub struct Adopt {
    pub measure_id: StudyMeasureId,
    pub evidence: String,
}

/// It is done at home now.
pub async fn adopt(ask: &Ask<'_>, input: Adopt) -> Result<StudyMeasure> {
    let start = ask.lock::<StudyMeasure, _>(ACTION, input.measure_id, &input);
    let (mut open, mut measure) = first!(start.await?);
    check_visitor(ask, &measure.division_code)?;
    let evidence = check_words("input.evidence", &input.evidence, 1000)?;
    measure.adopt(evidence, open.now)?;
    open.update(&mut measure).await?;
    open.finish(measure).await
}

/// Why it does not fit.
#[derive(Clone, Debug, Serialize)]
pub struct GiveUp {
    pub measure_id: StudyMeasureId,
    pub note: String,
}

/// It does not fit at home.
pub async fn give_up(ask: &Ask<'_>, input: GiveUp) -> Result<StudyMeasure> {
    let start = ask.lock::<StudyMeasure, _>(ACTION, input.measure_id, &input);
    let (mut open, mut measure) = first!(start.await?);
    check_visitor(ask, &measure.division_code)?;
    let note = check_words("input.note", &input.note, 1000)?;
    measure.give_up(note, open.now)?;
    open.update(&mut measure).await?;
    open.finish(measure).await
}

/// Which measures.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub division_code: Option<DivisionCode>,
    pub visit_id: Option<StudyVisitId>,
    pub state: Option<StudyMeasureState>,
    /// Only those that should have been decided.
    pub overdue: Option<bool>,
}

/// A page of measures; they are public.
pub async fn list(
    state: &State,
    _: &Caller,
    filter: Filter,
    page: &Page,
) -> Result<Paged<StudyMeasure>> {
    let today = china_date(state.core.clock.now());
    let wanted = Wanted::all()
        .within(filter.division_code)
        .is("visit_id", filter.visit_id)
        .is("state", filter.state)
        .so(filter.overdue, "state = 'OPEN' AND due_on < {day}", today);
    ask::list(state, wanted, page).await
}
