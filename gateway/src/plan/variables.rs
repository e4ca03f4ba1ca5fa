//! Variables: checked against their types, defaults filled in.

use hive_router_query_planner::{
    ast::{operation::VariableDefinition, value::Value as Literal},
    state::supergraph_state::TypeNode,
};
use kernel::{Refusal, refuse};
use serde_json::{Map, Value as Json};

use crate::supergraph::{Schema, TypeKind};

/// Coerces what the client sent. Variables without a value and without a
/// default stay absent, which is not the same as null.
pub fn coerce(
    schema: &Schema,
    definitions: &[VariableDefinition],
    mut sent: Map<String, Json>,
) -> Result<Map<String, Json>, Refusal> {
    let mut coerced = Map::new();
    for definition in definitions {
        let name = &definition.name;
        match (sent.remove(name), &definition.default_value) {
            (Some(value), _) => {
                let mut path = format!("variables.{name}");
                let value = input(schema, &definition.variable_type, value, &mut path)?;
                coerced.insert(name.clone(), value);
            }
            (None, Some(default)) => {
                coerced.insert(name.clone(), literal(default));
            }
            (None, None) if definition.variable_type.is_non_null() => {
                let kind = &definition.variable_type;
                return Err(
                    refuse!(Invalid, "VARIABLE_MISSING", field: format!("variables.{name}"),
                    zh: "缺少必填变量 ${name}(类型 {kind})",
                    en: "the required variable ${name} of type {kind} is missing"),
                );
            }
            (None, None) => {}
        }
    }
    Ok(coerced)
}

fn wrong(path: &str, kind: &TypeNode) -> Refusal {
    refuse!(Invalid, "VARIABLE_INVALID", field: path,
        zh: "{path} 的值不是 {kind} 类型", en: "the value of {path} is not a {kind}")
}

fn input(
    schema: &Schema,
    kind: &TypeNode,
    value: Json,
    path: &mut String,
) -> Result<Json, Refusal> {
    match kind {
        TypeNode::NonNull(_) if value.is_null() => Err(wrong(path, kind)),
        TypeNode::NonNull(inner) => input(schema, inner, value, path),
        _ if value.is_null() => Ok(Json::Null),
        TypeNode::List(inner) => match value {
            Json::Array(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (index, item) in items.into_iter().enumerate() {
                    let length = path.len();
                    path.push('.');
                    path.push_str(&index.to_string());
                    list.push(input(schema, inner, item, path)?);
                    path.truncate(length);
                }
                Ok(Json::Array(list))
            }
            single => Ok(Json::Array(vec![input(schema, inner, single, path)?])),
        },
        TypeNode::Named(name) => named(schema, name, kind, value, path),
    }
}

fn named(
    schema: &Schema,
    name: &str,
    kind: &TypeNode,
    value: Json,
    path: &mut String,
) -> Result<Json, Refusal> {
    let info = schema.get(name).ok_or_else(|| wrong(path, kind))?;
    match &info.kind {
        TypeKind::Scalar => scalar(name, value).ok_or_else(|| wrong(path, kind)),
        TypeKind::Enum { values } => match value {
            Json::String(text) if values.contains(&text) => Ok(Json::String(text)),
            _ => Err(wrong(path, kind)),
        },
        TypeKind::Input { fields, one_of } => {
            let Json::Object(members) = value else {
                return Err(wrong(path, kind));
            };
            let length = path.len();
            let mut object = Map::new();
            for (member, value) in members {
                path.push('.');
                path.push_str(&member);
                let Some(field) = fields.get(&member) else {
                    return Err(
                        refuse!(Invalid, "VARIABLE_FIELD_UNKNOWN", field: path.clone(),
                        zh: "{path}:输入类型 {name} 没有这个字段",
                        en: "{path}: the input type {name} has no such field"),
                    );
                };
                object.insert(member, input(schema, &field.kind, value, path)?);
                path.truncate(length);
            }
            let missing = fields.iter().find(|(field, info)| {
                info.kind.is_non_null() && !info.has_default && !object.contains_key(*field)
            });
            if let Some((field, info)) = missing {
                let kind = &info.kind;
                return Err(
                    refuse!(Invalid, "VARIABLE_FIELD_MISSING", field: format!("{path}.{field}"),
                    zh: "{path} 缺少必填字段 {field}(类型 {kind})",
                    en: "{path} lacks the required field {field} of type {kind}"),
                );
            }
            if *one_of && (object.len() != 1 || object.values().any(Json::is_null)) {
                return Err(refuse!(Invalid, "VARIABLE_NOT_ONE_OF", field: path.clone(),
                    zh: "{path} 必须且只能给出一个非空字段",
                    en: "{path} must have exactly one field, and not null"));
            }
            Ok(Json::Object(object))
        }
        TypeKind::Object { .. } | TypeKind::Interface { .. } | TypeKind::Union => {
            Err(wrong(path, kind))
        }
    }
}

/// None where the value does not fit. Scalars of services are checked by them.
fn scalar(name: &str, value: Json) -> Option<Json> {
    match (name, value) {
        ("Int", Json::Number(number)) => {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "range and fraction are checked"
            )]
            let whole = number.as_i64().or_else(|| {
                number
                    .as_f64()
                    .filter(|f| f.fract() == 0.0 && f.abs() < 1e10)
                    .map(|f| f as i64)
            })?;
            i32::try_from(whole).ok().map(Json::from)
        }
        ("Float", Json::Number(number)) => Some(Json::Number(number)),
        ("ID", Json::Number(number)) => {
            (number.is_i64() || number.is_u64()).then(|| Json::String(number.to_string()))
        }
        ("ID" | "String", Json::String(text)) => Some(Json::String(text)),
        ("Boolean", Json::Bool(flag)) => Some(Json::Bool(flag)),
        ("Int" | "Float" | "ID" | "String" | "Boolean", _) => None,
        (_, value) => Some(value),
    }
}

/// A default value as JSON. Validation has seen that it fits.
fn literal(value: &Literal) -> Json {
    match value {
        Literal::Null | Literal::Variable(_) => Json::Null,
        Literal::Int(number) => (*number).into(),
        Literal::Float(number) => (*number).into(),
        Literal::String(text) | Literal::Enum(text) => Json::String(text.clone()),
        Literal::Boolean(flag) => (*flag).into(),
        Literal::List(items) => items.iter().map(literal).collect(),
        Literal::Object(members) => Json::Object(
            members
                .iter()
                .map(|(key, value)| (key.clone(), literal(value)))
                .collect(),
        ),
    }
}
