//! incubation: whether an organisation may bid, and who stands behind it.

use kernel::keys::{OrganizationId, ResidentId};
use kit::{auth::Caller, error::Result, grpc::Peer};
use proto::incubation::v1::{
    GetOrganizationRequest, organization_service_client::OrganizationServiceClient,
};

use crate::domain::bid::Supplier;

/// The client.
pub struct Suppliers {
    peer: Peer,
}

impl Suppliers {
    pub fn new(peer: Peer) -> Self {
        Self { peer }
    }

    /// The standing of an organisation on this day.
    pub async fn find(&self, caller: &Caller, id: OrganizationId) -> Result<Supplier> {
        let answer = Peer::read(|| async {
            let request = Peer::request(caller, GetOrganizationRequest { id: id.to_string() })
                .map_err(|error| kit::grpc::status::write(&error))?;
            OrganizationServiceClient::new(self.peer.channel())
                .get_organization(request)
                .await
        })
        .await?;
        let controllers: Result<Vec<ResidentId>, _> = answer
            .related_resident_ids
            .iter()
            .map(|id| id.parse())
            .collect();
        Ok(Supplier {
            organization_id: id,
            may_bid: answer.may_bid,
            elder_care_capable: answer.elder_care_capable,
            legal_person: answer.legal_person,
            division_code: answer.division_code.parse().ok(),
            controllers: controllers?,
        })
    }
}
