//! The bus through Redis Streams: a hop that may be killed or emptied.
//!
//! One stream per writing service (`sanshe.events.<service>`), one consumer
//! group per reading service. Redis 7 or newer.
//!
//! **Noticing a loss.** The relay may only add entries while Redis still lives
//! the life in which it got the earlier ones; otherwise a newer event could
//! overtake lost ones. Each life has a name, the epoch, kept in two places that
//! different accidents destroy: a key (gone after `FLUSHALL`), and the text of
//! the script that adds entries (Redis forgets scripts when it restarts or
//! fails over, also where it comes back with an older snapshot of its data).
//! The script checks the key and adds in one step. Where either is missing the
//! relay begins a new life and sends everything its outbox still keeps, in
//! order; inboxes drop what they know.

use std::{sync::Arc, time::Duration};

use redis::{
    AsyncCommands, Client, RedisError, Script,
    aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection},
    streams::{StreamInfoGroupsReply, StreamPendingReply},
};
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::{BusError, Event};

/// Entries stay this long even if all have read them: a consumer that is
/// deployed for the first time finds them.
const KEEP_MS: u64 = 24 * 60 * 60 * 1000;
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// See the module.
#[derive(Clone)]
pub struct RedisStreams {
    client: Client,
    prefix: Arc<str>,
    connection: Arc<OnceCell<ConnectionManager>>,
}

impl std::fmt::Debug for RedisStreams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The address may hold a password.
        f.debug_struct("RedisStreams")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

impl RedisStreams {
    /// A bus whose keys begin with `prefix`; connects when first used.
    pub fn new(url: &str, prefix: &str) -> Result<Self, BusError> {
        Ok(Self {
            client: Client::open(url)?,
            prefix: prefix.into(),
            connection: Arc::new(OnceCell::new()),
        })
    }

    /// The stream of a service.
    pub(super) fn stream(&self, service: &str) -> String {
        format!("{}.{service}", self.prefix)
    }

    fn epoch_key(&self, service: &str) -> String {
        format!("{}.{service}.epoch", self.prefix)
    }

    async fn connection(&self) -> Result<ConnectionManager, RedisError> {
        self.connection
            .get_or_try_init(|| async {
                let config = ConnectionManagerConfig::new()
                    .set_number_of_retries(1)
                    .set_connection_timeout(Some(ANSWER_WITHIN))
                    .set_response_timeout(Some(ANSWER_WITHIN));
                self.client.get_connection_manager_lazy(config)
            })
            .await
            .cloned()
    }

    /// A connection of its own for a reader that blocks.
    pub(super) async fn reading_connection(&self) -> Result<MultiplexedConnection, RedisError> {
        let config = redis::AsyncConnectionConfig::new()
            .set_connection_timeout(Some(ANSWER_WITHIN))
            .set_response_timeout(Some(ANSWER_WITHIN));
        self.client
            .get_multiplexed_async_connection_with_config(&config)
            .await
    }

    pub(super) async fn ping(&self) -> bool {
        match self.connection().await {
            Ok(mut connection) => redis::cmd("PING")
                .query_async::<String>(&mut connection)
                .await
                .is_ok(),
            Err(_) => false,
        }
    }

    pub(super) async fn publish(
        &self,
        service: &str,
        epoch: Uuid,
        events: &[Event],
    ) -> Result<(), BusError> {
        let mut call = redis::cmd("EVALSHA");
        call.arg(script(epoch).get_hash())
            .arg(2)
            .arg(self.stream(service))
            .arg(self.epoch_key(service))
            .arg(epoch.to_string());
        for event in events {
            call.arg(event.id.to_string())
                .arg(serde_json::to_string(event)?);
        }
        let mut connection = self.connection().await?;
        match call.query_async::<i64>(&mut connection).await {
            Ok(added) if added >= 0 => Ok(()),
            Ok(_) => Err(BusError::Forgot),
            Err(error) if error.code() == Some("NOSCRIPT") => Err(BusError::Forgot),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn knows(&self, service: &str, epoch: Uuid) -> Result<bool, BusError> {
        let (script_known, key): (Vec<bool>, Option<String>) = redis::pipe()
            .cmd("SCRIPT")
            .arg("EXISTS")
            .arg(script(epoch).get_hash())
            .get(self.epoch_key(service))
            .query_async(&mut self.connection().await?)
            .await?;
        Ok(script_known == [true] && key == Some(epoch.to_string()))
    }

    pub(super) async fn install(&self, service: &str, epoch: Uuid) -> Result<(), BusError> {
        let mut connection = self.connection().await?;
        script(epoch)
            .prepare_invoke()
            .load_async(&mut connection)
            .await?;
        let () = connection
            .set(self.epoch_key(service), epoch.to_string())
            .await?;
        Ok(())
    }

    pub(super) async fn trim(&self, service: &str) -> Result<(), BusError> {
        let mut connection = self.connection().await?;
        let stream = self.stream(service);
        if !connection.exists::<_, bool>(&stream).await? {
            return Ok(());
        }
        let (seconds, _): (u64, u64) = redis::cmd("TIME").query_async(&mut connection).await?;
        let mut oldest_needed = EntryId((seconds * 1000).saturating_sub(KEEP_MS), 0);
        let groups: StreamInfoGroupsReply = connection.xinfo_groups(&stream).await?;
        for group in groups.groups {
            let needed = match connection.xpending(&stream, &group.name).await? {
                StreamPendingReply::Data(pending) => EntryId::parse(&pending.start_id),
                StreamPendingReply::Empty => EntryId::parse(&group.last_delivered_id),
                _ => None,
            };
            oldest_needed = oldest_needed.min(needed.unwrap_or(EntryId(0, 0)));
        }
        let () = redis::cmd("XTRIM")
            .arg(stream)
            .arg("MINID")
            .arg(format!("{}-{}", oldest_needed.0, oldest_needed.1))
            .query_async::<i64>(&mut connection)
            .await
            .map(|_| ())?;
        Ok(())
    }
}

/// Adds entries only in the life called `epoch`, whose name is in its text.
fn script(epoch: Uuid) -> Script {
    Script::new(&format!(
        "-- {epoch}
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return -1 end
for i = 2, #ARGV, 2 do
    redis.call('XADD', KEYS[1], '*', 'id', ARGV[i], 'event', ARGV[i + 1])
end
return (#ARGV - 1) / 2"
    ))
}

/// Milliseconds and a number within them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct EntryId(u64, u64);

impl EntryId {
    fn parse(text: &str) -> Option<Self> {
        let (milliseconds, number) = text.split_once('-')?;
        Some(Self(milliseconds.parse().ok()?, number.parse().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_entry_ids_by_number_and_not_by_text() {
        assert!(EntryId::parse("9-0") < EntryId::parse("10-0"));
        assert!(EntryId::parse("10-2") < EntryId::parse("10-11"));
        assert_eq!(EntryId::parse("nonsense"), None);
    }

    #[test]
    fn gives_each_epoch_a_script_of_its_own() {
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_ne!(script(a).get_hash(), script(b).get_hash());
        assert_eq!(script(a).get_hash(), script(a).get_hash());
    }

    #[test]
    fn shows_no_password_in_debug_output() {
        let bus = RedisStreams::new("redis://:hunter2@localhost/", "x").unwrap();
        assert!(!format!("{bus:?}").contains("hunter2"));
    }
}
