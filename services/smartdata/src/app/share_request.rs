//! 共享申请: submit, check, reply, dispute, mediate, withdraw, read.

use std::collections::HashMap;

use kernel::{IdempotencyKey, Page, Paged, refuse};
use kit::{
    audit,
    auth::{Caller, Resource},
    db::Tx,
};
use serde::{Deserialize, Serialize};

use super::{data_resource, department, share_grant, term};
use crate::{
    domain::{
        data_resource::DataResource,
        share_request::{NewShareRequest, ShareRequest, ShareRequestId, ShareRequestState},
        text,
    },
    error::Result,
    state::State,
    store,
};

pub use crate::store::share_request::ShareRequestFilter;

fn resource(caller: &Caller, it: &ShareRequest) -> Resource {
    let about = Resource::new("ShareRequest", it.id).in_division(it.division_code);
    let consumer = Some(it.consumer_organization_id);
    department::sides(about, caller, it.provider_organization_id, consumer)
}

/// A department asks for data of another one.
pub async fn submit(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: NewShareRequest,
) -> Result<ShareRequestId> {
    const ACTION: &str = "submitShareRequest";
    caller.signed_in(ACTION)?;
    let consumer = department::own(caller)?;
    let asked = Resource::any("ShareRequest")
        .with("provider", false)
        .with("consumer", true);
    state.core.authorize(caller, ACTION, &asked)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    let entry = entry_of(&mut tx, input.resource_id)
        .await
        .map_err(|error| error.at("input.resourceId"))?;
    let id = ShareRequestId::new(&state.core.ids);
    let by = caller.actor.subject.as_str();
    let mut request = ShareRequest::submit(id, input, &entry, (consumer, by), now)?;
    if store::division::find(&mut tx, &request.row_division)
        .await?
        .is_none()
    {
        return Err(crate::domain::grid::missing_community("input.rowDivisionCode").into());
    }
    set_due(&mut tx, &mut request).await?;
    store::share_request::insert(&mut tx, &request).await?;
    let entry = audit::Entry::write(caller, ACTION, &resource(caller, &request), now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(id).await
}

async fn entry_of(
    tx: &mut Tx,
    id: crate::domain::data_resource::DataResourceId,
) -> Result<DataResource> {
    store::data_resource::load_many(tx, &[id])
        .await?
        .remove(&id)
        .ok_or_else(data_resource::unknown)
}

/// Until when the present step is to be done.
async fn set_due(tx: &mut Tx, request: &mut ShareRequest) -> Result<()> {
    request.due_at = match request.state.limit() {
        Some(key) => {
            let division = request.division_code;
            Some(term::until(tx, key, Some(&division), request.updated_at).await?)
        }
        None => None,
    };
    Ok(())
}

/// A move under way: the request is locked, and the caller may.
enum Opened {
    Before(ShareRequestId),
    First(Box<(Tx, ShareRequest)>),
}

async fn open(
    state: &State,
    caller: &Caller,
    (action, key): (&'static str, &IdempotencyKey),
    id: ShareRequestId,
    input: &impl Serialize,
) -> Result<Opened> {
    caller.signed_in(action)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let request = store::share_request::lock(&mut tx, id)
        .await?
        .ok_or_else(unknown)?;
    let about = resource(caller, &request);
    state
        .core
        .authorize_seen(caller, (action, "readShareRequest"), &about, unknown)?;
    if let Some(first) = tx.replay(action, key, input, now).await? {
        return Ok(Opened::Before(first));
    }
    Ok(Opened::First(Box::new((tx, request))))
}

/// Ends a move; a request that was granted leaves its grant.
async fn finish(
    state: &State,
    caller: &Caller,
    action: &'static str,
    (mut tx, mut request): (Tx, ShareRequest),
) -> Result<ShareRequestId> {
    set_due(&mut tx, &mut request).await?;
    store::share_request::update(&mut tx, &mut request).await?;
    if request.state == ShareRequestState::Granted {
        let entry = entry_of(&mut tx, request.resource_id).await?;
        share_grant::give(state, &mut tx, caller, &request, &entry).await?;
    }
    let about = resource(caller, &request);
    let entry = audit::Entry::write(caller, action, &about, request.updated_at)
        .detail(serde_json::json!({ "state": request.state }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(request.id).await
}

/// Whether a request complies.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Check {
    pub request_id: ShareRequestId,
    pub compliant: bool,
    pub note: Option<String>,
}

/// 合规审查 by the authority.
pub async fn check(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Check,
) -> Result<ShareRequestId> {
    const ACTION: &str = "checkShareRequest";
    let note = text::some_words(input.note.as_deref(), "input.note", 1000)?;
    let mut work = match open(state, caller, (ACTION, &key), input.request_id, &input).await? {
        Opened::Before(first) => return Ok(first),
        Opened::First(work) => work,
    };
    let class = entry_of(&mut work.0, work.1.resource_id).await?.class;
    let (by, now) = (caller.actor.subject.as_str(), state.core.clock.now());
    work.1.check(class, (input.compliant, note), by, now)?;
    finish(state, caller, ACTION, *work).await
}

/// The provider's answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reply {
    pub request_id: ShareRequestId,
    pub agreed: bool,
    pub refusal_basis: Option<String>,
}

/// 答复 by the provider.
pub async fn reply(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Reply,
) -> Result<ShareRequestId> {
    const ACTION: &str = "replyShareRequest";
    let basis = text::some_words(input.refusal_basis.as_deref(), "input.refusalBasis", 1000)?;
    let mut work = match open(state, caller, (ACTION, &key), input.request_id, &input).await? {
        Opened::Before(first) => return Ok(first),
        Opened::First(work) => work,
    };
    let (by, now) = (caller.actor.subject.as_str(), state.core.clock.now());
    work.1.reply((input.agreed, basis), by, now)?;
    finish(state, caller, ACTION, *work).await
}

/// Why the refusal is not accepted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Dispute {
    pub request_id: ShareRequestId,
    pub words: String,
}

/// 争议: the department that asked turns to the authority.
pub async fn dispute(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Dispute,
) -> Result<ShareRequestId> {
    const ACTION: &str = "disputeShareRefusal";
    let words = text::words(&input.words, "input.reason", 1000)?;
    let mut work = match open(state, caller, (ACTION, &key), input.request_id, &input).await? {
        Opened::Before(first) => return Ok(first),
        Opened::First(work) => work,
    };
    work.1.dispute(words, state.core.clock.now())?;
    finish(state, caller, ACTION, *work).await
}

/// What the authority decides.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Mediate {
    pub request_id: ShareRequestId,
    pub share: bool,
    pub note: String,
}

