//! eldercare: what was delivered under a contract, confirmed by those served.

use kernel::keys::{ContractId, ResidentId};
use kit::{auth::Caller, error::Result, grpc::Peer};
use proto::eldercare::v1::{SummarizeContractRequest, visit_service_client::VisitServiceClient};

/// What was delivered.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Settled visits.
    pub units: i64,
    pub recipients: Vec<ResidentId>,
}

/// The client.
pub struct Deliveries {
    peer: Peer,
}

impl Deliveries {
    pub fn new(peer: Peer) -> Self {
        Self { peer }
    }

    /// The settled visits of a contract and whom they served.
    pub async fn of_contract(&self, caller: &Caller, id: ContractId) -> Result<Delivery> {
        let answer = Peer::read(|| async {
            let message = SummarizeContractRequest {
                contract_id: id.to_string(),
            };
            let request =
                Peer::request(caller, message).map_err(|error| kit::grpc::status::write(&error))?;
            VisitServiceClient::new(self.peer.channel())
                .summarize_contract(request)
                .await
        })
        .await?;
        let recipients: Result<Vec<ResidentId>, _> = answer
            .recipients
            .iter()
            .map(|one| one.resident_id.parse())
            .collect();
        Ok(Delivery {
            units: answer.settled_visits.into(),
            recipients: recipients?,
        })
    }
}
