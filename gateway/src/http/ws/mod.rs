//! `graphql-transport-ws`: any operation over one WebSocket.
//!
//! | file | holds |
//! |---|---|
//! | `message.rs` | what both sides say |
//! | `close.rs` | why a connection is closed |
//! | `session.rs` | one connection: init, operations, silence, stop |
//! | `operation.rs` | one operation of it |
//! | `writer.rs` | the bounded queue to the client, heartbeats |

mod close;
mod message;
mod operation;
mod session;
mod writer;

use axum::{
    body::Body,
    extract::{FromRequestParts as _, ws::WebSocketUpgrade},
    response::IntoResponse as _,
};
use http::{HeaderMap, StatusCode, Uri, header, request::Parts};
use kernel::refuse;

use super::{graphql, negotiate::MediaType, respond};
use crate::{error::Rejection, gateway::Gateway, response::Response};

/// The protocol's name.
const PROTOCOL: &str = "graphql-transport-ws";

/// Whether a client asks for a WebSocket.
pub fn is_upgrade(headers: &HeaderMap) -> bool {
    let upgrade = headers.get(header::UPGRADE);
    upgrade.is_some_and(|it| it.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Opens a WebSocket, or says why not.
pub async fn upgrade(gateway: Gateway, parts: &mut Parts) -> axum::response::Response {
    let context = graphql::context(&gateway, parts);
    let refused = |rejection: &Rejection| {
        let response = Response::rejected(rejection, &context);
        respond(response, MediaType::GraphqlResponse, &context.request_id).map(Body::from)
    };
    if !from_own_page(&parts.headers, &gateway.config().http.cors_origins) {
        return refused(&Rejection::malformed(
            StatusCode::FORBIDDEN,
            refuse!(Forbidden, "ORIGIN_FORBIDDEN",
                zh: "不允许来自此页面的连接", en: "pages of this origin may not connect"),
        ));
    }
    if gateway.streams().is_closing() {
        return refused(&Rejection::unavailable(
            refuse!(Unavailable, "GATEWAY_STOPPING",
                zh: "网关正在重启,请稍后再试", en: "the gateway is restarting, try again shortly"),
        ));
    }
    if let Err(rejection) = gateway.limiter().address(&context).await {
        return refused(&rejection);
    }
    let upgrade = match WebSocketUpgrade::from_request_parts(parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let seat = match gateway.streams().seat(context.address) {
        Ok(seat) => seat,
        Err(refusal) => return refused(&Rejection::unavailable(refusal)),
    };
    let most = gateway.streams().settings().message_bytes;
    let address = context.address;
    let session = session::Session::new(gateway.clone(), parts.headers.clone(), address, seat);
    upgrade
        .protocols([PROTOCOL])
        .max_message_size(most)
        .max_frame_size(most)
        .on_upgrade(|socket| session.run(socket))
}

/// Browsers let any page open a WebSocket, so the page must be of our own host
/// or of one that CORS allows. Other clients send no Origin.
fn from_own_page(headers: &HeaderMap, allowed: &[String]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    if allowed.iter().any(|it| it == origin) {
        return true;
    }
    let host = headers.get(header::HOST).and_then(|it| it.to_str().ok());
    let of = origin.parse::<Uri>().ok();
    let authority = of.as_ref().and_then(Uri::authority);
    authority.is_some_and(|it| host.is_some_and(|host| host.eq_ignore_ascii_case(it.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(origin: Option<&str>, host: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        from_own_page(&headers, &["https://portal.example".to_owned()])
    }

    #[test]
    fn foreign_pages_may_not_connect() {
        assert!(own(None, "graph.example"));
        assert!(own(Some("https://graph.example"), "graph.example"));
        assert!(own(Some("http://localhost:4000"), "localhost:4000"));
        assert!(own(Some("https://portal.example"), "graph.example"));
        assert!(!own(Some("https://evil.example"), "graph.example"));
        assert!(!own(Some("http://localhost:4001"), "localhost:4000"));
        assert!(!own(Some("null"), "graph.example"));
    }
}
