//! 活动报名 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{Opaque, global, listed, page, typed},
};

use super::{
    at, keyed, loaders::Loaders, team_activity::TeamActivity, volunteer::Volunteer,
    volunteer_record::VolunteerRecord,
};
use crate::{app::signup as app, domain::volunteer_team as domain};

/// 报名状态。Where a sign-up stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::SignupState")]
pub enum SignupState {
    /// 已报名。Signed up.
    Applied,
    /// 已录用。The lead takes the volunteer.
    Matched,
    /// 已签协议。The volunteer has agreed.
    Agreed,
    /// 已签到。The volunteer is there.
    CheckedIn,
    /// 已签退。The volunteer has left.
    CheckedOut,
    /// 已确认。The service is confirmed.
    Confirmed,
    /// 已记录。The service is on record.
    Recorded,
    /// 未录用。The lead declined.
    Declined,
    /// 已退出。The volunteer withdrew.
    Withdrawn,
}

/// Sign-up of the domain, as the graph shows it.
pub struct Signup(pub domain::Signup);

/// 活动报名。A volunteer signed up for an activity.
#[Object]
impl Signup {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 活动。The activity.
    async fn activity(&self, ctx: &Context<'_>) -> Result<Option<TeamActivity>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        Ok(loaders
            .load_one(self.0.activity_id)
            .await?
            .map(TeamActivity))
    }

    /// 志愿者(有权查看者可见)。The volunteer, for those who may see them.
    async fn volunteer(&self, ctx: &Context<'_>) -> Result<Option<Volunteer>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        Ok(loaders.load_one(self.0.volunteer_id).await?.map(Volunteer))
    }

    /// 状态。Where it stands.
    async fn state(&self) -> SignupState {
        self.0.state.into()
    }

    /// 签到时间。When they came.
    async fn in_at(&self) -> Option<DateTime<Utc>> {
        self.0.in_at
    }

    /// 签退时间。When they left.
    async fn out_at(&self) -> Option<DateTime<Utc>> {
        self.0.out_at
    }

    /// 志愿服务记录。The record it became.
    async fn record(&self, ctx: &Context<'_>) -> Result<Option<VolunteerRecord>> {
        let Some(id) = self.0.record_id else {
            return Ok(None);
        };
        let loaders = ctx.data_unchecked::<Loaders>();
        Ok(loaders.load_one(id).await?.map(VolunteerRecord))
    }

    /// 报名时间。When they signed up.
    async fn signed_up_at(&self) -> DateTime<Utc> {
        self.0.signed_up_at
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// Sign-up queries.
#[derive(Default)]
pub struct SignupQuery;

#[Object]
impl SignupQuery {
    /// 我的活动报名,新的在前。The caller's sign-ups, newest first.
    async fn my_signups(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
    ) -> Result<Option<Connection<Opaque, Signup>>> {
        let page = page(first, after, None, None)?;
        let (state, caller) = at(ctx);
        let found = app::list_mine(state, caller, &page).await?;
        listed(found, |one| (one.id.as_uuid(),), Signup)
    }
}

/// 活动报名的输入。Which activity.
#[derive(InputObject)]
pub struct SignUpForActivityInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 活动。The activity.
    activity_id: ID,
}

/// 活动报名的结果。The sign-up.
#[derive(SimpleObject)]
pub struct SignUpForActivityPayload {
    /// 报名。The sign-up.
    signup: Signup,
}

/// 签订服务协议的输入。Which sign-up.
#[derive(InputObject)]
pub struct AgreeSignupInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 报名。The sign-up.
    signup_id: ID,
}

/// 签订服务协议的结果。The sign-up.
#[derive(SimpleObject)]
pub struct AgreeSignupPayload {
    /// 报名。The sign-up.
    signup: Signup,
}

/// 退出活动的输入。Which sign-up.
#[derive(InputObject)]
pub struct WithdrawSignupInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 报名。The sign-up.
    signup_id: ID,
}

/// 退出活动的结果。The sign-up.
#[derive(SimpleObject)]
pub struct WithdrawSignupPayload {
    /// 报名。The sign-up.
    signup: Signup,
}

/// 签到的输入。Which sign-up.
#[derive(InputObject)]
pub struct CheckInSignupInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 报名。The sign-up.
    signup_id: ID,
}

/// 签到的结果。The sign-up.
#[derive(SimpleObject)]
pub struct CheckInSignupPayload {
    /// 报名。The sign-up.
    signup: Signup,
}

/// 签退的输入。Which sign-up.
#[derive(InputObject)]
pub struct CheckOutSignupInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 报名。The sign-up.
    signup_id: ID,
}

/// 签退的结果。The sign-up.
#[derive(SimpleObject)]
pub struct CheckOutSignupPayload {
    /// 报名。The sign-up.
    signup: Signup,
}

