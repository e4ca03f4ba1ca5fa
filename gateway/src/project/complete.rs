//! CompleteValue of the GraphQL specification, writing as it goes and taking
//! back what a bubbling null undoes.

use hive_router_query_planner::state::supergraph_state::TypeNode;
use kernel::refuse;

use super::{
    introspect::Introspected,
    shape::{Shape, ShapeField},
};
use crate::{
    authorize::Denied,
    error::{GraphError, PathSegment},
    supergraph::{Schema, TypeKind},
    value::{Content, InOrder, Places, View, write_key, write_raw_string, write_value},
};

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    Written,
    /// It is null, and may be.
    Null,
    /// It is null because something below must not be; that is reported.
    Bubbled,
}

/// One step of the way to where we are.
#[derive(Clone, Copy, Debug)]
enum At<'p> {
    Key(&'p str),
    Index(usize),
}

pub struct Projector<'p, 'e> {
    schema: &'p Schema,
    errors: &'e mut Vec<GraphError>,
    max_errors: usize,
    denied: Option<&'p Denied>,
    absent: &'e Places,
    path: Vec<At<'p>>,
}

impl<'p, 'e> Projector<'p, 'e> {
    pub const fn new(
        schema: &'p Schema,
        errors: &'e mut Vec<GraphError>,
        max_errors: usize,
        denied: Option<&'p Denied>,
        absent: &'e Places,
    ) -> Self {
        Self {
            schema,
            errors,
            max_errors,
            denied,
            absent,
            path: Vec::new(),
        }
    }

    /// Writes the root object; false where a null bubbled up to it.
    pub fn root(
        &mut self,
        out: &mut Vec<u8>,
        shape: &Shape<'p>,
        data: View<'_, '_>,
        introspected: Option<&Introspected>,
        typename: &str,
    ) -> bool {
        let Some(introspected) = introspected else {
            return self.object(out, shape, data, typename) == Done::Written;
        };
        let mut members = data.in_order();
        let start = out.len();
        out.push(b'{');
        for key in &introspected.keys {
            if let Some((_, json)) = introspected.values.iter().find(|(known, _)| known == key) {
                separate(out);
                write_key(out, key);
                out.extend_from_slice(json);
            } else if let Some(field) = shape.fields.iter().find(|field| field.key == key)
                && self.member(out, field, &mut members, data, typename) != Done::Written
            {
                out.truncate(start);
                return false;
            }
        }
        out.push(b'}');
        true
    }

    fn object(
        &mut self,
        out: &mut Vec<u8>,
        shape: &Shape<'p>,
        object: View<'_, '_>,
        typename: &str,
    ) -> Done {
        let start = out.len();
        out.push(b'{');
        let mut members = object.in_order();
        for field in &shape.fields {
            let done = self.member(out, field, &mut members, object, typename);
            if done != Done::Written {
                out.truncate(start);
                return done;
            }
        }
        out.push(b'}');
        Done::Written
    }

    /// Writes one member, or says what its null makes of the object.
    fn member(
        &mut self,
        out: &mut Vec<u8>,
        field: &ShapeField<'p>,
        members: &mut InOrder<'_, '_>,
        object: View<'_, '_>,
        typename: &str,
    ) -> Done {
        separate(out);
        out.extend_from_slice(field.label.as_bytes());
        let Some(kind) = field.kind else {
            write_raw_string(out, typename);
            return Done::Written;
        };
        let value = members.get(field.read);
        // Most of an answer: nothing can go wrong with it.
        if field.is_scalar
            && field.refused.is_none()
            && let Some(value) = value
            && !value.is_null()
        {
            write_value(out, value);
            return Done::Written;
        }
        // Its owner says that there is no such entity: then that is what the
        // answer says, and nothing went wrong.
        if field.refused.is_none()
            && kind.is_non_null()
            && value.is_none_or(View::is_null)
            && self.absent.has(object.node())
        {
            return Done::Null;
        }
        self.path.push(At::Key(field.key));
        let done = if let Some(cause) = field.refused {
            self.report(cause.refusal());
            Done::Bubbled
        } else if value.is_none() && field.is_vacuous(self.schema) && !self.is_reported() {
            out.extend_from_slice(b"{}");
            Done::Written
        } else {
            self.complete(out, kind, value, field)
        };
        self.path.pop();
        if settle(out, done, kind) {
            Done::Written
        } else {
            Done::Bubbled
        }
    }

