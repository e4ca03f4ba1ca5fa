//! Another service that tells events.

use communities::worker;
use kit::events::{Consumer, NewEvent, Relay, append};

use crate::support::House;

/// The outbox and the relay of another service, and the consumer of this one. The
/// outbox lies in the same database: both know their rows by service.
pub struct Teller {
    relay: Relay,
    consumer: Consumer,
}

impl Teller {
    pub fn of(house: &House, service: &'static str) -> Self {
        let core = &house.service.core;
        let consumer = worker::consumer(&house.state);
        consumer.register();
        let relay = Relay::new(
            service,
            core.db.pool().clone(),
            core.bus.clone(),
            core.clock.clone(),
        );
        Self { relay, consumer }
    }

    /// The other service tells it, and this one hears.
    pub async fn tell(&self, house: &House, event: NewEvent) {
        let mut conn = house.service.db.app.acquire().await.unwrap();
        append(&mut conn, &event).await.unwrap();
        drop(conn);
        self.hear().await;
    }

    pub async fn hear(&self) {
        while self.relay.run_once().await.unwrap() > 0 {}
        self.consumer.run_due_once().await.unwrap();
    }
}
