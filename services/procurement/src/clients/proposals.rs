//! communities: whether residents adopted the proposal that a need comes from.

use kernel::keys::{CommunityId, ProposalId, TraceId};
use kit::{auth::Caller, error::Result, grpc::Peer};
use proto::communities::v1::{
    GetCommunityRequest, GetProposalRequest, community_service_client::CommunityServiceClient,
    get_community_request::Key, proposal_service_client::ProposalServiceClient,
};

/// What this service needs to know of a proposal.
#[derive(Clone, Debug)]
pub struct ProposalRef {
    pub trace_id: TraceId,
    pub community_id: CommunityId,
    pub adopted: bool,
}

/// The client.
pub struct Proposals {
    peer: Peer,
}

impl Proposals {
    pub fn new(peer: Peer) -> Self {
        Self { peer }
    }

    /// The standing of a proposal.
    pub async fn find(&self, caller: &Caller, id: ProposalId) -> Result<ProposalRef> {
        let answer = Peer::read(|| async {
            let request = Peer::request(caller, GetProposalRequest { id: id.to_string() })
                .map_err(|error| kit::grpc::status::write(&error))?;
            ProposalServiceClient::new(self.peer.channel())
                .get_proposal(request)
                .await
        })
        .await?;
        Ok(ProposalRef {
            trace_id: answer.trace_id.parse()?,
            community_id: answer.community_id.parse()?,
            adopted: answer.adopted,
        })
    }

    /// The division of a community that is in being.
    pub async fn division_of(
        &self,
        caller: &Caller,
        community: CommunityId,
    ) -> Result<kernel::DivisionCode> {
        let answer = Peer::read(|| async {
            let key = Some(Key::Id(community.to_string()));
            let request = Peer::request(caller, GetCommunityRequest { key })
                .map_err(|error| kit::grpc::status::write(&error))?;
            CommunityServiceClient::new(self.peer.channel())
                .get_community(request)
                .await
        })
        .await?;
        Ok(answer.division_code.parse()?)
    }
}
