//! The response: bytes, and what HTTP makes of them.

use bytes::Bytes;
use http::StatusCode;

use crate::{
    context::RequestContext,
    error::{GraphError, Rejection},
    execute::Outcome,
};

/// An answer to one request.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status for `application/graphql-response+json`.
    pub status: StatusCode,
    /// Whether `application/json` is answered 200.
    pub well_formed: bool,
    /// The GraphQL response.
    pub body: Bytes,
    /// For metrics: `ok`, `partial` or `refused`.
    pub outcome: &'static str,
}

impl Response {
    /// An answer without data.
    pub fn rejected(rejection: &Rejection, context: &RequestContext) -> Self {
        let mut out = Vec::with_capacity(256);
        out.push(b'{');
        write_errors(&mut out, &rejection.errors, context);
        let mut extensions = serde_json::Map::new();
        price(&mut extensions, context);
        write_extensions(&mut out, extensions);
        out.push(b'}');
        Self {
            status: rejection.status,
            well_formed: rejection.well_formed,
            body: out.into(),
            outcome: "refused",
        }
    }
}

/// What the operation costs, where the client has asked.
fn price(extensions: &mut serde_json::Map<String, serde_json::Value>, context: &RequestContext) {
    if let Some(price) = context.notes.price().filter(|_| context.priced) {
        let price = serde_json::json!({
            "estimated": price.estimated,
            "maximum": price.maximum,
        });
        extensions.insert("cost".to_owned(), price);
    }
}

fn write_extensions(out: &mut Vec<u8>, extensions: serde_json::Map<String, serde_json::Value>) {
    if !extensions.is_empty() {
        out.extend_from_slice(b",\"extensions\":");
        out.extend_from_slice(serde_json::Value::Object(extensions).to_string().as_bytes());
    }
}

fn write_errors(out: &mut Vec<u8>, errors: &[GraphError], context: &RequestContext) {
    out.extend_from_slice(b"\"errors\":");
    error_list(out, errors, context);
}

/// Writes errors as a list alone.
pub fn error_list(out: &mut Vec<u8>, errors: &[GraphError], context: &RequestContext) {
    out.push(b'[');
    for (index, error) in errors.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        error.write(out, context);
    }
    out.push(b']');
}

/// Puts the response together; errors come first, so that a reader who stops
/// early has seen them.
pub fn write_response(
    data: Vec<u8>,
    outcome: &Outcome<'_>,
    context: &RequestContext,
    generation: u64,
) -> Response {
    let mut out = Vec::with_capacity(data.len() + 64);
    out.push(b'{');
    if !outcome.errors.is_empty() {
        write_errors(&mut out, &outcome.errors, context);
        out.push(b',');
    }
    out.extend_from_slice(b"\"data\":");
    out.extend_from_slice(&data);
    let mut extensions = serde_json::Map::new();
    if outcome.dropped_errors > 0 {
        extensions.insert("droppedErrors".to_owned(), outcome.dropped_errors.into());
    }
    if context.explain {
        let explain = serde_json::json!({ "generation": generation, "calls": outcome.calls });
        extensions.insert("explain".to_owned(), explain);
    }
    price(&mut extensions, context);
    write_extensions(&mut out, extensions);
    out.push(b'}');
    Response {
        status: StatusCode::OK,
        well_formed: true,
        body: out.into(),
        outcome: if outcome.errors.is_empty() {
            "ok"
        } else {
            "partial"
        },
    }
}
