//! 评估 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::{IdempotencyKey, china_date};
use kit::{
    Result,
    auth::Caller,
    graph::{Date, global, typed},
};

use super::{loaders::Loaders, organization::Organization};
use crate::{app, domain::assessment as domain, state::State};

/// 评估等级。The grade of an organisation.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::Grade", name = "OrganizationGrade")]
pub enum Grade {
    /// 1A。One A.
    A1,
    /// 2A。Two A.
    A2,
    /// 3A。Three A.
    A3,
    /// 4A。Four A.
    A4,
    /// 5A。Five A.
    A5,
}

/// 评估。An assessment of an organisation by its registrar.
pub struct Assessment(pub domain::Assessment);

/// 评估。An assessment of an organisation by its registrar.
#[Object(name = "OrganizationAssessment")]
impl Assessment {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 得分(0 至 1000)。The score, 0 to 1000.
    async fn score(&self) -> i32 {
        self.0.score
    }

    /// 等级,按登记管理机关的等级表得出。The grade, by the registrar's own table.
    async fn grade(&self) -> Grade {
        self.0.grade.into()
    }

    /// 等级表的依据文件。The document the table rests on.
    async fn table_source(&self) -> &str {
        &self.0.table_source
    }

    /// 评估日期。The day of the assessment.
    async fn assessed_on(&self) -> Date {
        Date(self.0.assessed_on)
    }

    /// 有效期止(当日仍有效)。The last day it holds.
    async fn valid_to(&self) -> Date {
        Date(self.0.valid_to)
    }

    /// 今天是否有效。Whether it holds today.
    async fn in_force(&self, ctx: &Context<'_>) -> bool {
        self.0
            .in_force(china_date(ctx.data_unchecked::<State>().core.clock.now()))
    }
}

/// 评估组织的输入。A score given on a day.
#[derive(InputObject)]
pub struct AssessOrganizationInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 组织。The organisation.
    organization_id: ID,
    /// 得分(0 至 1000)。The score, 0 to 1000.
    score: i32,
    /// 评估日期。The day of the assessment.
    on: Date,
}

/// 评估组织的结果。The assessment, and the organisation.
#[derive(SimpleObject)]
pub struct AssessOrganizationPayload {
    /// 评估。The assessment.
    assessment: Assessment,
    /// 组织。The organisation.
    organization: Option<Organization>,
}

/// Assessment mutations.
#[derive(Default)]
pub struct AssessmentMutation;

#[Object]
impl AssessmentMutation {
    /// 评估组织(登记管理机关)。Assesses an organisation (its registrar).
    async fn assess_organization(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AssessOrganizationInput,
    ) -> Result<AssessOrganizationPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let assess = app::assessment::Assess {
            organization_id: typed(&input.organization_id, "input.organizationId")?,
            score: input.score,
            on: input.on.0,
        };
        let id = assess.organization_id;
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let one = app::assessment::assess(state, caller, key, assess).await?;
        let organization = ctx.data_unchecked::<Loaders>().load_one(id).await?;
        Ok(AssessOrganizationPayload {
            assessment: Assessment(one),
            organization: organization.map(Organization),
        })
    }
}
