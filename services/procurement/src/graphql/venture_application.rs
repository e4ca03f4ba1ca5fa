//! 创投申报 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{Date, Fen, global, typed},
};

use super::{
    asked,
    foreign::{Community, Organization},
};
use crate::{app, domain::venture_application as domain};

/// 申报状态。Where an application stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::VentureApplicationState")]
pub enum VentureApplicationState {
    /// 已提交。Handed in.
    Submitted,
    /// 资格合格。Eligible.
    Eligible,
    /// 资格不合格。Not eligible.
    Ineligible,
    /// 通过尽职调查。Passed due diligence.
    Diligent,
    /// 未通过尽职调查。Failed due diligence.
    Failed,
    /// 确定资助。To be funded.
    Selected,
    /// 未入选。Not funded.
    NotSelected,
    /// 异议成立,取消资格。Taken out after an objection.
    Disqualified,
    /// 已签协议。Its agreement is signed.
    Agreed,
    /// 已撤回或放弃。Taken back or given up.
    Withdrawn,
}

/// 创投申报。An application to a venture round.
pub struct VentureApplication(pub app::venture_application::Seen);

#[Object]
impl VentureApplication {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.application.id)
    }

    /// 申报组织。The applicant.
    async fn organization(&self) -> Option<Organization> {
        Some(self.0.application.organization_id.into())
    }

    /// 服务社区。The community served.
    async fn community(&self) -> Option<Community> {
        Some(self.0.application.community_id.into())
    }

    /// 项目社工的编号。The id of the social worker of the project.
    async fn social_worker_id(&self) -> ID {
        global(self.0.application.social_worker_id)
    }

    /// 项目名称。Its title.
    async fn title(&self) -> &str {
        &self.0.application.title
    }

    /// 项目方案(限申报组织、评委和经办人)。The plan; for the applicant, reviewers and those who keep the file.
    async fn plan(&self) -> Option<&str> {
        let one = &self.0;
        one.inside.then_some(one.application.plan.as_str())
    }

    /// 是否居家养老项目。Whether it is home-based elder care.
    async fn elder_care(&self) -> bool {
        self.0.application.elder_care
    }

    /// 受益人数。How many benefit.
    async fn beneficiaries(&self) -> i32 {
        self.0.application.beneficiaries
    }

    /// 申请金额。The amount asked for.
    async fn requested(&self) -> Fen {
        Fen(self.0.application.requested)
    }

    /// 是否法人;备案组织由代管机构签约。Whether it is a legal person; for others a host signs.
    async fn legal_person(&self) -> bool {
        self.0.application.legal_person
    }

    /// 状态。Where it stands.
    async fn state(&self) -> VentureApplicationState {
        self.0.application.state.into()
    }

    /// 审查、走访或异议的结论(限申报组织、评委和经办人)。What screening, visit or objection found.
    async fn finding(&self) -> Option<&str> {
        let one = &self.0;
        one.application.finding.as_deref().filter(|_| one.inside)
    }

    /// 走访日期。The day of the visit.
    async fn visited_on(&self) -> Option<Date> {
        self.0.application.visited_on.map(Date)
    }

    /// 提交时间。When it was handed in.
    async fn submitted_at(&self) -> DateTime<Utc> {
        self.0.application.submitted_at
    }
}

/// 申报创投的输入。What is applied for.
#[derive(InputObject)]
pub struct ApplyToVentureRoundInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 创投。The round.
    round_id: ID,
    /// 申报组织(本组织)。The applicant: the caller's organisation.
    organization_id: ID,
    /// 服务社区。The community served.
    community_id: ID,
    /// 项目社工。The social worker of the project.
    social_worker_id: ID,
    /// 项目名称。Its title.
    title: String,
    /// 项目方案。The plan.
    plan: String,
    /// 是否居家养老项目。Whether it is home-based elder care.
    #[graphql(default = false)]
    elder_care: bool,
    /// 受益人数。How many benefit.
    beneficiaries: i32,
    /// 申请金额(分)。The amount asked for.
    requested: Fen,
}

/// 申报创投的结果。The application.
#[derive(SimpleObject)]
pub struct ApplyToVentureRoundPayload {
    /// 申报。The application.
    application: VentureApplication,
}

/// 撤回申报的输入。The application to take back.
#[derive(InputObject)]
pub struct WithdrawVentureApplicationInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 申报。The application.
    application_id: ID,
}

