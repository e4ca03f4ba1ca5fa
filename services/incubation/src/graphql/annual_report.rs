//! 年度工作报告 in the graph.

use async_graphql::{Context, ID, MergedObject, Object, connection::Connection};
use kernel::china_date;
use kit::{
    Result,
    graph::{Date, DivisionCode, Fen, Opaque, listed, page},
};

use super::{
    foreign::Division,
    organization::Organization,
    shape::{StateChange, asked, enums, history, input, linked, mutations, output, part, queries},
};
use crate::{
    app::annual_report as app,
    domain::annual_report::{self as domain, AnnualReportId},
};

enums! {
    /// 年度报告状态。Where a report stands.
    AnnualReportState = domain::AnnualReportState {
        /// 已报送。Handed in.
        Submitted,
        /// 已受理。Taken.
        Accepted,
        /// 已退回。Given back.
        Returned,
    }
}

output! {
    /// 年度工作报告。The report of an organisation on a year.
    AnnualReport of domain::AnnualReport {
        /// 全局编号。Global id.
        id: ID,
        /// 报告年度。The year.
        year: i32,
        /// 报送期限。The last day.
        due_on: Date,
        /// 报送日期。The day it was handed in.
        submitted_on: Date,
        /// 业务主管单位初审日期。The day its sponsor had looked at it.
        sponsor_reviewed_on: Option<Date>,
        /// 年度活动情况。What it has done.
        activities: String,
        /// 年度收入。Income.
        #[graphql(name = "income")]
        income_fen: Fen,
        /// 年度支出。Expense.
        #[graphql(name = "expense")]
        expense_fen: Fen,
        /// 从业人员数。Staff.
        staff: i32,
        /// 志愿者数。Volunteers.
        volunteers: i32,
        /// 报告文件。The document.
        document: String,
        /// 状态。Where it stands.
        state: AnnualReportState,
        /// 受理或退回日期。The day it was decided.
        decided_on: Option<Date>,
        /// 退回理由。Why it was given back.
        reason: Option<String>,
    }
    refers {
        /// 登记管理机关所在区划。The division of its registrar.
        division: Division = division_code,
    }
    links {
        /// 组织。The organisation.
        organization: Organization = organization_id,
    }
    plus {
        /// 是否逾期报送。Whether it came after its last day.
        async fn late(&self) -> bool {
            self.0.late()
        }

        /// 办理经过。What has happened.
        async fn history(&self, ctx: &Context<'_>) -> Result<Vec<StateChange>> {
            history(ctx, self.0.id).await
        }
    }
}

/// 年度报告义务。What a registered organisation owes for a year, and what came of it.
pub struct AnnualReportDuty(domain::AnnualReportDuty);

/// 年度报告义务。What a registered organisation owes for a year, and what came of it.
#[Object]
impl AnnualReportDuty {
    /// 报告年度。The year.
    async fn year(&self) -> i32 {
        self.0.year
    }

    /// 向登记管理机关报送的期限。The last day to hand it in to the registrar.
    async fn due_on(&self) -> Date {
        Date(self.0.due_on)
    }

    /// 向业务主管单位报送的期限。The last day to hand it in to the sponsor.
    async fn sponsor_due_on(&self) -> Date {
        Date(self.0.sponsor_due_on)
    }

    /// 是否逾期未报。Whether nothing came and the last day has passed.
    async fn overdue(&self, ctx: &Context<'_>) -> bool {
        let (state, _) = asked(ctx);
        self.0.overdue(china_date(state.core.clock.now()))
    }

    /// 组织。The organisation.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Option<Organization>> {
        let found = linked(ctx, self.0.organization_id).await?;
        Ok(found.map(Organization))
    }

    /// 已报送且未退回的报告。The report that came and was not given back.
    async fn report(&self, ctx: &Context<'_>) -> Result<Option<AnnualReport>> {
        Ok(linked(ctx, self.0.report_id).await?.map(AnnualReport))
    }
}

