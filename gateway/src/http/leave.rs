//! Good-bye before the listener closes: while the gateway drains, each answer
//! asks its client to come again over another connection, which then leads to
//! another gateway. A kept connection that is closed only when the process ends
//! may just have carried a request that nobody will answer.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderValue, Version, header};

use crate::gateway::Gateway;

/// Adds the header where HTTP has one for this; HTTP/2 says it by a frame.
pub async fn announce(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    let one = request.version() <= Version::HTTP_11;
    let mut response = next.run(request).await;
    if one && gateway.is_draining() {
        response
            .headers_mut()
            .entry(header::CONNECTION)
            .or_insert(HeaderValue::from_static("close"));
    }
    response
}
