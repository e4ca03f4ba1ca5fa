//! A service's part of the graph, over gRPC.

use std::{panic::AssertUnwindSafe, pin::Pin, sync::Arc, time::Duration};

use async_graphql::{
    ObjectType, Request as GraphRequest, SDLExportOptions, Schema, SubscriptionType, Variables,
};
use futures_util::{FutureExt as _, Stream};
use proto::graph::v1::{
    ExecuteRequest, ExecuteResponse, SdlRequest, SdlResponse, SubscribeRequest, SubscribeResponse,
    subgraph_service_server::SubgraphService,
};
use tonic::{Request, Response, Status, metadata::MetadataMap};
use tracing::Instrument as _;

use super::{
    batch::with_batches,
    errors::tell,
    hints::{Hint, Hints},
    input::{Asked, Inputs},
    subscription::{self, Guard},
};
use crate::{auth::Caller, error::Error, service::Core};

/// Adds what a request of this service needs: its loaders.
pub type Prepare = Arc<dyn Fn(GraphRequest, &Caller) -> GraphRequest + Send + Sync>;

/// The Federation v2 SDL of a schema, in a stable order.
pub fn sdl<Q, M, S>(schema: &Schema<Q, M, S>) -> String
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let sdl = schema.sdl_with_options(
        SDLExportOptions::new()
            .federation()
            .compose_directive()
            .sorted_fields()
            .sorted_arguments()
            .sorted_enum_items(),
    );
    super::sizes::sized(&sdl)
}

/// Answers the gateway.
pub struct Subgraph<Q, M, S> {
    core: Core,
    schema: Schema<Q, M, S>,
    prepare: Prepare,
    sdl: String,
    inputs: Arc<Inputs>,
    hints: Hints,
}

impl<Q, M, S> Subgraph<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    /// The subgraph of a schema.
    pub fn new(core: Core, schema: Schema<Q, M, S>, prepare: Prepare) -> Self {
        let sdl = sdl(&schema);
        let inputs = Arc::new(Inputs::read(&schema.sdl()));
        Self {
            core,
            schema,
            prepare,
            sdl,
            inputs,
            hints: Hints::of::<Q>(),
        }
    }

    /// What may be done with the answer, where it comes to be one.
    fn hint(&self, request: &mut GraphRequest) -> Option<Hint> {
        if self.hints.is_silent() {
            return None;
        }
        let operation = request.operation_name.clone();
        let document = request.parsed_query().ok()?;
        self.hints.hint(document, operation.as_deref())
    }

    async fn request(
        &self,
        metadata: &MetadataMap,
        query: &str,
        operation: Option<String>,
        variables: &[u8],
        lasts: bool,
    ) -> Result<(GraphRequest, Caller), Error> {
        let mut caller = self.core.caller(metadata).await?;
        if lasts {
            // A subscription outlives the limit of one request; each of its
            // reads has the limit of callers that no request brought.
            caller.deadline = None;
        }
        let variables = if variables.is_empty() {
            Variables::default()
        } else {
            serde_json::from_slice(variables).map_err(|error| {
                Error::invalid(
                    "variables",
                    "VARIABLES_MALFORMED",
                    "变量不是 JSON 对象",
                    "The variables are no JSON object",
                )
                .with_source(error)
            })?
        };
        let mut request = GraphRequest::new(query).variables(variables);
        if let Some(operation) = operation {
            request = request.operation_name(operation);
        }
        Ok((
            (self.prepare)(request.data(caller.clone()), &caller),
            caller,
        ))
    }
}

#[tonic::async_trait]
impl<Q, M, S> SubgraphService for Subgraph<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    async fn sdl(&self, _: Request<SdlRequest>) -> Result<Response<SdlResponse>, Status> {
        Ok(Response::new(SdlResponse {
            sdl: self.sdl.clone(),
            name: self.core.name.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }))
    }

    async fn execute(
        &self,
        request: Request<ExecuteRequest>,
    ) -> Result<Response<ExecuteResponse>, Status> {
        let (metadata, _, message) = request.into_parts();
        let operation = message.operation_name.clone().unwrap_or_default();
        let (mut request, caller) = self
            .request(
                &metadata,
                &message.query,
                message.operation_name.clone(),
                &message.variables,
                false,
            )
            .await
            .map_err(|error| {
                error.log("subgraph.execute");
                crate::grpc::status::write(&error)
            })?;
        let span = tracing::info_span!(
            "subgraph.execute",
            service = self.core.name,
            request = caller.request_id,
            operation
        );
        crate::grpc::status::trace_parent(&span, &metadata);
        let begun = std::time::Instant::now();
        let hint = self.hint(&mut request);
        let run = AssertUnwindSafe(with_batches(self.schema.execute(request))).catch_unwind();
        let Ok(mut response) = run.instrument(span.clone()).await else {
            let error = Error::internal(anyhow::anyhow!("a resolver panicked"));
            error.log("subgraph.execute");
            return Err(crate::grpc::status::write(&error));
        };
        span.in_scope(|| {
            let asked = Asked {
                inputs: &self.inputs,
                query: &message.query,
                operation: message.operation_name.as_deref(),
                variables: &message.variables,
            };
            tell(&mut response, &caller, &operation, &asked);
            observe(self.core.name, begun.elapsed(), response.errors.len());
        });
        if let Some(hint) = hint.filter(|_| response.errors.is_empty()) {
            let said = hint.extension();
            response.extensions.insert("cacheControl".to_owned(), said);
        }
        let body = serde_json::to_vec(&response)
            .map_err(|error| crate::grpc::status::write(&Error::internal(error)))?;
        Ok(Response::new(ExecuteResponse { body: body.into() }))
    }

    type SubscribeStream =
        Pin<Box<dyn Stream<Item = Result<SubscribeResponse, Status>> + Send + 'static>>;

    async fn subscribe(
        &self,
        request: Request<SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let (metadata, _, message) = request.into_parts();
        let operation = message.operation_name.clone().unwrap_or_default();
        let (request, caller) = self
            .request(
                &metadata,
                &message.query,
                message.operation_name.clone(),
                &message.variables,
                true,
            )
            .await
            .map_err(|error| {
                error.log("subgraph.subscribe");
                crate::grpc::status::write(&error)
            })?;
        let guard = Guard {
            caller,
            verifier: Arc::clone(&self.core.verifier),
            operation,
            inputs: Arc::clone(&self.inputs),
            query: message.query,
            variables: message.variables,
            stopping: self.core.tasks.stopping(),
        };
        let answers = subscription::answers(guard, self.schema.execute_stream(request));
        Ok(Response::new(Box::pin(answers)))
    }
}

fn observe(service: &'static str, took: Duration, errors: usize) {
    let outcome = if errors == 0 { "ok" } else { "error" };
    metrics::counter!("sanshe_subgraph_requests_total", "service" => service, "outcome" => outcome)
        .increment(1);
    metrics::histogram!("sanshe_subgraph_request_seconds", "service" => service)
        .record(took.as_secs_f64());
    tracing::info!(
        service,
        outcome,
        errors,
        took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        "executed"
    );
}
