//! Answers without what differs from run to run, for snapshots.
//!
//! Ids become `[id 1]`, `[id 2]` … in the order in which they appear, so a
//! snapshot still shows where the same id stands twice; global ids keep their
//! kind, `[need 1]`. Instants become `[time]`: what a test means by a time it
//! asserts from its frozen clock.

use chrono::DateTime;
use kernel::GlobalId;
use serde_json::Value;
use uuid::Uuid;

/// The value with ids and instants replaced.
pub fn redact(mut value: Value) -> Value {
    Redactor::default().visit(&mut value);
    value
}

#[derive(Default)]
struct Redactor {
    seen: Vec<String>,
}

impl Redactor {
    fn visit(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(short) = self.shorten(text) {
                    *text = short;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.visit(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.visit(field)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn shorten(&mut self, text: &str) -> Option<String> {
        if let Ok(id) = Uuid::parse_str(text) {
            return Some(format!("[id {}]", self.number(id.to_string())));
        }
        if let Ok(global) = GlobalId::decode(text)
            && Uuid::parse_str(&global.id).is_ok()
        {
            let number = self.number(global.id);
            return Some(format!("[{} {number}]", global.kind));
        }
        DateTime::parse_from_rfc3339(text)
            .is_ok()
            .then(|| "[time]".to_owned())
    }

    fn number(&mut self, id: String) -> usize {
        if let Some(at) = self.seen.iter().position(|known| *known == id) {
            return at + 1;
        }
        self.seen.push(id);
        self.seen.len()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_same_id_keeps_its_number_and_other_text_stays() {
        let (a, b) = (
            Uuid::from_u128(1).to_string(),
            Uuid::from_u128(2).to_string(),
        );
        let found =
            redact(json!({ "x": [a, b], "y": a, "at": "2026-03-02T01:00:00Z", "n": "助餐" }));
        let expected =
            json!({ "x": ["[id 1]", "[id 2]"], "y": "[id 1]", "at": "[time]", "n": "助餐" });
        assert_eq!(found, expected);
    }
}
