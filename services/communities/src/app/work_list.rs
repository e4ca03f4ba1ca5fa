//! 清单: drafted, commented on by residents, approved, in force, retired.

use chrono::TimeDelta;
use kernel::{DivisionCode, Fen, Page, Paged, refuse};
use kit::{
    auth::{Caller, Resource, Role},
    record::{Wanted, delete},
};
use serde::Serialize;

use super::ask::{self, Ask, Only, Subject as _, first, subject};
use crate::{
    app::proposal,
    domain::{
        admission::AdmissionId,
        moves::Moves as _,
        words::check_words,
        work_list::{
            WorkList, WorkListComment, WorkListCommentId, WorkListId, WorkListItem, WorkListItemId,
            WorkListKind, WorkListState, WorkPeriod, check_code, check_item,
        },
    },
    error::Result,
    state::State,
    store,
};

subject!(
    WorkList,
    "WorkList",
    "WORK_LIST_NOT_FOUND",
    "没有这份清单",
    "there is no such list"
);

/// A new version.
#[derive(Clone, Debug, Serialize)]
pub struct Draft {
    pub kind: WorkListKind,
    pub division_code: DivisionCode,
    pub title: String,
    pub basis_document: String,
}

/// Drafts a version of a list.
pub async fn draft(ask: &Ask<'_>, input: Draft) -> Result<WorkList> {
    let place = Resource::any("WorkList").in_division(input.division_code);
    let mut open = first!(ask.open("draftWorkList", &input, &place).await?);
    let number = store::work_list::next_number(&mut open, input.kind, &input.division_code).await?;
    let list = WorkList {
        id: open.id(),
        kind: input.kind,
        division_code: input.division_code,
        number,
        title: check_words("input.title", &input.title, 100)?,
        basis_document: check_words("input.basisDocument", &input.basis_document, 200)?,
        drafted_by: open.actor(),
        created_at: open.now,
        state: WorkListState::Drafted,
        comment_from: None,
        comment_until: None,
        approval_document: None,
        approved_by: None,
        starts_on: None,
        until_on: None,
        updated_at: open.now,
        version: 1,
    };
    open.insert(&list).await?;
    open.finish(list).await
}

/// An item of a draft.
#[derive(Clone, Debug, Serialize)]
pub struct AddItem {
    pub list_id: WorkListId,
    pub code: String,
    pub title: String,
    pub basis_document: String,
    pub department: String,
    pub period: WorkPeriod,
    pub funding: Option<Fen>,
    pub admission_id: Option<AdmissionId>,
}

/// Adds an item to a draft.
pub async fn add_item(ask: &Ask<'_>, input: AddItem) -> Result<WorkListItem> {
    let start = ask.lock::<WorkList, _>("draftWorkList", input.list_id, &input);
    let (mut open, list) = first!(start.await?);
    check_item(list.kind, input.funding, input.admission_id)?;
    if list.state != WorkListState::Drafted {
        return Err(not_a_draft());
    }
    let item = WorkListItem {
        id: open.id(),
        list_id: list.id,
        code: check_code("input.code", &input.code)?,
        title: check_words("input.title", &input.title, 200)?,
        basis_document: check_words("input.basisDocument", &input.basis_document, 200)?,
        department: check_words("input.department", &input.department, 100)?,
        period: input.period,
        funding: input.funding,
        admission_id: input.admission_id,
        created_at: open.now,
    };
    open.insert(&item).await.map_err(|error| {
        ask::said(
            error,
            "WORK_LIST_ITEM_CODE",
            "input.code",
            "清单中已有此编号",
            "the list has an item of this code already",
        )
    })?;
    open.done(
        &list.resource(),
        serde_json::json!({ "code": item.code }),
        item,
    )
    .await
}

/// Takes an item out of a draft; answers the list.
pub async fn remove_item(ask: &Ask<'_>, input: Only<WorkListItemId>) -> Result<WorkList> {
    let item: WorkListItem = ask::find(ask.state, input.id).await?.ok_or_else(no_item)?;
    let start = ask.lock::<WorkList, _>("draftWorkList", item.list_id, &input);
    let (mut open, list) = first!(start.await?);
    delete::<WorkListItem>(&mut open, item.id).await?;
    open.done(
        &list.resource(),
        serde_json::json!({ "removed": item.code }),
        list,
    )
    .await
}

/// Opens a draft to comments for as long as the rule of the day says.
pub async fn open_comment(ask: &Ask<'_>, input: Only<WorkListId>) -> Result<WorkList> {
    let start = ask.lock::<WorkList, _>("draftWorkList", input.id, &input);
    let (mut open, mut list) = first!(start.await?);
    let place = list.division_code;
    let today = open.today();
    let days = open
        .number("com.work_list.comment_days", &place, today)
        .await?;
    list.open_comment(open.now + TimeDelta::days(days.into()), open.now)?;
    open.update(&mut list).await?;
    open.finish(list).await
}

/// Back to the draft.
pub async fn reopen(ask: &Ask<'_>, input: Only<WorkListId>) -> Result<WorkList> {
    let start = ask.lock::<WorkList, _>("draftWorkList", input.id, &input);
    let (mut open, mut list) = first!(start.await?);
    list.reopen(open.now)?;
    open.update(&mut list).await?;
    open.finish(list).await
}

/// What a resident says.
#[derive(Clone, Debug, Serialize)]
pub struct Comment {
    pub list_id: WorkListId,
    pub text: String,
}