/// 确认服务的输入。Which sign-up.
#[derive(InputObject)]
pub struct ConfirmSignupInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 报名。The sign-up.
    signup_id: ID,
}

/// 确认服务的结果。The sign-up.
#[derive(SimpleObject)]
pub struct ConfirmSignupPayload {
    /// 报名。The sign-up.
    signup: Signup,
}

/// 录用的输入。Whether the lead takes a volunteer.
#[derive(InputObject)]
pub struct MatchSignupInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 报名。The sign-up.
    signup_id: ID,
    /// 是否录用。Whether the volunteer is taken.
    accepted: bool,
}

/// 录用的结果。The sign-up.
#[derive(SimpleObject)]
pub struct MatchSignupPayload {
    /// 报名。The sign-up.
    signup: Signup,
}

/// Sign-up mutations.
#[derive(Default)]
pub struct SignupMutation;

#[Object]
impl SignupMutation {
    /// 录用或谢绝报名者(带领社工)。Takes a volunteer or declines: the lead.
    async fn match_signup(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: MatchSignupInput,
    ) -> Result<MatchSignupPayload> {
        let key = keyed(&input.idempotency_key)?;
        let matched = app::Match {
            signup_id: typed(&input.signup_id, "input.signupId")?,
            accepted: input.accepted,
        };
        let (state, caller) = at(ctx);
        let signup = Signup(app::decide(state, caller, key, matched).await?);
        Ok(MatchSignupPayload { signup })
    }

    /// 活动报名(志愿者本人);有风险的活动须已培训并有保险,未成年人须监护人同意。Signs up: the volunteer; risk asks for training and insurance, a minor for a guardian's consent.
    async fn sign_up_for_activity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: SignUpForActivityInput,
    ) -> Result<SignUpForActivityPayload> {
        let key = keyed(&input.idempotency_key)?;
        let id = typed(&input.activity_id, "input.activityId")?;
        let (state, caller) = at(ctx);
        let signup = Signup(app::sign_up(state, caller, key, id).await?);
        Ok(SignUpForActivityPayload { signup })
    }

    /// 签订志愿服务协议(志愿者本人)。Agrees to the service agreement: the volunteer.
    async fn agree_signup(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AgreeSignupInput,
    ) -> Result<AgreeSignupPayload> {
        let key = keyed(&input.idempotency_key)?;
        let id = typed(&input.signup_id, "input.signupId")?;
        let (state, caller) = at(ctx);
        let signup = Signup(app::agree(state, caller, key, id).await?);
        Ok(AgreeSignupPayload { signup })
    }

    /// 退出活动(志愿者本人);签到前均可,无需理由。Withdraws before the check-in: the volunteer; no reason is asked for.
    async fn withdraw_signup(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: WithdrawSignupInput,
    ) -> Result<WithdrawSignupPayload> {
        let key = keyed(&input.idempotency_key)?;
        let id = typed(&input.signup_id, "input.signupId")?;
        let (state, caller) = at(ctx);
        let signup = Signup(app::withdraw(state, caller, key, id).await?);
        Ok(WithdrawSignupPayload { signup })
    }

    /// 签到(志愿者本人)。Checks in: the volunteer.
    async fn check_in_signup(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CheckInSignupInput,
    ) -> Result<CheckInSignupPayload> {
        let key = keyed(&input.idempotency_key)?;
        let id = typed(&input.signup_id, "input.signupId")?;
        let (state, caller) = at(ctx);
        let signup = Signup(app::check_in(state, caller, key, id).await?);
        Ok(CheckInSignupPayload { signup })
    }

    /// 签退(志愿者本人);时长不超过活动结束时间。Checks out: the volunteer; minutes end with the activity.
    async fn check_out_signup(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CheckOutSignupInput,
    ) -> Result<CheckOutSignupPayload> {
        let key = keyed(&input.idempotency_key)?;
        let id = typed(&input.signup_id, "input.signupId")?;
        let (state, caller) = at(ctx);
        let signup = Signup(app::check_out(state, caller, key, id).await?);
        Ok(CheckOutSignupPayload { signup })
    }

    /// 确认服务(服务对象;未指定服务对象的由带领社工),随即形成志愿服务记录。Confirms the service, which becomes a record: the person served, or the lead where nobody is named.
    async fn confirm_signup(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ConfirmSignupInput,
    ) -> Result<ConfirmSignupPayload> {
        let key = keyed(&input.idempotency_key)?;
        let id = typed(&input.signup_id, "input.signupId")?;
        let (state, caller) = at(ctx);
        let signup = Signup(app::confirm(state, caller, key, id).await?);
        Ok(ConfirmSignupPayload { signup })
    }
}
