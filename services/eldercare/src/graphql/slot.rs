//! 时段 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{DivisionCode, Opaque, global, listed, page, typed},
};

use super::{
    facility::{Facility, Room, RoomKind},
    given,
    loaders::Loaders,
};
use crate::{app, domain::slot as domain};

/// 时段状态。Where a slot stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::SlotState")]
pub enum SlotState {
    /// 开放。Open.
    Open,
    /// 已取消。Cancelled.
    Cancelled,
}

/// A slot.
pub struct Slot(pub domain::Slot);

/// 时段:一个房间在一段时间内的名额。A slot: how many places a room has over some hours.
#[Object(name = "DayCareSlot")]
impl Slot {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 设施。The facility.
    async fn facility(&self, ctx: &Context<'_>) -> Result<Option<Facility>> {
        let id = self.0.facility_id;
        let found = ctx.data_unchecked::<Loaders>().load_one(id).await?;
        Ok(found.map(Facility))
    }

    /// 房间。The room.
    async fn room(&self, ctx: &Context<'_>) -> Result<Option<Room>> {
        let id = self.0.facility_id;
        let found = ctx.data_unchecked::<Loaders>().load_one(id).await?;
        let rooms = found.into_iter().flat_map(|facility| facility.rooms);
        Ok(rooms
            .into_iter()
            .find(|room| room.id == self.0.room_id)
            .map(Room))
    }

    /// 开始。When it begins.
    async fn starts_at(&self) -> DateTime<Utc> {
        self.0.starts_at
    }

    /// 结束。When it ends.
    async fn ends_at(&self) -> DateTime<Utc> {
        self.0.ends_at
    }

    /// 名额。How many places there are.
    async fn capacity(&self) -> i32 {
        self.0.capacity
    }

    /// 已预约。How many are taken.
    async fn booked(&self) -> i32 {
        self.0.booked
    }

    /// 剩余名额。How many are left.
    async fn vacancy(&self) -> i32 {
        self.0.vacancy()
    }

    /// 等候人数。How many wait.
    async fn waiting(&self) -> i32 {
        self.0.waiting
    }

    /// 状态。Where it stands.
    async fn state(&self) -> SlotState {
        self.0.state.into()
    }

    /// 取消原因。Why it does not take place.
    async fn cancel_reason(&self) -> Option<&str> {
        self.0.cancel_reason.as_deref()
    }
}

/// Slot queries.
#[derive(Default)]
pub struct SlotQuery;

#[Object]
impl SlotQuery {
    /// 时段及剩余名额,早的在前。Slots and how many places are left, those first that begin first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn day_care_slots(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此设施。Only of this facility.")] facility_id: Option<ID>,
        #[graphql(desc = "只看此类房间。Only of rooms for this.")] kind: Option<RoomKind>,
        #[graphql(desc = "只看此区划。Only below this division.")] division_code: Option<
            DivisionCode,
        >,
        #[graphql(desc = "自此时开始的。Only those that begin from here on.")] from: Option<
            DateTime<Utc>,
        >,
        #[graphql(desc = "在此时之前开始的。Only those that begin before.")] until: Option<
            DateTime<Utc>,
        >,
        #[graphql(desc = "只看有名额的。Only those with places left.", default = false)]
        vacant: bool,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Slot>>> {
        let page = page(first, after, last, before)?;
        let filter = domain::SlotFilter {
            facility: facility_id.map(|id| typed(&id, "facilityId")).transpose()?,
            kind: kind.map(Into::into),
            below: division_code.map(|code| code.0),
            from,
            until,
            vacant,
        };
        let (state, _) = given(ctx);
        let found = app::slot::list(state, &filter, &page).await?;
        listed(found, |one| (one.starts_at, one.id.as_uuid()), Slot)
    }
}

/// 开放时段的输入。When a room takes people in, and how many.
#[derive(InputObject)]
pub struct OpenSlotInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 房间。The room.
    room_id: ID,
    /// 开始。When it begins.
    starts_at: DateTime<Utc>,
    /// 结束(24 小时内)。When it ends, within 24 hours.
    ends_at: DateTime<Utc>,
    /// 名额(不超过房间可容纳人数)。How many places, at most what the room holds.
    capacity: i32,
}

/// 开放时段的结果。The slot opened.
#[derive(SimpleObject)]
pub struct OpenSlotPayload {
    /// 时段。The slot.
    slot: Slot,
}

/// 取消时段的输入。Which slot does not take place, and why.
#[derive(InputObject)]
pub struct CancelSlotInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 时段。The slot.
    slot_id: ID,
    /// 原因(1 至 500 个字)。Why, 1 to 500 characters.
    reason: String,
}

/// 取消时段的结果。The slot cancelled, and with it its bookings.
#[derive(SimpleObject)]
pub struct CancelSlotPayload {
    /// 时段。The slot.
    slot: Slot,
}

/// Slot mutations.
#[derive(Default)]
pub struct SlotMutation;

#[Object]
impl SlotMutation {
    /// 开放时段(社区、民政、运营机构)。Opens a slot (the community, civil affairs, who runs the facility).
    async fn open_slot(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: OpenSlotInput,
    ) -> Result<OpenSlotPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let open = domain::OpenSlot {
            room_id: typed(&input.room_id, "input.roomId")?,
            starts_at: input.starts_at,
            ends_at: input.ends_at,
            capacity: input.capacity,
        };
        let (state, caller) = given(ctx);
        let slot = app::slot::open(state, caller, key, open).await?;
        Ok(OpenSlotPayload { slot: Slot(slot) })
    }

    /// 取消尚未开始的时段及其全部预约。Cancels a slot before it begins, and all its bookings.
    async fn cancel_slot(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CancelSlotInput,
    ) -> Result<CancelSlotPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let cancel = app::slot::CancelSlot {
            slot_id: typed(&input.slot_id, "input.slotId")?,
            reason: input.reason,
        };
        let (state, caller) = given(ctx);
        let slot = app::slot::cancel(state, caller, key, cancel).await?;
        Ok(CancelSlotPayload { slot: Slot(slot) })
    }
}
