//! Scalars of the graph. Each refuses malformed input with the kernel's own
//! sentence, before a resolver runs.

use async_graphql::{InputType, InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::NaiveDate;
use kernel::{Fault, Lang};

use super::errors::{EN, REASON, VALUE, ZH};

/// A refusal that is told later in the caller's language, see `errors`.
fn refused<T: InputType>(
    reason: &str,
    zh: impl Into<String>,
    en: impl Into<String>,
    value: &str,
) -> InputValueError<T> {
    let (zh, en): (String, String) = (zh.into(), en.into());
    InputValueError::custom(format!("{zh} / {en}"))
        .with_extension(REASON, reason)
        .with_extension(ZH, zh)
        .with_extension(EN, en)
        .with_extension(VALUE, value)
}

/// 行政区划代码,12 位数字。
/// Administrative division code, 12 digits (GB/T 2260, GB/T 10114, and the village part).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DivisionCode(pub kernel::DivisionCode);

#[Scalar(name = "DivisionCode")]
impl ScalarType for DivisionCode {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => {
                kernel::DivisionCode::try_new(&text)
                    .map(Self)
                    .map_err(|error| {
                        let (zh, en) = (error.message(Lang::Zh), error.message(Lang::En));
                        refused(error.reason(), zh, en, &text)
                    })
            }
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// 统一社会信用代码,18 位 (GB 32100)。
/// Unified social credit code, 18 characters (GB 32100).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnifiedSocialCreditCode(pub String);

#[Scalar(name = "UnifiedSocialCreditCode")]
impl ScalarType for UnifiedSocialCreditCode {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            // The check digit is judged with the override reason, in the use case.
            Value::String(text) => Ok(Self(text)),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// 日期,如 2026-03-02(中国标准时间)。
/// A day of the calendar in China Standard Time, such as 2026-03-02.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(pub NaiveDate);

#[Scalar(name = "Date")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .map(Self)
                .map_err(|_| {
                    let (zh, en) = ("日期应如 2026-03-02", "write a day as 2026-03-02");
                    refused("DATE_MALFORMED", zh, en, text)
                }),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.format("%Y-%m-%d").to_string())
    }
}

macro_rules! whole_number {
    ($(#[$doc:meta])* $name:ident, $inner:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(pub $inner);

        #[Scalar]
        impl ScalarType for $name {
            fn parse(value: Value) -> InputValueResult<Self> {
                match &value {
                    Value::Number(number) => number
                        .as_i64()
                        .map(|whole| Self(<$inner>::new(whole)))
                        .ok_or_else(|| InputValueError::expected_type(value)),
                    _ => Err(InputValueError::expected_type(value)),
                }
            }

            fn to_value(&self) -> Value {
                Value::from(self.0.get())
            }
        }
    };
}

whole_number!(
    /// 金额,单位为分(整数)。
    /// Money in 分, a hundredth of a yuan; a whole number.
    Fen,
    kernel::Fen
);
whole_number!(
    /// 时长,单位为分钟(整数)。
    /// A length of time in whole minutes.
    Minutes,
    kernel::Minutes
);
