//! 试点情况: told by the service that owns pilots or attested; and the duties
//! that follow from it.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Page, Paged, china_date, keys::CommunityId, refuse};
use kit::{
    auth::{Caller, Resource, Role},
    events,
    record::{self, Wanted},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::ask::{self, Ask, Housed, Subject, first};
use crate::{
    domain::{
        limits::{check_number, check_past},
        moves::Moves as _,
        organization::check_text,
        pilot_site::{
            CentreObligation, DistrictCentreTask, DistrictCentreTaskId, DistrictCentreTaskState,
            FactSource, PilotSite, PilotSiteId, check_newer,
        },
    },
    error::{Error, Result},
    state::State,
    store,
};

impl Subject for PilotSite {
    fn resource(&self) -> Resource {
        Resource::new("PilotSite", self.id).in_division(self.division_code)
    }

    fn unknown() -> Error {
        refuse!(NotFound, "PILOT_SITE_NOT_FOUND", zh: "没有这个试点", en: "there is no such pilot")
            .into()
    }
}

impl Housed for PilotSite {}

impl Subject for DistrictCentreTask {
    fn resource(&self) -> Resource {
        Resource::new("DistrictCentreTask", self.id).in_division(self.division_code)
    }

    fn unknown() -> Error {
        refuse!(NotFound, "DISTRICT_CENTRE_TASK_NOT_FOUND", zh: "没有这项筹建任务", en: "there is no such task")
            .into()
    }
}

impl Housed for DistrictCentreTask {}

/// What the bureau attests.
#[derive(Clone, Debug, Serialize)]
pub struct Attest {
    pub community_id: CommunityId,
    pub area_m2: Option<i32>,
    pub active: bool,
    pub as_of: NaiveDate,
    pub document: String,
}

/// The civil affairs bureau attests how a pilot stands.
pub async fn attest(ask: &Ask<'_>, input: Attest) -> Result<PilotSite> {
    if let Some(first) = ask.answered_about("attestPilotSite", &input).await? {
        return Ok(first);
    }
    let community = input.community_id;
    let division = ask
        .state
        .communities
        .division(ask.caller, community)
        .await?;
    let place = Resource::any("PilotSite").in_division(division);
    let mut open = first!(ask.open("attestPilotSite", &input, &place).await?);
    if let Some(area) = input.area_m2 {
        check_number("input.areaM2", area, 1, 1_000_000)?;
    }
    let fact = Fact {
        community,
        division,
        area_m2: input.area_m2,
        active: input.active,
        as_of: check_past("input.asOf", input.as_of, open.today())?,
        source: FactSource::Attested,
        document: check_text(&input.document, "input.document", 200)?,
        by: open.actor(),
        now: open.now,
    };
    let id = open.id();
    let one = note(&mut open, id, fact).await?;
    open.finish(one).await
}

struct Fact {
    community: CommunityId,
    division: DivisionCode,
    area_m2: Option<i32>,
    active: bool,
    as_of: NaiveDate,
    source: FactSource,
    document: String,
    by: String,
    now: DateTime<Utc>,
}

/// Keeps a fact; the database raises what follows, and the others are told.
async fn note(conn: &mut PgConnection, id: PilotSiteId, fact: Fact) -> Result<PilotSite> {
    let known = store::pilot_site::lock_of(conn, fact.community).await?;
    let one = if let Some(mut known) = known {
        check_newer(&known, fact.as_of)?;
        known.division_code = fact.division;
        // What is not measured again stays.
        known.area_m2 = fact.area_m2.or(known.area_m2);
        known.active = fact.active;
        known.as_of = fact.as_of;
        known.source = fact.source;
        known.document = fact.document;
        known.attested_by = fact.by;
        known.updated_at = fact.now;
        record::update(conn, &mut known).await?;
        known
    } else {
        let new = PilotSite {
            id,
            community_id: fact.community,
            created_at: fact.now,
            division_code: fact.division,
            area_m2: fact.area_m2,
            active: fact.active,
            as_of: fact.as_of,
            source: fact.source,
            document: fact.document,
            attested_by: fact.by,
            updated_at: fact.now,
            version: 1,
        };
        record::insert(conn, &new).await?;
        new
    };
    let (centre, district) = store::pilot_site::duties_of(conn, &one).await?;
    let event = events::NewEvent {
        subject: "incubation.pilot_site.changed",
        aggregate: "incubation_pilot_site",
        aggregate_id: one.id.as_uuid(),
        trace_id: None,
        at: fact.now,
        data: json!({
            "community_id": one.community_id,
            "division_code": one.division_code,
            "active": one.active,
            "area_m2": one.area_m2,
            "centre_obliged": centre,
            "district_centre_due": district,
        }),
    };
    events::append(conn, &event).await?;
    Ok(one)
}

/// What `communities.pilot.approved` says, as far as it matters here.
#[derive(Clone, Debug, Deserialize)]
pub struct PilotApproved {
    pub community_id: CommunityId,
    pub community_code: DivisionCode,
    #[serde(default)]
    pub service_area_m2: Option<i32>,
    #[serde(default)]
    pub document: Option<String>,
}

/// What `communities.pilot.ended` and `.resumed` say, as far as it matters here.
#[derive(Clone, Debug, Deserialize)]
pub struct PilotMoved {
    pub community_id: CommunityId,
    pub community_code: DivisionCode,
}

/// A community has become a pilot; in the transaction of the delivery.
pub async fn note_approved(
    conn: &mut PgConnection,
    told: PilotApproved,
    (event, at): (Uuid, DateTime<Utc>),
) -> Result<()> {
    let document = told.document.filter(|text| !text.trim().is_empty());
    let fact = Fact {
        community: told.community_id,
        division: told.community_code,
        area_m2: told.service_area_m2.filter(|area| *area > 0),
        active: true,
        as_of: china_date(at),
        source: FactSource::Event,
        document: document.unwrap_or_else(|| "communities.pilot.approved".to_owned()),
        by: "communities".to_owned(),
        now: at,
    };
    note_told(conn, event, fact).await
}

/// A pilot is one no more, or again, and its area stays as it was known; in the
/// transaction of the delivery.
pub async fn note_moved(
    conn: &mut PgConnection,
    told: PilotMoved,
    (subject, active): (&str, bool),
    (event, at): (Uuid, DateTime<Utc>),
) -> Result<()> {
    let fact = Fact {
        community: told.community_id,
        division: told.community_code,
        area_m2: None,
        active,
        as_of: china_date(at),
        source: FactSource::Event,
        document: subject.to_owned(),
        by: "communities".to_owned(),
        now: at,
    };
    note_told(conn, event, fact).await
}

/// Something older than what is known changes nothing.
async fn note_told(conn: &mut PgConnection, event: Uuid, fact: Fact) -> Result<()> {
    let known = store::pilot_site::lock_of(conn, fact.community).await?;
    if known.is_some_and(|known| known.as_of > fact.as_of) {
        tracing::info!(community = %fact.community, "an older fact about a pilot was told");
        return Ok(());
    }
    // The event's own id serves: a delivery repeated is the same fact.
    note(conn, PilotSiteId::from_uuid(event), fact).await?;
    Ok(())
}

/// Why no centre of the district is set up.
#[derive(Clone, Debug, Serialize)]
pub struct Waive {
    pub task_id: DistrictCentreTaskId,
    pub reason: String,
}

/// The city decides that a district sets up no centre, and says why.
pub async fn waive(ask: &Ask<'_>, input: Waive) -> Result<DistrictCentreTask> {
    let start = ask.lock::<DistrictCentreTask, _>("waiveDistrictCentre", input.task_id, &input);
    let (mut open, mut one) = first!(start.await?);
    let from = one.state;
    one.state = from.to(DistrictCentreTaskState::Waived)?;
    let reason = check_text(&input.reason, "input.reason", 500)?;
    one.reason = Some(reason.clone());
    one.decided_by = Some(open.actor());
    one.decided_on = Some(open.today());
    ask::moved(
        &mut open,
        &mut one,
        (from, DistrictCentreTaskState::Waived),
        Some(reason),
    )
    .await?;
    open.tell(
        "incubation.district_centre_task.changed",
        ("district_centre_task", one.id.as_uuid()),
        task_told(&one),
    )
    .await?;
    open.finish(one).await
}

/// What is told of a task.
pub(super) fn task_told(one: &DistrictCentreTask) -> Value {
    json!({
        "division_code": one.division_code,
        "state": one.state,
        "pilots": one.pilots,
        "centre_id": one.centre_id,
    })
}

/// Which pilots.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub division_code: Option<DivisionCode>,
    pub community_id: Option<CommunityId>,
    pub active: Option<bool>,
}

