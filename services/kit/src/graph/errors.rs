//! GraphQL errors: `extensions = { code, reason, field?, requestId }`, the
//! message in the caller's language, nothing internal.

use async_graphql::{ErrorExtensionValues, Response, ServerError, Value};
use kernel::{Kind, Lang};

use crate::{auth::Caller, error::Error};

/// Rewrites every error of a response for the caller, and logs each once.
pub fn tell(response: &mut Response, caller: &Caller, operation: &str) {
    for error in &mut response.errors {
        let told = match error.source::<Error>() {
            Some(ours) => {
                ours.log(operation);
                told(error, ours, caller)
            }
            // Not ours: the library refused the input before a resolver ran.
            None => told(error, &library(&error.message), caller),
        };
        *error = told;
    }
}

fn library(message: &str) -> Error {
    Error::new(
        Kind::Invalid,
        "INPUT_MALFORMED",
        format!("请求内容有误:{message}"),
        format!("The request is malformed: {message}"),
    )
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
