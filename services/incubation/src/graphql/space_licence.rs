//! 无偿场地 in the graph.

use async_graphql::ID;
use chrono::{DateTime, Utc};
use kit::graph::{Date, DivisionCode, Fen};

use super::{
    deposit::{NewDepositStageInput, SpaceDeposit},
    foreign::Division,
    incubatee::Incubatee,
    incubation_centre::IncubationCentre,
    loaders::{DepositOf, Loaders},
    organization::Organization,
    shape::{input, mutations, output, part, queries},
};
use crate::{
    app::space_licence as app,
    domain::space_licence::{self as domain, SpaceLicenceId},
};

output! {
    /// 场地使用。A room that an organisation uses, free of charge.
    SpaceLicence of domain::SpaceLicence {
        /// 全局编号。Global id.
        id: ID,
        /// 房间或工位。The room or desk.
        room: String,
        /// 面积(平方米)。Its area in m².
        area_m2: i32,
        /// 使命任务。What it is used for.
        mission: String,
        /// 起始日。The first day.
        valid_from: Date,
        /// 截止日(当日仍有效)。The last day.
        valid_to: Date,
        /// 提前终止日。The last day, where it ended sooner.
        ended_on: Option<Date>,
        /// 提前终止的理由。Why it ended sooner.
        end_reason: Option<String>,
        /// 版本。Goes up with every change.
        version: i32,
        /// 录入时间。When it was entered.
        created_at: DateTime<Utc>,
    }
    refers {
        /// 区划。Where it is.
        division: Division = division_code,
    }
    links {
        /// 孵化中心。The centre.
        centre: IncubationCentre = centre_id,
        /// 使用组织。The organisation.
        organization: Organization = organization_id,
        /// 对应的入孵。The incubation it belongs to.
        incubatee: Incubatee = incubatee_id,
    }
    plus {
        /// 押金;未收取时为空。The deposit; null where none is asked for.
        async fn deposit(
            &self,
            ctx: &async_graphql::Context<'_>,
        ) -> kit::Result<Option<SpaceDeposit>> {
            let loaders = ctx.data_unchecked::<Loaders>();
            let found = loaders.load_one(DepositOf(self.0.id)).await?;
            Ok(found.map(SpaceDeposit))
        }
    }
}

part! {
    /// 押金约定。A deposit that is asked for.
    NewSpaceDepositInput => app::NewDeposit {
        /// 押金金额。The amount.
        amount: Fen,
        /// 缴纳期限。The last day to pay it.
        due_on: Date,
        /// 返还阶段,金额合计等于押金;一个阶段即期满全额返还。Stages that add up to it; one stage is a refund in full at the end.
        stages: Vec<NewDepositStageInput>,
    }
}

input! {
    /// 提供场地的输入。A room, free of charge.
    GrantSpaceLicenceInput => app::Grant {
        /// 孵化中心。The centre.
        centre_id: ID,
        /// 使用组织。The organisation.
        organization_id: ID,
        /// 对应的入孵。The incubation it belongs to.
        incubatee_id: Option<ID>,
        /// 房间或工位(1 至 40 字)。The room or desk, 1 to 40 characters.
        room: String,
        /// 面积(平方米)。Its area in m².
        area_m2: i32,
        /// 使命任务(1 至 1000 字)。What it is used for, 1 to 1000 characters.
        mission: String,
        /// 起始日。The first day.
        valid_from: Date,
        /// 截止日。The last day.
        valid_to: Date,
        /// 押金约定。The deposit, where one is asked for.
        deposit: Option<NewSpaceDepositInput>,
    }
}

input! {
    /// 提前终止场地使用的输入。Which licence ends, and when.
    EndSpaceLicenceInput => app::End {
        /// 场地使用。The licence.
        licence_id: ID,
        /// 最后一日。The last day.
        on: Date,
        /// 理由(1 至 500 字)。Why, 1 to 500 characters.
        reason: String,
    }
}

part! {
    /// 筛选场地使用。Which licences.
    SpaceLicenceFilter => app::Filter {
        /// 在此区划内。Within this division.
        division_code: Option<DivisionCode>,
        /// 只看此中心。Only in this centre.
        centre_id: Option<ID>,
        /// 只看此组织。Only of this organisation.
        organization_id: Option<ID>,
        /// 今天是否有效。Whether it holds today.
        current: Option<bool>,
        /// 押金是否逾期未缴。Whether its deposit was due and has not been paid.
        deposit_overdue: Option<bool>,
    }
}

queries! {
    /// Queries for licences.
    SpaceLicenceQuery of SpaceLicence, SpaceLicenceId {
        entity find_space_licence_by_id;
        /// 按编号查场地使用。A licence by id.
        one space_licence;
        /// 场地使用,新的在前;本辖区、本组织和本单位运营的中心可见。Licences one may see, newest first.
        many space_licences(SpaceLicenceFilter => app::Filter) by app::list;
    }
}

mutations! {
    /// Mutations of licences.
    SpaceLicenceMutation {
        /// 无偿提供场地(社区),可约定押金及返还阶段。Lets an organisation use a room, free of charge.
        grant_space_licence(GrantSpaceLicenceInput)
          -> GrantSpaceLicencePayload { licence: SpaceLicence } by app::grant;
        /// 提前终止场地使用。Ends a licence sooner than said.
        end_space_licence(EndSpaceLicenceInput)
          -> EndSpaceLicencePayload { licence: SpaceLicence } by app::end;
    }
}
