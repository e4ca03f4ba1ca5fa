//! How long an answer may be kept, and for whom: what the schema says by
//! `cache_control` on its types and fields, told to the gateway in
//! `extensions.cacheControl`.
//!
//! async-graphql takes the strictest of what is said, and passes over what says
//! nothing; so one public field would speak for all others. Here silence means
//! no: every field of the operation must be covered, by itself, by the type that
//! it answers, or, for leaves and the parts of a page, by where it stands.
//!
//! A hint is for what is the same for everybody, or `private`. Where a resolver
//! looks at the caller, its type has none.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::{
    CacheControl, ObjectType, Value,
    parser::types::{
        DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection,
        SelectionSet,
    },
    registry::{MetaType, MetaTypeName, Registry},
    value,
};

/// Deeper selections are not looked at: nothing is said of them.
const DEEPEST: usize = 32;

/// How long, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Seconds.
    pub max_age: i32,
    /// Whether everybody is given the same.
    pub public: bool,
}

impl Hint {
    fn and(self, other: Self) -> Self {
        Self {
            max_age: self.max_age.min(other.max_age),
            public: self.public && other.public,
        }
    }

    /// As the gateway reads it.
    pub fn extension(self) -> Value {
        let scope = if self.public { "PUBLIC" } else { "PRIVATE" };
        value!({ "maxAge": self.max_age, "scope": scope })
    }
}

#[derive(Debug)]
struct Field {
    says: CacheControl,
    /// The type that it answers, where that has fields.
    below: Option<String>,
}

#[derive(Debug, Default)]
struct Type {
    says: CacheControl,
    fields: BTreeMap<String, Field>,
}

/// What a schema says.
#[derive(Debug)]
pub struct Hints {
    query: String,
    types: BTreeMap<String, Type>,
    silent: bool,
}

impl Hints {
    /// Reads the schema below a root.
    pub fn of<Q: ObjectType>() -> Self {
        let mut registry = Registry::default();
        let _ = Q::create_type_info(&mut registry);
        let composite: BTreeSet<String> = registry
            .types
            .iter()
            .filter(|(_, it)| it.is_composite())
            .map(|(name, _)| name.clone())
            .collect();
        let query = Q::type_name().into_owned();
        let reachable = reachable(&registry, &query);
        let mut types = BTreeMap::new();
        for (name, it) in &registry.types {
            if !reachable.contains(name.as_str()) {
                continue;
            }
            let says = match it {
                MetaType::Object { cache_control, .. } => *cache_control,
                _ => CacheControl::default(),
            };
            let fields = it.fields().into_iter().flatten().map(|(name, field)| {
                let below = MetaTypeName::concrete_typename(&field.ty).to_owned();
                let field = Field {
                    says: field.cache_control,
                    below: Some(below).filter(|below| composite.contains(below)),
                };
                (name.clone(), field)
            });
            let fields = fields.collect();
            types.insert(name.clone(), Type { says, fields });
        }
        let mut all = types
            .values()
            .flat_map(|it: &Type| it.fields.values().map(|it| it.says).chain([it.says]));
        Self {
            silent: all.all(|it| it.max_age <= 0),
            query,
            types,
        }
    }

    /// Whether nothing in the schema may be kept.
    pub const fn is_silent(&self) -> bool {
        self.silent
    }

    /// The types and fields that speak, for a test to look at.
    pub fn speaking(&self) -> Vec<String> {
        let mut speaking = Vec::new();
        for (name, it) in &self.types {
            if it.says.max_age > 0 {
                speaking.push(name.clone());
            }
            let fields = it.fields.iter().filter(|(_, it)| it.says.max_age > 0);
            speaking.extend(fields.map(|(field, _)| format!("{name}.{field}")));
        }
        speaking
    }

    /// What may be done with the answer of an operation; None for nothing.
    pub fn hint(&self, document: &ExecutableDocument, operation: Option<&str>) -> Option<Hint> {
        let operation = chosen(document, operation)?;
        if operation.ty != OperationType::Query {
            return None;
        }
        let mut walk = Walk {
            hints: self,
            document,
            strictest: None,
        };
        let set = &operation.selection_set.node;
        walk.set(set, Some(&self.query), None, DEEPEST)?;
        walk.strictest
    }
}

