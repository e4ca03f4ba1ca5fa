//! 合同 for other services.

use kernel::keys::ContractId;
use kit::{error::Error, grpc::answer};
use proto::procurement::v1::{
    GetContractRequest, GetContractResponse,
    contract_service_server::{ContractService, ContractServiceServer},
};
use tonic::{Request, Response, Status};

use crate::{
    app,
    domain::contract::{Contract, ContractState},
    error::Result,
    state::State,
};

struct Edge(State);

/// The server of `ContractService`.
pub fn server(state: State) -> ContractServiceServer<impl ContractService> {
    ContractServiceServer::new(Edge(state))
}

#[tonic::async_trait]
impl ContractService for Edge {
    async fn get_contract(
        &self,
        request: Request<GetContractRequest>,
    ) -> Result<Response<GetContractResponse>, Status> {
        answer("getContract", self.get(request).await)
    }
}

impl Edge {
    async fn get(&self, request: Request<GetContractRequest>) -> Result<GetContractResponse> {
        // Contracts are public, but the token is verified all the same.
        self.0.core.caller(request.metadata()).await?;
        let id: ContractId = request.into_inner().id.parse()?;
        let found = app::contract::load_many(&self.0, &[id]).await?.remove(&id);
        told(&found.ok_or_else(app::contract::unknown)?)
    }
}

fn told(contract: &Contract) -> Result<GetContractResponse> {
    let quantity = u32::try_from(contract.quantity)
        .map_err(|_| Error::inconsistent("contracts", "quantity", contract.id))?;
    Ok(GetContractResponse {
        id: contract.id.to_string(),
        trace_id: contract.trace_id.to_string(),
        // Empty where a social worker is the contractor.
        organization_id: contract
            .organization_id
            .map(|id| id.to_string())
            .unwrap_or_default(),
        community_id: contract.community_id.to_string(),
        division_code: contract.division_code.to_string(),
        performing: contract.state == ContractState::Performing,
        quantity,
        unit_price_fen: contract.unit_price()?.get(),
        amount_fen: contract.amount.get(),
    })
}
