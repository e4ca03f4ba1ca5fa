//! What is recorded, and the bytes its hash is made of.

use chrono::{DateTime, SubsecRound, Utc};
use kernel::canonical_json;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    auth::{Caller, Resource},
    error::{Error, Result},
};

kernel::text_enum! {
    /// How it ended.
    pub enum Outcome {
        /// It was done or shown.
        Allowed = "allowed",
        /// The policies refused it.
        Denied = "denied",
        /// It was permitted and did not succeed.
        Failed = "failed",
    }
}

/// One record. No personal data: names of fields, not their contents.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When, by the injected clock.
    pub at: DateTime<Utc>,
    /// The token's subject.
    pub actor: String,
    /// The roles the actor had.
    pub roles: Vec<String>,
    /// The use case: `readResident`.
    pub action: String,
    /// The kind of thing: `Resident`.
    pub resource_kind: String,
    /// Which one.
    pub resource_id: String,
    /// Whose data it is.
    pub subject_resident_id: Option<Uuid>,
    /// Why, as the caller said.
    pub purpose: Option<String>,
    /// Which fields were read or written.
    pub fields: Vec<String>,
    /// Portal, app, kiosk, call centre, office desk.
    pub channel: String,
    /// Who helped the caller.
    pub assisted_by: Option<String>,
    /// Ties it to the logs and traces.
    pub request_id: String,
    /// How it ended.
    pub outcome: Outcome,
    /// What else an auditor wants to know. Numbers are whole.
    pub detail: Value,
}

impl Entry {
    /// A change to a thing. Its owner is the person concerned.
    pub fn write(caller: &Caller, action: &str, resource: &Resource, at: DateTime<Utc>) -> Self {
        Self {
            at,
            actor: caller.actor.subject.clone(),
            roles: caller.actor.roles.iter().map(ToString::to_string).collect(),
            action: action.to_owned(),
            resource_kind: resource.kind.to_owned(),
            resource_id: resource.id.clone(),
            subject_resident_id: resource.owner_resident,
            purpose: caller.purpose.clone(),
            fields: Vec::new(),
            channel: caller.channel.as_str().to_owned(),
            assisted_by: caller.assisted_by.clone(),
            request_id: caller.request_id.clone(),
            outcome: Outcome::Allowed,
            detail: Value::Object(serde_json::Map::default()),
        }
    }

    /// A look at a thing; name the fields.
    pub fn read(caller: &Caller, action: &str, resource: &Resource, at: DateTime<Utc>) -> Self {
        Self::write(caller, action, resource, at)
    }

    /// Names the fields that were read or written.
    pub fn fields<S: Into<String>>(mut self, fields: impl IntoIterator<Item = S>) -> Self {
        self.fields = fields.into_iter().map(Into::into).collect();
        self
    }

    /// Says whose data it is, where that is not the owner of the resource.
    pub fn subject(mut self, resident: impl Into<Uuid>) -> Self {
        self.subject_resident_id = Some(resident.into());
        self
    }

    /// Adds what else an auditor wants to know.
    pub fn detail(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }

    /// The policies refused it.
    pub fn denied(mut self) -> Self {
        self.outcome = Outcome::Denied;
        self
    }

    /// It was permitted and did not succeed.
    pub fn failed(mut self) -> Self {
        self.outcome = Outcome::Failed;
        self
    }

    /// The entry exactly as the database will give it back; its hash would
    /// not match otherwise.
    pub(super) fn as_stored(&self) -> Result<Self> {
        Ok(Self {
            at: self.at.trunc_subsecs(6),
            actor: plain(&self.actor),
            roles: self.roles.iter().map(|text| plain(text)).collect(),
            action: plain(&self.action),
            resource_kind: plain(&self.resource_kind),
            resource_id: plain(&self.resource_id),
            subject_resident_id: self.subject_resident_id,
            purpose: self.purpose.as_deref().map(plain),
            fields: self.fields.iter().map(|text| plain(text)).collect(),
            channel: plain(&self.channel),
            assisted_by: self.assisted_by.as_deref().map(plain),
            request_id: plain(&self.request_id),
            outcome: self.outcome,
            detail: plain_json(&self.detail)?,
        })
    }