/// A resident of the place comments on a draft.
pub async fn comment(ask: &Ask<'_>, input: Comment) -> Result<WorkListComment> {
    let list: WorkList = ask::get(ask.state, input.list_id).await?;
    let place = lived_in(&list, ask.caller);
    let start = ask.open("commentOnWorkList", &input, &place);
    let mut open = first!(start.await?);
    let resident_id = proposal::own_id(ask.caller)?;
    let comment = WorkListComment {
        id: open.id(),
        list_id: list.id,
        resident_id,
        text: check_words("input.text", &input.text, 1000)?,
        commented_at: open.now,
        answer: None,
        answered_by: None,
        answered_at: None,
        version: 1,
    };
    open.insert(&comment).await?;
    let about = list.resource();
    open.done(&about, serde_json::json!({}), comment).await
}

/// A list of a city is one of each of its communities: to a resident it lies
/// where they live.
fn lived_in(list: &WorkList, caller: &Caller) -> Resource {
    let home = caller
        .actor
        .division
        .filter(|_| caller.actor.is(Role::Resident));
    let place = home.filter(|home| list.division_code.contains(home));
    Resource::new("WorkList", list.id).in_division(place.unwrap_or(list.division_code))
}

/// What is answered.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    pub comment_id: WorkListCommentId,
    pub answer: String,
}

/// Answers a comment, once.
pub async fn answer(ask: &Ask<'_>, input: Answer) -> Result<WorkListComment> {
    let said: WorkListComment = ask::find(ask.state, input.comment_id)
        .await?
        .ok_or_else(no_comment)?;
    let start = ask.lock::<WorkList, _>("draftWorkList", said.list_id, &input);
    let (mut open, list) = first!(start.await?);
    let mut comment: WorkListComment = kit::record::lock(&mut open, input.comment_id)
        .await?
        .ok_or_else(no_comment)?;
    comment.answer = Some(check_words("input.answer", &input.answer, 1000)?);
    comment.answered_by = Some(open.actor());
    comment.answered_at = Some(open.now);
    open.update(&mut comment).await?;
    open.done(&list.resource(), serde_json::json!({}), comment)
        .await
}

/// By which document a list is approved.
#[derive(Clone, Debug, Serialize)]
pub struct Approve {
    pub list_id: WorkListId,
    pub approval_document: String,
}

/// Approves a list once the comments are over and answered.
pub async fn approve(ask: &Ask<'_>, input: Approve) -> Result<WorkList> {
    let start = ask.lock::<WorkList, _>("approveWorkList", input.list_id, &input);
    let (mut open, mut list) = first!(start.await?);
    let document = check_words("input.approvalDocument", &input.approval_document, 200)?;
    list.approve(document, open.actor(), open.now)?;
    open.update(&mut list).await?;
    open.finish(list).await
}

/// Puts an approved list in force from today; the one before it is retired.
pub async fn enforce(ask: &Ask<'_>, input: Only<WorkListId>) -> Result<WorkList> {
    let start = ask.lock::<WorkList, _>("approveWorkList", input.id, &input);
    let (mut open, mut list) = first!(start.await?);
    // Whether it may come into force at all, before the other one goes.
    list.state.to(WorkListState::InForce)?;
    let (today, now) = (open.today(), open.now);
    let before = store::work_list::lock_in_force(&mut open, list.kind, &list.division_code).await?;
    let gone = before.as_ref().map(|before| before.id);
    if let Some(mut before) = before {
        before.retire(today, now)?;
        open.update(&mut before).await?;
    }
    list.enforce(today, now)?;
    open.update(&mut list).await?;
    store::work_list::settle_admissions(&mut open, &list, gone).await?;
    let told = serde_json::json!({
        "list_id": list.id, "kind": list.kind, "division_code": list.division_code,
        "number": list.number, "from": list.starts_on,
    });
    open.tell(
        "communities.work_list.in_force",
        ("work_list", list.id.as_uuid()),
        told,
    )
    .await?;
    open.finish(list).await
}

/// Retires a list from today, with none after it.
pub async fn retire(ask: &Ask<'_>, input: Only<WorkListId>) -> Result<WorkList> {
    let start = ask.lock::<WorkList, _>("approveWorkList", input.id, &input);
    let (mut open, mut list) = first!(start.await?);
    list.retire(open.today(), open.now)?;
    open.update(&mut list).await?;
    store::work_list::settle_admissions(&mut open, &list, Some(list.id)).await?;
    open.finish(list).await
}

/// Which lists.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub division_code: Option<DivisionCode>,
    /// Those that hold for a community: its own and of all above it.
    pub holding_in: Option<DivisionCode>,
    pub kind: Option<WorkListKind>,
    pub state: Option<WorkListState>,
}

/// A page of lists; they are public.
pub async fn list(
    state: &State,
    _: &Caller,
    filter: Filter,
    page: &Page,
) -> Result<Paged<WorkList>> {
    let wanted = Wanted::all()
        .within(filter.division_code)
        .is("kind", filter.kind)
        .is("state", filter.state);
    let wanted = match filter.holding_in {
        Some(place) => wanted.among(
            "division_code",
            place.ancestors().map(|above| above.to_string()).collect(),
        ),
        None => wanted,
    };
    ask::list(state, wanted, page).await
}

fn not_a_draft() -> kit::Error {
    refuse!(
        Refused, "WORK_LIST_NOT_DRAFT",
        zh: "只有起草中的清单可以增删事项",
        en: "items are added to and taken from a draft only",
    )
    .into()
}

/// The item is not there.
pub fn no_item() -> kit::Error {
    refuse!(NotFound, "WORK_LIST_ITEM_NOT_FOUND", zh: "没有这个清单事项", en: "there is no such item")
        .into()
}

fn no_comment() -> kit::Error {
    refuse!(NotFound, "WORK_LIST_COMMENT_NOT_FOUND", zh: "没有这条意见", en: "there is no such comment")
        .into()
}
