//! What subscriptions and the connections that carry them may cost.

use std::time::Duration;

use serde::Deserialize;

/// Limits of WebSocket and event streams. Each refusal names its limit.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Streams {
    /// Open connections (WebSockets and event streams) of this process.
    pub connections: usize,
    /// Open connections from one address.
    pub connections_per_address: usize,
    /// Open connections with one token.
    pub connections_per_identity: usize,
    /// Operations under way on one WebSocket.
    pub operations_per_connection: usize,
    /// Bytes of one message of a client.
    pub message_bytes: usize,
    /// Messages that wait for one client; then its operations wait.
    pub queue: usize,
    /// Milliseconds until `connection_init` must have come.
    pub init_millis: u64,
    /// Milliseconds between heartbeats; a WebSocket that is silent for two and
    /// a half of them is given up.
    pub heartbeat_millis: u64,
    /// Milliseconds that a client may take for one message.
    pub write_millis: u64,
    /// Milliseconds that subscriptions of an old supergraph go on after a swap.
    pub swap_millis: u64,
}

impl Default for Streams {
    fn default() -> Self {
        Self {
            connections: 10_000,
            // Offices and ingresses share an address.
            connections_per_address: 2_000,
            connections_per_identity: 50,
            operations_per_connection: 50,
            message_bytes: 1024 * 1024,
            queue: 32,
            init_millis: 10_000,
            heartbeat_millis: 15_000,
            write_millis: 10_000,
            swap_millis: 30_000,
        }
    }
}

impl Streams {
    pub const fn init(&self) -> Duration {
        Duration::from_millis(self.init_millis)
    }

    pub fn heartbeat(&self) -> Duration {
        Duration::from_millis(self.heartbeat_millis.max(10))
    }

    /// How long a WebSocket may be silent.
    pub fn silence(&self) -> Duration {
        self.heartbeat() * 5 / 2
    }

    pub const fn write(&self) -> Duration {
        Duration::from_millis(self.write_millis)
    }

    pub const fn swap(&self) -> Duration {
        Duration::from_millis(self.swap_millis)
    }
}
