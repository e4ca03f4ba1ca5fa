//! 无偿场地: granting with its deposit, ending, reading.

use chrono::NaiveDate;
use kernel::{DivisionCode, Fen, Page, Paged, china_date, keys::OrganizationId, refuse};
use kit::auth::{Caller, Resource};
use serde::Serialize;
use serde_json::json;

use super::{
    ask::{self, Ask, Housed, Open, Subject, first, run_by},
    incubatee::{seen, seen_body},
};
use crate::{
    domain::{
        deposit::{DepositStage, DepositState, NewStage, SpaceDeposit, check_stages},
        incubatee::{Incubatee, IncubateeId},
        incubation_centre::{IncubationCentre, IncubationCentreId},
        limits::{check_number, check_order},
        organization::check_text,
        space_licence::{SpaceLicence, SpaceLicenceId},
    },
    error::{Error, Result},
    state::State,
    store,
};

impl Subject for SpaceLicence {
    const READ: Option<&'static str> = Some("readSpaceLicence");

    fn resource(&self) -> Resource {
        Resource::new("SpaceLicence", self.id)
            .in_division(self.division_code)
            .of_organization(self.organization_id.as_uuid())
    }

    fn unknown() -> Error {
        refuse!(NotFound, "SPACE_LICENCE_NOT_FOUND", zh: "没有这项场地使用,或您无权查看", en: "there is no such licence, or it is not for you to see")
            .into()
    }
}

impl Housed for SpaceLicence {
    fn centre(&self) -> Option<IncubationCentreId> {
        Some(self.centre_id)
    }
}

/// A deposit that is asked for.
#[derive(Clone, Debug, Serialize)]
pub struct NewDeposit {
    pub amount: Fen,
    pub due_on: NaiveDate,
    pub stages: Vec<NewStage>,
}

/// A room, free of charge.
#[derive(Clone, Debug, Serialize)]
pub struct Grant {
    pub centre_id: IncubationCentreId,
    pub organization_id: OrganizationId,
    pub incubatee_id: Option<IncubateeId>,
    pub room: String,
    pub area_m2: i32,
    pub mission: String,
    pub valid_from: NaiveDate,
    pub valid_to: NaiveDate,
    pub deposit: Option<NewDeposit>,
}

/// The community lets an organisation use a room, free of charge.
pub async fn grant(ask: &Ask<'_>, input: Grant) -> Result<SpaceLicence> {
    let found = ask::find::<IncubationCentre>(ask.state, ask.caller, input.centre_id).await?;
    let division = found.ok_or_else(IncubationCentre::unknown)?.division_code;
    let place = run_by(Resource::any("SpaceLicence").in_division(division), None);
    let mut open = first!(ask.open("grantSpaceLicence", &input, &place).await?);
    let centre: IncubationCentre = open.also(input.centre_id).await?;
    centre.check_open()?;
    let body = seen_body(&mut open, input.organization_id).await?;
    check_order("input.validTo", input.valid_from, input.valid_to)?;
    check_incubatee(&mut open, &input).await?;
    let one = SpaceLicence {
        id: open.id(),
        centre_id: centre.id,
        organization_id: body.id,
        incubatee_id: input.incubatee_id,
        division_code: centre.division_code,
        room: check_text(&input.room, "input.room", 40)?,
        area_m2: check_number("input.areaM2", input.area_m2, 1, 100_000)?,
        mission: check_text(&input.mission, "input.mission", 1000)?,
        valid_from: input.valid_from,
        valid_to: input.valid_to,
        created_at: open.now,
        ended_on: None,
        end_reason: None,
        updated_at: open.now,
        version: 1,
    };
    open.insert(&one).await.map_err(taken)?;
    if let Some(deposit) = input.deposit {
        ask_deposit(&mut open, &one, deposit).await?;
    }
    tell(&mut open, &one).await?;
    open.finish(one).await
}

