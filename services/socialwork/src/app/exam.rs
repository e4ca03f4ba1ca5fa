//! 市民政考试: recording a result.

use kernel::{IdempotencyKey, china_date};
use kit::{audit, auth::Caller, parameters};

use crate::{
    domain::exam::{Exam, ExamId, NewExam},
    error::Result,
    state::State,
    store,
};

/// Records the result of a sitting.
pub async fn record(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    new: NewExam,
) -> Result<Exam> {
    let now = state.core.clock.now();
    let new = new.checked(china_date(now))?;
    let about = |one: &Exam| super::person(one.resident_id, one.division_code);
    let before = state
        .core
        .answered_about(caller, "recordExam", &key, &new, about);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    let resident = super::living(state, caller, "recordExam", new.resident_id).await?;
    let division = resident.community_code;
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("recordExam", &key, &new, now).await? {
        return Ok(first);
    }
    let mark = parameters::number(
        &mut tx,
        "sw.municipal.pass_mark",
        Some(&division),
        new.held_on,
    )
    .await?;
    new.check_mark(mark)?;
    let exam = Exam {
        id: ExamId::new(&state.core.ids),
        resident_id: new.resident_id,
        division_code: division,
        passed: new.passed,
        score: new.score,
        held_on: new.held_on,
        recorded_by: caller.actor.subject.clone(),
        recorded_at: now,
    };
    store::exam::insert(&mut tx, &exam).await?;
    let of = super::person(exam.resident_id, exam.division_code);
    let entry = audit::Entry::write(caller, "recordExam", &of, now)
        .detail(serde_json::json!({ "exam_id": exam.id, "passed": exam.passed }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(exam).await
}
