//! How long a list gets.

use hive_router_query_planner::ast::value::Value;
use kernel::{Refusal, refuse};
use serde_json::{Map, Value as Json};

/// `@listSize`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListSize {
    pub assumed: Option<u64>,
    /// Arguments that tell the size; a dot goes into an input object.
    pub slicing: Vec<String>,
    /// Fields below which have this size instead.
    pub sized: Vec<String>,
    pub requires_one: bool,
}

/// Where a number comes from.
#[derive(Clone, Debug)]
pub enum Number {
    Fixed(u64),
    /// A variable, and the way into its value.
    Variable(String, Vec<String>),
}

/// The size of one field, before the variables are known.
#[derive(Clone, Debug)]
pub struct Size {
    field: String,
    numbers: Vec<Number>,
    assumed: u64,
    requires_one: bool,
}

impl ListSize {
    /// Puts in what the field is asked with.
    pub fn compile<'v>(
        &self,
        field: &str,
        argument: impl Fn(&str) -> Option<&'v Value>,
        default: impl Fn(&str) -> Option<u64>,
        assumed: u64,
    ) -> Size {
        let mut numbers = Vec::new();
        for slicing in &self.slicing {
            let mut way = slicing.split('.');
            let name = way.next().unwrap_or_default();
            let way: Vec<String> = way.map(str::to_owned).collect();
            match argument(name) {
                Some(value) => numbers.extend(number(value, &way)),
                None if way.is_empty() => numbers.extend(default(name).map(Number::Fixed)),
                None => {}
            }
        }
        Size {
            field: field.to_owned(),
            numbers,
            assumed: self.assumed.unwrap_or(assumed),
            requires_one: self.requires_one && !self.slicing.is_empty(),
        }
    }
}

fn number(value: &Value, way: &[String]) -> Option<Number> {
    match (value, way) {
        (Value::Int(number), []) => Some(Number::Fixed(u64::try_from(*number).unwrap_or(0))),
        (Value::Variable(name), way) => Some(Number::Variable(name.clone(), way.to_vec())),
        (Value::Object(members), [name, rest @ ..]) => number(members.get(name)?, rest),
        _ => None,
    }
}

impl Size {
    /// The size with these variables: the largest that is asked for.
    pub fn with(&self, variables: &Map<String, Json>) -> Result<u64, Refusal> {
        let mut given = 0_usize;
        let mut largest = None;
        for number in &self.numbers {
            let found = match number {
                Number::Fixed(number) => Some(*number),
                Number::Variable(name, way) => {
                    let start = variables.get(name);
                    let end = way.iter().fold(start, |value, name| value?.get(name));
                    end.and_then(Json::as_i64)
                        .map(|number| u64::try_from(number).unwrap_or(0))
                }
            };
            if let Some(found) = found {
                given += 1;
                largest = largest.max(Some(found));
            }
        }
        if self.requires_one && given != 1 {
            let field = &self.field;
            return Err(
                refuse!(Invalid, "SLICING_ARGUMENT_REQUIRED", field: field.clone(),
                zh: "字段 {field} 必须且只能给出一个限制长度的参数",
                en: "the field {field} takes exactly one of the arguments that tell its length"),
            );
        }
        Ok(largest.unwrap_or(self.assumed))
    }
}
