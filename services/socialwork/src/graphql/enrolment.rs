//! 报名 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{Opaque, listed, page, typed},
};

use super::{at, course::Course, foreign::Resident, keyed, loaders::Loaders};
use crate::{app::course as app, domain::course as domain};

/// 报名状态。Where an enrolment stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::EnrolmentState")]
pub enum EnrolmentState {
    /// 已报名。Enrolled.
    Enrolled,
    /// 已退出。Withdrawn.
    Withdrawn,
    /// 已出席,学时已计入台账。Came; the hours are in the ledger.
    Attended,
    /// 缺席。Did not come.
    Absent,
}

/// Enrolment of the domain, as the graph shows it.
pub struct Enrolment(pub domain::Enrolment);

/// 报名。Somebody is enrolled in a course.
#[Object]
impl Enrolment {
    /// 课程。The course.
    async fn course(&self, ctx: &Context<'_>) -> Result<Option<Course>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        Ok(loaders.load_one(self.0.course_id).await?.map(Course))
    }

    /// 报名人。Who.
    async fn resident(&self) -> Option<Resident> {
        Some(self.0.resident_id.into())
    }

    /// 状态。Where it stands.
    async fn state(&self) -> EnrolmentState {
        self.0.state.into()
    }

    /// 报名时间。When they enrolled.
    async fn enrolled_at(&self) -> DateTime<Utc> {
        self.0.enrolled_at
    }
}

/// Enrolment queries.
#[derive(Default)]
pub struct EnrolmentQuery;

#[Object]
impl EnrolmentQuery {
    /// 我的报名,课程新的在前。The caller's enrolments, by course, newest first.
    async fn my_enrolments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
    ) -> Result<Option<Connection<Opaque, Enrolment>>> {
        let page = page(first, after, None, None)?;
        let (state, caller) = at(ctx);
        let found = app::list_mine(state, caller, &page).await?;
        listed(found, |one| (one.course_id.as_uuid(),), Enrolment)
    }
}

/// 报名的输入。Who enrols in what.
#[derive(InputObject)]
pub struct EnrolInCourseInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 课程。The course.
    course_id: ID,
    /// 报名人;继续教育课程须为在册社会工作者。Who; of a continuing course, a registered social worker.
    resident_id: ID,
}

/// 报名的结果。The enrolment.
#[derive(SimpleObject)]
pub struct EnrolInCoursePayload {
    /// 报名。The enrolment.
    enrolment: Enrolment,
}

/// 退出报名的输入。Who withdraws from what.
#[derive(InputObject)]
pub struct WithdrawEnrolmentInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 课程。The course.
    course_id: ID,
    /// 报名人。Who.
    resident_id: ID,
}

/// 退出报名的结果。The enrolment, withdrawn.
#[derive(SimpleObject)]
pub struct WithdrawEnrolmentPayload {
    /// 报名。The enrolment.
    enrolment: Enrolment,
}

/// Enrolment mutations.
#[derive(Default)]
pub struct EnrolmentMutation;

#[Object]
impl EnrolmentMutation {
    /// 报名课程(本人,或工作人员代办)。Enrols in a course: themself, or staff for them.
    async fn enrol_in_course(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: EnrolInCourseInput,
    ) -> Result<EnrolInCoursePayload> {
        let key = keyed(&input.idempotency_key)?;
        let place = app::Place {
            course_id: typed(&input.course_id, "input.courseId")?,
            resident_id: typed(&input.resident_id, "input.residentId")?,
        };
        let (state, caller) = at(ctx);
        let enrolment = Enrolment(app::enrol(state, caller, key, place).await?);
        Ok(EnrolInCoursePayload { enrolment })
    }

    /// 退出报名(本人,或工作人员代办)。Withdraws from a course: themself, or staff for them.
    async fn withdraw_enrolment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: WithdrawEnrolmentInput,
    ) -> Result<WithdrawEnrolmentPayload> {
        let key = keyed(&input.idempotency_key)?;
        let place = app::Place {
            course_id: typed(&input.course_id, "input.courseId")?,
            resident_id: typed(&input.resident_id, "input.residentId")?,
        };
        let (state, caller) = at(ctx);
        let enrolment = Enrolment(app::withdraw(state, caller, key, place).await?);
        Ok(WithdrawEnrolmentPayload { enrolment })
    }
}
