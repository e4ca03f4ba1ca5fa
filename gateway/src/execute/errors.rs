//! What subgraphs report, in the words that may leave the house.

use kernel::{Kind, Refusal, refuse};
use serde_json::{Map, Value as Json};

use crate::{
    error::{GraphError, Message, PathSegment},
    transport::TransportError,
    value::{Content, View, write_value},
};

/// Extensions of a subgraph's error that clients may see.
const SHOWN: [&str; 4] = ["field", "retryAfter", "limit", "version"];

/// What an answer has in its `errors`. The paths are the subgraph's own.
pub fn all(answer: View<'_, '_>, expose: bool) -> Vec<GraphError> {
    let errors = answer.get("errors").into_iter().flat_map(View::items);
    errors.map(|error| read(error, expose)).collect()
}

fn read(error: View<'_, '_>, expose: bool) -> GraphError {
    let text = |value: Option<View<'_, '_>>| match to_json(value?) {
        Json::String(text) => Some(text),
        _ => None,
    };
    let extensions = error.get("extensions");
    let member = |name: &str| extensions.and_then(|it| it.get(name));
    let code = text(member("code")).filter(|code| is_name(code));
    let reason = text(member("reason")).filter(|reason| is_name(reason));
    let message = text(error.get("message"));
    let path = error.get("path").into_iter().flat_map(View::items);
    let path = path.filter_map(segment).collect();
    // A subgraph that gives a code spoke to the caller on purpose. Without one,
    // or with the code of an internal error, the text may be anything.
    let masked = code
        .as_deref()
        .is_none_or(|code| code == Kind::Internal.code());
    if masked && !expose {
        tracing::warn!(message = message.as_deref(), "a subgraph error was masked");
        let mut error = GraphError::new(internal());
        if let (Some(code), Some(reason)) = (code, reason) {
            (error.code, error.reason) = (code, reason);
        }
        return error.at(path);
    }
    let mut shown = Map::new();
    for name in SHOWN {
        if let Some(value) = member(name) {
            shown.insert(name.to_owned(), to_json(value));
        }
    }
    let code = code.unwrap_or_else(|| Kind::Internal.code().to_owned());
    GraphError {
        reason: reason.unwrap_or_else(|| code.clone()),
        code,
        message: Message::Plain(message.unwrap_or_default()),
        path,
        locations: Vec::new(),
        extensions: shown,
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

fn segment(value: View<'_, '_>) -> Option<PathSegment> {
    match (value.as_raw_str(), value.content()) {
        (Some(key), _) => Some(PathSegment::Key(key.to_owned())),
        (None, Content::Token(index)) => index.parse().ok().map(PathSegment::Index),
        _ => None,
    }
}

fn to_json(value: View<'_, '_>) -> Json {
    let mut out = Vec::new();
    write_value(&mut out, value);
    serde_json::from_slice(&out).unwrap_or_default()
}

fn internal() -> Refusal {
    refuse!(Internal, "SUBGRAPH_ERROR",
        zh: "服务内部错误,请稍后再试", en: "internal error of a service, try again later")
}

/// The error of a call that brought no answer.
pub fn of_call(error: &TransportError) -> GraphError {
    let refusal = match error.kind {
        Kind::Unavailable => refuse!(Unavailable, "SUBGRAPH_UNAVAILABLE",
            zh: "服务暂时不可用,请稍后再试", en: "a service is unavailable, try again later"),
        Kind::Timeout => refuse!(Timeout, "SUBGRAPH_TIMEOUT",
            zh: "服务响应超时,请稍后再试", en: "a service took too long, try again later"),
        Kind::Unauthenticated => refuse!(Unauthenticated, "UNAUTHENTICATED",
            zh: "登录已失效或未登录", en: "not logged in, or the login is no longer good"),
        Kind::Forbidden => refuse!(Forbidden, "FORBIDDEN",
            zh: "没有权限", en: "this is not permitted"),
        Kind::RateLimited => refuse!(RateLimited, "RATE_LIMITED",
            zh: "请求过于频繁,请稍后再试", en: "too many requests, try again later"),
        Kind::Invalid => refuse!(Invalid, "REQUEST_REFUSED",
            zh: "服务拒绝了这个请求", en: "a service refused the request"),
        _ => internal(),
    };
    let mut shown = GraphError::new(refusal);
    if let Some(reason) = error.reason.as_ref().filter(|reason| is_name(reason)) {
        shown.reason.clone_from(reason);
    }
    if let Some(message) = &error.message {
        shown.message = message.clone();
    }
    shown
}

/// The error of an answer that is no GraphQL response.
pub fn of_answer() -> GraphError {
    GraphError::new(refuse!(Unavailable, "SUBGRAPH_ANSWER_UNREADABLE",
        zh: "服务返回了无法识别的内容", en: "a service answered what cannot be read"))
}
