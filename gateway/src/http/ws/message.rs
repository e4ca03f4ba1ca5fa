//! What client and server say to each other.

use serde_json::{Map, Value as Json};

use super::close::Close;
use crate::{
    context::RequestContext, error::GraphError, request::GraphRequest, response::error_list,
    value::write_string,
};

/// What a client says.
#[derive(Debug, PartialEq)]
pub enum ClientMessage {
    Init(Map<String, Json>),
    Ping(Option<Json>),
    Pong,
    Subscribe { id: String, request: GraphRequest },
    Complete { id: String },
}

/// Reads a message; anything unknown closes the connection.
pub fn read(text: &str) -> Result<ClientMessage, Close> {
    let Ok(Json::Object(mut members)) = serde_json::from_str(text) else {
        return Err(Close::malformed("A message is a JSON object"));
    };
    let Some(Json::String(kind)) = members.remove("type") else {
        return Err(Close::malformed("A message has a type"));
    };
    let payload = members.remove("payload").filter(|it| !it.is_null());
    match kind.as_str() {
        "connection_init" => Ok(ClientMessage::Init(object(payload)?.unwrap_or_default())),
        "ping" => Ok(ClientMessage::Ping(object(payload)?.map(Json::Object))),
        "pong" => Ok(ClientMessage::Pong),
        "subscribe" => {
            let id = id(&mut members)?;
            let payload = object(payload)?.ok_or_else(|| Close::malformed("payload is missing"))?;
            let request = GraphRequest::from_members(payload)
                .map_err(|rejection| Close::malformed(rejection.reasons()))?;
            Ok(ClientMessage::Subscribe { id, request })
        }
        "complete" => Ok(ClientMessage::Complete {
            id: id(&mut members)?,
        }),
        _ => Err(Close::malformed(format!("Unknown type {kind}"))),
    }
}

fn object(payload: Option<Json>) -> Result<Option<Map<String, Json>>, Close> {
    match payload {
        None => Ok(None),
        Some(Json::Object(members)) => Ok(Some(members)),
        Some(_) => Err(Close::malformed("payload must be an object")),
    }
}

fn id(members: &mut Map<String, Json>) -> Result<String, Close> {
    match members.remove("id") {
        Some(Json::String(id)) if !id.is_empty() => Ok(id),
        _ => Err(Close::malformed("id must be a non-empty string")),
    }
}

pub const ACK: &str = r#"{"type":"connection_ack"}"#;

pub fn pong(payload: Option<Json>) -> String {
    match payload {
        None => r#"{"type":"pong"}"#.to_owned(),
        Some(payload) => format!(r#"{{"type":"pong","payload":{payload}}}"#),
    }
}

/// One answer of an operation; `body` is a GraphQL response.
pub fn next(id: &str, body: &[u8]) -> String {
    of(id, "next", Some(body))
}

pub fn complete(id: &str) -> String {
    of(id, "complete", None)
}

/// The end of an operation that did not begin, or was ended.
pub fn error(id: &str, errors: &[GraphError], context: &RequestContext) -> String {
    let mut list = Vec::new();
    error_list(&mut list, errors, context);
    of(id, "error", Some(&list))
}

fn of(id: &str, kind: &str, payload: Option<&[u8]>) -> String {
    let mut out = Vec::with_capacity(payload.map_or(0, <[u8]>::len) + id.len() + 48);
    out.extend_from_slice(b"{\"id\":");
    write_string(&mut out, id);
    out.extend_from_slice(b",\"type\":\"");
    out.extend_from_slice(kind.as_bytes());
    out.push(b'"');
    if let Some(payload) = payload {
        out.extend_from_slice(b",\"payload\":");
        out.extend_from_slice(payload);
    }
    out.push(b'}');
    // All of it was written from text.
    String::from_utf8(out)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> String {
        let close = read(text).unwrap_err();
        assert_eq!(close.code, 4400);
        close.reason
    }

    #[test]
    fn reads_what_the_protocol_knows() {
        let subscribe =
            r#"{"id":"1","type":"subscribe","payload":{"query":"{a}","variables":null}}"#;
        assert_eq!(
            read(subscribe).unwrap(),
            ClientMessage::Subscribe {
                id: "1".to_owned(),
                request: GraphRequest::new("{a}")
            }
        );
        assert_eq!(
            read(r#"{"type":"connection_init"}"#).unwrap(),
            ClientMessage::Init(Map::new())
        );
        assert_eq!(
            read(r#"{"type":"ping"}"#).unwrap(),
            ClientMessage::Ping(None)
        );
    }

    #[test]
    fn closes_on_what_it_does_not_know() {
        assert_eq!(reason("hello"), "A message is a JSON object");
        assert_eq!(reason("[]"), "A message is a JSON object");
        assert_eq!(reason("{}"), "A message has a type");
        assert_eq!(reason(r#"{"type":"start"}"#), "Unknown type start");
        assert_eq!(
            reason(r#"{"type":"subscribe","payload":{"query":"{a}"}}"#),
            "id must be a non-empty string"
        );
        assert_eq!(
            reason(r#"{"type":"subscribe","id":"1"}"#),
            "payload is missing"
        );
        assert_eq!(
            reason(r#"{"type":"subscribe","id":"1","payload":{}}"#),
            "QUERY_MISSING"
        );
        assert_eq!(
            reason(r#"{"type":"connection_init","payload":"token"}"#),
            "payload must be an object"
        );
    }

    #[test]
    fn writes_ids_as_json() {
        assert_eq!(complete("a\"b"), r#"{"id":"a\"b","type":"complete"}"#);
        assert_eq!(
            next("1", br#"{"data":null}"#),
            r#"{"id":"1","type":"next","payload":{"data":null}}"#
        );
    }
}
