//! 自治议题 for other services.

use kit::grpc::answer;
use proto::communities::v1::{
    GetProposalRequest, GetProposalResponse,
    proposal_service_server::{ProposalService, ProposalServiceServer},
};
use tonic::{Request, Response, Status};

use crate::{app, error::Result, state::State};

struct Edge(State);

/// The server of `ProposalService`.
pub fn server(state: State) -> ProposalServiceServer<impl ProposalService> {
    ProposalServiceServer::new(Edge(state))
}

#[tonic::async_trait]
impl ProposalService for Edge {
    async fn get_proposal(
        &self,
        request: Request<GetProposalRequest>,
    ) -> Result<Response<GetProposalResponse>, Status> {
        answer("getProposal", self.get(request).await)
    }
}

impl Edge {
    async fn get(&self, request: Request<GetProposalRequest>) -> Result<GetProposalResponse> {
        // Proposals are public, but the token is verified all the same.
        self.0.core.caller(request.metadata()).await?;
        let proposal = app::proposal::find(&self.0, request.into_inner().id.parse()?).await?;
        Ok(GetProposalResponse {
            id: proposal.id.to_string(),
            trace_id: proposal.trace_id.to_string(),
            community_id: proposal.community_id.to_string(),
            state: proposal.state.to_string(),
            adopted: proposal.is_adopted(self.0.core.clock.now()),
        })
    }
}
