//! Why a connection is closed: the codes of the protocol, and two of the
//! WebSocket's own.

use axum::extract::ws::CloseFrame;

/// A code and its sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    pub code: u16,
    pub reason: String,
}

/// The longest reason that fits a control frame.
const LONGEST: usize = 123;

impl Close {
    pub fn new(code: u16, reason: impl Into<String>) -> Self {
        let mut reason: String = reason.into();
        if reason.len() > LONGEST {
            reason.truncate(reason.floor_char_boundary(LONGEST));
        }
        Self { code, reason }
    }

    /// A message that the protocol does not know.
    pub fn malformed(reason: impl Into<String>) -> Self {
        Self::new(4400, reason)
    }

    pub fn unauthorized() -> Self {
        Self::new(4401, "Unauthorized")
    }

    pub fn forbidden() -> Self {
        Self::new(4403, "Forbidden")
    }

    pub fn no_protocol() -> Self {
        Self::new(4406, "Subprotocol not acceptable")
    }

    pub fn init_timeout() -> Self {
        Self::new(4408, "Connection initialisation timeout")
    }

    pub fn exists(id: &str) -> Self {
        Self::new(4409, format!("Subscriber for {id} already exists"))
    }

    pub fn too_many_inits() -> Self {
        Self::new(4429, "Too many initialisation requests")
    }

    /// The process stops.
    pub fn going_away() -> Self {
        Self::new(1001, "GATEWAY_STOPPING")
    }

    pub fn too_large(most: usize) -> Self {
        Self::new(1009, format!("LIMIT_EXCEEDED streams.message_bytes {most}"))
    }

    /// What another time may be possible.
    pub fn try_later(why: &str) -> Self {
        Self::new(1013, why)
    }
}

impl From<Close> for CloseFrame {
    fn from(close: Close) -> Self {
        Self {
            code: close.code,
            reason: close.reason.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        let close = Close::exists(&"社".repeat(100));
        assert!(close.reason.len() <= LONGEST);
        assert!(close.reason.ends_with('社'));
    }
}
