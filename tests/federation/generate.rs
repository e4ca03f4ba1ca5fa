//! Random queries that fit a schema, as a tree that can be made smaller.

use std::{collections::BTreeMap, fmt::Write as _};

use graphql_tools::static_graphql::schema;
use serde_json::{Map, Value as Json};

use crate::engine::types::{Kind, Types, inner};

/// SplitMix64: the same seed, the same queries, on every machine.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(sides.max(1)).unwrap()).unwrap()
    }

    /// True in `percent` of all cases.
    fn chance(&mut self, percent: usize) -> bool {
        self.roll(100) < percent
    }

    fn pick<'l, T>(&mut self, list: &'l [T]) -> &'l T {
        &list[self.roll(list.len())]
    }
}

#[derive(Clone, Debug)]
pub enum Item {
    Field {
        alias: Option<String>,
        name: String,
        arguments: Vec<(String, String)>,
        directives: Vec<String>,
        below: Vec<Item>,
    },
    Fragment {
        on: Option<String>,
        /// The type it stands in, for a named fragment without a condition.
        within: String,
        named: bool,
        directives: Vec<String>,
        below: Vec<Item>,
    },
}

#[derive(Clone, Debug, Default)]
pub struct Query {
    pub items: Vec<Item>,
    /// Name → type and value; the printer declares those in use.
    pub variables: BTreeMap<String, (String, Json)>,
}

pub struct Generator<'g> {
    pub types: &'g Types,
    pub texts: Vec<String>,
    pub dice: Dice,
    pub depth: usize,
    query: Query,
    budget: usize,
}

impl<'g> Generator<'g> {
    pub fn new(types: &'g Types, texts: Vec<String>, seed: u64) -> Self {
        Self {
            types,
            texts,
            dice: Dice::new(seed),
            depth: 6,
            query: Query::default(),
            budget: 0,
        }
    }

    pub fn query(&mut self) -> Query {
        self.query = Query::default();
        self.budget = 4 + self.dice.roll(36);
        for flag in ["yes", "no"] {
            let value = Json::Bool(flag == "yes");
            self.query
                .variables
                .insert(flag.to_owned(), ("Boolean!".to_owned(), value));
        }
        let root = self.types.query.clone();
        self.query.items = self.items(&root, self.depth);
        std::mem::take(&mut self.query)
    }

    fn directives(&mut self) -> Vec<String> {
        let mut list = Vec::new();
        for name in ["skip", "include"] {
            if self.dice.chance(9) {
                let condition = *self.dice.pick(&["true", "false", "$yes", "$no"]);
                list.push(format!("@{name}(if: {condition})"));
            }
        }
        list
    }

    fn items(&mut self, typename: &str, depth: usize) -> Vec<Item> {
        let wanted = 1 + self.dice.roll(4);
        let mut items = Vec::new();
        for _ in 0..wanted {
            if self.budget == 0 && !items.is_empty() {
                break;
            }
            self.budget = self.budget.saturating_sub(1);
            items.push(self.item(typename, depth));
        }
        items
    }

    fn item(&mut self, typename: &str, depth: usize) -> Item {
        let own = &self.types.all[typename];
        let is_abstract = matches!(own.kind, Kind::Interface | Kind::Union);
        if depth > 0 && (self.dice.chance(18) || (is_abstract && self.dice.chance(50))) {
            return self.fragment(typename, depth);
        }
        let fields: Vec<_> = own
            .fields
            .iter()
            .filter(|(name, it)| {
                !name.starts_with("__") && (depth > 0 || self.is_leaf(inner(&it.kind)))
            })
            .collect();
        if fields.is_empty() || self.dice.chance(8) {
            let alias = self
                .dice
                .chance(30)
                .then(|| format!("t{}", self.dice.roll(2)));
            return Item::Field {
                alias,
                name: "__typename".to_owned(),
                arguments: Vec::new(),
                directives: self.directives(),
                below: Vec::new(),
            };
        }
        let (name, field) = *self.dice.pick(&fields);
        let mut arguments = Vec::new();
        for (argument, kind, default) in &field.arguments {
            let optional = !matches!(kind, schema::Type::NonNullType(_)) || default.is_some();
            if optional && self.dice.chance(40) {
                continue;
            }
            let value = self.value(kind, 3);
            let text = if self.dice.chance(35) {
                let variable = format!("a{}", self.query.variables.len());
                self.query
                    .variables
                    .insert(variable.clone(), (kind.to_string(), value));
                format!("${variable}")
            } else {
                self.literal(kind, &value)
            };
            arguments.push((argument.clone(), text));
        }
        let below = inner(&field.kind).to_owned();
        let below = if self.is_leaf(&below) {
            Vec::new()
        } else {
            self.items(&below, depth.saturating_sub(1))
        };
        Item::Field {
            alias: self
                .dice
                .chance(20)
                .then(|| format!("{}{}", name, self.dice.roll(3))),
            name: name.clone(),
            arguments,
            directives: self.directives(),
            below,
        }
    }

