//! The door of `/graphql`: who is not taken on is told so before anything of
//! the request is read.

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::Response as HttpResponse,
};

use super::{negotiate::MediaType, respond};
use crate::{error::Rejection, gateway::Gateway, response::Response};

/// Serves a request, or answers 503 with Retry-After.
pub async fn admit(State(gateway): State<Gateway>, request: Request, next: Next) -> HttpResponse {
    let admitted = match gateway.shed().enter().await {
        Ok(admitted) => admitted,
        Err(refusal) => {
            let context = gateway.context(request.headers());
            let media = MediaType::accepted(request.headers()).unwrap_or(MediaType::Json);
            let response = Response::rejected(&Rejection::unavailable(refusal), &context);
            return respond(response, media, &context.request_id).map(Body::from);
        }
    };
    let response = next.run(request).await;
    drop(admitted);
    response
}
