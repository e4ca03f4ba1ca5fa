//! incubation: whether an organisation is registered and may send people.

use kernel::{keys::OrganizationId, refuse};
use kit::{auth::Caller, error::Result, grpc::Peer};
use proto::incubation::v1::{
    GetOrganizationRequest, OrganizationStanding,
    organization_service_client::OrganizationServiceClient,
};

/// The client.
pub struct Organizations {
    peer: Peer,
}

impl Organizations {
    pub fn new(peer: Peer) -> Self {
        Self { peer }
    }

    /// Refuses an organisation that is not registered: only one that is in
    /// good standing employs social workers or takes volunteers.
    pub async fn check_registered(&self, caller: &Caller, id: OrganizationId) -> Result<()> {
        let answer = Peer::read(|| async {
            let request = Peer::request(caller, GetOrganizationRequest { id: id.to_string() })
                .map_err(|error| kit::grpc::status::write(&error))?;
            OrganizationServiceClient::new(self.peer.channel())
                .get_organization(request)
                .await
        })
        .await?;
        if answer.standing() == OrganizationStanding::Registered {
            return Ok(());
        }
        Err(refuse!(
            Refused,
            "EMPLOYER_NOT_REGISTERED",
            zh: "该机构不是在册的登记组织,不能派驻社会工作者或接收志愿者",
            en: "this organisation is not registered in good standing: it sends no social workers and takes no volunteers",
        )
        .into())
    }
}
