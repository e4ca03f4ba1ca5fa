//! The scalar that only this service needs.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};

/// 公民身份号码,18 位 (GB 11643);输出时按权限脱敏。
/// Citizen identity number, 18 characters (GB 11643); covered on output unless the reader may
/// see it.
#[derive(Clone)]
pub struct CitizenId(pub String);

#[Scalar(name = "CitizenId")]
impl ScalarType for CitizenId {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            // Judged in the use case, which knows today; a message of the
            // library would repeat the number.
            Value::String(text) => Ok(Self(text)),
            _ => Err(InputValueError::custom("应为文本 / a text is expected")),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}