const READERS: &[Role] = &[
    Role::CivilAffairs,
    Role::CommunityStaff,
    Role::Auditor,
    Role::PlatformAdmin,
];

fn seen(caller: &Caller) -> Wanted {
    let columns = kit::auth::Columns {
        division: "division_code",
        resident: None,
        organization: None,
    };
    Wanted::all().seen(caller.actor.scope(READERS), columns)
}

/// A page of pilots, for those who work with them.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: Filter,
    page: &Page,
) -> Result<Paged<PilotSite>> {
    let wanted = seen(caller)
        .within(filter.division_code)
        .is("community_id", filter.community_id)
        .is("active", filter.active);
    ask::list(state, &wanted, page).await
}

/// Which duties.
#[derive(Clone, Debug, Default)]
pub struct ObligationFilter {
    pub division_code: Option<DivisionCode>,
    /// Whether the community has an open centre by now.
    pub fulfilled: Option<bool>,
    /// Whether the duty still stands.
    pub standing: Option<bool>,
}

/// A page of communities that have to set up a centre.
pub async fn list_obligations(
    state: &State,
    caller: &Caller,
    filter: ObligationFilter,
    page: &Page,
) -> Result<Paged<CentreObligation>> {
    let today = china_date(state.core.clock.now());
    let wanted = seen(caller)
        .within(filter.division_code)
        .so(
            filter.fulfilled,
            "EXISTS (SELECT 1 FROM incubation_centres c
                WHERE c.community_id = centre_obligations.community_id AND c.state = 'OPEN')",
            today,
        )
        .so(filter.standing, "lifted_on IS NULL", today);
    ask::list(state, &wanted, page).await
}

/// Which tasks.
#[derive(Clone, Debug, Default)]
pub struct TaskFilter {
    pub division_code: Option<DivisionCode>,
    pub state: Option<DistrictCentreTaskState>,
}

/// A page of districts whose centre is to be set up.
pub async fn list_tasks(
    state: &State,
    caller: &Caller,
    filter: TaskFilter,
    page: &Page,
) -> Result<Paged<DistrictCentreTask>> {
    let wanted = seen(caller)
        .within(filter.division_code)
        .is("state", filter.state);
    ask::list(state, &wanted, page).await
}
