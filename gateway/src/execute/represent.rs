//! Representations: what a subgraph is told about an entity it shall complete.

use std::collections::HashMap;

use hive_router_query_planner::planner::plan_nodes::FetchRewrite;

use super::rewrite;
use crate::{
    plan::Require,
    supergraph::Schema,
    value::{Object, Value, write_string, write_value},
};

/// Distinct representations in the order they were first seen.
#[derive(Debug, Default)]
pub struct Representations {
    known: HashMap<Vec<u8>, usize>,
    json: Vec<u8>,
}

impl Representations {
    /// The index of a representation, which is added if it is new.
    fn insert(&mut self, representation: Vec<u8>) -> usize {
        let next = self.known.len();
        match self.known.entry(representation) {
            std::collections::hash_map::Entry::Occupied(entry) => *entry.get(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                if next > 0 {
                    self.json.push(b',');
                }
                self.json.extend_from_slice(entry.key());
                entry.insert(next);
                next
            }
        }
    }

    pub fn len(&self) -> usize {
        self.known.len()
    }

    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Writes the JSON list.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        out.extend_from_slice(&self.json);
        out.push(b']');
    }

    /// Adds the entity; None where it is none of the required types.
    pub fn add<'a>(
        &mut self,
        schema: &Schema,
        entity: &Object<'a>,
        requires: &'a [Require],
        rewrites: &'a [FetchRewrite],
        service: &str,
    ) -> Option<usize> {
        let mut out = Vec::with_capacity(64);
        if rewrites.is_empty() {
            represent(schema, &mut out, entity, requires, service)?;
        } else {
            let mut copy = Value::Object(entity.clone());
            rewrite::apply(schema, &mut copy, rewrites);
            represent(schema, &mut out, copy.as_object()?, requires, service)?;
        }
        Some(self.insert(out))
    }
}

type Found<'v, 'a> = Vec<(&'v str, &'v Value<'a>, Vec<&'v [Require]>)>;

/// Collects the required fields that the object has, each once.
fn collect<'v, 'a>(
    schema: &Schema,
    object: &'v Object<'a>,
    typename: Option<&str>,
    requires: &'v [Require],
    found: &mut Found<'v, 'a>,
) -> bool {
    let mut accepted = false;
    for item in requires {
        match item {
            Require::Field {
                read,
                or_read,
                send,
                below,
            } => {
                accepted = true;
                let value = object
                    .get(read)
                    .or_else(|| or_read.as_deref().and_then(|name| object.get(name)));
                let Some(value) = value else { continue };
                match found.iter_mut().find(|(known, ..)| known == send) {
                    Some((_, _, sets)) => sets.push(below),
                    None => found.push((send, value, vec![below])),
                }
            }
            Require::Fragment { condition, below } => {
                let fits = typename.is_none_or(|name| {
                    schema.is_subtype(name, condition) || schema.is_subtype(condition, name)
                });
                if fits {
                    accepted = true;
                    collect(schema, object, typename, below, found);
                }
            }
        }
    }
    accepted
}

fn represent(
    schema: &Schema,
    out: &mut Vec<u8>,
    entity: &Object<'_>,
    requires: &[Require],
    service: &str,
) -> Option<()> {
    let typename = entity.typename();
    let mut found = Vec::new();
    if !collect(schema, entity, typename, requires, &mut found) {
        return None;
    }
    let typename = typename.or_else(|| {
        requires.iter().find_map(|item| match item {
            Require::Fragment { condition, .. } => Some(condition.as_str()),
            Require::Field { .. } => None,
        })
    })?;
    // A subgraph that knows an interface as one object knows no member of it.
    // The plan mostly says so by a rewrite, but not always.
    let typename = schema.stand_in(service, typename).unwrap_or(typename);
    out.extend_from_slice(b"{\"__typename\":");
    write_string(out, typename);
    for (key, value, sets) in &found {
        if *key != "__typename" {
            out.push(b',');
            write_string(out, key);
            out.push(b':');
            selected(schema, out, value, sets);
        }
    }
    out.push(b'}');
    Some(())
}

