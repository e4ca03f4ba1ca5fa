//! The gateway's door: the platform's tokens, checked as the services check them.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use gateway::{Authenticator, Identity};
use kernel::{Refusal, SharedClock};
use kit::{auth::Verifier, config::AuthSettings};

/// Lets in whoever has a good token, or none.
#[derive(Debug)]
pub struct Door {
    verifier: Verifier,
}

impl Door {
    /// The door that the settings describe.
    pub fn open(settings: &AuthSettings, clock: SharedClock) -> anyhow::Result<Arc<Self>> {
        let verifier = Verifier::from_settings(settings, clock)?;
        Ok(Arc::new(Self { verifier }))
    }
}

impl Authenticator for Door {
    fn authenticate<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Identity, Refusal>> {
        Box::pin(async move {
            let login = self.verifier.login(token).await;
            login
                .map(|login| Identity {
                    subject: login.actor.subject,
                    scopes: login.scopes,
                    expires: login.expires,
                })
                .map_err(|error| Refusal::of(&error))
        })
    }
}
