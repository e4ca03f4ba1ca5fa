//! 数据交换 for departments: one record through a grant, and a record of it.

use kernel::refuse;
use kit::grpc::answer;
use proto::smartdata::v1::{
    ReadSharedRequest, ReadSharedResponse, SharedField,
    exchange_service_server::{ExchangeService, ExchangeServiceServer},
};
use tonic::{Request, Response, Status};

use crate::{
    app::{self, exchange_record::Asked},
    domain::data_resource::DataField,
    error::Result,
    state::State,
};

struct Edge(State);

/// The server of `ExchangeService`.
pub fn server(state: State) -> ExchangeServiceServer<impl ExchangeService> {
    ExchangeServiceServer::new(Edge(state))
}

#[tonic::async_trait]
impl ExchangeService for Edge {
    async fn read_shared(
        &self,
        request: Request<ReadSharedRequest>,
    ) -> Result<Response<ReadSharedResponse>, Status> {
        answer("readShared", self.read(request).await)
    }
}

impl Edge {
    async fn read(&self, request: Request<ReadSharedRequest>) -> Result<ReadSharedResponse> {
        let caller = self.0.core.caller(request.metadata()).await?;
        let asked = request.into_inner();
        let asked = Asked {
            grant_id: asked.grant_id.parse()?,
            subject: asked.subject,
            fields: asked
                .fields
                .iter()
                .map(|name| field(name))
                .collect::<Result<_>>()?,
        };
        let found = app::exchange_record::read(&self.0, &caller, asked).await?;
        Ok(ReadSharedResponse {
            found: found.is_some(),
            fields: found
                .unwrap_or_default()
                .into_iter()
                .map(|it| SharedField {
                    name: it.field.to_string(),
                    value: it.value.unwrap_or_default(),
                })
                .collect(),
        })
    }
}

fn field(name: &str) -> Result<DataField> {
    name.parse().map_err(|_| {
        refuse!(
            Invalid,
            "SHARE_FIELDS",
            field: "fields",
            zh: "没有名为 {name} 的数据项",
            en: "there is no field called {name}",
        )
        .into()
    })
}
