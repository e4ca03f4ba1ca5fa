//! One operation: `CollectFields`, resolve, `CompleteValue`, as the GraphQL
//! specification words them.

use std::collections::BTreeMap;

use graphql_tools::static_graphql::{
    query::{Directive, Field, FragmentDefinition, Selection, SelectionSet},
    schema,
};
use serde_json::{Map, Value as Json, json};

use super::{
    Engine, template,
    types::{Kind, Types, inner, literal},
};
use crate::world::type_of;

/// An object on the way.
#[derive(Clone, Debug, Default)]
struct Node {
    typename: String,
    fields: Map<String, Json>,
    /// The representation, or what was computed to be required.
    given: Map<String, Json>,
    /// `@external` fields that may be answered here.
    provided: Vec<SelectionSet>,
}

struct Failure {
    message: String,
    code: String,
}

fn failure(message: impl Into<String>) -> Failure {
    Failure {
        message: message.into(),
        code: "INTERNAL_SERVER_ERROR".to_owned(),
    }
}

/// A null that may not be: its error is there already.
struct Bubble;

type Fragments<'d> = BTreeMap<&'d str, &'d FragmentDefinition>;

pub struct Run<'r> {
    engine: &'r Engine,
    types: &'r Types,
    variables: &'r Map<String, Json>,
    fragments: &'r Fragments<'r>,
    path: Vec<Json>,
    pub errors: Vec<Json>,
}

impl<'r> Run<'r> {
    pub fn new(
        engine: &'r Engine,
        types: &'r Types,
        variables: &'r Map<String, Json>,
        fragments: &'r Fragments<'r>,
    ) -> Self {
        Self {
            engine,
            types,
            variables,
            fragments,
            path: Vec::new(),
            errors: Vec::new(),
        }
    }

    pub fn root(&mut self, typename: &str, set: &'r SelectionSet) -> Json {
        let record = json!(format!("@{typename}"));
        let fields = self.engine.world.follow(&self.engine.name, &record);
        let node = Node {
            typename: typename.to_owned(),
            fields: fields.map(|(_, fields)| fields.clone()).unwrap_or_default(),
            ..Node::default()
        };
        self.object(&node, &[set]).map_or(Json::Null, Json::Object)
    }

    fn report(&mut self, failure: Failure) {
        let message = format!("{}: {}", self.engine.name, failure.message);
        self.errors.push(json!({
            "message": message, "path": self.path, "extensions": {"code": failure.code},
        }));
    }

    fn wanted(&self, directives: &[Directive]) -> bool {
        directives.iter().all(|directive| {
            let condition = directive.arguments.iter().find(|(name, _)| name == "if");
            let condition = condition.and_then(|(_, value)| literal(value, self.variables));
            match directive.name.as_str() {
                "skip" => condition != Some(Json::Bool(true)),
                "include" => condition != Some(Json::Bool(false)),
                _ => true,
            }
        })
    }

