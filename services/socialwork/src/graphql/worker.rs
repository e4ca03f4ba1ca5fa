//! Whether somebody may serve, in the graph.

use async_graphql::{Enum, SimpleObject};

use crate::domain::worker as domain;

/// 不能服务的原因。Why somebody may not serve.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::Unfit")]
pub enum WorkerUnfitness {
    /// 已停用。No longer serves.
    #[graphql(name = "WORKER_INACTIVE")]
    Inactive,
    /// 登记不在有效期内。The registration does not cover the day.
    RegistrationExpired,
    /// 未成年且无监护人同意。A minor without a guardian's consent.
    MinorWithoutConsent,
    /// 志愿者未经培训。A volunteer without training.
    VolunteerNotTrained,
    /// 志愿者无有效保险。A volunteer without insurance.
    VolunteerNotInsured,
}

/// 能否上门服务。Whether somebody may go into a home on a day.
#[derive(SimpleObject)]
pub struct WorkerFitness {
    /// 能否服务。Whether they may.
    may_serve: bool,
    /// 不能服务的原因。Why not, where they may not.
    refusal: Option<WorkerUnfitness>,
}

impl From<Result<(), domain::Unfit>> for WorkerFitness {
    fn from(fitness: Result<(), domain::Unfit>) -> Self {
        Self {
            may_serve: fitness.is_ok(),
            refusal: fitness.err().map(Into::into),
        }
    }
}
