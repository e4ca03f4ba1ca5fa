//! The data of a case: records by name, `Type/key` → fields. A text `@Type/key`
//! is a reference. Subgraphs see the same records, except where a case says
//! what only one of them answers.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

use serde_json::{Map, Value as Json};

#[derive(Debug, Default)]
pub struct World {
    records: BTreeMap<String, Map<String, Json>>,
    /// By subgraph.
    views: BTreeMap<String, BTreeMap<String, Map<String, Json>>>,
    /// Object → the interfaces it implements in some subgraph.
    implements: BTreeMap<String, BTreeSet<String>>,
    /// What mutations wrote, in order.
    pub log: Mutex<Vec<Json>>,
}

/// The type a record's name begins with.
pub fn type_of(record: &str) -> &str {
    record.split('/').next().unwrap_or(record)
}

impl World {
    pub fn new(
        data: &Map<String, Json>,
        only: &BTreeMap<String, Map<String, Json>>,
        implements: BTreeMap<String, BTreeSet<String>>,
    ) -> Self {
        let fields = |value: &Json| value.as_object().expect("a record is an object").clone();
        let records: BTreeMap<_, _> = data
            .iter()
            .map(|(name, it)| (name.clone(), fields(it)))
            .collect();
        let mut views = BTreeMap::new();
        for (subgraph, changes) in only {
            let mut view = records.clone();
            for (name, change) in changes {
                view.entry(name.clone()).or_default().extend(fields(change));
            }
            views.insert(subgraph.clone(), view);
        }
        Self {
            records,
            views,
            implements,
            log: Mutex::default(),
        }
    }

    fn view(&self, subgraph: &str) -> &BTreeMap<String, Map<String, Json>> {
        self.views.get(subgraph).unwrap_or(&self.records)
    }

    /// The record a value refers to, as the subgraph sees it.
    pub fn follow(&self, subgraph: &str, value: &Json) -> Option<(&str, &Map<String, Json>)> {
        let name = value.as_str()?.strip_prefix('@')?;
        let (name, fields) = self.view(subgraph).get_key_value(name)?;
        Some((name, fields))
    }

    /// The records of a type, or of an interface's members.
    pub fn of_type<'w>(
        &'w self,
        subgraph: &str,
        typename: &'w str,
    ) -> impl Iterator<Item = (&'w str, &'w Map<String, Json>)> {
        self.view(subgraph)
            .iter()
            .filter(move |(name, _)| {
                let own = type_of(name);
                own == typename
                    || self
                        .implements
                        .get(own)
                        .is_some_and(|it| it.contains(typename))
            })
            .map(|(name, fields)| (name.as_str(), fields))
    }

    /// Every text that some record holds: material for arguments.
    pub fn texts(&self) -> BTreeSet<String> {
        fn walk(value: &Json, into: &mut BTreeSet<String>) {
            match value {
                Json::String(text) if !text.starts_with('@') => {
                    into.insert(text.clone());
                }
                Json::Array(items) => items.iter().for_each(|it| walk(it, into)),
                Json::Object(members) => {
                    for (key, value) in members {
                        match key.as_str() {
                            "$text" | "$error" => {}
                            "$by" => into
                                .extend(members.keys().filter(|it| !it.starts_with('$')).cloned()),
                            _ => walk(value, into),
                        }
                    }
                }
                _ => {}
            }
        }
        let mut into = BTreeSet::new();
        for record in self.records.values() {
            record.values().for_each(|value| walk(value, &mut into));
        }
        into
    }
}