input! {
    /// 报送年度报告的输入。A report on a year.
    SubmitAnnualReportInput => app::Submit {
        /// 组织。The organisation.
        organization_id: ID,
        /// 报告年度,今年之前。The year, before this one.
        year: i32,
        /// 业务主管单位初审日期。The day its sponsor had looked at it.
        sponsor_reviewed_on: Option<Date>,
        /// 年度活动情况(1 至 4000 字)。What it has done, 1 to 4000 characters.
        activities: String,
        /// 年度收入。Income.
        income: Fen,
        /// 年度支出。Expense.
        expense: Fen,
        /// 从业人员数。Staff.
        staff: i32,
        /// 志愿者数。Volunteers.
        volunteers: i32,
        /// 报告文件(1 至 200 字)。The document, 1 to 200 characters.
        document: String,
    }
}

input! {
    /// 受理年度报告的输入。Taken, or given back.
    DecideAnnualReportInput => app::Decide {
        /// 年度报告。The report.
        report_id: ID,
        /// 是否受理。Whether it is taken.
        accepted: bool,
        /// 理由,退回时必填。Why; needed where it is given back.
        reason: Option<String>,
    }
}

part! {
    /// 筛选年度报告。Which reports.
    AnnualReportFilter => app::Filter {
        /// 在此区划内。Within this division.
        division_code: Option<DivisionCode>,
        /// 只看此组织。Only of this organisation.
        organization_id: Option<ID>,
        /// 只看此年度。Only on this year.
        year: Option<i32>,
        /// 只看此状态。Only in this state.
        state: Option<AnnualReportState>,
        /// 是否逾期报送。Whether it came after its last day.
        late: Option<bool>,
    }
}

queries! {
    /// Queries for reports that came.
    ReportQuery of AnnualReport, AnnualReportId {
        entity find_annual_report_by_id;
        /// 按编号查年度报告。A report by id.
        one annual_report;
        /// 年度报告,新的在前;登记管理机关和本组织可见。Reports one may see, newest first.
        many annual_reports(AnnualReportFilter => app::Filter) by app::list;
    }
}

/// Queries for what is due.
#[derive(Default)]
pub struct DutyQuery;

#[Object]
impl DutyQuery {
    /// 某年度应报送年度报告的组织;可只看逾期未报的。What registered organisations owe for a year; only what is overdue, if asked.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is an argument of the graph"
    )]
    async fn annual_report_duties(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "报告年度。The year.")] year: i32,
        #[graphql(desc = "登记机关在此区划内。Registrar within this division.")]
        division_code: Option<DivisionCode>,
        #[graphql(desc = "是否逾期未报。Whether nothing came by the last day.")] overdue: Option<
            bool,
        >,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, AnnualReportDuty>>> {
        let page = page(first, after, last, before)?;
        let asked_for = app::Duties {
            year,
            division_code: division_code.map(|code| code.0),
            overdue,
        };
        let (state, caller) = asked(ctx);
        let found = app::list_duties(state, caller, asked_for, &page).await?;
        let key = |duty: &domain::AnnualReportDuty| (duty.organization_id.as_uuid(),);
        listed(found, key, AnnualReportDuty)
    }
}

/// Queries for annual reports.
#[derive(MergedObject, Default)]
pub struct AnnualReportQuery(ReportQuery, DutyQuery);

mutations! {
    /// Mutations of annual reports.
    AnnualReportMutation {
        /// 报送年度报告(组织,或登记管理机关代录)。Hands a report in, in time or late.
        submit_annual_report(SubmitAnnualReportInput)
          -> SubmitAnnualReportPayload { report: AnnualReport } by app::submit;
        /// 受理或退回年度报告(登记管理机关)。Takes a report, or gives it back.
        decide_annual_report(DecideAnnualReportInput)
          -> DecideAnnualReportPayload { report: AnnualReport } by app::decide;
    }
}
