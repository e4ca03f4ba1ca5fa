//! The bus within one process: the relay writes into the inboxes itself.
//!
//! There is no queue in memory that a crash could empty. An event counts as
//! sent once every consumer of the process that wants it has it in its inbox.
//!
//! A consumer that registers later has missed what was sent before. So each
//! registration ends the life of the bus, as emptying does for Redis: relays
//! notice, and send all that their outboxes keep, in order. Inboxes drop what
//! they know. The order in which services start therefore does not matter.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use uuid::Uuid;

use super::{BusError, Event, intake::Intake};

/// See the module.
#[derive(Clone, Default)]
pub struct InProcess {
    shared: Arc<RwLock<Shared>>,
}

#[derive(Default)]
struct Shared {
    consumers: Vec<Arc<Intake>>,
    /// The life in which each service sent to exactly these consumers.
    epochs: HashMap<String, Uuid>,
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcess").finish_non_exhaustive()
    }
}

impl InProcess {
    pub(super) fn register(&self, consumer: Arc<Intake>) {
        let mut shared = self.shared.write().unwrap_or_else(PoisonError::into_inner);
        if shared
            .consumers
            .iter()
            .any(|known| known.is_same(&consumer))
        {
            return;
        }
        shared
            .consumers
            .retain(|known| known.name() != consumer.name());
        shared.consumers.push(consumer);
        shared.epochs.clear();
    }

    pub(super) fn knows(&self, service: &str, epoch: Uuid) -> bool {
        let shared = self.shared.read().unwrap_or_else(PoisonError::into_inner);
        shared.epochs.get(service) == Some(&epoch)
    }

    pub(super) fn install(&self, service: &str, epoch: Uuid) {
        let mut shared = self.shared.write().unwrap_or_else(PoisonError::into_inner);
        shared.epochs.insert(service.to_owned(), epoch);
    }

    pub(super) async fn publish(
        &self,
        service: &str,
        epoch: Uuid,
        events: &[Event],
    ) -> Result<(), BusError> {
        let consumers = {
            // The epoch and the consumers of one moment: a consumer that comes
            // right after gets nothing yet, and everything in the next life.
            let shared = self.shared.read().unwrap_or_else(PoisonError::into_inner);
            if shared.epochs.get(service) != Some(&epoch) {
                return Err(BusError::Forgot);
            }
            shared.consumers.clone()
        };
        for consumer in &consumers {
            consumer
                .accept_from_pool(events)
                .await
                .map_err(|source| BusError::Inbox {
                    consumer: consumer.name(),
                    source,
                })?;
        }
        Ok(())
    }
}
