//! Representations: what a subgraph is told about an entity it shall complete.

use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};
use smallvec::{SmallVec, smallvec};

use crate::{
    plan::Require,
    supergraph::Schema,
    value::{Content, View, write_key, write_raw_string, write_value},
};

/// Distinct representations in the order they were first seen.
#[derive(Debug, Default)]
pub struct Representations {
    known: HashTable<Known>,
    /// By keys that nobody can foresee: what is hashed comes from subgraphs.
    hasher: DefaultHashBuilder,
    /// The items of the JSON list.
    json: Vec<u8>,
}

/// Where a representation stands in the list.
#[derive(Debug)]
struct Known {
    hash: u64,
    from: usize,
    to: usize,
    index: usize,
}

impl Representations {
    /// Room for so many entities.
    pub fn with_capacity(entities: usize) -> Self {
        Self {
            known: HashTable::with_capacity(entities),
            json: Vec::with_capacity(entities * 32),
            ..Self::default()
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
        out.reserve(self.json.len() + 2);
        out.push(b'[');
        out.extend_from_slice(&self.json);
        out.push(b']');
    }

    /// Adds the entity, and answers which one it is; None where it is none of
    /// the required types.
    pub fn add(
        &mut self,
        schema: &Schema,
        entity: View<'_, '_>,
        requires: &[Require],
        service: &str,
    ) -> Option<usize> {
        let before = self.json.len();
        if before > 0 {
            self.json.push(b',');
        }
        let from = self.json.len();
        let index = represent(schema, &mut self.json, entity, requires, service)
            .map(|()| self.find_or_keep(from));
        // What was known already, or is no representation, is taken back.
        if index.is_none_or(|(_, is_new)| !is_new) {
            self.json.truncate(before);
        }
        index.map(|(index, _)| index)
    }

    /// Which one the last item of the list is, and whether it is new.
    fn find_or_keep(&mut self, from: usize) -> (usize, bool) {
        let (json, to) = (&self.json, self.json.len());
        let hash = self.hasher.hash_one(&json[from..]);
        let same = |it: &Known| it.hash == hash && json[it.from..it.to] == json[from..];
        if let Some(known) = self.known.find(hash, same) {
            return (known.index, false);
        }
        let index = self.known.len();
        let known = Known {
            hash,
            from,
            to,
            index,
        };
        self.known.insert_unique(hash, known, |it| it.hash);
        (index, true)
    }
}

/// A required field: its key in the representation, its value, and what is
/// wanted of it by each who wants it.
struct Found<'r, 't, 'a> {
    send: &'r str,
    value: View<'t, 'a>,
    sets: SmallVec<[&'r [Require]; 1]>,
}

type AllFound<'r, 't, 'a> = SmallVec<[Found<'r, 't, 'a>; 4]>;

/// Collects the required fields that the object has, each once.
fn collect<'r, 't, 'a>(
    schema: &Schema,
    object: View<'t, 'a>,
    typename: Option<&str>,
    requires: &'r [Require],
    found: &mut AllFound<'r, 't, 'a>,
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
                let Some(value) = required(object, read, or_read.as_deref()) else {
                    continue;
                };
                match found.iter_mut().find(|known| known.send == send) {
                    Some(known) => known.sets.push(below),
                    None => found.push(Found {
                        send,
                        value,
                        sets: smallvec![below.as_slice()],
                    }),
                }
            }
            Require::Fragment {
                condition, below, ..
            } => {
                if fits(schema, typename, condition) {
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
    entity: View<'_, '_>,
    requires: &[Require],
    service: &str,
) -> Option<()> {
    let typename = entity.typename();
    let mut found = AllFound::new();
    let plain = match requires {
        [
            Require::Fragment {
                condition,
                below,
                is_plain: true,
            },
        ] => fits(schema, typename, condition).then_some(below.as_slice()),
        _ => None,
    };
    if plain.is_none() && !collect(schema, entity, typename, requires, &mut found) {
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
    write_raw_string(out, typename);
    let mut member = |send: &str, value, sets: &[&[Require]]| {
        if send != "__typename" {
            out.push(b',');
            write_key(out, send);
            selected(schema, out, value, sets);
        }
    };
    for item in plain.unwrap_or_default() {
        if let Require::Field {
            read,
            or_read,
            send,
            ..
        } = item
            && let Some(value) = required(entity, read, or_read.as_deref())
        {
            member(send, value, &[]);
        }
    }
    for it in &found {
        member(it.send, it.value, &it.sets);
    }
    out.push(b'}');
    Some(())
}

/// Whether an entity of this type may be what a fragment is about.
fn fits(schema: &Schema, typename: Option<&str>, condition: &str) -> bool {
    typename
        .is_none_or(|name| schema.is_subtype(name, condition) || schema.is_subtype(condition, name))
}

/// The value of a required field, under its own key of the plan or under its
/// name.
fn required<'t, 'a>(
    object: View<'t, 'a>,
    read: &str,
    or_read: Option<&str>,
) -> Option<View<'t, 'a>> {
    object.get(read).or_else(|| object.get(or_read?))
}

fn selected(schema: &Schema, out: &mut Vec<u8>, value: View<'_, '_>, sets: &[&[Require]]) {
    match value.content() {
        Content::Array(_) => {
            out.push(b'[');
            for (index, item) in value.items().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                selected(schema, out, item, sets);
            }
            out.push(b']');
        }
        Content::Object(_) if sets.iter().any(|set| !set.is_empty()) => {
            let mut found = AllFound::new();
            for set in sets {
                collect(schema, value, value.typename(), set, &mut found);
            }
            out.push(b'{');
            for (index, it) in found.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_key(out, it.send);
                selected(schema, out, it.value, &it.sets);
            }
            out.push(b'}');
        }
        _ => write_value(out, value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Tree;

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
        Require::fragment(condition.to_owned(), below)
    }

    fn sent(entities: &[&str], requires: &[Require]) -> (String, Vec<Option<usize>>) {
        let mut representations = Representations::default();
        let schema = Schema::default();
        let indices = entities.iter().map(|text| {
            let mut tree = Tree::new();
            let entity = tree.read(text.as_bytes()).unwrap();
            representations.add(&schema, tree.view(entity), requires, "any")
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
