//! A real client of the graph: GraphQL over HTTP, one token per account.

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::{
    client::legacy::{Client as Http, connect::HttpConnector},
    rt::TokioExecutor,
};
use kernel::Kind;
use serde_json::{Value, json};

/// What the graph answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// `data`, or null.
    pub data: Value,
    /// `errors`, or empty.
    pub errors: Vec<Value>,
    /// `extensions`, or null.
    pub extensions: Value,
}

/// Somebody at the graph.
#[derive(Clone)]
pub struct Client {
    http: Http<HttpConnector, Full<Bytes>>,
    graph: String,
    token: Option<String>,
    headers: Vec<(&'static str, String)>,
}

impl Client {
    /// A client of the graph at `http://host:port/graphql`, not signed in.
    pub fn new(graph: impl Into<String>) -> Self {
        Self {
            http: Http::builder(TokioExecutor::new()).build_http(),
            graph: graph.into(),
            token: None,
            headers: vec![("accept-language", "en".into())],
        }
    }

    /// The same client with a token.
    pub fn signed_in(&self, token: impl Into<String>) -> Self {
        Self {
            token: Some(token.into()),
            ..self.clone()
        }
    }

    /// The same client with one more header, such as a purpose or a channel.
    pub fn with(&self, name: &'static str, value: impl Into<String>) -> Self {
        let mut client = self.clone();
        client.headers.retain(|(known, _)| *known != name);
        client.headers.push((name, value.into()));
        client
    }

    /// Sends one operation.
    pub async fn send(&self, query: &str, variables: Value) -> Result<Answer> {
        let body = json!({ "query": query, "variables": variables });
        let mut request = http::Request::post(&self.graph)
            .header("content-type", "application/json")
            .header(
                "accept",
                "application/graphql-response+json, application/json",
            );
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let request = request.body(Full::new(Bytes::from(serde_json::to_vec(&body)?)))?;
        let answer = self
            .http
            .request(request)
            .await
            .context("the graph cannot be reached")?;
        let status = answer.status();
        let bytes = answer.into_body().collect().await?.to_bytes();
        let mut value: Value = serde_json::from_slice(&bytes)
            .with_context(|| format!("{status}: {}", String::from_utf8_lossy(&bytes)))?;
        let errors = match value["errors"].take() {
            Value::Array(errors) => errors,
            _ => Vec::new(),
        };
        Ok(Answer {
            data: value["data"].take(),
            errors,
            extensions: value["extensions"].take(),
        })
    }

    /// Sends an operation that has to succeed, and answers its data.
    pub async fn ask(&self, query: &str, variables: Value) -> Result<Value> {
        let answer = self.send(query, variables).await?;
        if let Some(error) = answer.errors.first() {
            bail!("the graph refused: {error}\n{query}");
        }
        Ok(answer.data)
    }
}

impl Answer {
    /// The first failure, where there is one.
    pub fn failure(&self) -> Option<Failure> {
        let error = self.errors.first()?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let extensions = &error["extensions"];
        Some(Failure {
            code: text(&extensions["code"]),
            reason: text(&extensions["reason"]),
            field: text(&extensions["field"]),
            message: text(&error["message"]),
        })
    }

    /// Whether something was out of reach or too slow, at any field: the same
    /// operation may well succeed a moment later.
    pub fn is_transient(&self) -> bool {
        let code = |error: &Value| {
            error["extensions"]["code"]
                .as_str()
                .and_then(Kind::from_code)
        };
        self.errors
            .iter()
            .any(|error| matches!(code(error), Some(Kind::Unavailable | Kind::Timeout)))
    }
}

/// What an operation failed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub code: String,
    pub reason: String,
    pub field: String,
    pub message: String,
}

impl Failure {
    /// Whether somebody decided this: a rule, a permission, a state. A fault of
    /// the platform is no decision, and neither is a query that is misspelt.
    pub fn is_refusal(&self) -> bool {
        let fault = matches!(
            Kind::from_code(&self.code),
            None | Some(Kind::Internal | Kind::Unavailable | Kind::Timeout | Kind::RateLimited)
        );
        !fault && !self.reason.starts_with("GRAPHQL_")
    }
}