    fn fragment(&mut self, typename: &str, depth: usize) -> Item {
        let own = &self.types.all[typename];
        let mut conditions: Vec<Option<String>> = vec![None, Some(typename.to_owned())];
        for (name, other) in &self.types.all {
            let meets = !own.possible.is_disjoint(&other.possible);
            if meets && name != typename && !name.starts_with("__") {
                conditions.push(Some(name.clone()));
                conditions.push(Some(name.clone()));
            }
        }
        let on = self.dice.pick(&conditions).clone();
        let into = on.clone().unwrap_or_else(|| typename.to_owned());
        Item::Fragment {
            on,
            within: typename.to_owned(),
            named: self.dice.chance(30),
            directives: self.directives(),
            below: self.items(&into, depth - 1),
        }
    }

    fn is_leaf(&self, name: &str) -> bool {
        matches!(
            self.types.all.get(name).map(|it| &it.kind),
            None | Some(Kind::Scalar | Kind::Enum(_))
        )
    }

    fn value(&mut self, kind: &schema::Type, depth: usize) -> Json {
        match kind {
            schema::Type::NonNullType(inner) => self.value(inner, depth),
            schema::Type::ListType(inner) => {
                let count = self.dice.roll(3);
                (0..count).map(|_| self.value(inner, depth)).collect()
            }
            schema::Type::NamedType(name) => match name.as_str() {
                "Int" => i64::try_from(self.dice.roll(5)).unwrap().into(),
                "Float" => 1.5.into(),
                "Boolean" => self.dice.chance(50).into(),
                _ => match self.types.all.get(name).map(|it| it.kind.clone()) {
                    Some(Kind::Enum(values)) => {
                        let values: Vec<_> = values.into_iter().collect();
                        Json::String(self.dice.pick(&values).clone())
                    }
                    Some(Kind::Input) => {
                        let inputs = self.types.all[name].inputs.clone();
                        let mut object = Map::new();
                        for (field, kind, has_default) in inputs {
                            let required =
                                matches!(kind, schema::Type::NonNullType(_)) && !has_default;
                            if required || (depth > 0 && self.dice.chance(50)) {
                                object.insert(field, self.value(&kind, depth.saturating_sub(1)));
                            }
                        }
                        Json::Object(object)
                    }
                    _ if self.texts.is_empty() => Json::String("none".to_owned()),
                    _ => Json::String(self.dice.pick(&self.texts.clone()).clone()),
                },
            },
        }
    }

    fn literal(&self, kind: &schema::Type, value: &Json) -> String {
        match (kind, value) {
            (schema::Type::NonNullType(inner), value) => self.literal(inner, value),
            (schema::Type::ListType(inner), Json::Array(items)) => {
                let items: Vec<_> = items.iter().map(|it| self.literal(inner, it)).collect();
                format!("[{}]", items.join(", "))
            }
            (schema::Type::NamedType(name), Json::Object(members)) => {
                let inputs = &self.types.all[name].inputs;
                let members = members.iter().map(|(key, value)| {
                    let kind = &inputs.iter().find(|(known, ..)| known == key).unwrap().1;
                    format!("{key}: {}", self.literal(kind, value))
                });
                format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
            }
            (schema::Type::NamedType(name), Json::String(text))
                if matches!(
                    self.types.all.get(name).map(|it| &it.kind),
                    Some(Kind::Enum(_))
                ) =>
            {
                text.clone()
            }
            (_, value) => value.to_string(),
        }
    }
}

