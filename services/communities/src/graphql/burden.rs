//! 减负 in the graph.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use kit::{
    Result,
    graph::{Date, typed},
};

use super::{
    asked,
    community::Community,
    foreign::Division,
    shape::{enums, input, mutations, output, part, queries},
};
use crate::{
    app::{ask::Only, burden as app},
    domain::burden as domain,
};

/// 负担种类。What weighs besides tasks.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::BurdenKind")]
pub enum BurdenKind {
    /// 台账。A ledger to keep.
    Ledger,
    /// 牌子。A plaque on the wall.
    Plaque,
    /// 检查评比。An inspection or a contest.
    Inspection,
}
enums!(BurdenKind = domain::BurdenKind);

output! {
    /// 社区负担记录。Something that weighs on a community.
    BurdenRecord of domain::BurdenRecord {
        /// 全局编号。Global id.
        id: ID,
        /// 种类。What it is.
        kind: BurdenKind,
        /// 名称。What it is called.
        title: String,
        /// 要求部门。The department that asks for it.
        department: String,
        /// 起始日期。Since when.
        starts_on: Date,
        /// 取消日期。From this day no more.
        until_on: Option<Date>,
    }
    refers {
        /// 所在区划。Where it is.
        division: Division = division_code,
    }
    holds {
        /// 社区。The community.
        community: Community = community_id,
    }
    plus {}
}

/// 一个月的减负指数。One month of the index.
#[derive(SimpleObject)]
pub struct BurdenMonth {
    /// 该月第一天。The first day of the month.
    first_day: Date,
    /// 在办任务。Tasks.
    tasks: i32,
    /// 台账。Ledgers.
    ledgers: i32,
    /// 牌子。Plaques.
    plaques: i32,
    /// 检查评比。Inspections.
    inspections: i32,
    /// 指数:按现行权重加权求和。The weighted sum, by the weights in force.
    index: i32,
    /// 比上月增减。Against the month before.
    change: Option<i32>,
}

fn small(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

impl From<app::Month> for BurdenMonth {
    fn from(month: app::Month) -> Self {
        Self {
            first_day: Date(month.first_day),
            tasks: small(month.load.tasks),
            ledgers: small(month.load.ledgers),
            plaques: small(month.load.plaques),
            inspections: small(month.load.inspections),
            index: small(month.index),
            change: month.change.map(small),
        }
    }
}

input! {
    /// 登记负担的输入。What weighs on a community.
    RecordBurdenInput => app::Record {
        /// 社区。The community.
        community_id: ID,
        /// 种类。What it is.
        kind: BurdenKind,
        /// 名称(1 至 100 字)。What it is called, 1 to 100 characters.
        title: String,
        /// 要求部门。The department that asks for it.
        department: String,
        /// 起始日期。Since when.
        starts_on: Date,
    }
}

type RecordOnly = Only<domain::BurdenRecordId>;

input! {
    /// 取消负担的输入。Which record.
    LiftBurdenInput => RecordOnly {
        /// 负担记录。The record.
        id: ID,
    }
}

part! {
    /// 只看哪些负担。Which records only.
    BurdenRecordFilter => app::Filter {
        /// 社区。Of this community.
        community_id: Option<ID>,
        /// 种类。Of this kind.
        kind: Option<BurdenKind>,
        /// 是否仍在。Whether it still weighs.
        current: Option<bool>,
    }
}

queries! {
    /// Burden queries.
    BurdenQuery of BurdenRecord, domain::BurdenRecordId {
        entity find_burden_record_by_id;
        /// 按编号查负担记录。A record by id.
        one burden_record;
        /// 负担记录,新的在前。Records, newest first.
        many burden_records(BurdenRecordFilter => app::Filter) by app::list;
    }
}

/// The index.
#[derive(Default)]
pub struct BurdenIndexQuery;

#[Object]
impl BurdenIndexQuery {
    /// 社区减负指数及趋势,旧的在前。The burden of a community month by month, the oldest first.
    async fn burden_index(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "社区。The community.")] community_id: ID,
        #[graphql(default = 12, desc = "几个月(1 至 36)。How many months, 1 to 36.")] months: i32,
    ) -> Result<Option<Vec<BurdenMonth>>> {
        let (state, _) = asked(ctx);
        let community = typed(&community_id, "communityId")?;
        let found = app::index(state, community, months).await?;
        Ok(Some(found.into_iter().map(Into::into).collect()))
    }
}

mutations! {
    /// Burden mutations.
    BurdenMutation {
        /// 登记台账、牌子、检查评比。Puts a ledger, a plaque or an inspection on record.
        record_burden(RecordBurdenInput) -> RecordBurdenPayload { record: BurdenRecord } by app::record;
        /// 取消负担:自今日起。It weighs no more from today.
        lift_burden(LiftBurdenInput) -> LiftBurdenPayload { record: BurdenRecord } by app::lift;
    }
}
