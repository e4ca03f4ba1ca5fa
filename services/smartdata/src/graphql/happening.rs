//! 事件 in the graph.

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use kit::{Result, graph::global};

use super::{
    division::{self, Division},
    grid::{self, Grid},
};
use crate::domain::happening as domain;

/// 事件类型。What happened.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::HappeningKind")]
pub enum HappeningKind {
    /// 需求上报。A need was reported.
    NeedReported,
    /// 议题表决。A vote of residents was counted.
    ProposalDecided,
    /// 结果评价。A resident rated a result.
    ResultRated,
    /// 清单生效。A list of work came into force.
    WorkListInForce,
    /// 评议公布。What residents say of their committee was published.
    EvaluationPublished,
    /// 试点批准。A pilot was approved.
    PilotApproved,
    /// 试点中止或退出。A pilot was suspended, or left.
    PilotEnded,
    /// 合同签订。A contract of purchase was signed.
    ContractSigned,
    /// 违约查实。A contractor was found in breach.
    ViolationConfirmed,
    /// 组织出壳。An organisation graduated from its incubation.
    IncubateeGraduated,
    /// 孵化中心开放。A centre of incubation stands open.
    CentreOpened,
    /// 孵化中心关闭。A centre of incubation closed.
    CentreClosed,
    /// 社工登记。A social worker was registered.
    SocialWorkerRegistered,
    /// 社工退出。A social worker serves no longer.
    SocialWorkerEnded,
    /// 社工室启用。A studio of social work stands open.
    StudioOpened,
    /// 社工室关闭。A studio of social work closed.
    StudioClosed,
    /// 社工到岗。Somebody took a post of social work.
    PostTaken,
    /// 督导确认。A session of supervision was confirmed by both.
    SupervisionCounted,
    /// 社工上门。A visit by a social worker was settled.
    SocialWorkerVisit,
    /// 志愿者上门。A visit by a volunteer was settled.
    VolunteerVisit,
    /// 上门撤销。A settled visit was found void.
    VisitVoided,
}

/// 事件。Something that happened in a division, as other services told it.
pub struct Happening(pub domain::Happening);

#[Object]
impl Happening {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 类型。What happened.
    async fn kind(&self) -> HappeningKind {
        self.0.kind.into()
    }

    /// 时间。When.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// 所在区划。Where.
    async fn division(&self, ctx: &Context<'_>) -> Result<Option<Division>> {
        division::load(ctx, self.0.division_code).await
    }

    /// 所在网格。In which grid.
    async fn grid(&self, ctx: &Context<'_>) -> Result<Option<Grid>> {
        match self.0.grid_code {
            Some(code) => grid::load(ctx, code).await,
            None => Ok(None),
        }
    }
}