/// The types that a query can come to: from the root, and as entities. The
/// parts of which a root is merged are none.
fn reachable<'r>(registry: &'r Registry, query: &'r str) -> BTreeSet<&'r str> {
    let entities = registry
        .types
        .iter()
        .filter(|(_, it)| matches!(it, MetaType::Object { keys: Some(_), .. }))
        .map(|(name, _)| name.as_str());
    let mut waiting: Vec<&str> = entities.chain([query]).collect();
    let mut found = BTreeSet::new();
    while let Some(name) = waiting.pop() {
        let Some(it) = registry.types.get(name).filter(|_| found.insert(name)) else {
            continue;
        };
        let fields = it.fields().into_iter().flatten();
        waiting.extend(fields.map(|(_, field)| MetaTypeName::concrete_typename(&field.ty)));
        waiting.extend(
            it.possible_types()
                .into_iter()
                .flatten()
                .map(String::as_str),
        );
    }
    found
}

fn chosen<'d>(
    document: &'d ExecutableDocument,
    name: Option<&str>,
) -> Option<&'d OperationDefinition> {
    match (&document.operations, name) {
        (DocumentOperations::Single(it), _) => Some(&it.node),
        (DocumentOperations::Multiple(all), Some(name)) => all.get(name).map(|it| &it.node),
        (DocumentOperations::Multiple(_), None) => None,
    }
}

struct Walk<'w> {
    hints: &'w Hints,
    document: &'w ExecutableDocument,
    strictest: Option<Hint>,
}

impl Walk<'_> {
    /// None as soon as something is not covered. `parent` is None below
    /// `_entities`, where only a type condition says what stands there.
    fn set(
        &mut self,
        set: &SelectionSet,
        parent: Option<&str>,
        here: Option<Hint>,
        depth: usize,
    ) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let (name, below) = (field.node.name.node.as_str(), &field.node.selection_set);
                    match name {
                        "__typename" => {}
                        "_entities" => self.set(&below.node, None, None, depth)?,
                        _ => self.field(parent?, name, &below.node, here, depth)?,
                    }
                }
                Selection::InlineFragment(it) => {
                    let condition = it.node.type_condition.as_ref();
                    let condition = condition.map(|it| it.node.on.node.as_str());
                    let below = &it.node.selection_set.node;
                    self.fragment(below, condition, parent, here, depth)?;
                }
                Selection::FragmentSpread(it) => {
                    let fragment = self.document.fragments.get(&it.node.fragment_name.node)?;
                    let condition = fragment.node.type_condition.node.on.node.as_str();
                    let below = &fragment.node.selection_set.node;
                    self.fragment(below, Some(condition), parent, here, depth)?;
                }
            }
        }
        Some(())
    }

    fn fragment(
        &mut self,
        set: &SelectionSet,
        condition: Option<&str>,
        parent: Option<&str>,
        here: Option<Hint>,
        depth: usize,
    ) -> Option<()> {
        match (parent, condition) {
            (None, Some(entity)) => {
                let says = self.hints.types.get(entity)?.says;
                let hint = said(says, None)?;
                self.note(hint);
                self.set(set, Some(entity), Some(hint), depth)
            }
            (_, condition) => self.set(set, condition.or(parent), here, depth),
        }
    }

    fn field(
        &mut self,
        parent: &str,
        name: &str,
        below: &SelectionSet,
        here: Option<Hint>,
        depth: usize,
    ) -> Option<()> {
        let hints = self.hints;
        let field = hints.types.get(parent)?.fields.get(name)?;
        let Some(typename) = &field.below else {
            let hint = said(field.says, here)?;
            self.note(hint);
            return Some(());
        };
        let inherited = here.filter(|_| is_part_of_page(typename));
        let of_type = hints.types.get(typename).map(|it| it.says);
        let of_type = of_type.and_then(|says| said(says, inherited));
        let hint = said(field.says, of_type)?;
        self.note(hint);
        self.set(below, Some(typename), Some(hint), depth)
    }

    fn note(&mut self, hint: Hint) {
        self.strictest = Some(self.strictest.map_or(hint, |known| known.and(hint)));
    }
}

