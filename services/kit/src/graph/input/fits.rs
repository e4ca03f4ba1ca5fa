//! Whether one value is of a scalar.

use async_graphql::{ScalarType, Value};
use chrono::{DateTime, Utc};

use super::super::scalar::{Date, DivisionCode, Fen, Minutes};

/// How an `Int` is read: most are signed, a few count and take no negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Whole {
    Signed,
    Counting,
}

/// Whether a value is one of the scalar. A scalar that only one service has is
/// judged by that service, which says its own reason.
pub(super) fn fits(scalar: &str, value: &Value, whole: Whole) -> bool {
    match (scalar, value) {
        ("Int", Value::Number(number)) => number.as_i64().is_some_and(|number| match whole {
            Whole::Signed => i32::try_from(number).is_ok(),
            Whole::Counting => u32::try_from(number).is_ok(),
        }),
        ("Float", Value::Number(_)) | ("Boolean", Value::Boolean(_)) => true,
        ("ID", Value::Number(number)) => number.is_i64(),
        ("String" | "ID", value) => matches!(value, Value::String(_)),
        ("DateTime", Value::String(text)) => text.parse::<DateTime<Utc>>().is_ok(),
        ("Int" | "Float" | "Boolean" | "DateTime", _) => false,
        ("Fen", value) => Fen::parse(value.clone()).is_ok(),
        ("Minutes", value) => Minutes::parse(value.clone()).is_ok(),
        ("Date", value) => Date::parse(value.clone()).is_ok(),
        ("DivisionCode", value) => DivisionCode::parse(value.clone()).is_ok(),
        _ => true,
    }
}
