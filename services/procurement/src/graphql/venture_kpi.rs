//! 试点社区申报指标 in the graph.

use async_graphql::{Context, ID, Object, SimpleObject};
use kit::{
    Result,
    graph::{global, typed},
};

use super::asked;
use crate::app;

/// 试点社区申报指标。How many projects social organisations applied with for a community in a year, and the minimum asked for.
#[derive(SimpleObject)]
pub struct ApplicationKpi {
    /// 社区编号。The community.
    community_id: ID,
    /// 年份。The year.
    year: i32,
    /// 申报数(不含撤回)。The applications, without those taken back.
    applications: i64,
    /// 最低申报数。The minimum.
    minimum: i64,
    /// 是否达标。Whether the minimum is reached.
    met: bool,
}

/// Application KPI queries.
#[derive(Default)]
pub struct ApplicationKpiQuery;

#[Object]
impl ApplicationKpiQuery {
    /// 试点社区社会组织申报指标(公开)。How far communities are from the minimum of applications; public.
    async fn application_kpis(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "社区(最多 100 个)。The communities, at most 100.")] community_ids: Vec<
            ID,
        >,
        #[graphql(desc = "年份。The year.")] year: i32,
    ) -> Result<Option<Vec<ApplicationKpi>>> {
        let ids = community_ids
            .iter()
            .map(|id| typed(id, "communityIds"))
            .collect::<Result<Vec<_>>>()?;
        let (state, _) = asked(ctx);
        let found = app::venture_kpi::count(state, &ids, year).await?;
        let told = |one: app::venture_kpi::Counted| ApplicationKpi {
            community_id: global(one.community_id),
            year,
            applications: one.applications,
            minimum: one.minimum,
            met: one.applications >= one.minimum,
        };
        Ok(Some(found.into_iter().map(told).collect()))
    }
}
