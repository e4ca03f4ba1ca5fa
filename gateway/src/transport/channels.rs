//! Connections for streams, apart from those for calls.
//!
//! A subscription holds a stream of its HTTP/2 connection for as long as it
//! lasts, and a server allows only so many on one. So subscriptions have
//! connections of their own, as many as they need: they never keep a call
//! waiting.

use std::sync::{Arc, Mutex, PoisonError};

use tonic::transport::{Channel, Endpoint};

/// Streams on one connection; servers usually allow 100 or more.
const STREAMS: usize = 100;

/// The connections of one subgraph.
#[derive(Debug)]
pub struct Channels {
    endpoint: Endpoint,
    open: Mutex<Vec<(Channel, Arc<()>)>>,
}

/// A place on a connection, held while the stream lasts.
#[derive(Debug)]
pub struct Held {
    _place: Arc<()>,
}

impl Channels {
    pub const fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            open: Mutex::new(Vec::new()),
        }
    }

    /// A connection with room for one more stream; idle ones are let go.
    pub fn take(&self) -> (Channel, Held) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let streams = |place: &Arc<()>| Arc::strong_count(place) - 1;
        if let Some((channel, place)) = open.iter().find(|(_, place)| streams(place) < STREAMS) {
            let taken = (
                channel.clone(),
                Held {
                    _place: Arc::clone(place),
                },
            );
            open.retain(|(_, place)| streams(place) > 0);
            return taken;
        }
        let (channel, place) = (self.endpoint.connect_lazy(), Arc::new(()));
        open.push((channel.clone(), Arc::clone(&place)));
        (channel, Held { _place: place })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn opens_a_connection_for_each_hundred_streams_and_lets_idle_ones_go() {
        let channels = Channels::new(Endpoint::from_static("http://127.0.0.1:1"));
        let open = || channels.open.lock().unwrap().len();
        let mut held: Vec<_> = (0..STREAMS).map(|_| channels.take().1).collect();
        assert_eq!(open(), 1);
        let last = channels.take().1;
        assert_eq!(open(), 2);
        held.clear();
        let _more = channels.take();
        assert_eq!(open(), 2, "the first has a stream again");
        drop(last);
        let _again = channels.take();
        assert_eq!(open(), 1);
    }
}