fn selected(schema: &Schema, out: &mut Vec<u8>, value: &Value<'_>, sets: &[&[Require]]) {
    match value {
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                selected(schema, out, item, sets);
            }
            out.push(b']');
        }
        Value::Object(object) if sets.iter().any(|set| !set.is_empty()) => {
            let mut found = Vec::new();
            for set in sets {
                collect(schema, object, object.typename(), set, &mut found);
            }
            out.push(b'{');
            for (index, (key, value, sets)) in found.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_string(out, key);
                out.push(b':');
                selected(schema, out, value, sets);
            }
            out.push(b'}');
        }
        value => write_value(out, value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::parse;

    fn field(read: &str, or_read: Option<&str>, send: &str, below: Vec<Require>) -> Require {
        let or_read = or_read.map(str::to_owned);
        Require::Field {
            read: read.to_owned(),
            or_read,
            send: send.to_owned(),
            below,
        }
    }

    fn of(condition: &str, below: Vec<Require>) -> Require {
        Require::Fragment {
            condition: condition.to_owned(),
            below,
        }
    }

    fn sent(entities: &[&str], requires: &[Require]) -> (String, Vec<Option<usize>>) {
        let mut representations = Representations::default();
        let schema = Schema::default();
        let indices = entities.iter().map(|text| {
            let entity = parse(text.as_bytes()).unwrap();
            representations.add(&schema, entity.as_object().unwrap(), requires, &[], "any")
        });
        let indices = indices.collect();
        let mut out = Vec::new();
        representations.write(&mut out);
        (String::from_utf8(out).unwrap(), indices)
    }

    #[test]
    fn reads_the_internal_alias_and_sends_the_name() {
        let alias = "_internal_qp_alias_0";
        let requires = [of(
            "P",
            vec![field(alias, Some("price"), "price", Vec::new())],
        )];
        let (json, _) = sent(
            &[r#"{"__typename":"P","price":"EUR","_internal_qp_alias_0":"CNY"}"#],
            &requires,
        );
        assert_eq!(json, r#"[{"__typename":"P","price":"CNY"}]"#);
        let (json, _) = sent(&[r#"{"__typename":"P","price":"EUR"}"#], &requires);
        assert_eq!(json, r#"[{"__typename":"P","price":"EUR"}]"#);
    }

    #[test]
    fn sends_null_as_null_and_leaves_out_what_is_missing() {
        let requires = [of(
            "P",
            vec![
                field("id", None, "id", Vec::new()),
                field("w", None, "w", Vec::new()),
            ],
        )];
        let (json, indices) = sent(
            &[r#"{"__typename":"P","id":null}"#, r#"{"__typename":"P"}"#],
            &requires,
        );
        assert_eq!(json, r#"[{"__typename":"P","id":null},{"__typename":"P"}]"#);
        assert_eq!(indices, [Some(0), Some(1)]);
    }

    #[test]
    fn sends_equal_entities_once_and_skips_other_types() {
        let requires = [of("P", vec![field("id", None, "id", Vec::new())])];
        let (json, indices) = sent(
            &[
                r#"{"__typename":"P","id":1,"x":1}"#,
                r#"{"__typename":"Q","id":1}"#,
                r#"{"id":1,"__typename":"P","x":2}"#,
            ],
            &requires,
        );
        assert_eq!(json, r#"[{"__typename":"P","id":1}]"#);
        assert_eq!(indices, [Some(0), None, Some(0)]);
    }

    #[test]
    fn takes_the_required_type_where_the_data_names_none() {
        let requires = [of(
            "P",
            vec![field("__typename", None, "__typename", Vec::new())],
        )];
        assert_eq!(sent(&["{}"], &requires).0, r#"[{"__typename":"P"}]"#);
    }

    #[test]
    fn goes_into_lists_and_merges_what_several_fragments_want() {
        let owner = |name| {
            field(
                "owner",
                None,
                "owner",
                vec![field(name, None, name, Vec::new())],
            )
        };
        let requires = [of("P", vec![owner("a")]), of("P", vec![owner("b")])];
        let (json, _) = sent(
            &[r#"{"__typename":"P","owner":[{"a":1,"b":2,"c":3},null]}"#],
            &requires,
        );
        assert_eq!(json, r#"[{"__typename":"P","owner":[{"a":1,"b":2},null]}]"#);
    }
}
