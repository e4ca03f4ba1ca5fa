//! Types that a subgraph names and does not define, or names where such a type
//! cannot stand. The composer takes each subgraph for a valid schema, and breaks
//! off where it is none.

use std::collections::{BTreeMap, BTreeSet};

use cynic_parser::{
    common::OperationType,
    type_system::{Definition, FieldDefinition, InputValueDefinition, TypeDefinition},
};

use super::{Parsed, Problem};

/// What a type is, as far as places for types tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Leaf,
    Object,
    Interface,
    Union,
    Input,
}

impl Kind {
    const fn of(definition: TypeDefinition<'_>) -> Self {
        match definition {
            TypeDefinition::Scalar(_) | TypeDefinition::Enum(_) => Self::Leaf,
            TypeDefinition::Object(_) => Self::Object,
            TypeDefinition::Interface(_) => Self::Interface,
            TypeDefinition::Union(_) => Self::Union,
            TypeDefinition::InputObject(_) => Self::Input,
        }
    }
}

/// A place where the text names a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Output,
    Input,
    Member,
    Implemented,
    Root,
}

impl Place {
    const fn takes(self, kind: Kind) -> bool {
        match self {
            Self::Output => !matches!(kind, Kind::Input),
            Self::Input => matches!(kind, Kind::Leaf | Kind::Input),
            Self::Member | Self::Root => matches!(kind, Kind::Object),
            Self::Implemented => matches!(kind, Kind::Interface),
        }
    }

    /// What stands there, for people.
    const fn wanted(self) -> (&'static str, &'static str) {
        match self {
            Self::Output => (
                "标量、枚举、对象、接口或联合",
                "a scalar, enum, object, interface or union",
            ),
            Self::Input => ("标量、枚举或输入对象", "a scalar, enum or input object"),
            Self::Member => (
                "对象类型(联合的成员)",
                "an object type, as a member of a union",
            ),
            Self::Implemented => ("接口", "an interface"),
            Self::Root => ("对象类型", "an object type"),
        }
    }
}

/// Scalars that need no definition.
const BUILT_IN: [&str; 5] = ["Int", "Float", "String", "Boolean", "ID"];

/// Fields of the query root that are of the contract between us and a subgraph.
const CONTRACT: [&str; 2] = ["_entities", "_service"];

/// Refuses schemas that name types they do not have.
pub fn check(subgraphs: &[Parsed<'_>]) -> Result<(), Vec<Problem>> {
    let problems: Vec<_> = subgraphs.iter().flat_map(Checker::check).collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

struct Checker<'s> {
    subgraph: &'s str,
    kinds: BTreeMap<&'s str, Kind>,
    problems: Vec<Problem>,
}

impl<'s> Checker<'s> {
    fn check(parsed: &'s Parsed<'_>) -> Vec<Problem> {
        let mut checker = Self {
            subgraph: &parsed.schema.name,
            kinds: BUILT_IN
                .into_iter()
                .map(|name| (name, Kind::Leaf))
                .collect(),
            problems: Vec::new(),
        };
        checker.define(parsed);
        for definition in parsed.document.definitions() {
            match definition {
                Definition::Type(it) | Definition::TypeExtension(it) => checker.look(it, parsed),
                Definition::Schema(it) | Definition::SchemaExtension(it) => {
                    for root in it.root_operations() {
                        let at = match root.operation_type() {
                            OperationType::Query => "schema.query",
                            OperationType::Mutation => "schema.mutation",
                            OperationType::Subscription => "schema.subscription",
                        };
                        checker.named(at, root.named_type(), Place::Root);
                    }
                }
                Definition::Directive(_) => {}
            }
        }
        checker.problems
    }

    fn define(&mut self, parsed: &'s Parsed<'_>) {
        let mut defined = BTreeSet::new();
        for definition in parsed.document.definitions() {
            let (it, is_extension) = match definition {
                Definition::Type(it) => (it, false),
                Definition::TypeExtension(it) => (it, true),
                _ => continue,
            };
            let name = it.name();
            let kind = Kind::of(it);
            let known = self.kinds.insert(name, kind);
            let another = known.is_some_and(|known| known != kind);
            if another || (!is_extension && !defined.insert(name)) {
                self.tell(
                    format!("类型 {name} 定义了两次:请合并,或使用 extend"),
                    format!("the type {name} is defined twice: make one of the two, or extend it"),
                );
            }
        }
    }

    fn look(&mut self, definition: TypeDefinition<'s>, parsed: &Parsed<'_>) {
        let name = definition.name();
        let (fields, interfaces): (Vec<_>, Vec<_>) = match definition {
            TypeDefinition::Object(it) => {
                (it.fields().collect(), it.implements_interfaces().collect())
            }
            TypeDefinition::Interface(it) => {
                (it.fields().collect(), it.implements_interfaces().collect())
            }
            TypeDefinition::Union(it) => {
                for member in it.members() {
                    self.named(name, member.name(), Place::Member);
                }
                return;
            }
            TypeDefinition::InputObject(it) => {
                for field in it.fields() {
                    self.input(&format!("{name}.{}", field.name()), field);
                }
                return;
            }
            TypeDefinition::Scalar(_) | TypeDefinition::Enum(_) => return,
        };
        for interface in interfaces {
            self.named(name, interface, Place::Implemented);
        }
        let is_query = parsed.roots().get(name) == Some(&OperationType::Query);
        for field in fields {
            if !(is_query && CONTRACT.contains(&field.name())) {
                self.field(name, field);
            }
        }
    }

    fn field(&mut self, typename: &str, field: FieldDefinition<'s>) {
        let at = format!("{typename}.{}", field.name());
        self.named(&at, field.ty().name(), Place::Output);
        for argument in field.arguments() {
            self.input(&format!("{at}({}:)", argument.name()), argument);
        }
    }

    fn input(&mut self, at: &str, value: InputValueDefinition<'s>) {
        self.named(at, value.ty().name(), Place::Input);
    }

    fn named(&mut self, at: &str, typename: &str, place: Place) {
        let subgraph = self.subgraph;
        match self.kinds.get(typename) {
            None => self.tell(
                format!("{at} 使用了类型 {typename},但子图 {subgraph} 没有定义它"),
                format!("{at} names the type {typename}, which {subgraph} does not define"),
            ),
            Some(kind) if !place.takes(*kind) => {
                let (zh, en) = place.wanted();
                self.tell(
                    format!("{at} 不能使用 {typename}:此处必须是{zh}"),
                    format!("{at} cannot name {typename}: there must stand {en}"),
                );
            }
            Some(_) => {}
        }
    }

    fn tell(&mut self, zh: String, en: String) {
        self.problems.push(Problem {
            subgraphs: vec![self.subgraph.to_owned()],
            zh,
            en,
        });
    }
}
