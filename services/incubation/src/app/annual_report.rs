//! 年度工作报告: handing in, deciding, and what is due.

use chrono::NaiveDate;
use kernel::{DivisionCode, Fen, Page, Paged, china_date, keys::OrganizationId, refuse};
use kit::{
    auth::{Caller, Columns, Resource, Role},
    record::Wanted,
};
use serde::Serialize;
use serde_json::json;

use super::{
    ask::{self, Ask, Housed, Open, Subject, first},
    incubatee::seen_body,
    organization,
};
use crate::{
    domain::{
        annual_report::{
            AnnualReport, AnnualReportDuty, AnnualReportId, AnnualReportState, check_due, due_day,
        },
        limits::{check_number, check_past},
        organization::{Organization, check_optional, check_text},
    },
    error::{Error, Result},
    state::State,
    store::{self, annual_report::DutyFilter},
};

impl Subject for AnnualReport {
    const READ: Option<&'static str> = Some("readAnnualReport");

    fn resource(&self) -> Resource {
        place(
            self.id.to_string(),
            self.division_code,
            self.organization_id,
        )
    }

    fn unknown() -> Error {
        refuse!(NotFound, "ANNUAL_REPORT_NOT_FOUND", zh: "没有这份年度报告,或您无权查看", en: "there is no such report, or it is not for you to see")
            .into()
    }
}

impl Housed for AnnualReport {}

fn place(id: String, registrar: DivisionCode, of: OrganizationId) -> Resource {
    Resource::new("AnnualReport", id)
        .in_division(registrar)
        .of_organization(of.as_uuid())
}

/// A report on a year.
#[derive(Clone, Debug, Serialize)]
pub struct Submit {
    pub organization_id: OrganizationId,
    pub year: i32,
    pub sponsor_reviewed_on: Option<NaiveDate>,
    pub activities: String,
    pub income: Fen,
    pub expense: Fen,
    pub staff: i32,
    pub volunteers: i32,
    pub document: String,
}

/// An organisation hands in its report, in time or late.
pub async fn submit(ask: &Ask<'_>, input: Submit) -> Result<AnnualReport> {
    let seen = organization::load_many(ask.state, ask.caller, &[input.organization_id]).await?;
    let body = seen
        .get(&input.organization_id)
        .ok_or_else(organization::unknown)?;
    let asked = place(String::new(), body.registrar_division, body.id);
    let mut open = first!(ask.open("submitAnnualReport", &input, &asked).await?);
    let body = seen_body(&mut open, input.organization_id).await?;
    let today = open.today();
    check_number("input.year", input.year, 1999, 2199)?;
    check_due(&body, input.year, today)?;
    let due_on = due(&mut open, &body, input.year).await?;
    if let Some(day) = input.sponsor_reviewed_on {
        check_past("input.sponsorReviewedOn", day, today)?;
    }
    let one = AnnualReport {
        id: open.id(),
        organization_id: body.id,
        division_code: body.registrar_division,
        year: input.year,
        due_on,
        submitted_on: today,
        sponsor_reviewed_on: input.sponsor_reviewed_on,
        activities: check_text(&input.activities, "input.activities", 4000)?,
        income_fen: not_negative("input.income", input.income)?,
        expense_fen: not_negative("input.expense", input.expense)?,
        staff: check_number("input.staff", input.staff, 0, 100_000)?,
        volunteers: check_number("input.volunteers", input.volunteers, 0, 1_000_000)?,
        document: check_text(&input.document, "input.document", 200)?,
        submitted_by: open.actor(),
        created_at: open.now,
        state: AnnualReportState::Submitted,
        decided_by: None,
        decided_on: None,
        reason: None,
        updated_at: open.now,
        version: 1,
    };
    open.insert(&one).await.map_err(exists)?;
    tell(&mut open, &one).await?;
    open.finish(one).await
}

async fn due(open: &mut Open<'_>, body: &Organization, year: i32) -> Result<NaiveDate> {
    let key = "inc.annual_report.registrar_due";
    let first_day = NaiveDate::from_ymd_opt(year + 1, 1, 1)
        .ok_or_else(|| Error::inconsistent("policy_parameters", "value", key))?;
    let mmdd = open
        .number(key, &body.registrar_division, first_day)
        .await?;
    due_day(year, mmdd).ok_or_else(|| Error::inconsistent("policy_parameters", "value", key))
}