    /// What the hash covers: every field with its length, so that no two
    /// entries have the same bytes. The number in the log is not among them;
    /// the place in the chain is what the link says.
    pub(super) fn canonical_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        out.extend_from_slice(b"sanshe.audit.v1");
        out.extend_from_slice(&self.at.timestamp_micros().to_be_bytes());
        put(&mut out, &self.actor);
        put_list(&mut out, &self.roles);
        put(&mut out, &self.action);
        put(&mut out, &self.resource_kind);
        put(&mut out, &self.resource_id);
        let subject = self.subject_resident_id.map(|id| id.to_string());
        put_option(&mut out, subject.as_deref());
        put_option(&mut out, self.purpose.as_deref());
        put_list(&mut out, &self.fields);
        put(&mut out, &self.channel);
        put_option(&mut out, self.assisted_by.as_deref());
        put(&mut out, &self.request_id);
        put(&mut out, self.outcome.as_str());
        put_bytes(&mut out, &canonical_json(&self.detail));
        out
    }
}

fn put(out: &mut Vec<u8>, text: &str) {
    put_bytes(out, text.as_bytes());
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
    out.extend_from_slice(bytes);
}

fn put_option(out: &mut Vec<u8>, text: Option<&str>) {
    out.push(u8::from(text.is_some()));
    put(out, text.unwrap_or_default());
}

fn put_list(out: &mut Vec<u8>, texts: &[String]) {
    out.extend_from_slice(&(texts.len() as u64).to_be_bytes());
    for text in texts {
        put(out, text);
    }
}

/// PostgreSQL stores no NUL in a text.
fn plain(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}

fn plain_json(value: &Value) -> Result<Value> {
    Ok(match value {
        Value::String(text) => Value::String(plain(text)),
        Value::Array(items) => Value::Array(items.iter().map(plain_json).collect::<Result<_>>()?),
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| Ok((plain(name), plain_json(value)?)))
                .collect::<Result<_>>()?,
        ),
        // The database may write a fraction in another way than it was given.
        Value::Number(number) if number.is_f64() => {
            return Err(Error::internal(anyhow::anyhow!(
                "a fraction in an audit detail"
            )));
        }
        scalar => scalar.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            at: DateTime::from_timestamp(1_700_000_000, 123_456_789).unwrap(),
            actor: "user-1".into(),
            roles: vec!["auditor".into()],
            action: "readResident".into(),
            resource_kind: "Resident".into(),
            resource_id: "r1".into(),
            subject_resident_id: None,
            purpose: Some("核查".into()),
            fields: vec!["name".into(), "phone".into()],
            channel: "portal".into(),
            assisted_by: None,
            request_id: "q".into(),
            outcome: Outcome::Allowed,
            detail: serde_json::json!({ "b": 1, "a": [true, null] }),
        }
    }

    #[test]
    fn gives_different_bytes_where_text_moves_between_fields() {
        let first = entry();
        let mut second = entry();
        second.fields = vec!["namephone".into()];
        assert_ne!(first.canonical_bytes(), second.canonical_bytes());
        let mut third = entry();
        third.purpose = None;
        third.assisted_by = Some("核查".into());
        assert_ne!(first.canonical_bytes(), third.canonical_bytes());
    }

    #[test]
    fn gives_the_same_bytes_whatever_the_order_of_the_details() {
        let mut other = entry();
        other.detail = serde_json::from_str(r#"{ "a": [true, null], "b": 1 }"#).unwrap();
        assert_eq!(entry().canonical_bytes(), other.canonical_bytes());
    }

    #[test]
    fn stores_what_the_database_can_give_back() {
        let mut odd = entry();
        odd.purpose = Some("a\0b".into());
        let stored = odd.as_stored().unwrap();
        assert_eq!(stored.purpose.as_deref(), Some("a\u{FFFD}b"));
        assert_eq!(stored.at.timestamp_subsec_nanos(), 123_456_000);
        odd.detail = serde_json::json!({ "x": [1.5] });
        assert!(odd.as_stored().is_err());
    }
}
