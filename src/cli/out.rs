//! The one place that writes to standard output.

use std::{
    fmt::Display,
    io::{Write as _, stdout},
};

/// One line for whoever called. Somebody who stopped reading, as `| head`
/// does, is no error.
pub fn line(text: impl Display) {
    let _ = writeln!(stdout().lock(), "{text}");
}
