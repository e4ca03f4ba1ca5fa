//! Calls that nobody took are sent again, for a moment: behind a connection that
//! closes another one opens, and behind a process that ended another one listens.
//!
//! Who refuses slowly is cut off. A network that drops what is sent, and says so
//! only now and then, would be asked again and again while a caller waits.

use std::{
    error::Error,
    io::{self, ErrorKind},
    iter,
    time::Duration,
};

use tokio::time::Instant;

use crate::taken::was_not_taken;

/// How often one call is sent again. A new connection takes it, unless that
/// one closes as well.
const TIMES: usize = 3;
/// How long after the first time to somebody who refuses to listen.
const WITHIN: Duration = Duration::from_secs(1);

/// What is left of that for one call.
#[derive(Debug)]
pub struct Again {
    left: usize,
    until: Instant,
}

impl Default for Again {
    fn default() -> Self {
        Self::new()
    }
}

impl Again {
    /// For a call that is sent now for the first time.
    #[must_use]
    pub fn new() -> Self {
        Self {
            left: TIMES,
            until: Instant::now() + WITHIN,
        }
    }

    /// Whether a call that ended so is sent once more: a write as well, since
    /// nobody looked at it.
    pub fn permits(&mut self, error: &(dyn Error + 'static)) -> bool {
        let too_late = Instant::now() > self.until && is_refusal(error);
        if !was_not_taken(error) || too_late || self.left == 0 {
            return false;
        }
        self.left -= 1;
        true
    }
}

/// Whether nobody listened.
fn is_refusal(error: &(dyn Error + 'static)) -> bool {
    iter::successors(Some(error), |&error| error.source())
        .filter_map(|error| error.downcast_ref::<io::Error>())
        .any(|error| error.kind() == ErrorKind::ConnectionRefused)
}

#[cfg(test)]
mod tests {
    use tonic::Status;

    use super::*;

    fn ended(error: impl Error + Send + Sync + 'static) -> Status {
        Status::from_error(Box::new(error))
    }

    fn refused() -> Status {
        ended(io::Error::from(ErrorKind::ConnectionRefused))
    }

    #[tokio::test(start_paused = true)]
    async fn who_refuses_at_once_is_asked_again_a_few_times() {
        let mut again = Again::new();
        assert!(!again.permits(&ended(io::Error::from(ErrorKind::ConnectionReset))));
        for _ in 0..TIMES {
            assert!(again.permits(&refused()));
        }
        assert!(!again.permits(&refused()));
    }

    #[tokio::test(start_paused = true)]
    async fn who_refuses_slowly_is_not() {
        let mut again = Again::new();
        tokio::time::advance(WITHIN).await;
        assert!(again.permits(&refused()));
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(!again.permits(&refused()));
        // A connection that closes says at any time what it did not take.
        let closing = ended(h2::Error::from(h2::Reason::REFUSED_STREAM));
        assert!(again.permits(&closing));
    }
}