async fn check_incubatee(open: &mut Open<'_>, input: &Grant) -> Result<()> {
    let Some(id) = input.incubatee_id else {
        return Ok(());
    };
    let one: Incubatee = open.also(id).await?;
    if one.organization_id == input.organization_id && one.centre_id == input.centre_id {
        return Ok(());
    }
    Err(refuse!(
        Invalid,
        "LICENCE_INCUBATEE",
        field: "input.incubateeId",
        zh: "须为该组织在本中心的入孵",
        en: "it is the incubation of this organisation in this centre",
    )
    .into())
}

async fn ask_deposit(open: &mut Open<'_>, of: &SpaceLicence, new: NewDeposit) -> Result<()> {
    check_stages(new.amount, &new.stages)?;
    check_order("input.deposit.dueOn", open.today(), new.due_on)?;
    let deposit = SpaceDeposit {
        id: open.id(),
        licence_id: of.id,
        amount_fen: new.amount,
        due_on: new.due_on,
        state: DepositState::Due,
        slip: None,
        reported_by: None,
        reported_on: None,
        confirmed_by: None,
        confirmed_on: None,
        version: 1,
    };
    open.insert(&deposit).await?;
    for (stage_no, stage) in (1..).zip(new.stages) {
        let stage = DepositStage {
            id: open.id(),
            licence_id: of.id,
            stage_no,
            title: stage.title.trim().to_owned(),
            amount_fen: stage.amount,
            evidence: None,
            accepted_on: None,
            accepted_by: None,
            version: 1,
        };
        open.insert(&stage).await?;
    }
    Ok(())
}

fn taken(error: Error) -> Error {
    if error.reason() != "SPACE_TAKEN" {
        return error;
    }
    refuse!(
        AlreadyExists,
        "SPACE_TAKEN",
        field: "input.room",
        zh: "该房间在此期间已有组织使用",
        en: "the room is used by another during that time",
    )
    .into()
}

async fn tell(open: &mut Open<'_>, one: &SpaceLicence) -> Result<()> {
    open.tell(
        "incubation.space_licence.changed",
        ("space_licence", one.id.as_uuid()),
        json!({
            "licence_id": one.id,
            "centre_id": one.centre_id,
            "organization_id": one.organization_id,
            "division_code": one.division_code,
            "valid_from": one.valid_from,
            "valid_to": one.last_day(),
        }),
    )
    .await
}

/// Which licence ends, on which last day, and why.
#[derive(Clone, Debug, Serialize)]
pub struct End {
    pub licence_id: SpaceLicenceId,
    pub on: NaiveDate,
    pub reason: String,
}

/// Ends a licence sooner than said.
pub async fn end(ask: &Ask<'_>, input: End) -> Result<SpaceLicence> {
    let start = ask.lock::<SpaceLicence, _>("endSpaceLicence", input.licence_id, &input);
    let (mut open, mut one) = first!(start.await?);
    one.end(input.on, check_text(&input.reason, "input.reason", 500)?)?;
    one.updated_at = open.now;
    open.update(&mut one).await?;
    tell(&mut open, &one).await?;
    open.finish(one).await
}

/// Which licences.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub division_code: Option<DivisionCode>,
    pub centre_id: Option<IncubationCentreId>,
    pub organization_id: Option<OrganizationId>,
    /// Whether it holds today.
    pub current: Option<bool>,
    /// Whether its deposit was due and has not been paid.
    pub deposit_overdue: Option<bool>,
}

/// A page of licences.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: Filter,
    page: &Page,
) -> Result<Paged<SpaceLicence>> {
    let today = china_date(state.core.clock.now());
    let wanted = seen(state, caller)
        .within(filter.division_code)
        .is("centre_id", filter.centre_id)
        .is("organization_id", filter.organization_id)
        .so(filter.current, store::space_licence::HOLDS, today)
        .so(
            filter.deposit_overdue,
            store::space_licence::DEPOSIT_OVERDUE,
            today,
        );
    ask::list(state, &wanted, page).await
}