impl Query {
    /// The document and the variables it uses.
    pub fn print(&self) -> (String, Map<String, Json>) {
        let mut fragments = Vec::new();
        let body = set(&self.items, &mut fragments);
        let all = format!("{body}{}", fragments.concat());
        let mut declared = Vec::new();
        let mut variables = Map::new();
        for (name, (kind, value)) in &self.variables {
            let uses = |end: char| all.contains(&format!("${name}{end}"));
            if [')', ',', ']', '}'].into_iter().any(uses) {
                declared.push(format!("${name}: {kind}"));
                variables.insert(name.clone(), value.clone());
            }
        }
        let declared = if declared.is_empty() {
            String::new()
        } else {
            format!("({})", declared.join(", "))
        };
        (format!("query{declared} {all}"), variables)
    }

    /// Every query that is this one with one thing less.
    pub fn smaller(&self) -> Vec<Self> {
        let lists = smaller(&self.items);
        let queries = lists
            .into_iter()
            .filter(|items| !items.is_empty())
            .map(|items| Self {
                items,
                variables: self.variables.clone(),
            });
        queries.collect()
    }
}

fn smaller(items: &[Item]) -> Vec<Vec<Item>> {
    let mut all = Vec::new();
    let mut with = |index: usize, replacement: Vec<Item>| {
        let mut list = items.to_vec();
        list.splice(index..=index, replacement);
        all.push(list);
    };
    for (index, item) in items.iter().enumerate() {
        if items.len() > 1 {
            with(index, Vec::new());
        }
        match item {
            Item::Field {
                alias,
                name,
                arguments,
                directives,
                below,
            } => {
                let field =
                    |alias: &Option<String>, directives: &[String], below: Vec<Item>| Item::Field {
                        alias: alias.clone(),
                        name: name.clone(),
                        arguments: arguments.clone(),
                        directives: directives.to_vec(),
                        below,
                    };
                for below in smaller(below) {
                    if !below.is_empty() {
                        with(index, vec![field(alias, directives, below)]);
                    }
                }
                if alias.is_some() {
                    with(index, vec![field(&None, directives, below.clone())]);
                }
                for skip in 0..directives.len() {
                    let mut fewer = directives.clone();
                    fewer.remove(skip);
                    with(index, vec![field(alias, &fewer, below.clone())]);
                }
            }
            Item::Fragment {
                on,
                within,
                named,
                directives,
                below,
            } => {
                with(index, below.clone());
                let fragment =
                    |named: bool, directives: &[String], below: Vec<Item>| Item::Fragment {
                        on: on.clone(),
                        within: within.clone(),
                        named,
                        directives: directives.to_vec(),
                        below,
                    };
                for below in smaller(below) {
                    if !below.is_empty() {
                        with(index, vec![fragment(*named, directives, below)]);
                    }
                }
                if *named {
                    with(index, vec![fragment(false, directives, below.clone())]);
                }
                for skip in 0..directives.len() {
                    let mut fewer = directives.clone();
                    fewer.remove(skip);
                    with(index, vec![fragment(*named, &fewer, below.clone())]);
                }
            }
        }
    }
    all
}

fn set(items: &[Item], fragments: &mut Vec<String>) -> String {
    let items: Vec<_> = items.iter().map(|item| print(item, fragments)).collect();
    format!("{{ {} }}", items.join(" "))
}

fn print(item: &Item, fragments: &mut Vec<String>) -> String {
    match item {
        Item::Field {
            alias,
            name,
            arguments,
            directives,
            below,
        } => {
            let mut text = alias
                .as_ref()
                .map_or_else(String::new, |alias| format!("{alias}: "));
            text.push_str(name);
            if !arguments.is_empty() {
                let arguments: Vec<_> = arguments
                    .iter()
                    .map(|(name, value)| format!("{name}: {value}"))
                    .collect();
                let _ = write!(text, "({})", arguments.join(", "));
            }
            for directive in directives {
                text.push(' ');
                text.push_str(directive);
            }
            if !below.is_empty() {
                text.push(' ');
                text.push_str(&set(below, fragments));
            }
            text
        }
        Item::Fragment {
            on,
            within,
            named,
            directives,
            below,
        } => {
            let condition = on
                .as_ref()
                .map_or_else(String::new, |on| format!(" on {on}"));
            let marks = directives
                .iter()
                .fold(String::new(), |marks, it| marks + " " + it);
            let body = set(below, fragments);
            if *named {
                let name = format!("F{}", fragments.len());
                let on = on.as_ref().unwrap_or(within);
                fragments.push(format!(" fragment {name} on {on} {body}"));
                format!("...{name}{marks}")
            } else {
                format!("...{condition}{marks} {body}")
            }
        }
    }
}
