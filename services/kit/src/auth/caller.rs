//! One request's caller (调用方): who, with which token, through which channel,
//! until when. It travels as gRPC metadata from the gateway to a service and
//! from a service to its peers.

use std::{
    fmt,
    time::{Duration, Instant},
};

use kernel::Lang;
use tonic::metadata::{Ascii, MetadataMap, MetadataValue};

use super::{
    Actor, Channel, Denied, Role, Verifier,
    header::{
        self, ASSISTED_BY, AUTHORIZATION, CHANNEL, LANGUAGE, PURPOSE, REQUEST_ID, TIMEOUT,
        encode_text,
    },
};
use crate::error::{Error, Result};

/// Who calls, for one request.
#[derive(Clone)]
pub struct Caller {
    /// Who is acting.
    pub actor: Actor,
    /// Their own token, forwarded to peers; `Debug` hides it.
    pub token: Option<String>,
    /// The id of the request.
    pub request_id: String,
    /// The language of answers.
    pub lang: Lang,
    /// The channel.
    pub channel: Channel,
    /// Who helped, where somebody did (代办人).
    pub assisted_by: Option<String>,
    /// Why personal data is looked at (查询目的).
    pub purpose: Option<String>,
    /// When the caller stops waiting.
    pub deadline: Option<Instant>,
}

impl Caller {
    /// A caller that no request brought: a timer, a consumer, a test.
    pub fn of(actor: Actor) -> Self {
        Self {
            actor,
            token: None,
            request_id: header::new_request_id(),
            lang: Lang::Zh,
            channel: Channel::Api,
            assisted_by: None,
            purpose: None,
            deadline: None,
        }
    }

    /// A service itself, where its clock or an event of another one is the cause.
    pub fn service(name: &str) -> Self {
        Self::of(Actor::new(name, [Role::Service]))
    }

    /// The same caller, who calls peers with this token.
    pub fn with_token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// The same caller through a channel.
    pub fn through(mut self, channel: Channel) -> Self {
        self.channel = channel;
        self
    }

    /// The same caller with a reason to look at personal data.
    pub fn for_purpose(mut self, purpose: impl Into<String>) -> Self {
        self.purpose = Some(purpose.into());
        self
    }

    /// Refuses nobody in particular before anything is looked up, so that
    /// what is there or not is told to those with a name only.
    pub fn signed_in(&self, action: &str) -> Result<()> {
        if self.actor.is_anonymous() {
            return Err(Error::fault(Denied::anonymous(action)));
        }
        Ok(())
    }

    /// Reads who calls. No token means nobody in particular; a bad token is
    /// refused, never taken for none. The request may take `limit`, or less
    /// where the caller says so.
    pub async fn from_metadata(
        metadata: &MetadataMap,
        verifier: &Verifier,
        limit: Duration,
    ) -> Result<Self> {
        let token = header::bearer(metadata).map_err(Error::fault)?;
        let actor = match &token {
            Some(token) => verifier.verify(token).await.map_err(Error::fault)?,
            None => Actor::anonymous(),
        };
        let channel = match header::text(metadata, CHANNEL)? {
            Some(name) => Channel::try_new(&name)?,
            None => Channel::Api,
        };
        let lang = metadata
            .get(LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .map_or(Lang::Zh, Lang::from_accept_language);
        let asked = match metadata.get(TIMEOUT) {
            Some(value) => Some(
                value
                    .to_str()
                    .ok()
                    .and_then(header::read_timeout)
                    .ok_or_else(|| {
                        header::malformed(TIMEOUT, "不是有效的时限", "is no gRPC time limit")
                    })?,
            ),
            None => None,
        };
        Ok(Self {
            actor,
            token,
            request_id: header::request_id(metadata),
            lang,
            channel,
            assisted_by: header::text(metadata, ASSISTED_BY)?,
            purpose: header::text(metadata, PURPOSE)?,
            deadline: Some(Instant::now() + asked.map_or(limit, |asked| asked.min(limit))),
        })
    }

    /// Writes what a peer needs to know, the caller's own token included. The
    /// deadline goes with the request itself (`Request::set_timeout`).
    pub fn write_metadata(&self, metadata: &mut MetadataMap) {
        let mut put = |key: &'static str, text: &str| {
            // Everything here came from metadata or is encoded to ASCII.
            if let Ok(mut value) = MetadataValue::<Ascii>::try_from(text) {
                value.set_sensitive(key == AUTHORIZATION);
                metadata.insert(key, value);
            }
        };
        if let Some(token) = &self.token {
            put(AUTHORIZATION, &format!("Bearer {token}"));
        }
        put(LANGUAGE, self.lang.tag());
        put(REQUEST_ID, &self.request_id);
        put(CHANNEL, self.channel.as_str());
        for (key, text) in [(ASSISTED_BY, &self.assisted_by), (PURPOSE, &self.purpose)] {
            if let Some(text) = text {
                put(key, &encode_text(text));
            }
        }
    }

    /// The metadata for a peer, on its own.
    pub fn to_metadata(&self) -> MetadataMap {
        let mut metadata = MetadataMap::new();
        self.write_metadata(&mut metadata);
        metadata
    }

    /// How long the caller still waits; zero once the deadline has passed.
    pub fn remaining(&self) -> Duration {
        /// For callers that no request brought.
        const UNBOUNDED: Duration = Duration::from_secs(30);
        self.deadline
            .map_or(UNBOUNDED, |at| at.saturating_duration_since(Instant::now()))
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("subject", &self.actor.subject)
            .field("roles", &self.actor.roles)
            .field("token", &self.token.as_ref().map(|_| "[hidden]"))
            .field("request_id", &self.request_id)
            .field("channel", &self.channel)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
