//! Why a subscription ends that could have gone on.

use std::time::Duration;

use kernel::{Refusal, refuse};
use tokio::{sync::watch, time::Instant};
use tokio_util::sync::CancellationToken;

use super::expiry::Expiry;

/// What is watched beside the events.
pub(super) struct Ending {
    pub expiry: Expiry,
    pub closing: CancellationToken,
    pub generation: watch::Receiver<u64>,
    /// The generation it was planned in.
    pub own: u64,
    /// How long it goes on in an old one.
    pub grace: Duration,
    /// When the grace ends, once it has begun.
    pub until: Option<Instant>,
}

impl Ending {
    /// Waits for a reason. May be dropped and asked again.
    pub async fn reason(&mut self) -> Refusal {
        let Self {
            expiry,
            closing,
            generation,
            own,
            grace,
            until,
        } = self;
        let swapped = async {
            if until.is_none() {
                let own = *own;
                if generation.wait_for(|now| *now != own).await.is_err() {
                    return std::future::pending().await;
                }
                *until = Some(Instant::now() + *grace);
            }
            if let Some(until) = *until {
                let _ = tokio::time::timeout_at(until, std::future::pending::<()>()).await;
            }
        };
        tokio::select! {
            biased;
            () = closing.cancelled() => stopping(),
            () = expiry.passed() => expired(),
            () = swapped => changed(),
        }
    }
}

pub(super) fn stopping() -> Refusal {
    refuse!(Unavailable, "GATEWAY_STOPPING",
        zh: "网关正在重启,请重新订阅", en: "the gateway is restarting: subscribe again")
}

fn expired() -> Refusal {
    refuse!(Unauthenticated, "TOKEN_EXPIRED",
        zh: "登录已过期,请重新登录后再订阅",
        en: "the login has expired: log in and subscribe again")
}

fn changed() -> Refusal {
    refuse!(Unavailable, "SUPERGRAPH_CHANGED",
        zh: "服务已更新,请重新订阅", en: "the graph has changed: subscribe again")
}
