//! 入孵评审: the sheets of the advisers.

use kernel::refuse;
use kit::auth::{Caller, Resource};
use serde::Serialize;

use super::{
    ask::{Ask, Housed as _, Subject, first, run_by},
    incubatee::tell,
    organization,
};
use crate::{
    domain::{
        adviser::{Adviser, AdviserId},
        incubatee::{Incubatee, IncubateeId},
        limits::check_number,
        organization::check_text,
        review::{IncubateeReview, IncubateeReviewId, check_reviewer},
    },
    error::{Error, Result},
    state::State,
    store,
};

/// An application as a reviewer meets it: it is reviewed by the adviser
/// themself, or entered by the bureau from the signed sheet.
struct Reviewed<'a>(&'a Incubatee, &'a Adviser);

impl Reviewed<'_> {
    fn resource(&self) -> Resource {
        let resource = Resource::new("Incubatee", self.0.id)
            .in_division(self.0.division_code)
            .of_organization(self.0.organization_id.as_uuid())
            .owned_by(self.1.resident_id.as_uuid());
        run_by(resource, None)
    }
}

/// What an adviser writes.
#[derive(Clone, Debug, Serialize)]
pub struct Review {
    pub incubatee_id: IncubateeId,
    pub adviser_id: AdviserId,
    pub score: i32,
    pub opinion: String,
}

/// An adviser reviews an application.
pub async fn review(ask: &Ask<'_>, input: Review) -> Result<Incubatee> {
    ask.caller.signed_in("reviewIncubatee")?;
    let (one, adviser) = both(ask.state, &input).await?;
    let resource = Reviewed(&one, &adviser).resource();
    let mut open = first!(ask.open("reviewIncubatee", &input, &resource).await?);
    let one: Incubatee = open.also(input.incubatee_id).await?;
    let adviser: Adviser = open.also(input.adviser_id).await?;
    let today = open.today();
    let applicant = store::organization::lock(&mut open, one.organization_id)
        .await?
        .ok_or_else(organization::unknown)?;
    let mut house = store::service_centre::bodies_at(&mut open, &one.division_code).await?;
    let run = store::mandate::operators(&mut open, &[one.centre_id], today).await?;
    house.extend(run.into_values());
    check_reviewer(&one, &applicant, &adviser, &house, today)?;
    let sheet = IncubateeReview {
        id: open.id::<IncubateeReviewId>(),
        incubatee_id: one.id,
        adviser_id: adviser.id,
        score: check_number("input.score", input.score, 0, 100)?,
        opinion: check_text(&input.opinion, "input.opinion", 1000)?,
        reviewed_on: today,
        reviewed_by: open.actor(),
        created_at: open.now,
    };
    open.insert(&sheet).await.map_err(once)?;
    tell(&mut open, &one).await?;
    let detail = serde_json::json!({ "review_id": sheet.id });
    open.finish_with(one, detail).await
}

async fn both(state: &State, input: &Review) -> Result<(Incubatee, Adviser)> {
    let mut conn = state.core.db.read().await?;
    let one = kit::record::find(&mut conn, input.incubatee_id)
        .await?
        .ok_or_else(Incubatee::unknown)?;
    let adviser = kit::record::find(&mut conn, input.adviser_id)
        .await?
        .ok_or_else(Adviser::unknown)?;
    Ok((one, adviser))
}

fn once(error: Error) -> Error {
    if error.reason() != "REVIEWED_ONCE" {
        return error;
    }
    refuse!(
        AlreadyExists,
        "REVIEWED_ONCE",
        field: "input.adviserId",
        zh: "该顾问已评审过这份申请",
        en: "this adviser has reviewed the application already",
    )
    .into()
}

/// Whether the caller may read the sheets on an application: those who may see
/// it and are not the applicant, since reviewers write freely.
pub fn open_to(state: &State, caller: &Caller, one: &Incubatee) -> bool {
    let core = &state.core;
    core.authorize(caller, "readIncubateeReviews", &one.run_by(None))
        .is_ok()
}
