//! One request, and what became of it.

use std::{
    error::Error,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::{
    client::legacy::{Client as Http, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use serde_json::{Value, json};

/// What became of a request.
#[derive(Debug)]
pub struct Outcome {
    pub took: Duration,
    /// Of a request that failed: its kind, and all that is known of it.
    pub failure: Option<(String, String)>,
}

/// What is asked.
#[derive(Debug)]
pub struct Operation {
    query: String,
    input: Option<Value>,
    token: String,
    run: String,
    asked: AtomicU64,
}

impl Operation {
    /// The same each time.
    pub fn read(query: &str) -> Self {
        Self {
            query: query.to_owned(),
            input: None,
            token: String::new(),
            run: String::new(),
            asked: AtomicU64::new(0),
        }
    }

    /// Another one each time.
    pub fn write(mutation: &str, input: &str, token: &str, run: &str) -> Result<Self> {
        let input: Value = serde_json::from_str(input).context("the input is no JSON")?;
        anyhow::ensure!(input.is_object(), "the input is no JSON object");
        Ok(Self {
            query: mutation.to_owned(),
            input: Some(input),
            token: token.to_owned(),
            run: run.to_owned(),
            asked: AtomicU64::new(0),
        })
    }

    fn body(&self) -> Bytes {
        let mut body = json!({ "query": self.query });
        if let Some(input) = &self.input {
            let number = self.asked.fetch_add(1, Ordering::Relaxed);
            let mut input = input.clone();
            input["idempotencyKey"] = json!(format!("{}-{number}", self.run));
            body["variables"] = json!({ "input": input });
        }
        body.to_string().into()
    }
}

/// One client.
#[derive(Debug)]
pub struct Client {
    http: Http<HttpConnector, Full<Bytes>>,
    url: String,
    kept: bool,
    patience: Duration,
}

impl Client {
    /// With `kept` it keeps its connection, else it opens one each time.
    pub fn new(url: &str, kept: bool, patience: Duration) -> Self {
        let mut http = Http::builder(TokioExecutor::new());
        http.pool_timer(TokioTimer::new());
        if !kept {
            http.pool_max_idle_per_host(0);
        }
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self {
            http: http.build(connector),
            url: url.to_owned(),
            kept,
            patience,
        }
    }

    /// Asks once. A request counts as failed unless it is answered whole: with
    /// 200, with data, and without a single error.
    pub async fn ask(&self, operation: &Operation) -> Outcome {
        let begun = Instant::now();
        let asked = tokio::time::timeout(self.patience, self.send(operation)).await;
        let failure = asked
            .unwrap_or_else(|_| Err(("no answer".into(), format!("within {:?}", self.patience))))
            .err();
        Outcome {
            took: begun.elapsed(),
            failure,
        }
    }

    async fn send(&self, operation: &Operation) -> Result<(), (String, String)> {
        let mut request = http::Request::post(&self.url)
            .header("content-type", "application/json")
            .header("accept", "application/graphql-response+json");
        if !self.kept {
            request = request.header("connection", "close");
        }
        if !operation.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", operation.token));
        }
        let request = request
            .body(Full::new(operation.body()))
            .map_err(|error| ("no request".into(), error.to_string()))?;
        let answer = self.http.request(request).await.map_err(|error| {
            let kind = if error.is_connect() {
                "no connection"
            } else {
                "connection lost"
            };
            (kind.into(), chain(&error))
        })?;
        let status = answer.status();
        let body = answer.into_body().collect().await;
        let body = body.map_err(|error| ("connection lost".to_owned(), chain(&error)))?;
        judge(status, &body.to_bytes())
    }
}

/// An error with its causes.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// What is wrong with an answer, if anything is.
fn judge(status: http::StatusCode, body: &[u8]) -> Result<(), (String, String)> {
    let text = || String::from_utf8_lossy(body).into_owned();
    let answer: Value =
        serde_json::from_slice(body).map_err(|_| (format!("status {status}"), text()))?;
    if let Some(error) = answer["errors"].as_array().and_then(|all| all.first()) {
        let say = |name: &str| error["extensions"][name].as_str().unwrap_or("-").to_owned();
        return Err((format!("{} {}", say("code"), say("reason")), text()));
    }
    if !status.is_success() || !answer["data"].is_object() {
        return Err((format!("status {status}"), text()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::StatusCode;

    fn kind(status: StatusCode, body: &str) -> Option<String> {
        judge(status, body.as_bytes()).err().map(|(kind, _)| kind)
    }

    #[test]
    fn only_a_whole_answer_is_no_failure() {
        let ok = StatusCode::OK;
        assert_eq!(kind(ok, r#"{"data":{"a":1}}"#), None);
        let partial = r#"{"data":{"a":null},"errors":[{"message":"m","extensions":{"code":"UNAVAILABLE","reason":"R"}}]}"#;
        assert_eq!(kind(ok, partial).unwrap(), "UNAVAILABLE R");
        assert_eq!(kind(ok, r#"{"data":null}"#).unwrap(), "status 200 OK");
        assert_eq!(kind(ok, "{}").unwrap(), "status 200 OK");
        let busy = StatusCode::SERVICE_UNAVAILABLE;
        assert_eq!(
            kind(busy, "busy").unwrap(),
            "status 503 Service Unavailable"
        );
        assert_eq!(
            kind(busy, r#"{"data":{}}"#).unwrap(),
            "status 503 Service Unavailable"
        );
    }

    #[test]
    fn every_write_has_a_key_of_its_own() {
        let operation = Operation::write("m", r#"{"x":1}"#, "", "run").unwrap();
        let body = |_| String::from_utf8(operation.body().to_vec()).unwrap();
        let [first, second] = [0, 1].map(body);
        assert!(first.contains(r#""idempotencyKey":"run-0""#), "{first}");
        assert!(second.contains(r#""idempotencyKey":"run-1""#), "{second}");
        assert!(Operation::write("m", "[]", "", "run").is_err());
    }
}
