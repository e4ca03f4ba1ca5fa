//! The development desk: logins by account name, and the platform's clock.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{
    client::legacy::{Client as Http, connect::HttpConnector},
    rt::TokioExecutor,
};
use kit::auth::{
    Account,
    issuer::{read_accounts, write_accounts},
};
use serde_json::{Value, json};

/// The development login of a running platform.
#[derive(Clone)]
pub struct Desk {
    http: Http<HttpConnector, Full<Bytes>>,
    address: String,
    accounts: PathBuf,
}

impl Desk {
    /// The desk at `http://host:port`, whose accounts lie in `data`.
    pub fn new(address: impl Into<String>, data: &Path) -> Self {
        Self {
            http: Http::builder(TokioExecutor::new()).build_http(),
            address: address.into(),
            accounts: data.join("accounts.json"),
        }
    }

    /// Adds accounts, or replaces those of the same name.
    pub fn register(&self, new: Vec<Account>) -> Result<()> {
        let mut all = read_accounts(&self.accounts)?;
        all.retain(|known| new.iter().all(|account| account.name != known.name));
        all.extend(new);
        write_accounts(&self.accounts, &all)
    }

    /// A fresh token of an account.
    pub async fn token(&self, name: &str) -> Result<String> {
        let form = format!("grant_type=password&username={name}");
        let answer = self
            .send(
                "POST",
                "/token",
                "application/x-www-form-urlencoded",
                form.into(),
            )
            .await?;
        answer["access_token"]
            .as_str()
            .map(ToOwned::to_owned)
            .with_context(|| format!("the login gave no token to {name}: {answer}"))
    }

    /// What time it is on the platform.
    pub async fn now(&self) -> Result<DateTime<Utc>> {
        let answer = self
            .send("GET", "/clock", "application/json", Bytes::new())
            .await?;
        let text = answer["now"]
            .as_str()
            .with_context(|| format!("no clock: {answer}"))?;
        Ok(text.parse()?)
    }

    /// Moves the platform's clock forward.
    pub async fn advance(&self, by: TimeDelta) -> Result<()> {
        let body = json!({ "advance_seconds": by.num_seconds() }).to_string();
        self.send("POST", "/clock", "application/json", body.into())
            .await?;
        Ok(())
    }

    async fn send(&self, method: &str, path: &str, kind: &str, body: Bytes) -> Result<Value> {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address))
            .header("content-type", kind)
            .body(Full::new(body))?;
        let answer = self
            .http
            .request(request)
            .await
            .context("the login cannot be reached")?;
        let status = answer.status();
        let bytes = answer.into_body().collect().await?.to_bytes();
        anyhow::ensure!(
            status.is_success(),
            "the login answered {status}: {}",
            String::from_utf8_lossy(&bytes)
        );
        Ok(serde_json::from_slice(&bytes)?)
    }
}
