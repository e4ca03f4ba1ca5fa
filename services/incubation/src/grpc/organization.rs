//! 社会组织 for other services.

use kernel::{china_date, keys::OrganizationId};
use kit::grpc::answer;
use proto::incubation::v1::{
    GetOrganizationRequest, GetOrganizationResponse, OrganizationStanding,
    organization_service_server::{OrganizationService, OrganizationServiceServer},
};
use tonic::{Request, Response, Status};

use crate::{
    app,
    domain::{capability::elder_care_capable, organization::OrganizationStatus},
    error::Result,
    state::State,
};

struct Edge(State);

/// The server of `OrganizationService`.
pub fn server(state: State) -> OrganizationServiceServer<impl OrganizationService> {
    OrganizationServiceServer::new(Edge(state))
}

#[tonic::async_trait]
impl OrganizationService for Edge {
    async fn get_organization(
        &self,
        request: Request<GetOrganizationRequest>,
    ) -> Result<Response<GetOrganizationResponse>, Status> {
        answer("getOrganization", self.get(request).await)
    }
}

impl Edge {
    async fn get(
        &self,
        request: Request<GetOrganizationRequest>,
    ) -> Result<GetOrganizationResponse> {
        let Self(state) = self;
        let caller = state.core.caller(request.metadata()).await?;
        let id: OrganizationId = request.into_inner().id.parse()?;
        let found = app::organization::load_many(state, &caller, &[id])
            .await?
            .remove(&id);
        let one = found.ok_or_else(app::organization::unknown)?;
        let held = app::capability::load_many_of(state, &[id])
            .await?
            .remove(&id);
        let related = app::organization::check_conflicts(state, &caller, &one).await?;
        let today = china_date(state.core.clock.now());
        Ok(GetOrganizationResponse {
            id: one.id.to_string(),
            standing: standing(one.status).into(),
            legal_person: one.legal_person(),
            elder_care_capable: elder_care_capable(&one, &held.unwrap_or_default(), today),
            may_bid: one.may_bid(),
            division_code: one.registrar_division.to_string(),
            related_resident_ids: related.iter().map(ToString::to_string).collect(),
            uscc: one.uscc.unwrap_or_default(),
            name: one.name,
        })
    }
}

fn standing(status: OrganizationStatus) -> OrganizationStanding {
    match status {
        OrganizationStatus::Preparing => OrganizationStanding::Preparing,
        OrganizationStatus::Filed => OrganizationStanding::Filed,
        OrganizationStatus::Registered => OrganizationStanding::Registered,
        OrganizationStatus::Abnormal => OrganizationStanding::Abnormal,
        OrganizationStatus::Revoked => OrganizationStanding::Revoked,
        OrganizationStatus::Dissolved => OrganizationStanding::Dissolved,
    }
}
