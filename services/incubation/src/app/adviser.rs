//! 专家顾问: enrolling, releasing, reading.

use kernel::{
    DivisionCode, Page, Paged, china_date,
    keys::{OrganizationId, ResidentId},
    refuse,
};
use kit::{
    auth::{Caller, Columns, Resource, Role},
    record::Wanted,
};
use serde::Serialize;

use super::ask::{self, Ask, Housed, Subject, first};
use crate::{
    domain::{
        adviser::{Adviser, AdviserId, Expertise},
        organization::check_text,
    },
    error::{Error, Result},
    state::State,
};

impl Subject for Adviser {
    const READ: Option<&'static str> = Some("readAdviser");

    fn resource(&self) -> Resource {
        Resource::new("Adviser", self.id)
            .in_division(self.division_code)
            .owned_by(self.resident_id.as_uuid())
    }

    fn unknown() -> Error {
        refuse!(NotFound, "ADVISER_NOT_FOUND", zh: "没有这位顾问,或您无权查看", en: "there is no such adviser, or it is not for you to see")
            .into()
    }
}

impl Housed for Adviser {}

/// Who comes into the pool of a place.
#[derive(Clone, Debug, Serialize)]
pub struct Enrol {
    pub resident_id: ResidentId,
    pub division_code: DivisionCode,
    pub expertise: Expertise,
    pub qualification: String,
    pub employer_id: Option<OrganizationId>,
}

/// The civil affairs bureau takes somebody into the pool.
pub async fn enrol(ask: &Ask<'_>, input: Enrol) -> Result<Adviser> {
    let place = Resource::any("Adviser").in_division(input.division_code);
    let core = &ask.state.core;
    core.authorize(ask.caller, "enrolAdviser", &place)?;
    if let Some(first) = ask.answered("enrolAdviser", &input).await? {
        return Ok(first);
    }
    ask.state
        .residents
        .check_living(ask.caller, &[input.resident_id], "input.residentId")
        .await?;
    let mut open = first!(ask.open("enrolAdviser", &input, &place).await?);
    let one = Adviser {
        id: open.id(),
        resident_id: input.resident_id,
        division_code: input.division_code,
        expertise: input.expertise,
        qualification: check_text(&input.qualification, "input.qualification", 500)?,
        employer_id: input.employer_id,
        enrolled_on: open.today(),
        created_at: open.now,
        released_on: None,
        updated_at: open.now,
        version: 1,
    };
    open.insert(&one).await?;
    open.finish(one).await
}

/// Who leaves the pool.
#[derive(Clone, Debug, Serialize)]
pub struct Which {
    pub adviser_id: AdviserId,
}

/// Takes an adviser out of the pool, from today.
pub async fn release(ask: &Ask<'_>, input: Which) -> Result<Adviser> {
    let start = ask.lock::<Adviser, _>("releaseAdviser", input.adviser_id, &input);
    let (mut open, mut one) = first!(start.await?);
    if one.released_on.is_some() {
        return Err(refuse!(
            Refused, "ADVISER_RELEASED", zh: "该顾问已出库", en: "the adviser has left the pool already",
        )
        .into());
    }
    one.released_on = Some(open.today());
    one.updated_at = open.now;
    open.update(&mut one).await?;
    open.finish(one).await
}

/// Which advisers.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub division_code: Option<DivisionCode>,
    pub expertise: Option<Expertise>,
    /// Whether they are of the pool today.
    pub serving: Option<bool>,
}

const READERS: &[Role] = &[
    Role::CivilAffairs,
    Role::CommunityStaff,
    Role::Auditor,
    Role::PlatformAdmin,
];

/// A page of advisers, for those who work with them; an adviser sees themself.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: Filter,
    page: &Page,
) -> Result<Paged<Adviser>> {
    let columns = Columns {
        division: "division_code",
        resident: Some("resident_id"),
        organization: None,
    };
    let scope = caller.actor.scope(READERS).or_own(&caller.actor);
    let today = china_date(state.core.clock.now());
    let wanted = Wanted::all()
        .seen(scope, columns)
        .within(filter.division_code)
        .is("expertise", filter.expertise)
        .so(
            filter.serving,
            "enrolled_on <= {day} AND (released_on IS NULL OR {day} < released_on)",
            today,
        );
    ask::list(state, &wanted, page).await
}
