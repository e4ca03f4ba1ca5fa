//! GraphQL errors: `extensions = { code, reason, field?, requestId }`, the
//! message in the caller's language, nothing internal.

use async_graphql::{ErrorExtensionValues, Response, ServerError, Value};
use kernel::{Kind, Lang};
use serde_json::Value as Json;

use super::input::{Asked, Misfit, Whole};
use crate::{auth::Caller, error::Error};

/// What a scalar says of itself where it refuses: in both languages, because
/// before a resolver runs the caller's is unknown.
pub(super) const REASON: &str = "reason";
pub(super) const ZH: &str = "zh";
pub(super) const EN: &str = "en";
/// The text it refuses; it stays inside.
pub(super) const VALUE: &str = "value";

/// Rewrites every error of a response for the caller, and logs each once. What
/// the library refused is told with the field at which it stands.
pub fn tell(response: &mut Response, caller: &Caller, operation: &str, asked: &Asked<'_>) {
    for error in &mut response.errors {
        let told = match error.source::<Error>() {
            Some(ours) => {
                ours.log(operation);
                told(error, ours, caller)
            }
            // Not ours: the library refused the input before a resolver ran.
            None => told(error, &library(error, asked), caller),
        };
        *error = told;
    }
}

fn library(error: &ServerError, asked: &Asked<'_>) -> Error {
    let said = |name: &str| match error.extensions.as_ref()?.get(name)? {
        Value::String(text) => Some(text.clone()),
        _ => None,
    };
    let misfit = misfit(error, asked);
    if let (Some(reason), Some(zh), Some(en)) = (said(REASON), said(ZH), said(EN)) {
        let refused = Error::new(Kind::Invalid, reason, zh, en);
        let field = misfit.map(|misfit| misfit.field);
        // A scalar of one service: only the text it refuses is known.
        let field = field.or_else(|| place(&said(VALUE)?, asked.variables));
        return match field {
            Some(field) => refused.at(field),
            None => refused,
        };
    }
    if let Some(Misfit { field, zh, en }) = misfit {
        return Error::new(Kind::Invalid, "INPUT_MALFORMED", zh, en).at(field);
    }
    let message = &error.message;
    Error::new(
        Kind::Invalid,
        "INPUT_MALFORMED",
        format!("请求内容有误:{message}"),
        format!("The request is malformed: {message}"),
    )
}

/// Where the input does not fit. A number that the schema would take may still
/// be one that a field does not, because it only counts.
fn misfit(error: &ServerError, asked: &Asked<'_>) -> Option<Misfit> {
    let counting = || error.message.contains("\"Int\"").then_some(Whole::Counting);
    asked
        .misfit(Whole::Signed)
        .or_else(|| asked.misfit(counting()?))
}

/// Where in the variables a text stands, such as `input.divisionCode`.
fn place(text: &str, variables: &[u8]) -> Option<String> {
    fn walk(value: &Json, text: &str, path: &mut Vec<String>) -> bool {
        let children: Vec<(String, &Json)> = match value {
            Json::String(found) => return found == text,
            Json::Object(fields) => fields.iter().map(|(name, it)| (name.clone(), it)).collect(),
            Json::Array(items) => (0..).map(|at: usize| at.to_string()).zip(items).collect(),
            _ => return false,
        };
        children.into_iter().any(|(name, child)| {
            path.push(name);
            walk(child, text, path) || path.pop().is_none()
        })
    }
    let mut path = Vec::new();
    let variables = serde_json::from_slice(variables).ok()?;
    walk(&variables, text, &mut path).then(|| path.join("."))
}

fn told(original: &ServerError, error: &Error, caller: &Caller) -> ServerError {
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", error.kind().code());
    extensions.set("reason", error.reason());
    if let Some(field) = error.field() {
        extensions.set("field", field);
    }
    extensions.set("requestId", Value::from(caller.request_id.as_str()));
    let lang: Lang = caller.lang;
    let mut told = ServerError::new(error.message(lang), None);
    told.locations.clone_from(&original.locations);
    told.path.clone_from(&original.path);
    told.extensions = Some(extensions);
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_in_the_variables_or_not() {
        let variables =
            br#"{"first":1,"input":{"name":"x","places":[{"code":"11"},{"code":"2301"}]}}"#;
        let found = place("2301", variables);
        assert_eq!(found.as_deref(), Some("input.places.1.code"));
        assert_eq!(place("elsewhere", variables), None);
        assert_eq!(place("2301", b""), None);
    }
}
