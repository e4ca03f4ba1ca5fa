//! A GraphQL request as it comes in: document, operation, variables.

use http::StatusCode;
use kernel::{Refusal, refuse};
use serde_json::{Map, Value as Json};

use crate::error::Rejection;

/// One GraphQL request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GraphRequest {
    pub query: String,
    pub operation_name: Option<String>,
    pub variables: Map<String, Json>,
    /// Carried by some clients; nothing in it is acted on yet.
    pub extensions: Map<String, Json>,
}

impl GraphRequest {
    /// A request without variables.
    pub fn new(query: impl Into<String>) -> Self {
        Self {
            query: query.into(),
            ..Self::default()
        }
    }

    /// Reads the body of a POST.
    pub fn from_body(body: &[u8]) -> Result<Self, Rejection> {
        let json: Json = serde_json::from_slice(body).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            malformed(refuse!(Invalid, "BODY_NOT_JSON",
                zh: "请求体不是有效的 JSON(第 {line} 行第 {column} 列)",
                en: "the body is not valid JSON (line {line}, column {column})"))
        })?;
        match json {
            Json::Object(members) => Self::from_members(members),
            Json::Array(_) => Err(malformed(refuse!(Invalid, "BATCHING_OFF",
                zh: "未启用批量请求:一次请求只能有一个操作",
                en: "batching is off: send one operation per request"))),
            _ => Err(malformed(refuse!(Invalid, "BODY_NOT_OBJECT",
                zh: "请求体必须是 JSON 对象", en: "the body must be a JSON object"))),
        }
    }

    /// Reads the parameters of a GET.
    pub fn from_parameters(
        pairs: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, Rejection> {
        let mut members = Map::new();
        for (name, value) in pairs {
            let value = match name.as_str() {
                "query" | "operationName" => Json::String(value),
                "variables" | "extensions" => parameter(&name, &value)?,
                _ => continue,
            };
            members.insert(name, value);
        }
        Self::from_members(members)
    }

    /// Reads the members of a request.
    pub fn from_members(mut members: Map<String, Json>) -> Result<Self, Rejection> {
        let query = match members.remove("query") {
            Some(Json::String(query)) if !query.trim().is_empty() => query,
            None | Some(Json::Null) => {
                return Err(malformed(refuse!(Invalid, "QUERY_MISSING", field: "query",
                    zh: "缺少 query", en: "query is missing")));
            }
            Some(_) => {
                return Err(malformed(
                    refuse!(Invalid, "QUERY_NOT_TEXT", field: "query",
                    zh: "query 必须是非空字符串", en: "query must be a non-empty string"),
                ));
            }
        };
        let operation_name = match members.remove("operationName") {
            None | Some(Json::Null) => None,
            Some(Json::String(name)) => Some(name).filter(|name| !name.is_empty()),
            Some(_) => {
                return Err(malformed(refuse!(Invalid, "OPERATION_NAME_NOT_TEXT",
                    field: "operationName",
                    zh: "operationName 必须是字符串", en: "operationName must be a string")));
            }
        };
        let variables = object(members.remove("variables"), "variables")?;
        let extensions = object(members.remove("extensions"), "extensions")?;
        Ok(Self {
            query,
            operation_name,
            variables,
            extensions,
        })
    }
}

fn malformed(refusal: Refusal) -> Rejection {
    Rejection::malformed(StatusCode::BAD_REQUEST, refusal)
}

fn parameter(name: &str, text: &str) -> Result<Json, Rejection> {
    if text.is_empty() {
        return Ok(Json::Null);
    }
    serde_json::from_str(text).map_err(|_| {
        malformed(refuse!(Invalid, "PARAMETER_NOT_JSON", field: name,
            zh: "参数 {name} 不是有效的 JSON", en: "the parameter {name} is not valid JSON"))
    })
}

fn object(value: Option<Json>, name: &str) -> Result<Map<String, Json>, Rejection> {
    match value {
        None | Some(Json::Null) => Ok(Map::new()),
        Some(Json::Object(members)) => Ok(members),
        Some(_) => Err(malformed(
            refuse!(Invalid, "PARAMETER_NOT_OBJECT", field: name,
            zh: "{name} 必须是 JSON 对象", en: "{name} must be a JSON object"),
        )),
    }
}
