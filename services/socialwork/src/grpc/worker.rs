//! Those who serve, for other services.

use chrono::NaiveDate;
use kit::{error::Error, grpc::answer};
use proto::socialwork::v1::{
    GetWorkerRequest, GetWorkerResponse, WorkerKind,
    worker_service_server::{WorkerService, WorkerServiceServer},
};
use tonic::{Request, Response, Status};

use crate::{
    app::worker::{self, WorkerId},
    error::Result,
    state::State,
};

struct Edge(State);

/// The server of `WorkerService`.
pub fn server(state: State) -> WorkerServiceServer<impl WorkerService> {
    WorkerServiceServer::new(Edge(state))
}

#[tonic::async_trait]
impl WorkerService for Edge {
    async fn get_worker(
        &self,
        request: Request<GetWorkerRequest>,
    ) -> Result<Response<GetWorkerResponse>, Status> {
        answer("getWorker", self.get(request).await)
    }
}

impl Edge {
    async fn get(&self, request: Request<GetWorkerRequest>) -> Result<GetWorkerResponse> {
        let caller = self.0.core.caller(request.metadata()).await?;
        let asked = request.into_inner();
        let kind = asked.kind();
        let id = match kind {
            WorkerKind::SocialWorker => WorkerId::SocialWorker(asked.id.parse()?),
            WorkerKind::Volunteer => WorkerId::Volunteer(asked.id.parse()?),
            WorkerKind::Unspecified => {
                return Err(Error::invalid(
                    "kind",
                    "WORKER_KIND_MISSING",
                    "须指明社会工作者或志愿者",
                    "say whether this is a social worker or a volunteer",
                ));
            }
        };
        let found = worker::get(&self.0, &caller, id, day(&asked.on)?).await?;
        Ok(GetWorkerResponse {
            kind: kind.into(),
            id: asked.id,
            resident_id: found.resident_id.to_string(),
            organization_id: found
                .organization_id
                .map(|id| id.to_string())
                .unwrap_or_default(),
            may_serve: found.fitness.is_ok(),
            refusal: found
                .fitness
                .err()
                .map(|unfit| unfit.to_string())
                .unwrap_or_default(),
        })
    }
}

fn day(text: &str) -> Result<Option<NaiveDate>> {
    if text.is_empty() {
        return Ok(None);
    }
    let day = text.parse().map_err(|_| {
        Error::invalid(
            "on",
            "DATE_MALFORMED",
            "日期须为 YYYY-MM-DD",
            "a day is written YYYY-MM-DD",
        )
    })?;
    Ok(Some(day))
}
