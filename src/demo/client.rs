//! A real client of the graph: GraphQL over HTTP, one token per account.

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::{
    client::legacy::{Client as Http, connect::HttpConnector},
    rt::TokioExecutor,
};
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

    /// Sends an operation that has to be refused, and answers its reason.
    pub async fn refused(&self, query: &str, variables: Value) -> Result<Refusal> {
        let answer = self.send(query, variables).await?;
        let Some(error) = answer.errors.first() else {
            bail!("this should have been refused: {query}\n{}", answer.data);
        };
        let text = |name: &str| {
            error["extensions"][name]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        Ok(Refusal {
            code: text("code"),
            reason: text("reason"),
            field: text("field"),
            message: error["message"].as_str().unwrap_or_default().to_owned(),
        })
    }
}

/// Why the graph refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: String,
    pub reason: String,
    pub field: String,
    pub message: String,
}