/// 协调 by the authority.
pub async fn mediate(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Mediate,
) -> Result<ShareRequestId> {
    const ACTION: &str = "mediateShareRequest";
    let note = text::words(&input.note, "input.note", 1000)?;
    let mut work = match open(state, caller, (ACTION, &key), input.request_id, &input).await? {
        Opened::Before(first) => return Ok(first),
        Opened::First(work) => work,
    };
    let (by, now) = (caller.actor.subject.as_str(), state.core.clock.now());
    work.1.mediate((input.share, note), by, now)?;
    finish(state, caller, ACTION, *work).await
}

/// The department takes its request back.
pub async fn withdraw(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: ShareRequestId,
) -> Result<ShareRequestId> {
    const ACTION: &str = "withdrawShareRequest";
    let mut work = match open(state, caller, (ACTION, &key), id, &id).await? {
        Opened::Before(first) => return Ok(first),
        Opened::First(work) => work,
    };
    work.1.withdraw(state.core.clock.now())?;
    finish(state, caller, ACTION, *work).await
}

/// The requests of a list of ids that the caller may read.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[ShareRequestId],
) -> Result<HashMap<ShareRequestId, ShareRequest>> {
    let mut conn = state.core.db.read().await?;
    let mut found = store::share_request::load_many(&mut conn, ids).await?;
    found.retain(|_, it| {
        let about = resource(caller, it);
        state
            .core
            .policies
            .allows(&caller.actor, "readShareRequest", &about)
    });
    Ok(found)
}

/// A page of the requests that the caller may see.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: &ShareRequestFilter,
    page: &Page,
) -> Result<Paged<ShareRequest>> {
    let scope = department::scope(caller);
    let mut conn = state.core.db.read().await?;
    let rows = store::share_request::list(&mut conn, &scope, filter, page).await?;
    Ok(page.finish(rows))
}

/// The request is not there, or not for this caller.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "SHARE_REQUEST_NOT_FOUND",
        zh: "没有这份共享申请,或您无权查看",
        en: "there is no such request, or it is not for you to see",
    )
    .into()
}
