//! Mutations of study visits, with what they take and answer.

use async_graphql::ID;
use kit::graph::{Date, DivisionCode};

use super::{StudyRole, StudySubject, StudyVisit, StudyVisitKind};
use crate::{
    app::{ask::Only, study_measure::Measure, study_visit as app},
    domain::study_visit as domain,
    graphql::shape::{input, mutations, part},
};

part! {
    /// 某一身份的人数。How many of a role.
    StudyPeopleInput => app::People {
        /// 身份。The role.
        role: StudyRole,
        /// 人数(1 至 500)。How many, 1 to 500.
        people: i32,
    }
}

input! {
    /// 计划考察的输入。Who goes where, to learn what, when.
    PlanStudyVisitInput => app::Plan {
        /// 考察方试点;与区划只填一项。The pilot that goes; this or the division.
        pilot_id: Option<ID>,
        /// 考察方区划;与试点只填一项。The division that goes; this or the pilot.
        division_code: Option<DivisionCode>,
        /// 近学或远学。Near or far.
        kind: StudyVisitKind,
        /// 近学:接待试点(运行中或已评估、示范)。Near: the pilot that receives, operating or further.
        host_pilot_id: Option<ID>,
        /// 远学:所到市、县的区划代码。Far: the code of the city or county.
        host_division_code: Option<DivisionCode>,
        /// 远学:地点,写明省、市(1 至 100 字)。Far: the place with its province and city, 1 to 100 characters.
        host_place: Option<String>,
        /// 远学:接待单位(1 至 100 字)。Far: who receives, 1 to 100 characters.
        host_body: Option<String>,
        /// 考察内容。Which task it is about.
        subject: StudySubject,
        /// 目的(1 至 1000 字)。What is to be learned, 1 to 1000 characters.
        purpose: String,
        /// 开始日期,不早于今天。The first day, today or later.
        starts_on: Date,
        /// 结束日期(含),最长 31 天。The last day; 31 days at most.
        ends_on: Date,
        /// 计划人数,按身份。How many are to come, by role.
        people: Vec<StudyPeopleInput>,
    }
}

input! {
    /// 考察改期的输入。Other days.
    PostponeStudyVisitInput => app::Postpone {
        /// 考察。The visit.
        visit_id: ID,
        /// 开始日期,不早于今天。The first day, today or later.
        starts_on: Date,
        /// 结束日期(含),最长 31 天。The last day; 31 days at most.
        ends_on: Date,
    }
}

input! {
    /// 取消考察的输入。Why it is called off.
    CancelStudyVisitInput => app::Noted {
        /// 考察。The visit.
        visit_id: ID,
        /// 理由(1 至 1000 字)。Why, 1 to 1000 characters.
        note: String,
    }
}

input! {
    /// 确认接待的输入。What the host has arranged.
    ConfirmStudyVisitInput => app::Confirm {
        /// 考察。The visit.
        visit_id: ID,
        /// 接待安排(1 至 500 字)。What is arranged, 1 to 500 characters.
        arrangement: Option<String>,
    }
}

input! {
    /// 谢绝接待的输入。Why the host cannot receive.
    DeclineStudyVisitInput => app::Noted {
        /// 考察。The visit.
        visit_id: ID,
        /// 理由(1 至 1000 字)。Why, 1 to 1000 characters.
        note: String,
    }
}

input! {
    /// 登记成行的输入。When it was, and who came.
    MakeStudyVisitInput => app::Make {
        /// 考察。The visit.
        visit_id: ID,
        /// 成行日期(最后一天),不早于计划开始日期,不晚于今天。Its last day, as it was: not before it was to begin, nor after today.
        made_on: Date,
        /// 实际人数,按身份。How many came, by role.
        people: Vec<StudyPeopleInput>,
    }
}

part! {
    /// 一项借鉴措施。Something to adopt.
    StudyMeasureInput => Measure {
        /// 内容(1 至 200 字)。What is to be done, 1 to 200 characters.
        title: String,
        /// 责任岗位或单位(1 至 100 字),不写姓名。The post or body that sees to it, 1 to 100 characters; no names.
        owner: String,
        /// 期限。By when.
        due_on: Date,
    }
}

input! {
    /// 考察报告的输入。What was found, and what is adopted.
    ReportStudyVisitInput => app::Report {
        /// 考察。The visit.
        visit_id: ID,
        /// 收获与启示(1 至 5000 字)。What was found, 1 to 5000 characters.
        findings: String,
        /// 文件。The document.
        document: Option<String>,
        /// 借鉴措施(最多 50 项)。What is to be adopted; 50 at most.
        measures: Vec<StudyMeasureInput>,
    }
}

type VisitOnly = Only<domain::StudyVisitId>;

input! {
    /// 办结考察的输入。Which visit.
    CloseStudyVisitInput => VisitOnly {
        /// 考察。The visit.
        id: ID,
    }
}

mutations! {
    /// Visit mutations.
    StudyVisitMutation {
        /// 计划考察(考察方工作人员)。Plans a visit: the visitor's own staff.
        plan_study_visit(PlanStudyVisitInput) -> PlanStudyVisitPayload { visit: StudyVisit } by app::plan;
        /// 改期(考察方):已确认的须重新确认。Puts it off; a host that had confirmed is asked again.
        postpone_study_visit(PostponeStudyVisitInput) -> PostponeStudyVisitPayload { visit: StudyVisit } by app::postpone;
        /// 取消考察(考察方)。Calls it off.
        cancel_study_visit(CancelStudyVisitInput) -> CancelStudyVisitPayload { visit: StudyVisit } by app::cancel;
        /// 确认接待(接待社区工作人员,近学)。The host is ready: its own staff.
        confirm_study_visit(ConfirmStudyVisitInput) -> ConfirmStudyVisitPayload { visit: StudyVisit } by app::confirm;
        /// 谢绝接待(接待社区工作人员,近学)。The host cannot receive.
        decline_study_visit(DeclineStudyVisitInput) -> DeclineStudyVisitPayload { visit: StudyVisit } by app::decline;
        /// 登记成行(考察方):近学须先经确认。It took place; near by, it was confirmed before.
        make_study_visit(MakeStudyVisitInput) -> MakeStudyVisitPayload { visit: StudyVisit } by app::make;
        /// 提交考察报告与借鉴措施(考察方)。Reports, and says what is to be adopted at home.
        report_study_visit(ReportStudyVisitInput) -> ReportStudyVisitPayload { visit: StudyVisit } by app::report;
        /// 办结考察(考察方):措施全部落实或不再采用。Closes it once everything was adopted or given up.
        close_study_visit(CloseStudyVisitInput) -> CloseStudyVisitPayload { visit: StudyVisit } by app::close;
    }
}
