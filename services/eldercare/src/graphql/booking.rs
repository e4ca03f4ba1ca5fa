//! 预约 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{Opaque, global, listed, page, typed},
};

use super::{foreign::Resident, given, loaders::Loaders, slot::Slot};
use crate::{app, domain::booking as domain};

/// 预约状态。Where a booking stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::BookingState")]
pub enum BookingState {
    /// 等候名额。Waiting for a place.
    Waiting,
    /// 已预约。A place is kept.
    Booked,
    /// 已取消。Given up, or the slot does not take place.
    Cancelled,
    /// 已到。They came.
    Attended,
    /// 未到。They did not come.
    Absent,
}

/// A booking.
pub struct Booking(pub domain::Booking);

/// 日间照料预约;无名额时按先后等候。A place in a slot, or in the line for one.
#[Object(name = "DayCareBooking")]
impl Booking {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 时段。The slot.
    async fn slot(&self, ctx: &Context<'_>) -> Result<Option<Slot>> {
        let id = self.0.slot_id;
        let found = ctx.data_unchecked::<Loaders>().load_one(id).await?;
        Ok(found.map(Slot))
    }

    /// 老人。The elder.
    async fn resident(&self) -> Option<Resident> {
        Some(Resident(self.0.elder_id))
    }

    /// 状态。Where it stands.
    async fn state(&self) -> BookingState {
        self.0.state.into()
    }

    /// 等候时前面还有几人。How many wait before, where it waits.
    async fn ahead(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        let (state, _) = given(ctx);
        app::booking::ahead(state, self.0.id).await
    }

    /// 取消原因。Why it was given up.
    async fn cancel_reason(&self) -> Option<&str> {
        self.0.cancel_reason.as_deref()
    }

    /// 渠道。The channel it came through.
    async fn channel(&self) -> &str {
        &self.0.channel
    }

    /// 代办人。Who entered it for the elder.
    async fn assisted_by(&self) -> Option<&str> {
        self.0.assisted_by.as_deref()
    }

    /// 提出时间。When it was asked for.
    async fn asked_at(&self) -> DateTime<Utc> {
        self.0.asked_at
    }

    /// 确认时间。When a place was there.
    async fn booked_at(&self) -> Option<DateTime<Utc>> {
        self.0.booked_at
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// Booking queries.
#[derive(Default)]
pub struct BookingQuery;

#[Object]
impl BookingQuery {
    /// 按编号查预约。A booking by id.
    async fn day_care_booking(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Booking>> {
        let id = typed(&id, "id")?;
        let (state, caller) = given(ctx);
        Ok(app::booking::find(state, caller, id).await?.map(Booking))
    }

    /// 我能看到的预约,新的在前。The bookings the caller may see, newest first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn day_care_bookings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此时段。Only of this slot.")] slot_id: Option<ID>,
        #[graphql(desc = "只看此老人。Only of this elder.")] resident_id: Option<ID>,
        #[graphql(desc = "只看此状态。Only in this state.")] state: Option<BookingState>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Booking>>> {
        let page = page(first, after, last, before)?;
        let filter = domain::BookingFilter {
            slot: slot_id.map(|id| typed(&id, "slotId")).transpose()?,
            elder: resident_id.map(|id| typed(&id, "residentId")).transpose()?,
            state: state.map(Into::into),
        };
        let (app_state, caller) = given(ctx);
        let found = app::booking::list(app_state, caller, &filter, &page).await?;
        listed(found, |one| (one.id.as_uuid(),), Booking)
    }
}

/// 预约的输入。Who asks for a place in which slot.
#[derive(InputObject)]
pub struct BookSlotInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 时段。The slot.
    slot_id: ID,
    /// 老人(居民编号)。The elder, by the resident's id.
    resident_id: ID,
}

/// 预约的结果。The booking, confirmed or waiting.
#[derive(SimpleObject)]
pub struct BookSlotPayload {
    /// 预约。The booking.
    booking: Booking,
}

/// 取消预约的输入。Which booking, and why.
#[derive(InputObject)]
pub struct CancelBookingInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 预约。The booking.
    booking_id: ID,
    /// 原因(1 至 500 个字)。Why, 1 to 500 characters.
    reason: String,
}

/// 取消预约的结果。The booking given up.
#[derive(SimpleObject)]
pub struct CancelBookingPayload {
    /// 预约。The booking.
    booking: Booking,
}

/// 登记到场的输入。Whether they came.
#[derive(InputObject)]
pub struct RecordAttendanceInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 预约。The booking.
    booking_id: ID,
    /// 是否到场。Whether they came.
    attended: bool,
}

/// 登记到场的结果。The booking, attended or not.
#[derive(SimpleObject)]
pub struct RecordAttendancePayload {
    /// 预约。The booking.
    booking: Booking,
}

/// Booking mutations.
#[derive(Default)]
pub struct BookingMutation;

#[Object]
impl BookingMutation {
    /// 预约时段(老人本人,或工作人员代办);无名额时进入等候。Books a place (the elder, or staff for them), or a place in the line.
    async fn book_slot(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: BookSlotInput,
    ) -> Result<BookSlotPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let book = app::booking::BookSlot {
            slot_id: typed(&input.slot_id, "input.slotId")?,
            elder_id: typed(&input.resident_id, "input.residentId")?,
        };
        let (state, caller) = given(ctx);
        let booking = app::booking::book(state, caller, key, book).await?;
        Ok(BookSlotPayload {
            booking: Booking(booking),
        })
    }

    /// 取消预约或退出等候;空出的名额给等候最久的人。Gives a place back; who waits longest takes it.
    async fn cancel_booking(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CancelBookingInput,
    ) -> Result<CancelBookingPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let cancel = app::booking::CancelBooking {
            booking_id: typed(&input.booking_id, "input.bookingId")?,
            reason: input.reason,
        };
        let (state, caller) = given(ctx);
        let booking = app::booking::cancel(state, caller, key, cancel).await?;
        Ok(CancelBookingPayload {
            booking: Booking(booking),
        })
    }

    /// 登记是否到场(运营机构、社区、民政)。Records who came (who runs the facility, the community, civil affairs).
    async fn record_attendance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RecordAttendanceInput,
    ) -> Result<RecordAttendancePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let record = app::booking::RecordAttendance {
            booking_id: typed(&input.booking_id, "input.bookingId")?,
            attended: input.attended,
        };
        let (state, caller) = given(ctx);
        let booking = app::booking::attend(state, caller, key, record).await?;
        Ok(RecordAttendancePayload {
            booking: Booking(booking),
        })
    }
}
