//! 试点情况 and the duties that follow, in the graph.

use async_graphql::ID;
use kit::graph::{Date, DivisionCode};

use super::{
    foreign::{Community, Division},
    service_centre::ServiceCentre,
    shape::{enums, history, input, mutations, output, pages, part},
};
use crate::{app::pilot_site as app, domain::pilot_site as domain};

enums! {
    /// 情况来源。Where a fact about a pilot comes from.
    PilotFactSource = domain::FactSource {
        /// 试点服务推送。Told by the service of pilots.
        Event,
        /// 民政部门证明。Attested by the civil affairs bureau.
        Attested,
    }
    /// 筹建任务状态。Where the task of a district stands.
    DistrictCentreTaskState = domain::DistrictCentreTaskState {
        /// 待筹建。Waits for a centre.
        Open,
        /// 已设立。There is a centre.
        Established,
        /// 说明理由后不设。None is set up, for a reason.
        Waived,
    }
}

output! {
    /// 试点情况。What is known here about a pilot community.
    IncubationPilotSite of domain::PilotSite {
        /// 全局编号。Global id.
        id: ID,
        /// 面积(平方米);尚未测量时为空。Its area in m²; null until it is measured.
        area_m2: Option<i32>,
        /// 是否试点。Whether it is a pilot.
        active: bool,
        /// 情况截至日期。The day the fact holds from.
        as_of: Date,
        /// 来源。Where it comes from.
        source: PilotFactSource,
        /// 依据文件。The document it rests on.
        document: String,
    }
    refers {
        /// 社区。The community.
        community: Community = community_id,
        /// 区划。Its division.
        division: Division = division_code,
    }
    plus {}
}

output! {
    /// 应设孵化中心。A pilot community that has to set up an incubation centre.
    CentreObligation of domain::CentreObligation {
        /// 全局编号。Global id.
        id: ID,
        /// 面积(平方米)。Its area in m².
        area_m2: i32,
        /// 当日适用的面积标准。The number of m² that was in force.
        threshold_m2: i32,
        /// 产生日期。The day the duty arose.
        raised_on: Date,
        /// 解除日期(退出试点或面积变更)。The day it ended, where it did.
        lifted_on: Option<Date>,
    }
    refers {
        /// 社区。The community.
        community: Community = community_id,
        /// 区划。Its division.
        division: Division = division_code,
    }
    plus {}
}

output! {
    /// 区级社会服务中心筹建任务。The task to set up the service centre of a district.
    DistrictCentreTask of domain::DistrictCentreTask {
        /// 全局编号。Global id.
        id: ID,
        /// 产生时的试点数。How many pilots there were.
        pilots: i32,
        /// 当日适用的试点数标准。The number that was in force.
        threshold: i32,
        /// 产生日期。The day it arose.
        raised_on: Date,
        /// 状态。Where it stands.
        state: DistrictCentreTaskState,
        /// 不设的理由。Why none is set up.
        reason: Option<String>,
        /// 办结日期。The day it was decided.
        decided_on: Option<Date>,
    }
    refers {
        /// 区(县)。The district.
        division: Division = division_code,
    }
    links {
        /// 设立的中心。The centre that was set up.
        centre: ServiceCentre = centre_id,
    }
    plus {
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
    /// 证明试点情况的输入。What the bureau attests.
    AttestPilotSiteInput => app::Attest {
        /// 社区。The community.
        community_id: ID,
        /// 面积(平方米)。Its area in m², where it is known.
        area_m2: Option<i32>,
        /// 是否试点。Whether it is a pilot.
        active: bool,
        /// 情况截至日期,不晚于今天。The day the fact holds from, not after today.
        as_of: Date,
        /// 依据文件(1 至 200 字)。The document, 1 to 200 characters.
        document: String,
    }
}

input! {
    /// 不设区级中心的输入。Why no centre is set up.
    WaiveDistrictCentreInput => app::Waive {
        /// 筹建任务。The task.
        task_id: ID,
        /// 理由(1 至 500 字)。Why, 1 to 500 characters.
        reason: String,
    }
}

part! {
    /// 筛选试点。Which pilots.
    IncubationPilotSiteFilter => app::Filter {
        /// 在此区划内。Within this division.
        division_code: Option<DivisionCode>,
        /// 只看此社区。Only of this community.
        community_id: Option<ID>,
        /// 是否试点。Whether it is a pilot.
        active: Option<bool>,
    }
}

part! {
    /// 筛选应设中心的社区。Which duties.
    CentreObligationFilter => app::ObligationFilter {
        /// 在此区划内。Within this division.
        division_code: Option<DivisionCode>,
        /// 是否已有开放的中心。Whether there is an open centre by now.
        fulfilled: Option<bool>,
        /// 义务是否仍然存在。Whether the duty still stands.
        standing: Option<bool>,
    }
}

part! {
    /// 筛选筹建任务。Which tasks.
    DistrictCentreTaskFilter => app::TaskFilter {
        /// 在此区划内。Within this division.
        division_code: Option<DivisionCode>,
        /// 只看此状态。Only in this state.
        state: Option<DistrictCentreTaskState>,
    }
}

pages! {
    /// Queries for pilots.
    PilotSiteQuery {
        /// 试点情况,新的在前。Pilots as known here, newest first.
        incubation_pilot_sites(IncubationPilotSiteFilter => app::Filter)
          -> IncubationPilotSite by app::list;
        /// 应设孵化中心的社区,新的在前。Communities that have to set up a centre, newest first.
        centre_obligations(CentreObligationFilter => app::ObligationFilter)
          -> CentreObligation by app::list_obligations;
        /// 区级中心筹建任务,新的在前。Districts whose centre is to be set up, newest first.
        district_centre_tasks(DistrictCentreTaskFilter => app::TaskFilter)
          -> DistrictCentreTask by app::list_tasks;
    }
}

mutations! {
    /// Mutations of pilots.
    PilotSiteMutation {
        /// 证明试点情况(民政部门)。Attests how a pilot stands (the bureau).
        attest_pilot_site(AttestPilotSiteInput)
          -> AttestPilotSitePayload { site: IncubationPilotSite } by app::attest;
        /// 说明理由不设区级中心(民政部门)。Decides that a district sets up no centre.
        waive_district_centre(WaiveDistrictCentreInput)
          -> WaiveDistrictCentrePayload { task: DistrictCentreTask } by app::waive;
    }
}
