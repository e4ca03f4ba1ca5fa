//! 上门服务 for other services.

use kit::grpc::answer;
use proto::eldercare::v1::{
    Recipient, SummarizeContractRequest, SummarizeContractResponse,
    visit_service_server::{VisitService, VisitServiceServer},
};
use tonic::{Request, Response, Status};

use crate::{app, error::Result, state::State};

struct Edge(State);

/// The server of `VisitService`.
pub fn server(state: State) -> VisitServiceServer<impl VisitService> {
    VisitServiceServer::new(Edge(state))
}

#[tonic::async_trait]
impl VisitService for Edge {
    async fn summarize_contract(
        &self,
        request: Request<SummarizeContractRequest>,
    ) -> Result<Response<SummarizeContractResponse>, Status> {
        answer("summarizeContract", self.summarize(request).await)
    }
}

impl Edge {
    async fn summarize(
        &self,
        request: Request<SummarizeContractRequest>,
    ) -> Result<SummarizeContractResponse> {
        let caller = self.0.core.caller(request.metadata()).await?;
        let id = request.into_inner().contract_id.parse()?;
        let found = app::contract::summarize(&self.0, &caller, id).await?;
        let count = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        Ok(SummarizeContractResponse {
            settled_visits: count(found.visits),
            settled_minutes: found.minutes.unsigned_abs(),
            recipients: found
                .recipients
                .into_iter()
                .map(|(elder, visits)| Recipient {
                    resident_id: elder.to_string(),
                    visits: count(visits),
                })
                .collect(),
        })
    }
}
