//! 养老服务设施 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{DivisionCode, Opaque, global, listed, page, typed},
};

use super::{
    foreign::{Community, Organization},
    given,
    loaders::Loaders,
};
use crate::{app, domain::facility as domain};

/// 房间用途。What a room is for.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::RoomKind")]
pub enum RoomKind {
    /// 日间照料室。Day care.
    DayCare,
    /// 活动室。Activities.
    Activity,
    /// 社工室。Social work.
    SocialWork,
}

/// A room.
pub struct Room(pub domain::Room);

/// 房间。A room of a facility.
#[Object(name = "FacilityRoom")]
impl Room {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 用途。What it is for.
    async fn kind(&self) -> RoomKind {
        self.0.kind.into()
    }

    /// 名称。Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// 可容纳人数。How many it holds.
    async fn capacity(&self) -> i32 {
        self.0.capacity
    }
}

/// A facility.
pub struct Facility(pub domain::Facility);

/// 养老服务设施:日间照料室、活动室、社工室。A facility for elders, with its rooms.
#[Object]
impl Facility {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 运营机构。Who runs it.
    async fn organization(&self) -> Option<Organization> {
        self.0.organization_id.map(Organization)
    }

    /// 区划。The division.
    async fn division_code(&self) -> DivisionCode {
        DivisionCode(self.0.division_code)
    }

    /// 所在社区。Its community.
    async fn community(&self) -> Option<Community> {
        Some(self.0.division_code.into())
    }

    /// 名称。Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// 核定人数:同一时间各房间合计不超过此数。How many it may take in at a time, in all its rooms.
    async fn capacity(&self) -> i32 {
        self.0.capacity
    }

    /// 房间。Its rooms.
    async fn rooms(&self) -> Vec<Room> {
        self.0.rooms.iter().cloned().map(Room).collect()
    }

    /// 日间照料室、活动室、社工室是否齐全(试点条件)。Whether it has all three kinds of room, as pilots must.
    async fn complete(&self) -> bool {
        self.0.is_complete()
    }

    /// 开办时间。When it was opened.
    async fn opened_at(&self) -> DateTime<Utc> {
        self.0.opened_at
    }
}

/// Facility queries.
#[derive(Default)]
pub struct FacilityQuery;

#[Object]
impl FacilityQuery {
    /// 按编号查设施。A facility by id.
    async fn facility(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Facility>> {
        let id: domain::FacilityId = typed(&id, "id")?;
        let found = ctx.data_unchecked::<Loaders>().load_one(id).await?;
        Ok(found.map(Facility))
    }

    /// 养老服务设施,新的在前。Facilities, newest first.
    async fn facilities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此区划。Only below this division.")] division_code: Option<
            DivisionCode,
        >,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Facility>>> {
        let page = page(first, after, last, before)?;
        let (state, _) = given(ctx);
        let below = division_code.map(|code| code.0);
        let found = app::facility::list(state, below, &page).await?;
        listed(found, |one| (one.id.as_uuid(),), Facility)
    }
}

/// 开办设施的输入。What is opened, and where.
#[derive(InputObject)]
pub struct OpenFacilityInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 区划。The division.
    division_code: DivisionCode,
    /// 运营机构;社区自办时不填。Who runs it; left out where the community does.
    organization_id: Option<ID>,
    /// 名称(1 至 100 个字,区划内不重复)。Its name, 1 to 100 characters, once in a division.
    name: String,
    /// 核定人数(1 至 1000)。How many it may take in at a time, 1 to 1000.
    capacity: i32,
}

/// 开办设施的结果。The facility opened.
#[derive(SimpleObject)]
pub struct OpenFacilityPayload {
    /// 设施。The facility.
    facility: Facility,
}

/// 增加房间的输入。A room, and how many it holds.
#[derive(InputObject)]
pub struct AddRoomInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 设施。The facility.
    facility_id: ID,
    /// 用途。What it is for.
    kind: RoomKind,
    /// 名称(1 至 100 个字,设施内不重复)。Its name, 1 to 100 characters, once in a facility.
    name: String,
    /// 可容纳人数(1 至 1000)。How many it holds, 1 to 1000.
    capacity: i32,
}

/// 增加房间的结果。The facility with the room.
#[derive(SimpleObject)]
pub struct AddRoomPayload {
    /// 设施。The facility.
    facility: Facility,
}

/// Facility mutations.
#[derive(Default)]
pub struct FacilityMutation;

#[Object]
impl FacilityMutation {
    /// 开办养老服务设施(社区、民政)。Opens a facility (the community, civil affairs).
    async fn open_facility(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: OpenFacilityInput,
    ) -> Result<OpenFacilityPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let open = domain::OpenFacility {
            division_code: input.division_code.0,
            organization_id: input
                .organization_id
                .map(|id| typed(&id, "input.organizationId"))
                .transpose()?,
            name: input.name,
            capacity: input.capacity,
        };
        let (state, caller) = given(ctx);
        let facility = app::facility::open(state, caller, key, open).await?;
        Ok(OpenFacilityPayload {
            facility: Facility(facility),
        })
    }

    /// 为设施增加房间(社区、民政、运营机构)。Adds a room (the community, civil affairs, who runs it).
    async fn add_room(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AddRoomInput,
    ) -> Result<AddRoomPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let add = domain::AddRoom {
            facility_id: typed(&input.facility_id, "input.facilityId")?,
            kind: input.kind.into(),
            name: input.name,
            capacity: input.capacity,
        };
        let (state, caller) = given(ctx);
        let facility = app::facility::add_room(state, caller, key, add).await?;
        Ok(AddRoomPayload {
            facility: Facility(facility),
        })
    }
}
