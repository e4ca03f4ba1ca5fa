//! Who watches what, and the bounded queue of each.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use kernel::refuse;
use tokio::sync::{
    broadcast::{self, error::RecvError},
    watch,
};
use uuid::Uuid;

use crate::error::{Error, Result};

/// How many changes a subscriber may be behind.
const BEHIND: usize = 64;

/// The subscribers of a process.
pub(super) struct Hub {
    topics: Mutex<HashMap<Uuid, Vec<Topic>>>,
    /// Whether the database tells us what changes. Set only under `topics`.
    listening: watch::Sender<bool>,
}

struct Topic {
    kind: &'static str,
    sender: broadcast::Sender<()>,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            topics: Mutex::default(),
            listening: watch::Sender::new(false),
        }
    }
}

impl Hub {
    fn topics(&self) -> MutexGuard<'_, HashMap<Uuid, Vec<Topic>>> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to tell.
    pub(super) fn open(&self) {
        let _topics = self.topics();
        self.listening.send_replace(true);
    }

    /// Ends every watch: changes may have been missed.
    pub(super) fn interrupt(&self) {
        let mut topics = self.topics();
        self.listening.send_replace(false);
        topics.clear();
    }

    /// Waits until changes are told, and watches.
    pub(super) async fn join(self: &Arc<Self>, kind: &'static str, id: Uuid) -> Watch {
        let mut listening = self.listening.subscribe();
        loop {
            // The sender lives as long as the hub.
            let _ = listening.wait_for(|is| *is).await;
            let mut topics = self.topics();
            // It may have been interrupted since.
            if !*self.listening.borrow() {
                continue;
            }
            let of = topics.entry(id).or_default();
            let known = of.iter().find(|topic| topic.kind == kind);
            let receiver = known.map(|topic| topic.sender.subscribe());
            let receiver = receiver.unwrap_or_else(|| {
                let (sender, receiver) = broadcast::channel(BEHIND);
                of.push(Topic { kind, sender });
                receiver
            });
            metrics::gauge!("kit.live.watches").increment(1);
            return Watch {
                hub: Arc::clone(self),
                kind,
                id,
                receiver: Some(receiver),
            };
        }
    }

    /// Tells those who watch it.
    pub(super) fn tell(&self, kind: &str, id: Uuid) {
        let topics = self.topics();
        let known = topics
            .get(&id)
            .and_then(|of| of.iter().find(|topic| topic.kind == kind));
        if let Some(topic) = known {
            // None is left where the last watch has just ended.
            let _ = topic.sender.send(());
        }
    }

    fn leave(&self, kind: &'static str, id: Uuid) {
        let mut topics = self.topics();
        if let Some(of) = topics.get_mut(&id) {
            of.retain(|topic| topic.kind != kind || topic.sender.receiver_count() > 0);
            if of.is_empty() {
                topics.remove(&id);
            }
        }
        metrics::gauge!("kit.live.watches").decrement(1);
    }
}

/// One subscriber's view of one thing.
pub struct Watch {
    hub: Arc<Hub>,
    kind: &'static str,
    id: Uuid,
    receiver: Option<broadcast::Receiver<()>>,
}

impl Watch {
    /// Waits for the next change; an error is the last thing it says.
    pub async fn changed(&mut self) -> Result<()> {
        let Some(receiver) = &mut self.receiver else {
            return Err(interrupted());
        };
        match receiver.recv().await {
            Ok(()) => Ok(()),
            Err(RecvError::Closed) => Err(interrupted()),
            Err(RecvError::Lagged(missed)) => {
                tracing::info!(kind = self.kind, missed, "a subscriber is too slow");
                Err(too_slow())
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.receiver = None;
        self.hub.leave(self.kind, self.id);
    }
}

pub(super) fn interrupted() -> Error {
    refuse!(Unavailable, "CHANGES_INTERRUPTED",
        zh: "变更通知中断,可能有遗漏;请重新订阅",
        en: "the stream of changes was interrupted and some may be missing: subscribe again")
    .into()
}

fn too_slow() -> Error {
    refuse!(Unavailable, "SUBSCRIBER_TOO_SLOW",
        zh: "接收过慢,落后超过 {BEHIND} 次变更;请重新订阅",
        en: "the subscriber fell more than {BEHIND} changes behind: subscribe again")
    .into()
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    const ID: Uuid = Uuid::from_u128(7);

    fn open() -> Arc<Hub> {
        let hub = Arc::new(Hub::default());
        hub.open();
        hub
    }

    #[tokio::test]
    async fn tells_only_those_who_watch_that_kind_and_id() {
        let hub = open();
        let mut tender = hub.join("tender", ID).await;
        let mut need = hub.join("need", ID).await;
        hub.tell("tender", ID);
        hub.tell("tender", Uuid::from_u128(8));
        tender.changed().await.unwrap();
        assert!(tender.changed().now_or_never().is_none());
        assert!(need.changed().now_or_never().is_none());
    }

    #[tokio::test]
    async fn a_subscriber_too_far_behind_is_told_so_and_the_others_are_not() {
        let hub = open();
        let mut slow = hub.join("tender", ID).await;
        let mut quick = hub.join("tender", ID).await;
        for _ in 0..=BEHIND {
            hub.tell("tender", ID);
            quick.changed().await.unwrap();
        }
        assert_eq!(
            slow.changed().await.unwrap_err().reason(),
            "SUBSCRIBER_TOO_SLOW"
        );
    }

    #[tokio::test]
    async fn an_interruption_ends_every_watch_and_new_ones_wait() {
        let hub = open();
        let mut watch = hub.join("tender", ID).await;
        hub.interrupt();
        assert_eq!(
            watch.changed().await.unwrap_err().reason(),
            "CHANGES_INTERRUPTED"
        );
        let mut joining = Box::pin(hub.join("tender", ID));
        assert!(joining.as_mut().now_or_never().is_none());
        hub.open();
        let mut watch = joining.await;
        hub.tell("tender", ID);
        watch.changed().await.unwrap();
    }

    #[tokio::test]
    async fn a_topic_ends_with_its_last_watch() {
        let hub = open();
        let one = hub.join("tender", ID).await;
        let other = hub.join("tender", ID).await;
        drop(one);
        assert_eq!(hub.topics().len(), 1);
        drop(other);
        assert!(hub.topics().is_empty());
    }
}
