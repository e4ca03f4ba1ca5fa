//! 采购需求 for other services.

use kernel::{Fen, IdempotencyKey};
use kit::{error::Error, grpc::answer};
use proto::procurement::v1::{
    NeedLine, RaiseNeedRequest, RaiseNeedResponse,
    need_service_server::{NeedService, NeedServiceServer},
};
use tonic::{Request, Response, Status};

use crate::{app, domain::line, error::Result, state::State};

struct Edge(State);

/// The server of `NeedService`.
pub fn server(state: State) -> NeedServiceServer<impl NeedService> {
    NeedServiceServer::new(Edge(state))
}

#[tonic::async_trait]
impl NeedService for Edge {
    async fn raise_need(
        &self,
        request: Request<RaiseNeedRequest>,
    ) -> Result<Response<RaiseNeedResponse>, Status> {
        answer("raiseNeed", self.raise(request).await)
    }
}

impl Edge {
    async fn raise(&self, request: Request<RaiseNeedRequest>) -> Result<RaiseNeedResponse> {
        let caller = self.0.core.caller(request.metadata()).await?;
        let asked = request.into_inner();
        let key = IdempotencyKey::try_new(&asked.idempotency_key)?;
        let lines: Result<Vec<line::NeedLine>> =
            asked.lines.into_iter().enumerate().map(line_of).collect();
        let raise = app::need::Raise {
            proposal_id: Some(asked.proposal_id.parse()?),
            trace_id: Some(asked.trace_id.parse()?),
            consultation: None,
            community_id: asked.community_id.parse()?,
            division_code: asked.division_code.parse()?,
            title: asked.title,
            elder_care: false,
            lines: lines?,
        };
        let need = app::need::raise(&self.0, &caller, key, raise).await?;
        Ok(RaiseNeedResponse {
            need_id: need.id.to_string(),
        })
    }
}

fn line_of((at, asked): (usize, NeedLine)) -> Result<line::NeedLine> {
    let kind = asked.kind.parse().map_err(|_| {
        let field = format!("input.lines.{at}.kind");
        Error::invalid(
            field,
            "LINE_KIND_UNKNOWN",
            "未知的采购内容类别",
            "no such kind of line",
        )
    })?;
    Ok(line::NeedLine {
        description: asked.description,
        kind,
        unit: asked.unit,
        quantity: asked.quantity.into(),
        unit_ceiling: Fen::new(asked.unit_ceiling_fen),
    })
}
