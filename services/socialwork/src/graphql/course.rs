//! 课程 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{DivisionCode, Minutes, Opaque, global, listed, page, typed},
};

use super::{at, enrolment::Enrolment, keyed, loaders::Loaders};
use crate::{app::course as app, domain::course as domain};

/// 课程对象。For whom a course is.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::CourseKind")]
pub enum CourseKind {
    /// 社会工作者继续教育。Continuing education of registered social workers.
    Continuing,
    /// 普及培训。For everybody else who works in a community.
    Popular,
}

/// 课程内容。What a course teaches.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::CourseContent")]
pub enum CourseContent {
    /// 理论。Theory.
    Theory,
    /// 实务。Practice.
    Practice,
}

/// 课程状态。Where a course stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::CourseState")]
pub enum CourseState {
    /// 已公布。It is announced.
    Announced,
    /// 已结算学时。It is known who came; their hours count.
    Settled,
    /// 已取消。It does not take place.
    Cancelled,
}

/// Course of the domain, as the graph shows it.
pub struct Course(pub domain::Course);

/// 课程。A course; attendance becomes hours of the ledger.
#[Object]
impl Course {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 对象。For whom.
    async fn kind(&self) -> CourseKind {
        self.0.kind.into()
    }

    /// 内容。What it teaches.
    async fn content(&self) -> CourseContent {
        self.0.content.into()
    }

    /// 名称。Its title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// 地点。Where it is held.
    async fn place(&self) -> &str {
        &self.0.place
    }

    /// 主办区划。The division that holds it.
    async fn division_code(&self) -> DivisionCode {
        DivisionCode(self.0.division_code)
    }

    /// 开始时间。When it begins.
    async fn starts_at(&self) -> DateTime<Utc> {
        self.0.starts_at
    }

    /// 学时(分钟)。Its hours, in minutes.
    async fn minutes(&self) -> Minutes {
        Minutes(self.0.minutes)
    }

    /// 名额。How many places it has.
    async fn capacity(&self) -> i32 {
        self.0.capacity
    }

    /// 已报名人数。How many are enrolled.
    async fn enrolled(&self) -> i64 {
        self.0.enrolled
    }

    /// 状态。Where it stands.
    async fn state(&self) -> CourseState {
        self.0.state.into()
    }

    /// 取消的原因。Why it was cancelled.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// 报名名单(主办区划工作人员,查阅留痕)。Who is enrolled; for staff of the division, and on record.
    async fn enrolments(&self, ctx: &Context<'_>) -> Result<Option<Vec<Enrolment>>> {
        let (state, caller) = at(ctx);
        let found = app::enrolments(state, caller, &self.0).await?;
        Ok(found.map(|all| all.into_iter().map(Enrolment).collect()))
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// Course queries.
#[derive(Default)]
pub struct CourseQuery;

#[Object]
impl CourseQuery {
    /// 按编号查课程(公开)。A course by id; open to all.
    async fn course(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Course>> {
        let id: domain::CourseId = typed(&id, "id")?;
        let loaders = ctx.data_unchecked::<Loaders>();
        Ok(loaders.load_one(id).await?.map(Course))
    }

    /// 课程,新的在前(公开)。Courses, newest first; open to all.
    #[expect(clippy::too_many_arguments, reason = "filters and a page")]
    async fn courses(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此区划。Only within this division.")] division_code: Option<
            DivisionCode,
        >,
        #[graphql(desc = "只看此对象。Only for these.")] kind: Option<CourseKind>,
        #[graphql(desc = "只看此状态。Only where it stands so.")] state: Option<CourseState>,
        #[graphql(
            desc = "只看尚未开始的。Only those that have not begun.",
            default = false
        )]
        upcoming: bool,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
    ) -> Result<Option<Connection<Opaque, Course>>> {
        let page = page(first, after, None, None)?;
        let (service, _) = at(ctx);
        let filter = domain::CourseFilter {
            division: division_code.map(|code| code.0),
            kind: kind.map(Into::into),
            state: state.map(Into::into),
            after: upcoming.then(|| service.core.clock.now()),
        };
        let found = app::list(service, &filter, &page).await?;
        listed(found, |one| (one.id.as_uuid(),), Course)
    }
}

/// 公布课程的输入。What is announced.
#[derive(InputObject)]
pub struct AnnounceCourseInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 对象。For whom.
    kind: CourseKind,
    /// 内容。What it teaches.
    content: CourseContent,
    /// 名称(1 至 200 字)。Its title.
    title: String,
    /// 地点(1 至 200 字)。Where it is held.
    place: String,
    /// 主办区划。The division that holds it.
    division_code: DivisionCode,
    /// 开始时间。When it begins.
    starts_at: DateTime<Utc>,
    /// 学时(分钟)。Its hours, in minutes.
    minutes: Minutes,
    /// 名额(1 至 1000)。How many places it has.
    capacity: i32,
}

