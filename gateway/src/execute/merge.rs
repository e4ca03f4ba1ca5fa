//! One tree from many answers.

use crate::{
    supergraph::Schema,
    value::{Object, Value},
};

/// Merges `source` into `target`: objects member by member, lists by index,
/// null never over data, otherwise the last write wins.
pub fn merge<'a>(schema: &Schema, target: &mut Value<'a>, source: Value<'a>) {
    match (target, source) {
        (_, Value::Null) => {}
        (Value::Object(stored), Value::Object(object)) => members(schema, stored, object),
        (Value::Array(stored), Value::Array(items)) => {
            let known = stored.len();
            for (index, item) in items.into_iter().enumerate() {
                if index < known {
                    merge(schema, &mut stored[index], item);
                } else {
                    stored.push(item);
                }
            }
        }
        (target, source) => *target = source,
    }
}

fn members<'a>(schema: &Schema, stored: &mut Object<'a>, object: Object<'a>) {
    for (key, value) in object {
        match stored.get_mut(key) {
            None => stored.push(key, value),
            Some(old) if key == "__typename" => typename(schema, old, value),
            Some(old) => merge(schema, old, value),
        }
    }
}

/// The entity's own name for its type wins, so that an interface becomes the
/// concrete type; a concrete type never becomes an interface again.
fn typename<'a>(schema: &Schema, stored: &mut Value<'a>, fresh: Value<'a>) {
    let known_concrete = stored
        .as_raw_str()
        .is_some_and(|name| schema.is_object(name));
    let fresh_concrete = fresh
        .as_raw_str()
        .is_some_and(|name| schema.is_object(name));
    if fresh_concrete || (!known_concrete && !fresh.is_null()) {
        *stored = fresh;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{parse, write_value};

    fn merged(target: &str, source: &str) -> String {
        let mut value = parse(target.as_bytes()).unwrap();
        merge(
            &Schema::default(),
            &mut value,
            parse(source.as_bytes()).unwrap(),
        );
        let mut out = Vec::new();
        write_value(&mut out, &value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn null_never_overwrites_data_but_data_overwrites_null() {
        assert_eq!(
            merged(r#"{"a":1,"b":null}"#, r#"{"a":null,"b":2}"#),
            r#"{"a":1,"b":2}"#
        );
    }

    #[test]
    fn lists_are_zipped_and_objects_are_deep() {
        assert_eq!(
            merged(
                r#"{"l":[{"a":1},{"a":2}]}"#,
                r#"{"l":[{"b":1},{"b":2},{"b":3}]}"#
            ),
            r#"{"l":[{"a":1,"b":1},{"a":2,"b":2},{"b":3}]}"#
        );
    }

    #[test]
    fn the_last_scalar_wins() {
        assert_eq!(merged(r#"{"a":1}"#, r#"{"a":2}"#), r#"{"a":2}"#);
    }
}