/// What is said here, or else holds from elsewhere.
fn said(says: CacheControl, otherwise: Option<Hint>) -> Option<Hint> {
    let own = Hint {
        max_age: says.max_age,
        public: says.public,
    };
    match says.max_age {
        // `no_cache`.
        ..0 => None,
        0 => otherwise.map(|it| Hint {
            public: it.public && says.public,
            ..it
        }),
        _ => Some(own),
    }
}

fn is_part_of_page(typename: &str) -> bool {
    typename == "PageInfo" || typename.ends_with("Edge")
}

#[cfg(test)]
mod tests {
    use async_graphql::{Object, SimpleObject, parser::parse_query};

    use super::*;

    #[derive(SimpleObject)]
    struct Person {
        name: String,
        town: Town,
    }

    struct Town;

    #[Object(cache_control(max_age = 60))]
    impl Town {
        async fn code(&self) -> i32 {
            1
        }
        #[graphql(cache_control(max_age = 10))]
        async fn weather(&self) -> i32 {
            1
        }
        #[graphql(cache_control(no_cache))]
        async fn visitors(&self) -> i32 {
            1
        }
        #[graphql(cache_control(private))]
        async fn distance(&self) -> i32 {
            1
        }
        async fn mayor(&self) -> Person {
            Person {
                name: String::new(),
                town: Town,
            }
        }
    }

    #[derive(SimpleObject)]
    struct TownEdge {
        node: Town,
        cursor: String,
    }

    #[derive(SimpleObject)]
    struct TownConnection {
        edges: Vec<TownEdge>,
    }

    struct Query;

    #[Object]
    impl Query {
        async fn town(&self) -> Town {
            Town
        }
        #[graphql(cache_control(max_age = 30))]
        async fn towns(&self) -> TownConnection {
            TownConnection { edges: Vec::new() }
        }
        async fn all(&self) -> TownConnection {
            TownConnection { edges: Vec::new() }
        }
        async fn me(&self) -> Person {
            Person {
                name: String::new(),
                town: Town,
            }
        }
        async fn count(&self) -> i32 {
            1
        }
        #[graphql(entity)]
        async fn find_town(&self, code: i32) -> Town {
            let _ = code;
            Town
        }
    }

    fn hint(query: &str) -> Option<(i32, bool)> {
        let document = parse_query(query).unwrap();
        let hint = Hints::of::<Query>().hint(&document, None)?;
        Some((hint.max_age, hint.public))
    }

    #[test]
    fn every_field_must_be_covered() {
        for (query, expected) in [
            ("{ town { code } }", Some((60, true))),
            ("{ town { code weather } }", Some((10, true))),
            ("{ town { code distance } }", Some((60, false))),
            (
                "{ towns { edges { cursor node { code } } } }",
                Some((30, true)),
            ),
            (
                "{ __typename town { __typename ...T } } fragment T on Town { code }",
                Some((60, true)),
            ),
            (
                "{ _entities(representations: []) { __typename ... on Town { code } } }",
                Some((60, true)),
            ),
            ("{ town { visitors } }", None),
            ("{ town { mayor { name } } }", None),
            ("{ town { code } me { name } }", None),
            ("{ town { code } ... { me { town { code } } } }", None),
            ("{ all { edges { node { code } } } }", None),
            ("{ count }", None),
            ("{ town { code } __schema { description } }", None),
            (
                "{ _entities(representations: []) { ... on Person { name } } }",
                None,
            ),
            ("{ _service { sdl } }", None),
            ("{ __typename }", None),
            ("mutation { town { code } }", None),
            ("{ town { ...T } } fragment T on Town { ...T }", None),
        ] {
            assert_eq!(hint(query), expected, "{query}");
        }
    }

    #[test]
    fn the_operation_that_is_meant_counts() {
        let document = parse_query("query A { town { code } } query B { me { name } }").unwrap();
        let hints = Hints::of::<Query>();
        assert!(hints.hint(&document, Some("A")).is_some());
        for other in [Some("B"), Some("C"), None] {
            assert_eq!(hints.hint(&document, other), None, "{other:?}");
        }
    }

    #[test]
    fn says_what_speaks() {
        let hints = Hints::of::<Query>();
        assert!(!hints.is_silent());
        assert_eq!(hints.speaking(), ["Query.towns", "Town", "Town.weather"]);
    }
}
