//! 用房 in the graph: premises, rooms, and how much is ceded.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{Date, DivisionCode, typed},
};

use super::{
    asked,
    community::Community,
    desk::Desk,
    foreign::Division,
    shape::{enums, input, mutations, output, part, queries},
};
use crate::{app::premises as app, domain::premises as domain};

/// 房间用途。What a room is for.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::RoomKind")]
pub enum PremisesRoomKind {
    /// 办公室。An office.
    Office,
    /// 活动室。An activity room.
    Activity,
    /// 日间照料室。A day-care room.
    DayCare,
    /// 社工室。A social work room.
    SocialWork,
    /// 会议室。A meeting room.
    Meeting,
    /// 其他。Another.
    Other,
}
enums!(PremisesRoomKind = domain::RoomKind);

output! {
    /// 社区用房。Premises of a community.
    Premises of domain::Premises {
        /// 全局编号。Global id.
        id: ID,
        /// 名称。Its name.
        name: String,
        /// 登记时间。When it was registered.
        created_at: DateTime<Utc>,
        /// 总面积(平方米)。The whole, in square metres.
        total_m2: i32,
        /// 办公面积(平方米)。Offices, in square metres.
        office_m2: i32,
        /// 活动面积(平方米)。Activity rooms, in square metres.
        activity_m2: i32,
        /// 测量日期。When it was surveyed.
        surveyed_on: Date,
        /// 测量文件。The document of the survey.
        document: String,
        /// 版本。Goes up with every change.
        version: i32,
    }
    refers {
        /// 所在区划。Where it is.
        division: Division = division_code,
    }
    holds {
        /// 社区。The community.
        community: Community = community_id,
    }
    parts {
        /// 房间。Its rooms.
        rooms: [PremisesRoom],
        /// 公用办公桌。Its shared desks.
        desks: [Desk],
    }
    plus {}
}

output! {
    /// 房间。A room.
    PremisesRoom of domain::Room {
        /// 全局编号。Global id.
        id: ID,
        /// 名称。Its name.
        name: String,
        /// 用途。What it is for.
        kind: PremisesRoomKind,
        /// 面积(平方米)。In square metres.
        area_m2: i32,
    }
    plus {}
}

/// 办公用房让渡比例。How much of its offices a community cedes.
#[derive(SimpleObject)]
pub struct CededSpace {
    /// 今日比例(%)。Today, in percent.
    percent: i32,
    /// 规定比例(%)。What the rule asks of pilots, in percent.
    least: i32,
    /// 是否达到。Whether it is enough.
    met: bool,
}

input! {
    /// 登记用房的输入。Premises, and how large they are.
    RegisterPremisesInput => app::Register {
        /// 社区。The community.
        community_id: ID,
        /// 名称(1 至 100 字)。Its name, 1 to 100 characters.
        name: String,
        /// 总面积(平方米)。The whole, in square metres.
        total_m2: i32,
        /// 办公面积(平方米)。Offices, in square metres.
        office_m2: i32,
        /// 活动面积(平方米)。Activity rooms, in square metres.
        activity_m2: i32,
        /// 测量日期。When it was surveyed.
        surveyed_on: Date,
        /// 测量文件。The document of the survey.
        document: String,
    }
}

input! {
    /// 重新测量的输入。Premises as measured again.
    ResurveyPremisesInput => app::Resurvey {
        /// 用房。The premises.
        premises_id: ID,
        /// 总面积(平方米)。The whole, in square metres.
        total_m2: i32,
        /// 办公面积(平方米)。Offices, in square metres.
        office_m2: i32,
        /// 活动面积(平方米)。Activity rooms, in square metres.
        activity_m2: i32,
        /// 测量日期。When it was surveyed.
        surveyed_on: Date,
        /// 测量文件。The document of the survey.
        document: String,
    }
}

input! {
    /// 增加房间的输入。A room.
    AddPremisesRoomInput => app::AddRoom {
        /// 用房。The premises.
        premises_id: ID,
        /// 名称(1 至 100 字)。Its name, 1 to 100 characters.
        name: String,
        /// 用途。What it is for.
        kind: PremisesRoomKind,
        /// 面积(平方米)。In square metres.
        area_m2: i32,
    }
}

part! {
    /// 只看哪些用房。Which premises only.
    PremisesFilter => app::Filter {
        /// 此区划及其下级。Of this division and all below it.
        division_code: Option<DivisionCode>,
        /// 社区。Of this community.
        community_id: Option<ID>,
    }
}

queries! {
    /// Premises queries.
    PremisesQuery of Premises, domain::PremisesId {
        entity find_premises_by_id;
        /// 按编号查用房。Premises by id.
        one premises;
        /// 用房,新的在前。Premises, newest first.
        many community_premises(PremisesFilter => app::Filter) by app::list;
    }
}

/// The share that is ceded.
#[derive(Default)]
pub struct CededQuery;

#[Object]
impl CededQuery {
    /// 社区办公用房让渡比例。How much of its offices a community cedes today.
    async fn ceded_space(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "社区。The community.")] community_id: ID,
    ) -> Result<Option<CededSpace>> {
        let (state, _) = asked(ctx);
        let found = app::ceded(state, typed(&community_id, "communityId")?).await?;
        Ok(Some(CededSpace {
            percent: found.percent,
            least: i32::try_from(found.least).unwrap_or(i32::MAX),
            met: i64::from(found.percent) >= found.least,
        }))
    }
}

mutations! {
    /// Premises mutations.
    PremisesMutation {
        /// 登记用房(社区)。Registers premises.
        register_premises(RegisterPremisesInput) -> RegisterPremisesPayload { premises: Premises }
            by app::register;
        /// 重新测量(社区):已分配的面积须仍能容纳。Measures again; what is given away must still fit.
        resurvey_premises(ResurveyPremisesInput) -> ResurveyPremisesPayload { premises: Premises }
            by app::resurvey;
        /// 增加房间(社区)。Adds a room.
        add_premises_room(AddPremisesRoomInput) -> AddPremisesRoomPayload { room: PremisesRoom } by app::add_room;
    }
}
