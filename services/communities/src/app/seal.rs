//! 盖章申请: a resident asks, staff seal or refuse; only for items in force.

use chrono::Datelike as _;
use kernel::{
    DivisionCode, Page, Paged,
    keys::{CommunityId, ResidentId},
    refuse,
};
use kit::{
    auth::{Caller, Columns, Resource, Role},
    record::Wanted,
};
use serde::Serialize;

use super::ask::{self, Ask, Only, first, subject};
use crate::{
    domain::{
        seal::{SealRequest, SealRequestId, SealState},
        words::check_words,
        work_list::{WorkListItem, WorkListItemId},
    },
    error::{Error, Result},
    state::State,
    store,
};

subject!(
    SealRequest,
    "SealRequest",
    "SEAL_REQUEST_NOT_FOUND",
    "没有这份盖章申请,或您无权查看",
    "there is no such request, or it is not for you to see",
    Some("readSealRequest"),
    |it, me| it.owned_by(me.resident_id.as_uuid())
);

/// Who may read requests of a division they work for.
const READERS: &[Role] = &[
    Role::CommunityStaff,
    Role::CivilAffairs,
    Role::Auditor,
    Role::PlatformAdmin,
];

/// What is asked for.
#[derive(Clone, Debug, Serialize)]
pub struct Request {
    pub community_id: CommunityId,
    pub item_id: WorkListItemId,
    pub purpose: String,
    pub on_behalf_of: Option<ResidentId>,
}

/// A resident asks for the seal, or staff for them.
pub async fn request(ask: &Ask<'_>, input: Request) -> Result<SealRequest> {
    let community = super::community::get(ask.state, input.community_id).await?;
    let resident = input
        .on_behalf_of
        .or(ask.caller.actor.resident_id.map(ResidentId::from_uuid))
        .ok_or_else(|| {
            refuse!(
                Invalid, "RESIDENT_MISSING", field: "input.onBehalfOf",
                zh: "代为申请时须指明居民", en: "name the resident you ask for",
            )
        });
    ask.caller.signed_in("requestSeal")?;
    let resident = resident?;
    let place = Resource::any("SealRequest")
        .in_division(community.division_code)
        .owned_by(resident.as_uuid());
    ask.state
        .core
        .authorize(ask.caller, "requestSeal", &place)?;
    if let Some(first) = ask.answered(&input).await? {
        return Ok(first);
    }
    let found = ask.state.residents.living(ask.caller, resident).await?;
    if found.community_code != community.division_code {
        return Err(refuse!(
            Refused, "RESIDENT_OF_OTHER_COMMUNITY", field: "input.communityId",
            zh: "该居民不属于此社区", en: "this resident belongs to another community",
        )
        .into());
    }
    let mut open = first!(ask.open("requestSeal", &input, &place).await?);
    let item: WorkListItem = ask::find(ask.state, input.item_id)
        .await?
        .ok_or_else(super::work_list::no_item)?;
    let request = SealRequest {
        id: open.id(),
        community_id: community.id,
        division_code: community.division_code,
        item_id: item.id,
        resident_id: resident,
        purpose: check_words("input.purpose", &input.purpose, 500)?,
        channel: ask.caller.channel.as_str().to_owned(),
        assisted_by: ask.caller.assisted_by.clone(),
        requested_at: open.now,
        state: SealState::Submitted,
        seal_no: None,
        refusal_reason: None,
        decided_by: None,
        updated_at: open.now,
        version: 1,
    };
    open.insert(&request).await?;
    open.finish(request).await
}

/// Sealed, or refused with a reason.
#[derive(Clone, Debug, Serialize)]
pub struct Decide {
    pub seal_request_id: SealRequestId,
    pub seal: bool,
    pub reason: Option<String>,
}

/// Staff seal, with the next number of the register, or refuse.
pub async fn decide(ask: &Ask<'_>, input: Decide) -> Result<SealRequest> {
    let start = ask.lock::<SealRequest, _>("decideSealRequest", input.seal_request_id, &input);
    let (mut open, mut request) = first!(start.await?);
    let by = Some(open.actor());
    if input.seal {
        request.step(SealState::Sealed, by, open.now)?;
        let year = open.today().year();
        let number = store::seal::next_number(&mut open, request.community_id, year).await?;
        request.seal_no = Some(format!("{}-{year}-{number:05}", request.division_code));
    } else {
        let reason = input.reason.as_deref().unwrap_or_default();
        if reason.trim().is_empty() {
            return Err(Error::invalid(
                "input.reason",
                "REASON_REQUIRED",
                "不予盖章须说明理由",
                "say why the seal is refused",
            ));
        }
        request.step(SealState::Refused, by, open.now)?;
        request.refusal_reason = Some(check_words("input.reason", reason, 500)?);
    }
    open.update(&mut request).await?;
    open.finish(request).await
}

/// The resident takes the request back.
pub async fn withdraw(ask: &Ask<'_>, input: Only<SealRequestId>) -> Result<SealRequest> {
    let start = ask.lock::<SealRequest, _>("withdrawSealRequest", input.id, &input);
    let (mut open, mut request) = first!(start.await?);
    request.step(SealState::Withdrawn, None, open.now)?;
    open.update(&mut request).await?;
    open.finish(request).await
}

/// Which requests.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub division_code: Option<DivisionCode>,
    pub state: Option<SealState>,
}

/// A page of the requests that the caller may see.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: Filter,
    page: &Page,
) -> Result<Paged<SealRequest>> {
    let mut scope = caller.actor.scope(READERS);
    if caller.actor.is(Role::Resident) {
        scope = scope.or_own(&caller.actor);
    }
    let columns = Columns {
        division: "division_code",
        resident: Some("resident_id"),
        organization: None,
    };
    let wanted = Wanted::all()
        .seen(scope, columns)
        .within(filter.division_code)
        .is("state", filter.state);
    ask::list(state, wanted, page).await
}
