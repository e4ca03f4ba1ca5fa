//! The issuer as a small HTTP server on loopback.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use anyhow::{Context as _, Result, ensure};
use kernel::FileClock;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{DevIssuer, http, key::SigningKey};

/// What the development issuer needs.
#[derive(Clone, Debug)]
pub struct DevIssuerOptions {
    /// The folder of its key (`issuer-key.pem`) and of `accounts.json`.
    pub data: PathBuf,
    /// The `aud` of its tokens.
    pub audience: String,
    /// The clock all processes of the platform share.
    pub clock: Arc<FileClock>,
}

/// A development issuer that is listening.
#[derive(Debug)]
pub struct IssuerServer {
    listener: TcpListener,
    address: SocketAddr,
    pub(super) state: Arc<State>,
}

/// What the handlers share.
#[derive(Debug)]
pub(super) struct State {
    pub issuer: DevIssuer,
    pub accounts: PathBuf,
    pub clock: Arc<FileClock>,
    /// Two moves of the clock at once must not lose one of them.
    pub moving: Mutex<()>,
}

impl DevIssuer {
    /// Listens on a loopback address; its tokens are issued by `http://<address>`.
    /// Any other address is refused: everyone who can reach it may log in as anyone.
    pub async fn bind(address: SocketAddr, options: DevIssuerOptions) -> Result<IssuerServer> {
        ensure!(
            address.ip().is_loopback(),
            "开发用登录服务只能监听本机回环地址,不能监听 {address} / the development issuer \
             listens on loopback only, not on {address}: it gives a token to whoever asks"
        );
        std::fs::create_dir_all(&options.data)
            .with_context(|| format!("{} cannot be made", options.data.display()))?;
        let key = SigningKey::load(&options.data.join("issuer-key.pem"))?;
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("the development issuer cannot listen on {address}"))?;
        let address = listener.local_addr()?;
        let clock = Arc::clone(&options.clock);
        let issuer = Self::with_key(format!("http://{address}"), options.audience, clock, key);
        let state = Arc::new(State {
            issuer,
            accounts: options.data.join("accounts.json"),
            clock: options.clock,
            moving: Mutex::new(()),
        });
        Ok(IssuerServer {
            listener,
            address,
            state,
        })
    }
}

impl IssuerServer {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The issuer itself.
    pub fn issuer(&self) -> &DevIssuer {
        &self.state.issuer
    }

    /// What services need to verify its tokens.
    pub fn settings(&self) -> crate::config::AuthSettings {
        crate::config::AuthSettings {
            issuer: self.state.issuer.issuer().to_owned(),
            audience: self.state.issuer.audience.clone(),
            jwks_url: format!("http://{}/jwks.json", self.address),
        }
    }

    /// Serves until the stop.
    pub async fn serve(self, stopping: CancellationToken) -> Result<()> {
        tracing::warn!(address = %self.address, "the development issuer gives tokens to anyone on this machine");
        axum::serve(self.listener, http::router(self.state))
            .with_graceful_shutdown(stopping.cancelled_owned())
            .await
            .context("the development issuer failed")
    }
}
