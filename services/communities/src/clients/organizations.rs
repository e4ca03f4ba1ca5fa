//! incubation: whether there is an organisation, and it is still in being.

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

    /// Refuses an organisation that there is not, or not any more. One that is
    /// still preparing is helped by rooms of its own, and may have them.
    pub async fn check_in_being(
        &self,
        caller: &Caller,
        id: OrganizationId,
        field: &'static str,
    ) -> Result<()> {
        let answer = Peer::read(|| async {
            let request = Peer::request(caller, GetOrganizationRequest { id: id.to_string() })
                .map_err(|error| kit::grpc::status::write(&error))?;
            OrganizationServiceClient::new(self.peer.channel())
                .get_organization(request)
                .await
        })
        .await
        .map_err(|error| error.at(field))?;
        match answer.standing() {
            OrganizationStanding::Preparing
            | OrganizationStanding::Filed
            | OrganizationStanding::Registered
            | OrganizationStanding::Abnormal => Ok(()),
            // What a later release knows besides is not taken for good.
            OrganizationStanding::Revoked
            | OrganizationStanding::Dissolved
            | OrganizationStanding::Unspecified => Err(refuse!(
                Refused,
                "ORGANIZATION_NOT_IN_BEING",
                field: field,
                zh: "该组织已注销、撤销或状态不明,不能使用社区用房",
                en: "this organisation was dissolved or revoked, or its standing is not known: it is given no space",
            )
            .into()),
        }
    }
}
