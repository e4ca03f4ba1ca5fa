//! A GraphQL request as it comes in: document, operation, variables.

use http::StatusCode;
use kernel::{Refusal, refuse};
use serde_json::{Map, Value as Json};

use crate::{error::Rejection, strict};

/// One GraphQL request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GraphRequest {
    /// The document; empty where it is only named.
    pub query: String,
    pub operation_name: Option<String>,
    pub variables: Map<String, Json>,
    pub extensions: Map<String, Json>,
    /// The name of a known document.
    pub document_id: Option<String>,
}

/// What one HTTP request brings.
#[derive(Debug)]
pub enum Incoming {
    One(GraphRequest),
    /// A batch: each is answered or refused for itself.
    Many(Vec<Result<GraphRequest, Rejection>>),
}

impl GraphRequest {
    /// A request without variables.
    pub fn new(query: impl Into<String>) -> Self {
        Self {
            query: query.into(),
            ..Self::default()
        }
    }

    /// Reads the body of a POST: one request.
    pub fn from_body(body: &[u8]) -> Result<Self, Rejection> {
        match Incoming::from_body(body, None)? {
            Incoming::One(request) => Ok(request),
            Incoming::Many(_) => Err(batching_off()),
        }
    }

    /// Reads the parameters of a GET. Parameters that nobody knows are passed
    /// over; one of ours that stands twice is refused, since proxies disagree
    /// on which one counts.
    pub fn from_parameters(
        pairs: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, Rejection> {
        let mut members = Map::new();
        for (name, value) in pairs {
            let value = match name.as_str() {
                // The empty text means the same as none, except for the document.
                "operationName" | "documentId" if value.is_empty() => Json::Null,
                "query" | "operationName" | "documentId" => Json::String(value),
                "variables" | "extensions" => parameter(&name, &value)?,
                _ => continue,
            };
            if members.contains_key(&name) {
                return Err(malformed(
                    refuse!(Invalid, "PARAMETER_REPEATED", field: name.clone(),
                    zh: "参数 {name} 重复", en: "the parameter {name} stands twice"),
                ));
            }
            members.insert(name, value);
        }
        Self::from_members(members)
    }

    /// Reads the members of a request.
    pub fn from_members(mut members: Map<String, Json>) -> Result<Self, Rejection> {
        let operation_name = text(members.remove("operationName"), || {
            refuse!(Invalid, "OPERATION_NAME_NOT_TEXT", field: "operationName",
                zh: "operationName 必须是字符串", en: "operationName must be a string")
        })?;
        let document_id = text(members.remove("documentId"), || {
            refuse!(Invalid, "DOCUMENT_ID_NOT_TEXT", field: "documentId",
                zh: "documentId 必须是字符串", en: "documentId must be a string")
        })?;
        let variables = object(members.remove("variables"), "variables")?;
        let extensions = object(members.remove("extensions"), "extensions")?;
        let is_named = document_id.is_some() || extensions.contains_key("persistedQuery");
        let query = match members.remove("query") {
            Some(Json::String(query)) => query,
            None | Some(Json::Null) if is_named => String::new(),
            None | Some(Json::Null) => {
                return Err(malformed(refuse!(Invalid, "QUERY_MISSING", field: "query",
                    zh: "缺少 query", en: "query is missing")));
            }
            Some(_) => {
                return Err(malformed(
                    refuse!(Invalid, "QUERY_NOT_TEXT", field: "query",
                    zh: "query 必须是字符串", en: "query must be a string"),
                ));
            }
        };
        Ok(Self {
            query,
            operation_name,
            variables,
            extensions,
            document_id,
        })
    }
}

impl Incoming {
    /// Reads the body of a POST. `batch` is how many operations it may hold;
    /// None takes no batch.
    pub fn from_body(body: &[u8], batch: Option<usize>) -> Result<Self, Rejection> {
        let json = strict::parse(body).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let twice = error.to_string().contains("stands twice");
            let refusal = if twice {
                refuse!(Invalid, "PARAMETER_REPEATED",
                    zh: "请求体中有重复的名称(第 {line} 行第 {column} 列)",
                    en: "a name stands twice in the body (line {line}, column {column})")
            } else {
                refuse!(Invalid, "BODY_NOT_JSON",
                    zh: "请求体不是有效的 JSON(第 {line} 行第 {column} 列)",
                    en: "the body is not valid JSON (line {line}, column {column})")
            };
            Rejection::malformed(StatusCode::BAD_REQUEST, refusal)
        })?;
        let entries = match json {
            Json::Object(members) => return GraphRequest::from_members(members).map(Self::One),
            Json::Array(entries) => entries,
            _ => return Err(not_object()),
        };
        let Some(most) = batch else {
            return Err(batching_off());
        };
        if entries.is_empty() {
            return Err(malformed(refuse!(Invalid, "BATCH_EMPTY",
                zh: "批量请求为空", en: "the batch is empty")));
        }
        if entries.len() > most {
            let found = entries.len();
            return Err(malformed(
                refuse!(Invalid, "LIMIT_EXCEEDED", field: "batch",
                zh: "请求超出限制 batch:最多 {most} 个操作,实际 {found}",
                en: "the request exceeds the limit batch: at most {most} operations, found {found}"),
            ));
        }
        let entries = entries.into_iter().map(|entry| match entry {
            Json::Object(members) => GraphRequest::from_members(members),
            _ => Err(not_object()),
        });
        Ok(Self::Many(entries.collect()))
    }
}

/// Understood as HTTP and as JSON, but no GraphQL-over-HTTP request.
fn malformed(refusal: Refusal) -> Rejection {
    Rejection::malformed(StatusCode::UNPROCESSABLE_ENTITY, refusal)
}

fn batching_off() -> Rejection {
    malformed(refuse!(Invalid, "BATCHING_OFF",
        zh: "未启用批量请求:一次请求只能有一个操作",
        en: "batching is off: send one operation per request"))
}

fn not_object() -> Rejection {
    malformed(refuse!(Invalid, "BODY_NOT_OBJECT",
        zh: "请求体必须是 JSON 对象", en: "the body must be a JSON object"))
}

fn parameter(name: &str, text: &str) -> Result<Json, Rejection> {
    if text.is_empty() {
        return Ok(Json::Null);
    }
    strict::parse(text.as_bytes()).map_err(|_| {
        malformed(refuse!(Invalid, "PARAMETER_NOT_JSON", field: name,
            zh: "参数 {name} 不是有效的 JSON", en: "the parameter {name} is not valid JSON"))
    })
}

fn text(
    value: Option<Json>,
    refusal: impl FnOnce() -> Refusal,
) -> Result<Option<String>, Rejection> {
    match value {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
        Some(_) => Err(malformed(refusal())),
    }
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
