//! communities: which community lies in which division.

use kernel::{DivisionCode, Kind, keys::CommunityId, refuse};
use kit::{auth::Caller, error::Result, grpc::Peer};
use proto::communities::v1::{
    GetCommunityRequest, GetCommunityResponse, community_service_client::CommunityServiceClient,
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
        let found = self
            .get(caller, Key::Id(id.to_string()))
            .await
            .map_err(|error| error.at("input.communityIds"))?;
        if found.active {
            return Ok(found.division_code.parse()?);
        }
        Err(refuse!(
            Refused,
            "COMMUNITY_INACTIVE",
            field: "input.communityIds",
            zh: "该社区已撤并",
            en: "this community is no longer in being",
        )
        .into())
    }

    /// The community of a division, where one is registered.
    pub async fn of_division(
        &self,
        caller: &Caller,
        code: &DivisionCode,
    ) -> Result<Option<CommunityId>> {
        match self.get(caller, Key::DivisionCode(code.to_string())).await {
            Ok(found) => Ok(Some(found.id.parse()?)),
            Err(error) if error.kind() == Kind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn get(&self, caller: &Caller, key: Key) -> Result<GetCommunityResponse> {
        let message = GetCommunityRequest { key: Some(key) };
        Peer::read(|| async {
            let request = Peer::request(caller, message.clone())
                .map_err(|error| kit::grpc::status::write(&error))?;
            CommunityServiceClient::new(self.peer.channel())
                .get_community(request)
                .await
        })
        .await
    }
}
