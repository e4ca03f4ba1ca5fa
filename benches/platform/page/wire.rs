//! The page as a portal gets it: bytes over HTTP, not looked into.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Value, json};

/// One operation, ready to be sent again and again.
pub struct Wire {
    http: Client<HttpConnector, Full<Bytes>>,
    graph: String,
    authorization: String,
    body: Bytes,
}

impl Wire {
    pub fn new(graph: &str, query: &str, variables: &Value, token: &str) -> Result<Self> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let body = json!({ "query": query, "variables": variables });
        Ok(Self {
            http: Client::builder(TokioExecutor::new()).build(connector),
            graph: graph.to_owned(),
            authorization: format!("Bearer {token}"),
            body: serde_json::to_vec(&body)?.into(),
        })
    }

    /// Sends it; answers the milliseconds until the last byte.
    pub async fn time(&self) -> Result<f64> {
        let begun = Instant::now();
        self.send(false).await?;
        Ok(begun.elapsed().as_secs_f64() * 1e3)
    }

    /// Sends it; answers what came.
    pub async fn ask(&self, explain: bool) -> Result<Value> {
        Ok(serde_json::from_slice(&self.send(explain).await?)?)
    }

    async fn send(&self, explain: bool) -> Result<Bytes> {
        let mut request = Request::post(&self.graph)
            .header("content-type", "application/json")
            .header("accept", "application/graphql-response+json")
            .header("authorization", &self.authorization);
        if explain {
            request = request.header("x-sanshe-explain", "1");
        }
        let request = request.body(Full::new(self.body.clone()))?;
        let answer = self
            .http
            .request(request)
            .await
            .context("the graph cannot be reached")?;
        let status = answer.status();
        let bytes = answer.into_body().collect().await?.to_bytes();
        ensure!(
            status.is_success() && !bytes.starts_with(b"{\"errors\""),
            "{status}: {}",
            String::from_utf8_lossy(&bytes)
        );
        Ok(bytes)
    }
}
