//! 公用办公桌 and 下沉一线 in the graph.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{Date, DivisionCode, typed},
};

use super::{
    asked,
    community::Community,
    premises::Premises,
    shape::{input, mutations, output, part, queries},
};
use crate::{
    app::{ask::Only, desk as app},
    domain::desk as domain,
};

output! {
    /// 公用办公桌。A desk that everybody shares.
    Desk of domain::Desk {
        /// 全局编号。Global id.
        id: ID,
        /// 编号。Its label.
        label: String,
    }
    holds {
        /// 用房。The premises.
        premises: Premises = premises_id,
    }
    plus {}
}

output! {
    /// 办公桌预订。A booking of a desk.
    DeskBooking of domain::DeskBooking {
        /// 全局编号。Global id.
        id: ID,
        /// 开始时间。From when.
        starts_at: DateTime<Utc>,
        /// 结束时间。Until when.
        ends_at: DateTime<Utc>,
        /// 取消时间。When it was cancelled.
        cancelled_at: Option<DateTime<Utc>>,
    }
    holds {
        /// 办公桌。The desk.
        desk: Desk = desk_id,
        /// 社区。The community.
        community: Community = community_id,
    }
    plus {}
}

output! {
    /// 下沉记录。A day of work, and how much of it was among residents.
    FieldTimeLog of domain::FieldTimeLog {
        /// 全局编号。Global id.
        id: ID,
        /// 日期。The day.
        day: Date,
        /// 一线时间(分钟)。Among residents, in minutes.
        field_minutes: i32,
        /// 工作时间(分钟)。In all, in minutes.
        total_minutes: i32,
        /// 说明。A note.
        note: Option<String>,
    }
    holds {
        /// 社区。The community.
        community: Community = community_id,
    }
    plus {}
}

/// 一线时间占比。How much of the working time was among residents.
#[derive(SimpleObject)]
pub struct FieldTimeShare {
    /// 人日。Days of people.
    days: i32,
    /// 一线时间(分钟)。Among residents, in minutes.
    field_minutes: i32,
    /// 工作时间(分钟)。In all, in minutes.
    total_minutes: i32,
    /// 占比(%)。In whole percent.
    percent: Option<i32>,
}

fn small(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

input! {
    /// 增加办公桌的输入。A desk to be shared.
    AddDeskInput => app::Add {
        /// 用房。The premises.
        premises_id: ID,
        /// 编号(1 至 50 字)。Its label, 1 to 50 characters.
        label: String,
    }
}

input! {
    /// 预订办公桌的输入。A desk for some hours.
    BookDeskInput => app::Book {
        /// 办公桌。The desk.
        desk_id: ID,
        /// 开始时间。From when.
        starts_at: DateTime<Utc>,
        /// 结束时间。Until when.
        ends_at: DateTime<Utc>,
    }
}

type BookingOnly = Only<domain::DeskBookingId>;

input! {
    /// 取消预订的输入。Which booking.
    CancelDeskBookingInput => BookingOnly {
        /// 预订。The booking.
        id: ID,
    }
}

input! {
    /// 登记下沉时间的输入。One's own day.
    LogFieldTimeInput => app::Log {
        /// 社区。The community.
        community_id: ID,
        /// 日期。The day.
        day: Date,
        /// 一线时间(分钟)。Among residents, in minutes.
        field_minutes: i32,
        /// 工作时间(分钟)。In all, in minutes.
        total_minutes: i32,
        /// 说明。A note.
        note: Option<String>,
    }
}

part! {
    /// 只看哪些预订。Which bookings only.
    DeskBookingFilter => app::Filter {
        /// 办公桌。Of this desk.
        desk_id: Option<ID>,
        /// 社区。Of this community.
        community_id: Option<ID>,
        /// 此区划及其下级。Of this division and all below it.
        division_code: Option<DivisionCode>,
        /// 此时之后仍有效的。Those that still hold after this instant.
        after: Option<DateTime<Utc>>,
    }
}

queries! {
    /// Desk queries.
    DeskQuery of DeskBooking, domain::DeskBookingId {
        entity find_desk_booking_by_id;
        /// 按编号查预订。A booking by id.
        one desk_booking;
        /// 预订,新的在前;据此可知哪些办公桌空闲。Bookings, newest first, to see which desks are free.
        many desk_bookings(DeskBookingFilter => app::Filter) by app::list;
    }
}

/// The share of time among residents.
#[derive(Default)]
pub struct FieldTimeQuery;

#[Object]
impl FieldTimeQuery {
    /// 社区工作人员一线时间占比。How much of the working time of a community's staff was among residents.
    async fn field_time(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "社区。The community.")] community_id: ID,
        #[graphql(desc = "起始日期。From this day.")] from: Date,
        #[graphql(desc = "结束日期(不含)。Until this day, without it.")] until: Date,
    ) -> Result<Option<FieldTimeShare>> {
        let (state, _) = asked(ctx);
        let community = typed(&community_id, "communityId")?;
        let found = app::field_time(state, community, (from.0, until.0)).await?;
        Ok(Some(FieldTimeShare {
            days: small(found.days),
            field_minutes: small(found.field_minutes),
            total_minutes: small(found.total_minutes),
            percent: found.percent().map(small),
        }))
    }
}

mutations! {
    /// Desk mutations.
    DeskMutation {
        /// 增加公用办公桌(社区)。Adds a desk.
        add_desk(AddDeskInput) -> AddDeskPayload { desk: Desk } by app::add;
        /// 预订办公桌(社区工作人员、网格员、社工):时间不重叠。Books a desk for oneself, without overlap.
        book_desk(BookDeskInput) -> BookDeskPayload { booking: DeskBooking } by app::book;
        /// 取消自己的预订。Cancels one's own booking.
        cancel_desk_booking(CancelDeskBookingInput) -> CancelDeskBookingPayload { booking: DeskBooking }
            by app::cancel;
        /// 登记自己的下沉时间,每天一次。Records one's own day, once.
        log_field_time(LogFieldTimeInput) -> LogFieldTimePayload { log: FieldTimeLog } by app::log;
    }
}
