//! An answer of a subgraph, as far as keeping it looks into it: parts stay the
//! texts that they are.

use std::{borrow::Cow, collections::BTreeMap};

use serde::Deserialize;
use serde_json::{Value as Json, value::RawValue};

/// The parts of an answer.
#[derive(Debug, Deserialize)]
pub struct Body<'a> {
    #[serde(borrow, default)]
    pub data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub errors: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub extensions: Option<&'a RawValue>,
    /// What the transport adds: see [`super::with_header`].
    #[serde(borrow, default, rename = "cache-control")]
    pub cache_control: Option<Cow<'a, str>>,
}

impl<'a> Body<'a> {
    /// None for what is no answer.
    pub fn read(answer: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(answer).ok()
    }

    pub fn has_errors(&self) -> bool {
        self.errors
            .is_some_and(|it| !matches!(it.get(), "null" | "[]"))
    }

    /// The list of entities and its key, where there is nothing else in the
    /// data and it is as long as what was asked for.
    pub fn entities(&self, asked: usize) -> Option<(Cow<'a, str>, Vec<&'a RawValue>)> {
        let mut data: BTreeMap<Cow<'a, str>, &'a RawValue> =
            serde_json::from_str(self.data?.get()).ok()?;
        let (key, list) = data.pop_first()?;
        let list: Vec<&'a RawValue> = serde_json::from_str(list.get()).ok()?;
        (data.is_empty() && list.len() == asked).then_some((key, list))
    }

    /// The errors, with the index of the entity that each is about replaced by
    /// what it is of all; None where one is about no entity.
    pub fn errors_at(&self, key: &str, indices: &[usize]) -> Option<Vec<Json>> {
        let Some(errors) = self.errors else {
            return Some(Vec::new());
        };
        let mut errors: Vec<Json> = serde_json::from_str(errors.get()).ok()?;
        for error in &mut errors {
            let path = error.get_mut("path")?.as_array_mut()?;
            if path.first()?.as_str()? != key {
                return None;
            }
            let index = path.get_mut(1)?;
            let own = usize::try_from(index.as_u64()?).ok()?;
            *index = Json::from(*indices.get(own)?);
        }
        Some(errors)
    }
}
