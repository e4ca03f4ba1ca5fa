//! 年度工作报告 in SQL.

use chrono::NaiveDate;
use kernel::{DivisionCode, Page, keys::OrganizationId};
use kit::{
    auth::{Columns, Scope},
    error::Result,
    record::{ids, newest_first, record, texts},
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::annual_report::{
    AnnualReport, AnnualReportDuty, AnnualReportId, AnnualReportState,
};

ids!(AnnualReportId);
texts!(AnnualReportState);
record!(
    AnnualReport,
    AnnualReportId,
    "annual_reports",
    [
        id,
        organization_id,
        division_code,
        year,
        due_on,
        submitted_on,
        sponsor_reviewed_on,
        activities,
        income_fen,
        expense_fen,
        staff,
        volunteers,
        document,
        submitted_by,
        created_at
    ],
    [state, decided_by, decided_on, reason, updated_at]
);

/// Which duties a list asks for.
#[derive(Clone, Debug)]
pub struct DutyFilter {
    pub year: i32,
    pub below: Option<DivisionCode>,
    /// Only where nothing came by the last day (true), or the others (false).
    pub overdue: Option<bool>,
    pub today: NaiveDate,
}

#[derive(sqlx::FromRow)]
struct Row {
    organization_id: Uuid,
    due_on: NaiveDate,
    sponsor_due_on: NaiveDate,
    report_id: Option<Uuid>,
    submitted_on: Option<NaiveDate>,
}

/// What registered social organisations owe for a year, newest in the register
/// first. Filed ones owe nothing by law, though they may report.
pub async fn list_duties(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &DutyFilter,
    page: &Page,
) -> Result<Vec<AnnualReportDuty>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(
        "SELECT organization_id, due_on, sponsor_due_on, report_id, submitted_on FROM (
             SELECT o.id AS organization_id, o.registrar_division AS division_code,
                 annual_report_due('inc.annual_report.registrar_due', o.registrar_division, ",
    );
    query
        .push_bind(filter.year)
        .push(
            ") AS due_on, annual_report_due('inc.annual_report.sponsor_due', o.registrar_division, ",
        )
        .push_bind(filter.year)
        .push(
            ") AS sponsor_due_on, r.id AS report_id, r.submitted_on
             FROM organizations o LEFT JOIN annual_reports r
               ON r.organization_id = o.id AND r.state <> 'RETURNED' AND r.year = ",
        )
        .push_bind(filter.year)
        .push(
            " WHERE o.kind IN ('SOCIAL_GROUP', 'PRIVATE_NON_ENTERPRISE', 'FOUNDATION')
               AND o.status IN ('REGISTERED', 'ABNORMAL')
               AND o.registered_on < make_date(",
        )
        .push_bind(filter.year + 1)
        .push(", 1, 1)) AS duties WHERE true");
    let columns = Columns {
        division: "division_code",
        resident: None,
        organization: Some("organization_id"),
    };
    scope.push_with(&mut query, &columns);
    if let Some(below) = &filter.below {
        query
            .push(" AND division_code LIKE ")
            .push_bind(format!("{}%", below.prefix()));
    }
    if let Some(overdue) = filter.overdue {
        query
            .push(if overdue { " AND" } else { " AND NOT" })
            .push(" (submitted_on IS NULL AND due_on < ")
            .push_bind(filter.today)
            .push(")");
    }
    newest_first(&mut query, page, "organization_id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    let duty = |row: Row| AnnualReportDuty {
        organization_id: OrganizationId::from_uuid(row.organization_id),
        year: filter.year,
        due_on: row.due_on,
        sponsor_due_on: row.sponsor_due_on,
        report_id: row.report_id.map(AnnualReportId::from_uuid),
        submitted_on: row.submitted_on,
    };
    Ok(rows.into_iter().map(duty).collect())
}
