//! Text → document.

use graphql_tools::static_graphql::query::Document;
use hive_router_query_planner::utils::parsing::safe_parse_operation_with_token_limit;
use kernel::refuse;

use crate::{
    config::Limits,
    error::{GraphError, Rejection},
};

/// Parses a document within the token limit. The parser bounds nesting itself.
pub fn parse(text: &str, limits: &Limits) -> Result<Document, Rejection> {
    if text.len() > limits.body_bytes {
        return Err(super::limits::exceeded("body_bytes", limits.body_bytes, text.len()).into());
    }
    safe_parse_operation_with_token_limit(text, limits.tokens).map_err(|error| {
        let position = error.0.position;
        let detail = error.to_string();
        if detail.contains("Token limit exceeded") {
            return super::limits::exceeded("tokens", limits.tokens, limits.tokens + 1).into();
        }
        if detail.contains("Recursion limit exceeded") {
            return super::limits::exceeded("nesting", 50, 51).into();
        }
        // The first line repeats the position.
        let detail = detail.lines().skip(1).collect::<Vec<_>>().join("; ");
        let (line, column) = (position.line, position.column);
        let refusal = refuse!(Invalid, "GRAPHQL_PARSE_FAILED",
            zh: "查询语法错误(第 {line} 行第 {column} 列):{detail}",
            en: "syntax error at line {line}, column {column}: {detail}");
        Rejection::unparsable(vec![GraphError::new(refusal).located(line, column)])
    })
}