/// 撤回申报的结果。The application after it.
#[derive(SimpleObject)]
pub struct WithdrawVentureApplicationPayload {
    /// 申报。The application.
    application: VentureApplication,
}

/// 资格审查的输入。Whether the applicant qualifies.
#[derive(InputObject)]
pub struct ScreenVentureApplicationInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 申报。The application.
    application_id: ID,
    /// 是否合格。Whether it passes.
    passed: bool,
    /// 不合格的理由。Why it does not pass.
    note: Option<String>,
}

/// 资格审查的结果。The application after it.
#[derive(SimpleObject)]
pub struct ScreenVentureApplicationPayload {
    /// 申报。The application.
    application: VentureApplication,
}

/// 尽职调查的输入。What the visit found.
#[derive(InputObject)]
pub struct RecordDueDiligenceInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 申报。The application.
    application_id: ID,
    /// 是否通过。Whether it passes.
    passed: bool,
    /// 走访日期。The day of the visit.
    visited_on: Date,
    /// 调查情况。What was found.
    findings: String,
}

/// 尽职调查的结果。The application after it.
#[derive(SimpleObject)]
pub struct RecordDueDiligencePayload {
    /// 申报。The application.
    application: VentureApplication,
}

/// Venture application mutations.
#[derive(Default)]
pub struct VentureApplicationMutation;

#[Object]
impl VentureApplicationMutation {
    /// 社会组织申报自行设计的项目。An organisation applies with a project of its own design.
    async fn apply_to_venture_round(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ApplyToVentureRoundInput,
    ) -> Result<ApplyToVentureRoundPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let apply = app::venture_application::Apply {
            round_id: typed(&input.round_id, "input.roundId")?,
            application: domain::NewVentureApplication {
                organization_id: typed(&input.organization_id, "input.organizationId")?,
                community_id: typed(&input.community_id, "input.communityId")?,
                social_worker_id: typed(&input.social_worker_id, "input.socialWorkerId")?,
                title: input.title,
                plan: input.plan,
                elder_care: input.elder_care,
                beneficiaries: input.beneficiaries,
                requested: input.requested.0,
            },
        };
        let (state, caller) = asked(ctx);
        let one = app::venture_application::apply(state, caller, key, apply).await?;
        Ok(ApplyToVentureRoundPayload {
            application: VentureApplication(app::venture_application::shown(one)),
        })
    }

    /// 撤回申报或放弃资助;评审期间不能撤回。Takes an application back or gives a grant up, but not while it is judged.
    async fn withdraw_venture_application(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: WithdrawVentureApplicationInput,
    ) -> Result<WithdrawVentureApplicationPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.application_id, "input.applicationId")?;
        let (state, caller) = asked(ctx);
        let one = app::venture_application::withdraw(state, caller, key, id).await?;
        Ok(WithdrawVentureApplicationPayload {
            application: VentureApplication(app::venture_application::shown(one)),
        })
    }

    /// 资格审查(民政、采购经办人、承办机构)。Screens whether an applicant qualifies (civil affairs, procurement officer, operator).
    async fn screen_venture_application(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ScreenVentureApplicationInput,
    ) -> Result<ScreenVentureApplicationPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let screen = app::venture_application::Screen {
            application_id: typed(&input.application_id, "input.applicationId")?,
            passed: input.passed,
            note: input.note,
        };
        let (state, caller) = asked(ctx);
        let one = app::venture_application::screen(state, caller, key, screen).await?;
        Ok(ScreenVentureApplicationPayload {
            application: VentureApplication(app::venture_application::shown(one)),
        })
    }

    /// 登记尽职调查走访(民政、采购经办人、承办机构)。Records the visit of due diligence (civil affairs, procurement officer, operator).
    async fn record_due_diligence(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RecordDueDiligenceInput,
    ) -> Result<RecordDueDiligencePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let diligence = app::venture_application::Diligence {
            application_id: typed(&input.application_id, "input.applicationId")?,
            passed: input.passed,
            visited_on: input.visited_on.0,
            findings: input.findings,
        };
        let (state, caller) = asked(ctx);
        let one = app::venture_application::diligence(state, caller, key, diligence).await?;
        Ok(RecordDueDiligencePayload {
            application: VentureApplication(app::venture_application::shown(one)),
        })
    }
}
