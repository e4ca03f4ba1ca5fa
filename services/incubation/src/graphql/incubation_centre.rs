//! 双创培育孵化中心 in the graph.

use async_graphql::{ID, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::china_date;
use kit::graph::{Date, DivisionCode};

use super::{
    facility::{FacilityCheck, FacilityItem},
    foreign::{Community, Division},
    loaders::{Loaders, Scoped, TargetOf},
    mandate::OperationMandate,
    organization::Organization,
    shape::{Shown, asked, enums, history, input, linked, mutations, output, part, parts, queries},
};
use crate::{
    app::incubation_centre as app,
    domain::{
        facility::missing,
        incubation_centre::{self as domain, IncubationCentreId},
        mandate,
    },
};

enums! {
    /// 中心类别。What an incubation centre is.
    IncubationCentreKind = domain::CentreKind {
        /// 双创培育孵化中心。The centre of a community.
        Main,
        /// 带动周边社区建立的孵化基地。A satellite base that a centre leads.
        Satellite,
    }
    /// 中心状态。Where an incubation centre stands.
    IncubationCentreState = domain::CentreState {
        /// 筹建中。Being set up.
        Planned,
        /// 已开放。Open.
        Open,
        /// 已关闭。Closed.
        Closed,
    }
}

/// 居家养老承接组织指标。How many organisations that take elder care a centre has raised or brought in.
#[derive(SimpleObject)]
pub struct ElderCareTarget {
    /// 已有组织数。How many there are today.
    reached: i32,
    /// 至少应有。How many there have to be.
    least: i32,
    /// 是否达到。Whether it is enough.
    met: bool,
    /// 标准的依据。What the number rests on.
    source: String,
}

output! {
    /// 双创培育孵化中心。An incubation centre of a community, or a satellite base.
    IncubationCentre of domain::IncubationCentre {
        /// 全局编号。Global id.
        id: ID,
        /// 名称。Its name.
        name: String,
        /// 类别。What it is.
        kind: IncubationCentreKind,
        /// 面积(平方米)。Its area in m².
        area_m2: i32,
        /// 状态。Where it stands.
        state: IncubationCentreState,
        /// 开放日期。The day it opened.
        opened_on: Option<Date>,
        /// 关闭日期。The day it closed.
        closed_on: Option<Date>,
        /// 版本。Goes up with every change.
        version: i32,
        /// 录入时间。When it was entered.
        created_at: DateTime<Utc>,
    }
    refers {
        /// 社区。Its community.
        community: Community = community_id,
        /// 区划。Where it is.
        division: Division = division_code,
    }
    links {
        /// 带动的孵化中心。The centre that leads this satellite base.
        parent: IncubationCentre = parent_id,
    }
    parts {
        /// 现场核查记录,按时间先后;以每项最近一次为准。Every look at it; the last at each thing counts.
        checks: [FacilityCheck],
    }
    plus {
        /// 今天的运营单位。Who runs it today.
        async fn operator(
            &self,
            ctx: &async_graphql::Context<'_>,
        ) -> kit::Result<Option<Organization>> {
            let (state, _) = asked(ctx);
            let today = china_date(state.core.clock.now());
            let mandates = parts::<Scoped, mandate::OperationMandate>(ctx, self.0.id).await?;
            let current = mandates.iter().find(|one| one.holds(today));
            let operator = current.map(|mandate| mandate.operator_id);
            Ok(linked(ctx, operator).await?.map(Organization))
        }

        /// 委托运营,按时间先后。Who ran it and who will, in order.
        async fn mandates(
            &self,
            ctx: &async_graphql::Context<'_>,
        ) -> kit::Result<Vec<OperationMandate>> {
            let mut found = parts::<Scoped, mandate::OperationMandate>(ctx, self.0.id).await?;
            found.sort_by_key(|one| one.valid_from);
            Ok(found.into_iter().map(OperationMandate).collect())
        }

        /// 尚未核查通过的项目。What has not passed yet.
        async fn missing(
            &self,
            ctx: &async_graphql::Context<'_>,
        ) -> kit::Result<Vec<FacilityItem>> {
            Ok(missing(&parts::<Scoped, _>(ctx, self.0.id).await?).shown())
        }

        /// 居家养老承接组织指标。How it stands with organisations that take elder care.
        async fn elder_care_target(
            &self,
            ctx: &async_graphql::Context<'_>,
        ) -> kit::Result<ElderCareTarget> {
            let key = TargetOf(self.0.id, self.0.division_code);
            let target = ctx.data_unchecked::<Loaders>().load_one(key).await?;
            let target = target.ok_or_else(|| {
                kit::Error::inconsistent("incubation_centres", "division_code", self.0.id)
            })?;
            let small = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
            Ok(ElderCareTarget {
                reached: small(target.reached),
                least: small(target.least),
                met: target.reached >= target.least,
                source: target.source,
            })
        }

        /// 办理经过。What has happened.
        async fn history(
            &self,
            ctx: &async_graphql::Context<'_>,
        ) -> kit::Result<Vec<super::shape::StateChange>> {
            history(ctx, self.0.id).await
        }
    }
}

input! {
    /// 筹建孵化中心的输入。A centre to be.
    PlanIncubationCentreInput => app::Plan {
        /// 社区。The community.
        community_id: ID,
        /// 名称(1 至 100 字)。Its name, 1 to 100 characters.
        name: String,
        /// 面积(平方米)。Its area in m².
        area_m2: i32,
        /// 带动的孵化中心(孵化基地填写)。The centre that leads it, of a satellite base.
        parent_id: Option<ID>,
    }
}

input! {
    /// 现场核查的输入。What was found.
    CheckFacilityInput => app::Check {
        /// 中心。The centre.
        centre_id: ID,
        /// 核查项目。What was looked at.
        item: FacilityItem,
        /// 是否通过。Whether it passed.
        passed: bool,
        /// 核查情况(1 至 1000 字)。What was seen, 1 to 1000 characters.
        evidence: String,
        /// 照片引用,最多 20 张;固定场所、标识、图板通过时必附。Photos; premises, sign and boards need one to pass.
        #[graphql(default)]
        photos: Vec<String>,
        /// 核查日期,不晚于今天。The day, not after today.
        on: Date,
    }
}

input! {
    /// 开放孵化中心的输入。Which centre opens.
    OpenIncubationCentreInput => app::Which {
        /// 中心。The centre.
        centre_id: ID,
    }
}

input! {
    /// 关闭孵化中心的输入。Which centre closes, and why.
    CloseIncubationCentreInput => app::Close {
        /// 中心。The centre.
        centre_id: ID,
        /// 理由(1 至 500 字)。Why, 1 to 500 characters.
        reason: String,
    }
}

part! {
    /// 筛选孵化中心。Which centres.
    IncubationCentreFilter => app::Filter {
        /// 在此区划内。Within this division.
        division_code: Option<DivisionCode>,
        /// 只看此社区。Only of this community.
        community_id: Option<ID>,
        /// 只看此中心带动的基地。Only bases that this centre leads.
        parent_id: Option<ID>,
        /// 只看此类别。Only of this kind.
        kind: Option<IncubationCentreKind>,
        /// 只看此状态。Only in this state.
        state: Option<IncubationCentreState>,
        /// 核查项目是否有缺。Whether something of the checklist has not passed.
        incomplete: Option<bool>,
        /// 今天是否无运营单位。Whether nobody runs it today.
        without_operator: Option<bool>,
    }
}

queries! {
    /// Queries for incubation centres.
    IncubationCentreQuery of IncubationCentre, IncubationCentreId {
        entity find_incubation_centre_by_id;
        /// 按编号查孵化中心。An incubation centre by id.
        one incubation_centre;
        /// 孵化中心,新的在前。Incubation centres, newest first.
        many incubation_centres(IncubationCentreFilter => app::Filter) by app::list;
    }
}

mutations! {
    /// Mutations of incubation centres.
    IncubationCentreMutation {
        /// 筹建孵化中心或孵化基地(社区)。Plans a centre or a satellite base (the community).
        plan_incubation_centre(PlanIncubationCentreInput)
          -> PlanIncubationCentrePayload { centre: IncubationCentre } by app::plan;
        /// 现场核查一项(社区、民政部门)。Looks at one thing a centre has to have.
        check_facility(CheckFacilityInput)
          -> CheckFacilityPayload { centre: IncubationCentre } by app::check;
        /// 开放孵化中心(民政部门),须核查全部通过且有运营单位。Opens a centre that is whole and run by somebody.
        open_incubation_centre(OpenIncubationCentreInput)
          -> OpenIncubationCentrePayload { centre: IncubationCentre } by app::open;
        /// 关闭孵化中心(民政部门)。Closes a centre that nobody is in any more.
        close_incubation_centre(CloseIncubationCentreInput)
          -> CloseIncubationCentrePayload { centre: IncubationCentre } by app::close;
    }
}