/// 公布课程的结果。The course.
#[derive(SimpleObject)]
pub struct AnnounceCoursePayload {
    /// 课程。The course.
    course: Course,
}

/// 结算学时的输入。Who came.
#[derive(InputObject)]
pub struct SettleCourseInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 课程。The course.
    course_id: ID,
    /// 出席的报名者;其余记为缺席。Those enrolled who came; the others were absent.
    attended_ids: Vec<ID>,
}

/// 结算学时的结果。The course, settled.
#[derive(SimpleObject)]
pub struct SettleCoursePayload {
    /// 课程。The course.
    course: Course,
}

/// 取消课程的输入。Why a course does not take place.
#[derive(InputObject)]
pub struct CancelCourseInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 课程。The course.
    course_id: ID,
    /// 原因(1 至 500 字)。Why.
    reason: String,
}

/// 取消课程的结果。The course, cancelled.
#[derive(SimpleObject)]
pub struct CancelCoursePayload {
    /// 课程。The course.
    course: Course,
}

/// Course mutations.
#[derive(Default)]
pub struct CourseMutation;

#[Object]
impl CourseMutation {
    /// 公布课程(社区工作人员、民政部门)。Announces a course: staff.
    async fn announce_course(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AnnounceCourseInput,
    ) -> Result<AnnounceCoursePayload> {
        let key = keyed(&input.idempotency_key)?;
        let announce = app::Announce {
            kind: input.kind.into(),
            content: input.content.into(),
            title: input.title,
            place: input.place,
            division_code: input.division_code.0,
            starts_at: input.starts_at,
            minutes: input.minutes.0,
            capacity: input.capacity,
        };
        let (state, caller) = at(ctx);
        let course = Course(app::announce(state, caller, key, announce).await?);
        Ok(AnnounceCoursePayload { course })
    }

    /// 结算学时(社区工作人员、民政部门);出席者的学时计入台账。Says who came, whose hours then count: staff.
    async fn settle_course(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: SettleCourseInput,
    ) -> Result<SettleCoursePayload> {
        let key = keyed(&input.idempotency_key)?;
        let settle = app::Settle {
            course_id: typed(&input.course_id, "input.courseId")?,
            attended: input
                .attended_ids
                .iter()
                .map(|id| typed(id, "input.attendedIds"))
                .collect::<Result<_>>()?,
        };
        let (state, caller) = at(ctx);
        let course = Course(app::settle(state, caller, key, settle).await?);
        Ok(SettleCoursePayload { course })
    }

    /// 取消课程(社区工作人员、民政部门)。Cancels a course: staff.
    async fn cancel_course(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CancelCourseInput,
    ) -> Result<CancelCoursePayload> {
        let key = keyed(&input.idempotency_key)?;
        let cancel = app::Cancel {
            course_id: typed(&input.course_id, "input.courseId")?,
            reason: input.reason,
        };
        let (state, caller) = at(ctx);
        let course = Course(app::cancel(state, caller, key, cancel).await?);
        Ok(CancelCoursePayload { course })
    }
}
