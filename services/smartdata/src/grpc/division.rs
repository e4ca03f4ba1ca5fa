//! 行政区划 and 网格 for other services.

use kit::grpc::answer;
use proto::smartdata::v1::{
    GetDivisionRequest, GetDivisionResponse, GetGridRequest, GetGridResponse,
    division_service_server::{DivisionService, DivisionServiceServer},
};
use tonic::{Request, Response, Status};

use crate::{app, error::Result, state::State};

struct Edge(State);

/// The server of `DivisionService`.
pub fn server(state: State) -> DivisionServiceServer<impl DivisionService> {
    DivisionServiceServer::new(Edge(state))
}

#[tonic::async_trait]
impl DivisionService for Edge {
    async fn get_division(
        &self,
        request: Request<GetDivisionRequest>,
    ) -> Result<Response<GetDivisionResponse>, Status> {
        answer("getDivision", self.division(request).await)
    }

    async fn get_grid(
        &self,
        request: Request<GetGridRequest>,
    ) -> Result<Response<GetGridResponse>, Status> {
        answer("getGrid", self.grid(request).await)
    }
}

impl Edge {
    async fn division(&self, request: Request<GetDivisionRequest>) -> Result<GetDivisionResponse> {
        // Divisions are public, but the token is verified all the same.
        self.0.core.caller(request.metadata()).await?;
        let code = request.into_inner().code.parse()?;
        let division = app::division::in_force(&self.0, &code).await?;
        Ok(GetDivisionResponse {
            code: division.code.to_string(),
            name: division.name,
            demo: division.demo,
        })
    }

    async fn grid(&self, request: Request<GetGridRequest>) -> Result<GetGridResponse> {
        self.0.core.caller(request.metadata()).await?;
        let code = request.into_inner().code.parse()?;
        let grid = app::grid::load_many_by_code(&self.0, &[code])
            .await?
            .remove(&code)
            .ok_or_else(|| app::grid::unknown("code"))?;
        Ok(GetGridResponse {
            id: grid.id.to_string(),
            code: grid.code.to_string(),
            community_code: grid.community().to_string(),
        })
    }
}
