//! What a connection says of a call that failed, whatever the contract.

use std::{
    error::Error,
    io::{self, ErrorKind},
};

/// Whether the peer says, or the connection knows, that nobody looked at a call:
/// it was sent as the connection closed (HTTP/2 `GOAWAY`), or not sent at all, because
/// nobody listened. Such a call may be sent again, a write as well: behind the same
/// name another process may listen.
pub(crate) fn was_not_taken(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            let closing = error.is_go_away() && error.is_remote();
            return (closing && error.reason() == Some(h2::Reason::NO_ERROR))
                || error.reason() == Some(h2::Reason::REFUSED_STREAM);
        }
        if let Some(error) = error.downcast_ref::<io::Error>() {
            // Only who connects is refused; what was sent is reset or broken.
            return error.kind() == ErrorKind::ConnectionRefused;
        }
        let hyper = error.downcast_ref::<hyper::Error>();
        if hyper.is_some_and(hyper::Error::is_canceled) {
            return true;
        }
        next = error.source();
    }
    false
}
