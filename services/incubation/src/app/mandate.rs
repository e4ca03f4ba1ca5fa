//! 委托运营: granting and ending.

use chrono::NaiveDate;
use kernel::{keys::OrganizationId, refuse};
use kit::{
    auth::Resource,
    record::{self, Wanted},
};
use serde::Serialize;
use serde_json::json;

use super::{
    ask::{Ask, Housed, Open, Subject, first},
    organization,
};
use crate::{
    domain::{
        incubation_centre::{IncubationCentre, IncubationCentreId},
        limits::check_order,
        mandate::{OperationMandate, OperationMandateId, check_end, check_next},
        organization::check_text,
        service_centre::ServiceCentreId,
    },
    error::{Error, Result},
    store,
};

impl Subject for OperationMandate {
    fn resource(&self) -> Resource {
        Resource::new("OperationMandate", self.id).of_organization(self.operator_id.as_uuid())
    }

    fn unknown() -> Error {
        refuse!(NotFound, "MANDATE_NOT_FOUND", zh: "没有这项委托运营", en: "there is no such mandate")
            .into()
    }
}

impl Housed for OperationMandate {}

/// Who runs a centre, from which day to which.
#[derive(Clone, Debug, Serialize)]
pub struct Grant {
    pub centre_id: IncubationCentreId,
    pub operator_id: OrganizationId,
    pub service_centre_id: Option<ServiceCentreId>,
    pub valid_from: NaiveDate,
    pub valid_to: NaiveDate,
    pub document: String,
}

/// The civil affairs bureau lets an organisation run a centre.
pub async fn grant(ask: &Ask<'_>, input: Grant) -> Result<IncubationCentre> {
    let start = ask.lock::<IncubationCentre, _>("grantOperationMandate", input.centre_id, &input);
    let (mut open, centre) = first!(start.await?);
    check_order("input.validTo", input.valid_from, input.valid_to)?;
    let held: Vec<OperationMandate> = record::all(&mut open, &of(centre.id)).await?;
    check_next(&held, input.valid_from)?;
    store::organization::lock(&mut open, input.operator_id)
        .await?
        .ok_or_else(organization::unknown)?;
    let mandate = OperationMandate {
        id: open.id(),
        centre_id: centre.id,
        operator_id: input.operator_id,
        service_centre_id: input.service_centre_id,
        valid_from: input.valid_from,
        document: check_text(&input.document, "input.document", 200)?,
        granted_by: open.actor(),
        granted_at: open.now,
        valid_to: input.valid_to,
        end_reason: None,
        version: 1,
    };
    // Who may run a centre during the pilot is known to the database, which
    // sees mandates, pilots and centres together.
    open.insert(&mandate)
        .await
        .map_err(|error| error.at("input.operatorId"))?;
    tell(&mut open, &mandate).await?;
    let detail = json!({ "mandate_id": mandate.id, "operator_id": mandate.operator_id });
    open.finish_with(centre, detail).await
}

/// Which mandate ends, on which last day, and why.
#[derive(Clone, Debug, Serialize)]
pub struct End {
    pub mandate_id: OperationMandateId,
    pub on: NaiveDate,
    pub reason: String,
}

/// The civil affairs bureau ends a mandate sooner than said.
pub async fn end(ask: &Ask<'_>, input: End) -> Result<IncubationCentre> {
    let mut conn = ask.state.core.db.read().await?;
    let found: Option<OperationMandate> = record::find(&mut conn, input.mandate_id).await?;
    drop(conn);
    let of_centre = found.ok_or_else(OperationMandate::unknown)?.centre_id;
    // The centre first, as everywhere: mandates of one centre come in order.
    let start = ask.lock::<IncubationCentre, _>("endOperationMandate", of_centre, &input);
    let (mut open, centre) = first!(start.await?);
    let mut one: OperationMandate = open.also(input.mandate_id).await?;
    let held: Vec<OperationMandate> = record::all(&mut open, &of(centre.id)).await?;
    check_end(&held, &one, input.on)?;
    one.valid_to = input.on;
    one.end_reason = Some(check_text(&input.reason, "input.reason", 500)?);
    open.update(&mut one).await?;
    tell(&mut open, &one).await?;
    let detail = json!({ "mandate_id": one.id, "valid_to": one.valid_to });
    open.finish_with(centre, detail).await
}

fn of(centre: IncubationCentreId) -> Wanted {
    Wanted::all().is("centre_id", Some(centre))
}

async fn tell(open: &mut Open<'_>, one: &OperationMandate) -> Result<()> {
    open.tell(
        "incubation.mandate.changed",
        ("incubation_centre", one.centre_id.as_uuid()),
        json!({
            "centre_id": one.centre_id,
            "operator_id": one.operator_id,
            "valid_from": one.valid_from,
            "valid_to": one.valid_to,
        }),
    )
    .await
}
