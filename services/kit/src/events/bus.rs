//! The delivery hop between an outbox and the inboxes.

use uuid::Uuid;

use super::{Event, InProcess, RedisStreams};

/// Carries events. Cheap to clone; one per process.
#[derive(Clone, Debug)]
pub enum Bus {
    /// From hand to hand within this process.
    InProcess(InProcess),
    /// Through Redis Streams.
    Redis(Box<RedisStreams>),
}

/// Why events could not be handed on. None is lost: they stay in the outbox.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// It began another life: Redis lost entries (flushed, restarted, failed
    /// over), or a consumer came to this process.
    #[error("the bus has forgotten what it was given")]
    Forgot,
    /// Redis does not answer or refuses.
    #[error("redis: {0}")]
    Redis(#[from] redis::RedisError),
    /// The inbox of a local consumer cannot be written.
    #[error("the inbox of {consumer} does not accept: {source}")]
    Inbox {
        /// Whose inbox.
        consumer: &'static str,
        /// Why.
        source: sqlx::Error,
    },
    /// An event that cannot be written as JSON.
    #[error("an event cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}

impl Bus {
    /// A bus within this process.
    pub fn in_process() -> Self {
        Self::InProcess(InProcess::default())
    }

    /// A bus through the Redis at `url`; connects when first used.
    pub fn redis(url: &str) -> Result<Self, BusError> {
        let streams = RedisStreams::new(url, "sanshe.events")?;
        Ok(Self::Redis(Box::new(streams)))
    }

    /// Whether the bus can take events now.
    pub async fn ping(&self) -> bool {
        match self {
            Self::InProcess(_) => true,
            Self::Redis(bus) => bus.ping().await,
        }
    }

    /// Hands events over in order, all of them or none that counts.
    pub(super) async fn publish(
        &self,
        service: &str,
        epoch: Uuid,
        events: &[Event],
    ) -> Result<(), BusError> {
        match self {
            Self::InProcess(bus) => bus.publish(service, epoch, events).await,
            Self::Redis(bus) => bus.publish(service, epoch, events).await,
        }
    }

    /// Whether the bus still lives the life called `epoch`.
    pub(super) async fn knows(&self, service: &str, epoch: Uuid) -> Result<bool, BusError> {
        match self {
            Self::InProcess(bus) => Ok(bus.knows(service, epoch)),
            Self::Redis(bus) => bus.knows(service, epoch).await,
        }
    }

    /// Begins the life called `epoch`.
    pub(super) async fn install(&self, service: &str, epoch: Uuid) -> Result<(), BusError> {
        match self {
            Self::InProcess(bus) => {
                bus.install(service, epoch);
                Ok(())
            }
            Self::Redis(bus) => bus.install(service, epoch).await,
        }
    }

    /// Lets go of what every consumer has stored.
    pub(super) async fn trim(&self, service: &str) -> Result<(), BusError> {
        match self {
            Self::InProcess(_) => Ok(()),
            Self::Redis(bus) => bus.trim(service).await,
        }
    }
}
