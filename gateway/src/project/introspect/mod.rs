//! `__schema` and `__type`, answered from the schema that clients see.

mod meta;

use std::collections::HashMap;

use graphql_tools::static_graphql::{
    query::{
        Directive as QueryDirective, Document as QueryDocument, Field as QueryField,
        FragmentDefinition, OperationDefinition, Selection, SelectionSet, Value as Literal,
    },
    schema::Document,
};
use serde_json::{Map, Value as Json};

use self::meta::{Answer, Meta, Node};
use crate::value::write_string;

/// The gateway's own part of an answer.
#[derive(Debug, Default)]
pub struct Introspected {
    /// All keys of the root, in the order of the document.
    pub keys: Vec<String>,
    /// The answers to `__schema` and `__type`, by key.
    pub values: Vec<(String, Vec<u8>)>,
}

struct Introspector<'d> {
    meta: Meta<'d>,
    fragments: HashMap<&'d str, &'d FragmentDefinition>,
    variables: &'d Map<String, Json>,
}

/// Answers the introspection part of an operation.
pub fn introspect(
    api: &Document,
    document: &QueryDocument,
    operation_name: Option<&str>,
    variables: &Map<String, Json>,
) -> Introspected {
    let set = match crate::plan::choose(document, operation_name) {
        Ok(OperationDefinition::SelectionSet(set)) => set,
        Ok(OperationDefinition::Query(query)) => &query.selection_set,
        _ => return Introspected::default(),
    };
    let introspector = Introspector {
        meta: Meta::new(api),
        fragments: crate::plan::fragments(document),
        variables,
    };
    let mut answer = Introspected::default();
    for (key, field, sets) in introspector.collect(&[set]) {
        answer.keys.push(key.to_owned());
        let node = match field.name.as_str() {
            "__schema" => Some(Node::Schema),
            "__type" => {
                let name = introspector.argument(field, "name");
                let name = name.as_ref().and_then(Json::as_str);
                name.and_then(|name| introspector.meta.named(name))
            }
            _ => continue,
        };
        let mut out = Vec::new();
        match node {
            Some(node) => introspector.object(&mut out, node, &sets),
            None => out.extend_from_slice(b"null"),
        }
        answer.values.push((key.to_owned(), out));
    }
    answer
}

type Collected<'d> = Vec<(&'d str, &'d QueryField, Vec<&'d SelectionSet>)>;

impl<'d> Introspector<'d> {
    fn collect(&self, sets: &[&'d SelectionSet]) -> Collected<'d> {
        let mut fields = Vec::new();
        for set in sets {
            self.gather(set, &mut fields);
        }
        fields
    }

    fn gather(&self, set: &'d SelectionSet, fields: &mut Collected<'d>) {
        for item in &set.items {
            match item {
                Selection::Field(field) if self.included(&field.directives) => {
                    let key = field.alias.as_ref().unwrap_or(&field.name);
                    match fields.iter_mut().find(|(known, ..)| known == key) {
                        Some((_, _, sets)) => sets.push(&field.selection_set),
                        None => fields.push((key, field, vec![&field.selection_set])),
                    }
                }
                Selection::InlineFragment(it) if self.included(&it.directives) => {
                    self.gather(&it.selection_set, fields);
                }
                Selection::FragmentSpread(spread) if self.included(&spread.directives) => {
                    if let Some(it) = self.fragments.get(spread.fragment_name.as_str()) {
                        self.gather(&it.selection_set, fields);
                    }
                }
                _ => {}
            }
        }
    }

    fn included(&self, directives: &[QueryDirective]) -> bool {
        directives.iter().all(|directive| {
            let condition = directive.arguments.iter().find(|(name, _)| name == "if");
            let holds = match condition.map(|(_, value)| value) {
                Some(Literal::Boolean(flag)) => *flag,
                Some(Literal::Variable(name)) => {
                    self.variables.get(name) == Some(&Json::Bool(true))
                }
                _ => return true,
            };
            match directive.name.as_str() {
                "skip" => !holds,
                "include" => holds,
                _ => true,
            }
        })
    }

    fn argument(&self, field: &QueryField, name: &str) -> Option<Json> {
        match &field.arguments.iter().find(|(known, _)| known == name)?.1 {
            Literal::Boolean(flag) => Some(Json::Bool(*flag)),
            Literal::String(text) => Some(Json::String(text.clone())),
            Literal::Variable(name) => self.variables.get(name).cloned(),
            _ => None,
        }
    }

    fn object(&self, out: &mut Vec<u8>, node: Node<'d>, sets: &[&'d SelectionSet]) {
        out.push(b'{');
        for (index, (key, field, sets)) in self.collect(sets).into_iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write_string(out, key);
            out.push(b':');
            let all = self.argument(field, "includeDeprecated") == Some(Json::Bool(true));
            match self.meta.resolve(node, &field.name, all) {
                Answer::Null => out.extend_from_slice(b"null"),
                Answer::Text(text) => write_string(out, &text),
                Answer::Flag(flag) => out.extend_from_slice(flag.to_string().as_bytes()),
                Answer::Texts(texts) => list(out, texts, write_string),
                Answer::One(node) => self.object(out, node, &sets),
                Answer::Many(nodes) => list(out, nodes, |out, node| self.object(out, node, &sets)),
            }
        }
        out.push(b'}');
    }
}

fn list<T>(out: &mut Vec<u8>, items: Vec<T>, write: impl Fn(&mut Vec<u8>, T)) {
    out.push(b'[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(b']');
}
