//! Mutations of needs, with what they take and answer.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use kernel::IdempotencyKey;
use kit::{Result, graph::typed};

use super::{super::asked, Need, NeedCategory};
use crate::{app, domain::need as domain};

/// 上报需求的输入。What a report says.
#[derive(InputObject)]
pub struct ReportNeedInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 社区。The community.
    community_id: ID,
    /// 15 位网格代码。The grid, 15 digits.
    grid_code: Option<String>,
    /// 类别。What is needed.
    category: NeedCategory,
    /// 描述(1 至 2000 字)。In the resident's words, 1 to 2000 characters.
    description: String,
    /// 是否为老年人。Whether it is for elders.
    #[graphql(default = false)]
    for_elders: bool,
    /// 代谁上报(工作人员代办时)。For whom, where staff enter it.
    on_behalf_of: Option<ID>,
}

/// 上报需求的结果。The need reported.
#[derive(SimpleObject)]
pub struct ReportNeedPayload {
    /// 需求。The need.
    need: Need,
}

/// 核实需求的输入。What was found on looking.
#[derive(InputObject)]
pub struct VerifyNeedInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 需求。The need.
    need_id: ID,
    /// 是否属实并受理。Whether it is so, and taken up.
    accept: bool,
    /// 说明;不予受理时必填。A note; required where it is not taken up.
    note: Option<String>,
}

/// 核实需求的结果。The need after verification.
#[derive(SimpleObject)]
pub struct VerifyNeedPayload {
    /// 需求。The need.
    need: Need,
}

/// Need mutations.
#[derive(Default)]
pub struct NeedMutation;

#[Object]
impl NeedMutation {
    /// 上报需求(居民本人,或工作人员代办)。Reports a need: the resident, or staff for them.
    async fn report_need(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ReportNeedInput,
    ) -> Result<ReportNeedPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let report = app::need::Report {
            need: domain::ReportNeed {
                community_id: typed(&input.community_id, "input.communityId")?,
                grid_code: input.grid_code,
                category: input.category.into(),
                description: input.description,
                for_elders: input.for_elders,
            },
            on_behalf_of: input
                .on_behalf_of
                .map(|id| typed(&id, "input.onBehalfOf"))
                .transpose()?,
        };
        let (state, caller) = asked(ctx);
        Ok(ReportNeedPayload {
            need: Need(app::need::report(state, caller, key, report).await?),
        })
    }

    /// 核实需求(网格员、社区工作人员)。Verifies a need: grid worker or community staff.
    async fn verify_need(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: VerifyNeedInput,
    ) -> Result<VerifyNeedPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let verify = app::need::Verify {
            need_id: typed(&input.need_id, "input.needId")?,
            accept: input.accept,
            note: input.note,
        };
        let (state, caller) = asked(ctx);
        Ok(VerifyNeedPayload {
            need: Need(app::need::verify(state, caller, key, verify).await?),
        })
    }
}