    fn collect(
        &self,
        typename: &str,
        set: &'r SelectionSet,
        into: &mut Vec<(String, Vec<&'r Field>)>,
    ) {
        for item in &set.items {
            match item {
                Selection::Field(field) if self.wanted(&field.directives) => {
                    let key = field.alias.as_ref().unwrap_or(&field.name);
                    match into.iter_mut().find(|(known, _)| known == key) {
                        Some((_, fields)) => fields.push(field),
                        None => into.push((key.clone(), vec![field])),
                    }
                }
                Selection::InlineFragment(it) if self.wanted(&it.directives) => {
                    let condition = it.type_condition.as_ref().map(AsRef::as_ref);
                    if condition
                        .is_none_or(|condition: &String| self.types.fits(typename, condition))
                    {
                        self.collect(typename, &it.selection_set, into);
                    }
                }
                Selection::FragmentSpread(it) if self.wanted(&it.directives) => {
                    let fragment = self.fragments[it.fragment_name.as_str()];
                    if self.types.fits(typename, fragment.type_condition.as_ref()) {
                        self.collect(typename, &fragment.selection_set, into);
                    }
                }
                _ => {}
            }
        }
    }

    fn object(
        &mut self,
        node: &Node,
        sets: &[&'r SelectionSet],
    ) -> Result<Map<String, Json>, Bubble> {
        let mut fields = Vec::new();
        for set in sets {
            self.collect(&node.typename, set, &mut fields);
        }
        let mut object = Map::new();
        let mut bubbled = false;
        for (key, fields) in fields {
            self.path.push(Json::String(key.clone()));
            match self.field(node, &fields) {
                Ok(value) => {
                    object.insert(key, value);
                }
                Err(Bubble) => bubbled = true,
            }
            self.path.pop();
        }
        if bubbled { Err(Bubble) } else { Ok(object) }
    }

    fn field(&mut self, node: &Node, fields: &[&'r Field]) -> Result<Json, Bubble> {
        let first = fields[0];
        match first.name.as_str() {
            "__typename" => return Ok(Json::String(node.typename.clone())),
            "_service" => return Ok(json!({"sdl": self.engine.sdl})),
            "_entities" => return Ok(self.entities(fields)),
            _ => {}
        }
        let known = &self.types.all[&node.typename].fields[&first.name];
        let sets: Vec<_> = fields.iter().map(|it| &it.selection_set).collect();
        let value = self.resolve(node, first).unwrap_or_else(|failure| {
            self.report(failure);
            // Marks a null that is explained.
            json!({"$reported": true})
        });
        let below = self.provided_below(node, &first.name, known.provides.as_ref());
        self.complete(&known.kind, &value, &sets, &below)
    }

    fn provided_below(
        &self,
        node: &Node,
        field: &str,
        own: Option<&SelectionSet>,
    ) -> Vec<SelectionSet> {
        let mut below: Vec<_> = own.into_iter().cloned().collect();
        let keys = &self.types.all[&node.typename].keys;
        for set in node.provided.iter().chain(keys.iter().map(|(key, _)| key)) {
            self.selected(&node.typename, set, field, &mut below);
        }
        below
    }

    /// Whether a field set selects a field; adds what it selects below.
    fn selected(
        &self,
        typename: &str,
        set: &SelectionSet,
        field: &str,
        below: &mut Vec<SelectionSet>,
    ) -> bool {
        let mut found = false;
        for item in &set.items {
            match item {
                Selection::Field(it) if it.name == field => {
                    below.push(it.selection_set.clone());
                    found = true;
                }
                Selection::InlineFragment(it) => {
                    let condition = it.type_condition.as_ref().map(AsRef::as_ref);
                    if condition
                        .is_none_or(|condition: &String| self.types.fits(typename, condition))
                    {
                        found |= self.selected(typename, &it.selection_set, field, below);
                    }
                }
                _ => {}
            }
        }
        found
    }

    fn resolve(&mut self, node: &Node, field: &Field) -> Result<Json, Failure> {
        let own = &self.types.all[&node.typename];
        let known = &own.fields[&field.name];
        if known.external {
            let sets = node
                .provided
                .iter()
                .chain(own.keys.iter().map(|(key, _)| key));
            let mut allowed = false;
            for set in sets {
                allowed |= self.selected(&node.typename, set, &field.name, &mut Vec::new());
            }
            if !allowed {
                return Err(failure(format!(
                    "{}.{} is external here",
                    node.typename, field.name
                )));
            }
        }
        let mut arguments = Map::new();
        for (name, kind, default) in &known.arguments {
            let sent = field.arguments.iter().find(|(known, _)| known == name);
            let value = sent.and_then(|(_, value)| literal(value, self.variables));
            let value = value.or_else(|| default.as_ref().and_then(|it| literal(it, &Map::new())));
            if let Some(value) = value {
                arguments.insert(name.clone(), coerce(kind, value));
            }
        }
        let value = node.fields.get(&field.name).cloned().unwrap_or_default();
        self.evaluate(node, &field.name, value, &arguments)
    }

    fn evaluate(
        &mut self,
        node: &Node,
        field: &str,
        value: Json,
        arguments: &Map<String, Json>,
    ) -> Result<Json, Failure> {
        let Json::Object(members) = &value else {
            return Ok(value);
        };
        let text = |name: &str| members.get(name).and_then(Json::as_str);
        if let Some(error) = members.get("$error") {
            return Err(Failure {
                message: error["message"].as_str().unwrap_or("failed").to_owned(),
                code: error["code"]
                    .as_str()
                    .unwrap_or("FAILED_PRECONDITION")
                    .to_owned(),
            });
        }
        if let Some(template) = text("$text") {
            let given = self.given(node, field);
            let filled = template::fill(template, &[&given, &node.fields], arguments);
            return filled.map(Json::String).map_err(failure);
        }
        if let Some(argument) = text("$by") {
            let key = match arguments.get(argument) {
                Some(Json::String(text)) => text.clone(),
                Some(other) => other.to_string(),
                None => "$else".to_owned(),
            };
            let chosen = members.get(&key).or_else(|| members.get("$else"));
            return self.evaluate(node, field, chosen.cloned().unwrap_or_default(), arguments);
        }
        if members.contains_key("$args") {
            return Ok(Json::String(
                sorted(&Json::Object(arguments.clone())).to_string(),
            ));
        }
        if let Some(typename) = text("$find") {
            let found =
                self.engine
                    .world
                    .of_type(&self.engine.name, typename)
                    .find(|(_, fields)| {
                        arguments
                            .iter()
                            .all(|(name, value)| fields.get(name) == Some(value))
                    });
            return Ok(found.map_or(Json::Null, |(name, _)| Json::String(format!("@{name}"))));
        }
        if let Some(argument) = text("$push") {
            let mut log = self.engine.world.log.lock().unwrap();
            log.push(arguments.get(argument).cloned().unwrap_or_default());
            return Ok(Json::Array(log.clone()));
        }
        Ok(value)
    }

    /// What a computed field is computed from.
    fn given(&mut self, node: &Node, field: &str) -> Map<String, Json> {
        let Some(all) = &self.engine.all else {
            return node.given.clone();
        };
        let Some(set) = self
            .engine
            .requires
            .get(&(node.typename.clone(), field.to_owned()))
        else {
            return Map::new();
        };
        let (variables, fragments) = (Map::new(), Fragments::new());
        let mut run = Run::new(self.engine, all, &variables, &fragments);
        run.object(node, &[set]).unwrap_or_default()
    }

    fn complete(
        &mut self,
        kind: &schema::Type,
        value: &Json,
        sets: &[&'r SelectionSet],
        provided: &[SelectionSet],
    ) -> Result<Json, Bubble> {
        let reported = value.get("$reported").is_some();
        match kind {
            schema::Type::NonNullType(inner) => {
                if reported {
                    return Err(Bubble);
                }
                let before = self.errors.len();
                let done = self.complete(inner, value, sets, provided)?;
                if done.is_null() {
                    if self.errors.len() == before {
                        self.report(failure("null where there must be a value"));
                    }
                    return Err(Bubble);
                }
                Ok(done)
            }
            _ if reported || value.is_null() => Ok(Json::Null),
            schema::Type::ListType(inner) => {
                let Json::Array(items) = value else {
                    self.report(failure(format!("no list: {value}")));
                    return Ok(Json::Null);
                };
                let mut list = Vec::new();
                let mut bubbled = false;
                for (index, item) in items.iter().enumerate() {
                    self.path.push(index.into());
                    let item = if item.get("$error").is_some() {
                        let error = self.evaluate(&Node::default(), "", item.clone(), &Map::new());
                        if let Err(failure) = error {
                            self.report(failure);
                        }
                        &json!({"$reported": true})
                    } else {
                        item
                    };
                    match self.complete(inner, item, sets, provided) {
                        Ok(item) => list.push(item),
                        Err(Bubble) => bubbled = true,
                    }
                    self.path.pop();
                }
                // A list that a null went through is null.
                Ok(if bubbled {
                    Json::Null
                } else {
                    Json::Array(list)
                })
            }
            schema::Type::NamedType(name) => Ok(self.named(name, value, sets, provided)),
        }
    }

    fn named(
        &mut self,
        name: &str,
        value: &Json,
        sets: &[&'r SelectionSet],
        provided: &[SelectionSet],
    ) -> Json {
        // Built-in scalars need no definition.
        let Some(known) = self.types.all.get(name) else {
            return value.clone();
        };
        match &known.kind {
            Kind::Enum(values) => {
                if value.as_str().is_some_and(|it| values.contains(it)) {
                    return value.clone();
                }
                self.report(failure(format!("{value} is no {name}")));
                Json::Null
            }
            Kind::Scalar | Kind::Input => value.clone(),
            Kind::Object | Kind::Interface | Kind::Union => {
                let followed = self.engine.world.follow(&self.engine.name, value);
                let (own, fields) = match (followed, value) {
                    (Some((record, fields)), _) => (type_of(record), fields),
                    (None, Json::Object(fields)) => (
                        fields
                            .get("__typename")
                            .and_then(Json::as_str)
                            .unwrap_or(name),
                        fields,
                    ),
                    _ => {
                        self.report(failure(format!("{value} is no {name}")));
                        return Json::Null;
                    }
                };
                let typename = if known.kind == Kind::Object {
                    name
                } else {
                    own
                };
                if !known.possible.contains(typename) {
                    self.report(failure(format!("{typename} is no {name}")));
                    return Json::Null;
                }
                let node = Node {
                    typename: typename.to_owned(),
                    fields: fields.clone(),
                    given: Map::new(),
                    provided: provided.to_vec(),
                };
                self.object(&node, sets).map_or(Json::Null, Json::Object)
            }
        }
    }

    fn entities(&mut self, fields: &[&'r Field]) -> Json {
        let sent = fields[0]
            .arguments
            .iter()
            .find(|(name, _)| name == "representations");
        let sent = sent
            .and_then(|(_, value)| literal(value, self.variables))
            .unwrap_or_default();
        let sets: Vec<_> = fields.iter().map(|it| &it.selection_set).collect();
        let mut list = Vec::new();
        for (index, representation) in sent.as_array().into_iter().flatten().enumerate() {
            self.path.push(index.into());
            let found = match self.entity(representation) {
                Ok(Some(node)) => self.object(&node, &sets).map_or(Json::Null, Json::Object),
                Ok(None) => Json::Null,
                Err(failure) => {
                    self.report(failure);
                    Json::Null
                }
            };
            list.push(found);
            self.path.pop();
        }
        Json::Array(list)
    }

    fn entity(&self, representation: &Json) -> Result<Option<Node>, Failure> {
        let given = representation
            .as_object()
            .ok_or_else(|| failure("a representation is an object"))?;
        let typename = given.get("__typename").and_then(Json::as_str);
        let typename = typename.ok_or_else(|| failure("a representation names its type"))?;
        let known = self.types.all.get(typename);
        let known = known.ok_or_else(|| failure(format!("no type is called {typename}")))?;
        if let Some(stranger) = given
            .keys()
            .find(|it| *it != "__typename" && !known.fields.contains_key(*it))
        {
            return Err(failure(format!(
                "{typename} has no field {stranger}, and yet it was sent"
            )));
        }
        let keys: Vec<_> = known
            .keys
            .iter()
            .filter(|(_, resolvable)| *resolvable)
            .collect();
        let mut complete = keys
            .iter()
            .filter(|(key, _)| Self::is_given(key, given))
            .peekable();
        if complete.peek().is_none() {
            return Err(failure(format!(
                "{representation} holds no key of {typename}"
            )));
        }
        let (key, _) = complete.next().expect("it was just seen");
        let mut records = self.engine.world.of_type(&self.engine.name, typename);
        let Some((record, fields)) = records.find(|(_, fields)| self.matches(key, fields, given))
        else {
            return Ok(None);
        };
        let own = if known.kind == Kind::Interface {
            type_of(record)
        } else {
            typename
        };
        if known.kind == Kind::Interface && !known.possible.contains(own) {
            return Ok(None);
        }
        Ok(Some(Node {
            typename: own.to_owned(),
            fields: fields.clone(),
            given: given.clone(),
            provided: Vec::new(),
        }))
    }

    fn is_given(key: &SelectionSet, given: &Map<String, Json>) -> bool {
        key.items.iter().all(|item| match item {
            Selection::Field(field) if field.name == "__typename" => true,
            Selection::Field(field) => given.get(&field.name).is_some_and(|value| {
                field.selection_set.items.is_empty()
                    || value.is_null()
                    || value
                        .as_object()
                        .is_some_and(|it| Self::is_given(&field.selection_set, it))
                    || value.is_array()
            }),
            _ => true,
        })
    }

    fn matches(
        &self,
        key: &SelectionSet,
        fields: &Map<String, Json>,
        given: &Map<String, Json>,
    ) -> bool {
        key.items.iter().all(|item| match item {
            Selection::Field(field) if field.name == "__typename" => true,
            Selection::Field(field) => {
                let own = fields.get(&field.name).unwrap_or(&Json::Null);
                let sent = given.get(&field.name).unwrap_or(&Json::Null);
                self.same(&field.selection_set, own, sent)
            }
            _ => true,
        })
    }

    fn same(&self, set: &SelectionSet, own: &Json, sent: &Json) -> bool {
        if set.items.is_empty() {
            return own == sent;
        }
        let followed = self.engine.world.follow(&self.engine.name, own);
        let own_fields = followed
            .map(|(_, fields)| fields)
            .or_else(|| own.as_object());
        match (own, own_fields, sent) {
            (_, Some(fields), Json::Object(sent)) => self.matches(set, fields, sent),
            (Json::Array(own), _, Json::Array(sent)) => {
                own.len() == sent.len()
                    && own
                        .iter()
                        .zip(sent)
                        .all(|(own, sent)| self.same(set, own, sent))
            }
            (own, _, sent) => own == sent,
        }
    }
}

/// Members in the order of their names: arguments have no order.
fn sorted(value: &Json) -> Json {
    match value {
        Json::Object(members) => {
            let mut members: Vec<_> = members
                .iter()
                .map(|(key, value)| (key.clone(), sorted(value)))
                .collect();
            members.sort_by(|one, other| one.0.cmp(&other.0));
            Json::Object(members.into_iter().collect())
        }
        Json::Array(items) => items.iter().map(sorted).collect(),
        value => value.clone(),
    }
}

/// Input coercion, as far as cases need it.
fn coerce(kind: &schema::Type, value: Json) -> Json {
    match (kind, value) {
        (_, Json::Null) => Json::Null,
        (schema::Type::NonNullType(inner), value) => coerce(inner, value),
        (schema::Type::ListType(inner), Json::Array(items)) => {
            items.into_iter().map(|it| coerce(inner, it)).collect()
        }
        (schema::Type::ListType(inner), value) => Json::Array(vec![coerce(inner, value)]),
        (kind, Json::Number(number)) if inner(kind) == "ID" => Json::String(number.to_string()),
        (_, value) => value,
    }
}
