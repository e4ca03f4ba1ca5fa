//! 志愿者加入服务组织 in the graph.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    auth::Caller,
    graph::{global, typed},
};

use super::foreign::Organization;
use crate::{app, domain::placement as domain, state::State};

/// 志愿者加入服务组织。A volunteer serves with an organisation.
#[derive(SimpleObject)]
pub struct Placement {
    /// 全局编号。Global id.
    id: ID,
    /// 组织。The organisation.
    organization: Option<Organization>,
    /// 加入时间。Since when.
    placed_at: DateTime<Utc>,
    /// 终止时间;空为仍在服务。Until when; none while it stands.
    ended_at: Option<DateTime<Utc>>,
}

impl From<domain::Placement> for Placement {
    fn from(placement: domain::Placement) -> Self {
        Self {
            id: global(placement.id),
            organization: Some(placement.organization_id.into()),
            placed_at: placement.placed_at,
            ended_at: placement.ended_at,
        }
    }
}

/// 志愿者加入组织的输入。Who joins which organisation.
#[derive(InputObject)]
pub struct PlaceVolunteerInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 志愿者。The volunteer.
    volunteer_id: ID,
    /// 组织(在册)。The organisation, in good standing.
    organization_id: ID,
}

/// 志愿者加入组织的结果。The placement.
#[derive(SimpleObject)]
pub struct PlaceVolunteerPayload {
    /// 加入记录。The placement.
    placement: Placement,
}

/// 志愿者退出组织的输入。Which placement ends.
#[derive(InputObject)]
pub struct EndPlacementInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 加入记录。The placement.
    placement_id: ID,
}

/// 志愿者退出组织的结果。The placement, ended.
#[derive(SimpleObject)]
pub struct EndPlacementPayload {
    /// 加入记录。The placement.
    placement: Placement,
}

/// Placement mutations.
#[derive(Default)]
pub struct PlacementMutation;

#[Object]
impl PlacementMutation {
    /// 志愿者加入服务组织(本人或工作人员代办);此后该组织可为其派工。A volunteer joins an organisation, themself or through staff; from then on it may assign them.
    async fn place_volunteer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: PlaceVolunteerInput,
    ) -> Result<PlaceVolunteerPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let place = app::placement::Place {
            volunteer_id: typed(&input.volunteer_id, "input.volunteerId")?,
            organization_id: typed(&input.organization_id, "input.organizationId")?,
        };
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let placement = app::placement::place(state, caller, key, place).await?;
        Ok(PlaceVolunteerPayload {
            placement: placement.into(),
        })
    }

    /// 志愿者退出服务组织(本人、工作人员或该组织)。A volunteer leaves an organisation: themself, staff, or the organisation.
    async fn end_placement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: EndPlacementInput,
    ) -> Result<EndPlacementPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.placement_id, "input.placementId")?;
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let placement = app::placement::end(state, caller, key, id).await?;
        Ok(EndPlacementPayload {
            placement: placement.into(),
        })
    }
}