    fn complete(
        &mut self,
        out: &mut Vec<u8>,
        kind: &TypeNode,
        value: Option<View<'_, '_>>,
        field: &ShapeField<'p>,
    ) -> Done {
        match (kind, value) {
            (TypeNode::NonNull(inner), value) => match self.complete(out, inner, value, field) {
                Done::Null => {
                    self.report(refuse!(Internal, "NULL_IN_NON_NULL",
                        zh: "必填字段没有值", en: "a required field has no value"));
                    Done::Bubbled
                }
                done => done,
            },
            (_, None) => Done::Null,
            (_, Some(value)) if value.is_null() => Done::Null,
            (TypeNode::List(inner), Some(value)) => self.list(out, inner, value, field),
            (TypeNode::Named(name), Some(value)) => self.named(out, name, value, field),
        }
    }

    fn list(
        &mut self,
        out: &mut Vec<u8>,
        inner: &TypeNode,
        list: View<'_, '_>,
        field: &ShapeField<'p>,
    ) -> Done {
        if !matches!(list.content(), Content::Array(_)) {
            return self.misfit();
        }
        let start = out.len();
        out.push(b'[');
        for (index, item) in list.items().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            self.path.push(At::Index(index));
            let done = self.complete(out, inner, Some(item), field);
            self.path.pop();
            if !settle(out, done, inner) {
                out.truncate(start);
                return Done::Bubbled;
            }
        }
        out.push(b']');
        Done::Written
    }

    fn named(
        &mut self,
        out: &mut Vec<u8>,
        name: &str,
        value: View<'_, '_>,
        field: &ShapeField<'p>,
    ) -> Done {
        let Some(info) = field.info else {
            return self.misfit();
        };
        match (&info.kind, value.content()) {
            (TypeKind::Scalar, _) => {
                write_value(out, value);
                Done::Written
            }
            (TypeKind::Enum { values }, content)
                if content
                    .as_raw_str()
                    .is_some_and(|text| values.contains(text)) =>
            {
                write_value(out, value);
                Done::Written
            }
            (TypeKind::Object { .. }, Content::Object(_)) => {
                let shape = field.shape(self.schema, name);
                self.object(out, &shape, value, name)
            }
            (TypeKind::Interface { .. } | TypeKind::Union, Content::Object(_)) => {
                self.abstract_object(out, name, value, field)
            }
            _ => self.misfit(),
        }
    }

    fn abstract_object(
        &mut self,
        out: &mut Vec<u8>,
        declared: &str,
        object: View<'_, '_>,
        field: &ShapeField<'p>,
    ) -> Done {
        let typename = object.typename().unwrap_or(declared);
        let concrete = self.schema.is_object(typename);
        let known = self
            .schema
            .get(typename)
            .is_some_and(|info| info.accessible);
        if !known || (concrete && !self.schema.is_subtype(typename, declared)) {
            return self.misfit();
        }
        if let Some(cause) = self.denied.and_then(|denied| denied.of_type(typename)) {
            self.report(cause.refusal());
            return Done::Bubbled;
        }
        let shape = field.shape(self.schema, typename);
        // No subgraph told the concrete type: that matters to who asked for it.
        if !concrete && shape.needs_type {
            return self.misfit();
        }
        self.object(out, &shape, object, typename)
    }

    /// The value is none that the client could understand.
    fn misfit(&mut self) -> Done {
        self.report(refuse!(Internal, "VALUE_NOT_IN_SCHEMA",
            zh: "服务返回的值不符合图的结构", en: "a service answered a value outside the schema"));
        // Reported here; a non-null position above only passes it on.
        Done::Bubbled
    }

    /// Whether an error stands already at this place, above it or below it.
    fn is_reported(&self) -> bool {
        self.errors.iter().any(|error| {
            error
                .path
                .iter()
                .zip(&self.path)
                .all(|(known, here)| match (known, here) {
                    (PathSegment::Key(known), At::Key(here)) => known == here,
                    (PathSegment::Index(known), At::Index(here)) => known == here,
                    _ => false,
                })
        })
    }

    fn report(&mut self, refusal: kernel::Refusal) {
        if self.is_reported() || self.errors.len() >= self.max_errors {
            return;
        }
        let path = self.path.iter().map(|step| match step {
            At::Key(key) => PathSegment::Key((*key).to_owned()),
            At::Index(index) => PathSegment::Index(*index),
        });
        self.errors
            .push(GraphError::new(refusal).at(path.collect()));
    }
}

/// Writes null where it may stand; false where it must bubble.
fn settle(out: &mut Vec<u8>, done: Done, kind: &TypeNode) -> bool {
    match done {
        Done::Written => true,
        Done::Null | Done::Bubbled if !kind.is_non_null() => {
            out.extend_from_slice(b"null");
            true
        }
        Done::Null | Done::Bubbled => false,
    }
}

/// A comma, except after an opening.
fn separate(out: &mut Vec<u8>) {
    if out.last().is_some_and(|last| *last != b'{') {
        out.push(b',');
    }
}
