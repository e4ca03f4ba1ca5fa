//! 社会服务中心: setting up, closing, reading. They are public.

use chrono::NaiveDate;
use kernel::{
    DivisionCode, Page, Paged,
    keys::{CommunityId, OrganizationId},
    refuse,
};
use kit::{
    auth::{Caller, Resource},
    record::Wanted,
};
use serde::Serialize;
use serde_json::json;

use super::{
    ask::{self, Ask, Housed, Open, Subject, first},
    organization, pilot_site,
};
use crate::{
    domain::{
        limits::check_past,
        moves::Moves as _,
        organization::check_text,
        pilot_site::DistrictCentreTaskState,
        service_centre::{
            CentreLevel, ServiceCentre, ServiceCentreId, check_body, check_guide, check_level,
        },
    },
    error::{Error, Result},
    state::State,
    store,
};

impl Subject for ServiceCentre {
    fn resource(&self) -> Resource {
        Resource::new("ServiceCentre", self.id)
            .in_division(self.division_code)
            .of_organization(self.organization_id.as_uuid())
    }

    fn unknown() -> Error {
        refuse!(NotFound, "SERVICE_CENTRE_NOT_FOUND", zh: "没有这个社会服务中心", en: "there is no such service centre")
            .into()
    }
}

impl Housed for ServiceCentre {}

/// A centre to be set up: of a community, or of a division of its level.
#[derive(Clone, Debug, Serialize)]
pub struct Establish {
    pub level: CentreLevel,
    pub division_code: Option<DivisionCode>,
    pub community_id: Option<CommunityId>,
    pub name: String,
    pub organization_id: OrganizationId,
    pub guided_by: Option<ServiceCentreId>,
    pub founded_on: NaiveDate,
}

/// The civil affairs bureau sets up a centre. A district's centre ends the task
/// of its district.
pub async fn establish(ask: &Ask<'_>, input: Establish) -> Result<ServiceCentre> {
    if let Some(first) = ask.answered_about("establishServiceCentre", &input).await? {
        return Ok(first);
    }
    let division = place_of(ask, &input).await?;
    let place = Resource::any("ServiceCentre").in_division(division);
    let mut open = first!(ask.open("establishServiceCentre", &input, &place).await?);
    check_level(input.level, &division)?;
    let body = store::organization::lock(&mut open, input.organization_id)
        .await?
        .ok_or_else(organization::unknown)?;
    check_body(&body)?;
    if let Some(above) = input.guided_by {
        check_guide(&open.also::<ServiceCentre>(above).await?, &division)?;
    }
    let one = ServiceCentre {
        id: open.id(),
        level: input.level,
        division_code: division,
        community_id: input.community_id,
        organization_id: body.id,
        founded_on: check_past("input.foundedOn", input.founded_on, open.today())?,
        created_at: open.now,
        name: check_text(&input.name, "input.name", 100)?,
        guided_by: input.guided_by,
        closed_on: None,
        close_reason: None,
        updated_at: open.now,
        version: 1,
    };
    open.insert(&one).await?;
    if one.level == CentreLevel::District {
        end_task(&mut open, &one).await?;
    }
    tell(&mut open, &one).await?;
    open.finish(one).await
}

async fn place_of(ask: &Ask<'_>, input: &Establish) -> Result<DivisionCode> {
    match (input.community_id, input.division_code) {
        (Some(community), _) if input.level == CentreLevel::Community => {
            ask.state.communities.division(ask.caller, community).await
        }
        (None, Some(division)) if input.level != CentreLevel::Community => Ok(division),
        _ => Err(refuse!(
            Invalid,
            "SERVICE_CENTRE_PLACE",
            field: "input.divisionCode",
            zh: "社区中心须指明社区,市、区中心须指明区划",
            en: "name the community of a community's centre, the division of a city's or district's",
        )
        .into()),
    }
}

async fn end_task(open: &mut Open<'_>, one: &ServiceCentre) -> Result<()> {
    let found = store::pilot_site::lock_task_of(open, &one.division_code).await?;
    let Some(mut task) = found else {
        return Ok(());
    };
    let from = task.state;
    task.state = from.to(DistrictCentreTaskState::Established)?;
    task.centre_id = Some(one.id);
    task.decided_by = Some(open.actor());
    task.decided_on = Some(open.today());
    let moved = (from, DistrictCentreTaskState::Established);
    ask::moved(open, &mut task, moved, None).await?;
    open.tell(
        "incubation.district_centre_task.changed",
        ("district_centre_task", task.id.as_uuid()),
        pilot_site::task_told(&task),
    )
    .await
}

async fn tell(open: &mut Open<'_>, one: &ServiceCentre) -> Result<()> {
    open.tell(
        "incubation.service_centre.changed",
        ("service_centre", one.id.as_uuid()),
        json!({
            "centre_id": one.id,
            "level": one.level,
            "division_code": one.division_code,
            "community_id": one.community_id,
            "organization_id": one.organization_id,
            "closed_on": one.closed_on,
        }),
    )
    .await
}

/// Which centre is closed, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Close {
    pub centre_id: ServiceCentreId,
    pub reason: String,
}

/// The civil affairs bureau closes a centre from today.
pub async fn close(ask: &Ask<'_>, input: Close) -> Result<ServiceCentre> {
    let start = ask.lock::<ServiceCentre, _>("closeServiceCentre", input.centre_id, &input);
    let (mut open, mut one) = first!(start.await?);
    one.check_open()?;
    one.closed_on = Some(open.today());
    one.close_reason = Some(check_text(&input.reason, "input.reason", 500)?);
    one.updated_at = open.now;
    open.update(&mut one).await?;
    tell(&mut open, &one).await?;
    open.finish(one).await
}

/// Which centres.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub level: Option<CentreLevel>,
    pub division_code: Option<DivisionCode>,
    pub organization_id: Option<OrganizationId>,
    /// Whether it is in being.
    pub active: Option<bool>,
}

/// A page of centres.
pub async fn list(
    state: &State,
    _: &Caller,
    filter: Filter,
    page: &Page,
) -> Result<Paged<ServiceCentre>> {
    let today = kernel::china_date(state.core.clock.now());
    let wanted = Wanted::all()
        .is("level", filter.level)
        .within(filter.division_code)
        .is("organization_id", filter.organization_id)
        .so(filter.active, "closed_on IS NULL", today);
    ask::list(state, &wanted, page).await
}
