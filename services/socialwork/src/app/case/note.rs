//! 个案记录: written, and read with a trace of the reading.

use chrono::NaiveDate;
use kernel::{IdempotencyKey, Page, Paged};
use kit::auth::Caller;
use serde_json::json;

use super::{Act, Begun, myself, read, resource, sealed};
use crate::{
    domain::{
        case::{
            Case, CaseId,
            note::{CaseNote, CaseNoteId, NoteKind, NoteLevel, check_contact},
        },
        words::words,
    },
    error::Result,
    state::State,
    store,
};

/// What happened.
pub struct AddNote {
    pub case_id: CaseId,
    pub kind: NoteKind,
    pub level: NoteLevel,
    pub on: NaiveDate,
    pub minutes: i32,
    pub body: String,
    pub corrects: Option<CaseNoteId>,
}

/// The worker or the supervisor writes a note; a contact with the client sets
/// the day of the next one.
pub async fn add_note(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: AddNote,
) -> Result<Case> {
    let act = Act::new(state, caller, "addCaseNote", &key);
    let body = words("input.text", &input.body, 10_000)?;
    let request = (
        input.case_id,
        (input.kind, input.level, input.on, input.minutes),
        input.corrects,
        sealed::print(state, &[&body]),
    );
    let (mut tx, mut case) = match act.begin::<Case, Case>(input.case_id, &request).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, case) => (tx, case),
    };
    case.check_open()?;
    check_contact(&case, input.on, input.minutes, act.today())?;
    let note = CaseNote {
        id: CaseNoteId::new(&state.core.ids),
        case_id: case.id,
        round: case.round,
        author_id: myself(caller)?,
        kind: input.kind,
        level: input.level,
        held_on: input.on,
        minutes: input.minutes,
        corrects: input.corrects,
        written_at: act.now,
    };
    let body = sealed::seal(state, "case_notes.body", note.id.as_uuid(), &body);
    store::case::note::insert(&mut tx, &note, &body).await?;
    if note.kind.is_contact() {
        let division = case.division_code;
        let next = super::contact_by(&mut tx, &act, &division, case.risk, note.held_on).await?;
        case.contact_by = case.contact_by.max(next);
        case.updated_at = act.now;
        store::case::update(&mut tx, &mut case, act.by()).await?;
    }
    let of = resource(&case);
    let detail = json!({ "note_id": note.id, "level": note.level });
    act.finish(tx, &of, detail, case).await
}

/// A note, opened for one reader.
pub struct NoteText {
    pub note: CaseNote,
    pub body: String,
}

/// A page of the notes of a case that the caller may read. That somebody other
/// than the client has read them is on record before they are shown.
pub async fn notes(
    state: &State,
    caller: &Caller,
    case: &Case,
    page: &Page,
) -> Result<Paged<NoteText>> {
    let mut tx = state.core.db.begin(caller).await?;
    let reader = read::reader(state, &mut tx, caller, case).await?;
    let rows = store::case::note::list(&mut tx, case.id, reader, page).await?;
    let paged = page.finish(rows);
    if !paged.items.is_empty() {
        let numbers: Vec<CaseNoteId> = paged.items.iter().map(|(note, _)| note.id).collect();
        let detail = json!({ "reader": reader.as_str(), "notes": numbers });
        read::record(state, &mut tx, caller, case, &["notes"], detail).await?;
    }
    tx.commit().await?;
    let items: Result<Vec<NoteText>> = paged
        .items
        .into_iter()
        .map(|(note, body)| {
            Ok(NoteText {
                body: sealed::open(state, "case_notes.body", note.id.as_uuid(), &body)?,
                note,
            })
        })
        .collect();
    Ok(Paged {
        items: items?,
        has_next: paged.has_next,
        has_previous: paged.has_previous,
    })
}
