//! __Noun__ for other services.

use kit::{error::Error, grpc::answer};
use proto::__service__::v1::{
    Get__Noun__Request, Get__Noun__Response,
    __noun___service_server::{__Noun__Service, __Noun__ServiceServer},
};
use tonic::{Request, Response, Status};

use crate::{app, domain::__noun__::__Noun__, error::Result, state::State};

struct Edge(State);

/// The server of `__Noun__Service`.
pub fn server(state: State) -> __Noun__ServiceServer<impl __Noun__Service> {
    __Noun__ServiceServer::new(Edge(state))
}

#[tonic::async_trait]
impl __Noun__Service for Edge {
    async fn get___noun__(
        &self,
        request: Request<Get__Noun__Request>,
    ) -> Result<Response<Get__Noun__Response>, Status> {
        answer("get__Noun__", self.get(request).await)
    }
}

impl Edge {
    async fn get(&self, request: Request<Get__Noun__Request>) -> Result<Get__Noun__Response> {
        // Everybody may read it, but the token is verified all the same.
        self.0.core.caller(request.metadata()).await?;
        let id = request.into_inner().id.parse()?;
        let found = app::__noun__::load_many(&self.0, &[id]).await?.remove(&id);
        found.map(told).ok_or_else(|| {
            Error::not_found(
                "__NOUN___NOT_FOUND",
                "没有这条记录",
                "there is no such __noun__",
            )
        })
    }
}

fn told(__noun__: __Noun__) -> Get__Noun__Response {
    Get__Noun__Response {
        id: __noun__.id.to_string(),
        division_code: __noun__.division_code.to_string(),
        name: __noun__.name,
    }
}
