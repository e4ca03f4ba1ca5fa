//! How many connections each client holds.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use kernel::{Refusal, refuse};

use crate::config;

/// By what a client is told apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Client {
    Address(IpAddr),
    /// What [`caller`] makes of who calls: the subject that a token names, or
    /// a token that nobody has checked, at its address.
    ///
    /// [`caller`]: crate::rate::caller
    Caller(String),
}

#[derive(Default)]
struct Counts {
    all: usize,
    of: HashMap<Client, usize>,
}

/// The connections of this process.
#[derive(Clone, Default)]
pub(super) struct Clients {
    counts: Arc<Mutex<Counts>>,
}

impl Clients {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a connection on.
    pub fn seat(&self, address: Option<IpAddr>, limits: &config::Streams) -> Result<Seat, Refusal> {
        let mut counts = self.counts();
        if counts.all >= limits.connections {
            return Err(full("connections", limits.connections));
        }
        if let Some(address) = address {
            let most = limits.connections_per_address;
            counts.add(Client::Address(address), "connections_per_address", most)?;
        }
        counts.all += 1;
        drop(counts);
        metrics::gauge!("gateway.connections").increment(1);
        Ok(Seat {
            clients: self.clone(),
            held: address.map(Client::Address).into_iter().collect(),
        })
    }
}

impl Counts {
    fn add(&mut self, client: Client, limit: &'static str, most: usize) -> Result<(), Refusal> {
        let count = self.of.entry(client).or_default();
        if *count >= most {
            return Err(full(limit, most));
        }
        *count += 1;
        Ok(())
    }
}

fn full(limit: &'static str, most: usize) -> Refusal {
    refuse!(RateLimited, "LIMIT_EXCEEDED", field: format!("streams.{limit}"),
        zh: "连接数超出限制 {limit}:最多 {most} 个",
        en: "too many connections, the limit {limit} is {most}")
}

/// A connection that is counted until it is dropped.
pub struct Seat {
    clients: Clients,
    held: Vec<Client>,
}

impl Seat {
    /// Counts it for who it turned out to come from.
    pub fn identify(&mut self, caller: String, limits: &config::Streams) -> Result<(), Refusal> {
        let client = Client::Caller(caller);
        if self.held.contains(&client) {
            return Ok(());
        }
        let most = limits.connections_per_identity;
        self.clients
            .counts()
            .add(client.clone(), "connections_per_identity", most)?;
        self.held.push(client);
        Ok(())
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.clients.counts();
        counts.all -= 1;
        for client in &self.held {
            if let Some(count) = counts.of.get_mut(client) {
                *count -= 1;
                if *count == 0 {
                    counts.of.remove(client);
                }
            }
        }
        metrics::gauge!("gateway.connections").decrement(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_process_address_and_caller_and_lets_go() {
        let limits = config::Streams {
            connections: 3,
            connections_per_address: 2,
            connections_per_identity: 1,
            ..config::Streams::default()
        };
        let clients = Clients::default();
        let (here, there) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let field = |refusal: Refusal| refusal.field.unwrap();
        let mut first = clients.seat(Some(here), &limits).unwrap();
        let mut second = clients.seat(Some(here), &limits).unwrap();
        let refused = clients.seat(Some(here), &limits).err().unwrap();
        assert_eq!(field(refused), "streams.connections_per_address");

        first.identify("li".to_owned(), &limits).unwrap();
        first.identify("li".to_owned(), &limits).unwrap();
        let refused = second.identify("li".to_owned(), &limits).unwrap_err();
        assert_eq!(field(refused), "streams.connections_per_identity");
        second.identify("wu".to_owned(), &limits).unwrap();

        let _third = clients.seat(Some(there), &limits).unwrap();
        let refused = clients.seat(None, &limits).err().unwrap();
        assert_eq!(field(refused), "streams.connections");

        drop(first);
        second.identify("li".to_owned(), &limits).unwrap();
        let _again = clients.seat(Some(here), &limits).unwrap();
        drop(second);
        assert_eq!(clients.counts().of.len(), 2, "both addresses, no caller");
    }
}