fn not_negative(field: &str, amount: Fen) -> Result<Fen> {
    if amount >= Fen::ZERO {
        return Ok(amount);
    }
    Err(refuse!(
        Invalid,
        "AMOUNT_NEGATIVE",
        field: field,
        zh: "金额不能为负",
        en: "the amount is not below zero",
    )
    .into())
}

fn exists(error: Error) -> Error {
    if error.reason() != "ANNUAL_REPORT_EXISTS" {
        return error;
    }
    refuse!(
        AlreadyExists,
        "ANNUAL_REPORT_EXISTS",
        field: "input.year",
        zh: "该年度报告已报送;退回后方可重新报送",
        en: "the year has been reported on; it can be again once that was given back",
    )
    .into()
}

async fn tell(open: &mut Open<'_>, one: &AnnualReport) -> Result<()> {
    open.tell(
        "incubation.annual_report.changed",
        ("annual_report", one.id.as_uuid()),
        json!({
            "report_id": one.id,
            "organization_id": one.organization_id,
            "division_code": one.division_code,
            "year": one.year,
            "state": one.state,
            "late": one.late(),
        }),
    )
    .await
}

/// Taken, or given back with a reason.
#[derive(Clone, Debug, Serialize)]
pub struct Decide {
    pub report_id: AnnualReportId,
    pub accepted: bool,
    pub reason: Option<String>,
}

/// The registrar takes a report, or gives it back.
pub async fn decide(ask: &Ask<'_>, input: Decide) -> Result<AnnualReport> {
    let start = ask.lock::<AnnualReport, _>("decideAnnualReport", input.report_id, &input);
    let (mut open, mut one) = first!(start.await?);
    let reason = check_optional(input.reason, "input.reason", 500)?;
    let next = if input.accepted {
        AnnualReportState::Accepted
    } else {
        AnnualReportState::Returned
    };
    let from = one.decide(next, reason.clone(), &open.actor(), open.today())?;
    one.updated_at = open.now;
    ask::moved(&mut open, &mut one, (from, next), reason).await?;
    tell(&mut open, &one).await?;
    open.finish(one).await
}

/// Which reports.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub division_code: Option<DivisionCode>,
    pub organization_id: Option<OrganizationId>,
    pub year: Option<i32>,
    pub state: Option<AnnualReportState>,
    /// Whether it came after its last day.
    pub late: Option<bool>,
}

const READERS: &[Role] = &[
    Role::CivilAffairs,
    Role::CommunityStaff,
    Role::Auditor,
    Role::PlatformAdmin,
];

const COLUMNS: Columns = Columns {
    division: "division_code",
    resident: None,
    organization: Some("organization_id"),
};

/// A page of reports.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: Filter,
    page: &Page,
) -> Result<Paged<AnnualReport>> {
    let scope = ask::reach(caller, READERS);
    let wanted = Wanted::all()
        .seen(scope, COLUMNS)
        .within(filter.division_code)
        .is("organization_id", filter.organization_id)
        .is("year", filter.year)
        .is("state", filter.state)
        .is("late", filter.late);
    ask::list(state, &wanted, page).await
}

/// Whose report on which year.
#[derive(Clone, Debug)]
pub struct Duties {
    pub year: i32,
    pub division_code: Option<DivisionCode>,
    pub overdue: Option<bool>,
}

/// What registered social organisations owe for a year.
pub async fn list_duties(
    state: &State,
    caller: &Caller,
    asked: Duties,
    page: &Page,
) -> Result<Paged<AnnualReportDuty>> {
    let filter = DutyFilter {
        year: check_number("year", asked.year, 1999, 2199)?,
        below: asked.division_code,
        overdue: asked.overdue,
        today: china_date(state.core.clock.now()),
    };
    let scope = ask::reach(caller, READERS);
    let mut conn = state.core.db.read().await?;
    let rows = store::annual_report::list_duties(&mut conn, &scope, &filter, page).await?;
    Ok(page.finish(rows))
}
