//! A call for entities, taken apart: what is asked of each, and the answer put
//! together of what was kept and what was asked for.

use std::{borrow::Cow, collections::BTreeMap};

use bytes::Bytes;
use serde_json::value::RawValue;

use super::body::Body;
use crate::value::write_string;

/// A call for more entities than this is taken as a whole.
const MOST: usize = 1_000;

/// The variables of a call: one list of representations, and the rest.
#[derive(Debug)]
pub struct Batch {
    name: String,
    /// Each representation, as it was written.
    pub items: Vec<Bytes>,
    others: Vec<(String, Bytes)>,
    /// The rest in a stable form, for keys.
    pub rest: Vec<u8>,
}

impl Batch {
    /// None where this is no call for entities of one list.
    pub fn read(query: &str, variables: &Bytes) -> Option<Self> {
        if !query.contains("_entities") {
            return None;
        }
        let members: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_slice(variables).ok()?;
        let own = |raw: &RawValue| variables.slice_ref(raw.get().as_bytes());
        let mut list = None;
        let mut others = Vec::new();
        for (name, raw) in members {
            match representations(raw) {
                Some(items) if list.is_none() => {
                    list = Some((name.into_owned(), items.into_iter().map(own).collect()));
                }
                // Which is whose answer only the document knows.
                Some(_) => return None,
                None => others.push((name.into_owned(), own(raw))),
            }
        }
        let (name, items): (String, Vec<Bytes>) = list?;
        let mut batch = Self {
            name,
            items,
            others,
            rest: Vec::new(),
        };
        batch.rest = batch.variables(&[]);
        Some(batch)
    }

    /// The variables of a call for some of the entities.
    pub fn variables(&self, indices: &[usize]) -> Vec<u8> {
        let mut out = b"{".to_vec();
        write_string(&mut out, &self.name);
        out.extend_from_slice(b":[");
        list(
            &mut out,
            indices.iter().map(|index| &self.items[*index][..]),
        );
        out.push(b']');
        for (name, value) in &self.others {
            out.push(b',');
            write_string(&mut out, name);
            out.push(b':');
            out.extend_from_slice(value);
        }
        out.push(b'}');
        out
    }
}

/// The items of a list of representations; None for any other value.
fn representations(raw: &RawValue) -> Option<Vec<&RawValue>> {
    if !raw.get().starts_with('[') {
        return None;
    }
    let items: Vec<&RawValue> = serde_json::from_str(raw.get()).ok()?;
    let is_one = |item: &&RawValue| item.get().starts_with("{\"__typename\":");
    let some = (1..=MOST).contains(&items.len());
    (some && items.iter().all(is_one)).then_some(items)
}

/// The whole answer: kept entities, and what a call for the missing ones
/// brought. None where that cannot be told apart.
pub fn whole(kept: &[Option<Bytes>], missing: &[usize], fresh: Option<&Body<'_>>) -> Option<Bytes> {
    let (key, fresh_entities, errors) = match fresh {
        None => (Cow::Borrowed("_entities"), Vec::new(), Vec::new()),
        Some(fresh) => {
            let (key, entities) = fresh.entities(missing.len())?;
            let errors = fresh.errors_at(&key, missing)?;
            (key, entities, errors)
        }
    };
    let mut fresh_entities = fresh_entities.into_iter();
    let mut texts = Vec::with_capacity(kept.len());
    for kept in kept {
        texts.push(match kept {
            Some(text) => &text[..],
            None => fresh_entities.next()?.get().as_bytes(),
        });
    }
    let mut out = b"{\"data\":{".to_vec();
    write_string(&mut out, &key);
    out.extend_from_slice(b":[");
    list(&mut out, texts.into_iter());
    out.extend_from_slice(b"]}");
    if !errors.is_empty() {
        out.extend_from_slice(b",\"errors\":");
        out.extend_from_slice(serde_json::Value::Array(errors).to_string().as_bytes());
    }
    out.push(b'}');
    Some(out.into())
}

fn list<'t>(out: &mut Vec<u8>, items: impl Iterator<Item = &'t [u8]>) {
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: &str = "query($r:[_Any!]!){_entities(representations:$r){...on T{a}}}";

    fn batch(variables: &'static str) -> Option<Batch> {
        Batch::read(QUERY, &Bytes::from_static(variables.as_bytes()))
    }

    #[test]
    fn a_list_is_taken_apart_and_asked_for_in_part() {
        let read = batch(r#"{"r":[{"__typename":"T","i":1},{"__typename":"T","i":2}],"n":[1]}"#);
        let read = read.unwrap();
        assert_eq!(read.items[1], r#"{"__typename":"T","i":2}"#);
        assert_eq!(read.rest, br#"{"r":[],"n":[1]}"#);
        let part = read.variables(&[1]);
        assert_eq!(part, br#"{"r":[{"__typename":"T","i":2}],"n":[1]}"#);
    }

    #[test]
    fn what_is_no_such_call_is_left_whole() {
        let one = r#"[{"__typename":"T"}]"#;
        let two: &'static str = format!(r#"{{"a":{one},"b":{one}}}"#).leak();
        assert!(batch(two).is_none());
        for other in [
            "",
            "{}",
            r#"{"r":[]}"#,
            r#"{"r":[1]}"#,
            r#"{"r":{"__typename":"T"}}"#,
        ] {
            assert!(batch(other).is_none(), "{other}");
        }
        let whole: &'static str = format!(r#"{{"r":{one}}}"#).leak();
        assert!(Batch::read("{ a }", &Bytes::from_static(whole.as_bytes())).is_none());
        assert!(batch(whole).is_some());
    }

    fn merged(fresh: &str) -> Option<String> {
        let kept = [Some(Bytes::from_static(b"{\"a\":0}")), None, None];
        let body = Body::read(fresh.as_bytes()).unwrap();
        let whole = whole(&kept, &[1, 2], Some(&body))?;
        Some(String::from_utf8(whole.to_vec()).unwrap())
    }

    #[test]
    fn kept_and_fresh_stand_in_their_places() {
        assert_eq!(
            merged(r#"{"data":{"e":[{"a":1},null]}}"#).unwrap(),
            r#"{"data":{"e":[{"a":0},{"a":1},null]}}"#
        );
        assert_eq!(
            merged(r#"{"data":{"e":[null,null]},"errors":[{"message":"x","path":["e",1,"a"]}]}"#)
                .unwrap(),
            r#"{"data":{"e":[{"a":0},null,null]},"errors":[{"message":"x","path":["e",2,"a"]}]}"#
        );
    }

    #[test]
    fn what_cannot_be_told_apart_is_not_put_together() {
        for fresh in [
            r#"{"data":{"e":[1]}}"#,
            r#"{"data":{"e":[1,2],"f":[]}}"#,
            r#"{"data":null,"errors":[{"message":"x"}]}"#,
            r#"{"data":{"e":[1,2]},"errors":[{"message":"x"}]}"#,
            r#"{"data":{"e":[1,2]},"errors":[{"message":"x","path":["e"]}]}"#,
            r#"{"data":{"e":[1,2]},"errors":[{"message":"x","path":["e",2]}]}"#,
        ] {
            assert_eq!(merged(fresh), None, "{fresh}");
        }
    }
}
