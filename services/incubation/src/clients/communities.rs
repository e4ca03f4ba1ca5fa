//! communities: of which division a community is.

use kernel::{DivisionCode, keys::CommunityId, refuse};
use kit::{auth::Caller, error::Result, grpc::Peer};
use proto::communities::v1::{
    GetCommunityRequest, community_service_client::CommunityServiceClient,
    get_community_request::Key,
};

/// The client.
pub struct Communities {
    peer: Peer,
}

impl Communities {
    pub fn new(peer: Peer) -> Self {
        Self { peer }
    }

    /// The division of a community that is in being.
    pub async fn division(&self, caller: &Caller, id: CommunityId) -> Result<DivisionCode> {
        let answer = Peer::read(|| async {
            let message = GetCommunityRequest {
                key: Some(Key::Id(id.to_string())),
            };
            let request =
                Peer::request(caller, message).map_err(|error| kit::grpc::status::write(&error))?;
            CommunityServiceClient::new(self.peer.channel())
                .get_community(request)
                .await
        })
        .await
        .map_err(|error| error.at("input.communityId"))?;
        if !answer.active {
            return Err(refuse!(
                Refused,
                "COMMUNITY_INACTIVE",
                field: "input.communityId",
                zh: "该社区已撤并",
                en: "this community is no longer in being",
            )
            .into());
        }
        Ok(answer.division_code.parse()?)
    }
}
