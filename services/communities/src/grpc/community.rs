//! 社区 for other services.

use kit::{error::Error, grpc::answer};
use proto::communities::v1::{
    GetCommunityRequest, GetCommunityResponse,
    community_service_server::{CommunityService, CommunityServiceServer},
    get_community_request::Key,
};
use tonic::{Request, Response, Status};

use crate::{app, domain::community::Community, error::Result, state::State};

struct Edge(State);

/// The server of `CommunityService`.
pub fn server(state: State) -> CommunityServiceServer<impl CommunityService> {
    CommunityServiceServer::new(Edge(state))
}

#[tonic::async_trait]
impl CommunityService for Edge {
    async fn get_community(
        &self,
        request: Request<GetCommunityRequest>,
    ) -> Result<Response<GetCommunityResponse>, Status> {
        answer("getCommunity", self.get(request).await)
    }
}

impl Edge {
    async fn get(&self, request: Request<GetCommunityRequest>) -> Result<GetCommunityResponse> {
        // Communities are public, but the token is verified all the same.
        self.0.core.caller(request.metadata()).await?;
        let key = request.into_inner().key.ok_or_else(|| {
            Error::invalid(
                "key",
                "KEY_MISSING",
                "缺少社区编号或区划代码",
                "name an id or a code",
            )
        })?;
        let found = match key {
            Key::Id(id) => {
                let id = id.parse()?;
                app::community::load_many(&self.0, &[id]).await?.remove(&id)
            }
            Key::DivisionCode(code) => {
                let code = code.parse()?;
                app::community::load_many_by_code(&self.0, &[code])
                    .await?
                    .remove(&code)
            }
        };
        found.map(told).ok_or_else(app::community::unknown)
    }
}

fn told(community: Community) -> GetCommunityResponse {
    GetCommunityResponse {
        id: community.id.to_string(),
        division_code: community.division_code.to_string(),
        name: community.name,
        active: community.active,
    }
}
