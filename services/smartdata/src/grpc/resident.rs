//! 居民 for other services: references, never personal data.

use kernel::keys::ResidentId;
use kit::{error::Error, grpc::answer};
use proto::smartdata::v1::{
    BatchGetResidentsRequest, BatchGetResidentsResponse, GetResidentRequest, GetResidentResponse,
    ResidentRef, ResidentStatus,
    resident_service_server::{ResidentService, ResidentServiceServer},
};
use tonic::{Request, Response, Status};

use crate::{
    app::{self, resident::Seen},
    domain::resident as domain,
    error::Result,
    state::State,
};

/// As the contract says.
const MOST: usize = 500;

struct Edge(State);

/// The server of `ResidentService`.
pub fn server(state: State) -> ResidentServiceServer<impl ResidentService> {
    ResidentServiceServer::new(Edge(state))
}

#[tonic::async_trait]
impl ResidentService for Edge {
    async fn get_resident(
        &self,
        request: Request<GetResidentRequest>,
    ) -> Result<Response<GetResidentResponse>, Status> {
        answer("getResident", self.one(request).await)
    }

    async fn batch_get_residents(
        &self,
        request: Request<BatchGetResidentsRequest>,
    ) -> Result<Response<BatchGetResidentsResponse>, Status> {
        answer("batchGetResidents", self.many(request).await)
    }
}

impl Edge {
    async fn one(&self, request: Request<GetResidentRequest>) -> Result<GetResidentResponse> {
        let caller = self.0.core.caller(request.metadata()).await?;
        let id = request.into_inner().id.parse()?;
        let seen = app::resident::see::refer_one(&self.0, &caller, id).await?;
        Ok(GetResidentResponse {
            resident: Some(told(&seen)),
        })
    }

    async fn many(
        &self,
        request: Request<BatchGetResidentsRequest>,
    ) -> Result<BatchGetResidentsResponse> {
        let caller = self.0.core.caller(request.metadata()).await?;
        let ids = request.into_inner().ids;
        if ids.len() > MOST {
            return Err(Error::invalid(
                "ids",
                "BATCH_TOO_LARGE",
                format!("一次最多查询 {MOST} 位居民"),
                format!("at most {MOST} residents at once"),
            ));
        }
        let ids: Vec<ResidentId> = ids
            .iter()
            .map(|id| id.parse())
            .collect::<Result<_, kernel::id::Error>>()?;
        let seen = app::resident::see::refer(&self.0, &caller, &ids).await?;
        Ok(BatchGetResidentsResponse {
            residents: seen.values().map(told).collect(),
        })
    }
}

fn told(seen: &Seen) -> ResidentRef {
    let resident = &seen.resident;
    let status = match resident.status {
        domain::ResidentStatus::Alive => ResidentStatus::Alive,
        domain::ResidentStatus::Moved => ResidentStatus::Moved,
        domain::ResidentStatus::Deceased => ResidentStatus::Deceased,
        domain::ResidentStatus::Merged => ResidentStatus::Merged,
    };
    ResidentRef {
        id: resident.id.to_string(),
        status: status.into(),
        community_code: resident.community_code.to_string(),
        grid_code: resident
            .grid_code
            .map(|code| code.to_string())
            .unwrap_or_default(),
        verified: resident.verification.is_some(),
        age: seen.age,
        demo: resident.demo,
    }
}
