//! procurement: the contract that orders are placed under.

use kernel::{
    DivisionCode,
    keys::{ContractId, OrganizationId, TraceId},
};
use kit::{auth::Caller, error::Result, grpc::Peer};
use proto::procurement::v1::{GetContractRequest, contract_service_client::ContractServiceClient};

/// What this service needs to know of a contract.
#[derive(Clone, Debug)]
pub struct Contract {
    pub id: ContractId,
    pub trace_id: TraceId,
    pub organization_id: OrganizationId,
    pub division_code: DivisionCode,
    pub performing: bool,
    pub quantity: u32,
}

/// The client.
pub struct Contracts {
    peer: Peer,
}

impl Contracts {
    pub fn new(peer: Peer) -> Self {
        Self { peer }
    }

    /// A contract by id.
    pub async fn get(&self, caller: &Caller, id: ContractId) -> Result<Contract> {
        let answer = Peer::read(|| async {
            let request = Peer::request(caller, GetContractRequest { id: id.to_string() })
                .map_err(|error| kit::grpc::status::write(&error))?;
            ContractServiceClient::new(self.peer.channel())
                .get_contract(request)
                .await
        })
        .await?;
        Ok(Contract {
            id,
            trace_id: answer.trace_id.parse()?,
            organization_id: answer.organization_id.parse()?,
            division_code: answer.division_code.parse()?,
            performing: answer.performing,
            quantity: answer.quantity,
        })
    }
}
