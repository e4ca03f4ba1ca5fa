//! How published keys are fetched: over HTTP, or over HTTPS from an issuer whose
//! certificate an authority of this machine vouches for.

use anyhow::{Context as _, ensure};
use axum::body::Body;
use http::Uri;
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use rustls::ClientConfig;

const LARGEST: usize = 512 * 1024;

/// A client for one of the two schemes; a redirect is not followed.
pub(super) enum Fetch {
    Plain(Client<HttpConnector, Body>),
    Tls(Client<HttpsConnector<HttpConnector>, Body>),
}

impl Fetch {
    pub fn plain() -> Self {
        Self::Plain(Client::builder(TokioExecutor::new()).build_http())
    }

    /// Believes the authorities that the machine believes; `SSL_CERT_FILE` names
    /// others.
    pub fn tls() -> anyhow::Result<Self> {
        let config = ClientConfig::builder()
            .with_native_roots()
            .context(
                "no certificate authority is known: install ca-certificates, or set SSL_CERT_FILE",
            )?
            .with_no_client_auth();
        Ok(Self::trusting(config))
    }

    /// Believes whom `config` believes.
    pub fn trusting(config: ClientConfig) -> Self {
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(config)
            .https_only()
            .enable_http1()
            .build();
        Self::Tls(Client::builder(TokioExecutor::new()).build(connector))
    }

    pub async fn get(&self, address: &Uri) -> anyhow::Result<Vec<u8>> {
        let response = match self {
            Self::Plain(client) => client.get(address.clone()).await,
            Self::Tls(client) => client.get(address.clone()).await,
        };
        let response = response.with_context(|| address.to_string())?;
        let status = response.status();
        ensure!(status.is_success(), "{address}: {status}");
        let body = Body::new(response.into_body());
        let bytes = axum::body::to_bytes(body, LARGEST)
            .await
            .with_context(|| address.to_string())?;
        Ok(bytes.into())
    }
}
