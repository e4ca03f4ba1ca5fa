//! Status conditions by the conventions: one entry per type, `reason` in one
//! word, `lastTransitionTime` moves only when `status` flips.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a condition says.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum ConditionStatus {
    True,
    False,
    Unknown,
}

impl From<bool> for ConditionStatus {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

impl fmt::Display for ConditionStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}

/// One aspect of the resource, as last observed.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// The aspect, in CamelCase.
    #[serde(rename = "type")]
    #[schemars(length(min = 1, max = 316))]
    pub type_: String,
    /// Whether it holds.
    pub status: ConditionStatus,
    /// Why, in one CamelCase word that programs may rely on.
    #[schemars(
        length(min = 1, max = 1024),
        regex(pattern = r"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$")
    )]
    pub reason: String,
    /// Why, for people: Chinese, then English.
    #[schemars(length(max = 32768))]
    pub message: String,
    /// The `metadata.generation` that this is about.
    #[schemars(range(min = 0))]
    pub observed_generation: i64,
    /// When `status` last became what it is.
    #[schemars(extend("format" = "date-time"))]
    pub last_transition_time: String,
}

/// The conditions of one reconciliation, made on top of those of the last one.
#[derive(Debug)]
pub struct Conditions<'a> {
    before: &'a [Condition],
    now: DateTime<Utc>,
    generation: i64,
    list: Vec<Condition>,
}

/// Bytes of a message; the API server refuses more than 32 KiB.
const LONGEST: usize = 8_000;

impl<'a> Conditions<'a> {
    pub fn new(before: &'a [Condition], now: DateTime<Utc>, generation: i64) -> Self {
        Self {
            before,
            now,
            generation,
            list: Vec::new(),
        }
    }

    /// States one condition. `message`: Chinese, then English.
    pub fn set(
        &mut self,
        type_: &str,
        status: impl Into<ConditionStatus>,
        reason: &str,
        message: (impl fmt::Display, impl fmt::Display),
    ) {
        let status = status.into();
        let before = self.before.iter().find(|it| it.type_ == type_);
        let since = before
            .filter(|it| it.status == status)
            .map_or_else(|| time(self.now), |it| it.last_transition_time.clone());
        let mut text = format!("{} / {}", message.0, message.1);
        if text.len() > LONGEST {
            text.truncate(text.floor_char_boundary(LONGEST));
            text.push('…');
        }
        self.list.push(Condition {
            type_: type_.to_owned(),
            status,
            reason: reason.to_owned(),
            message: text,
            observed_generation: self.generation,
            last_transition_time: since,
        });
    }

    /// The one that was stated.
    pub fn get(&self, type_: &str) -> Option<&Condition> {
        find(&self.list, type_)
    }

    /// Those whose status or reason is not what it was.
    pub fn changed(&self) -> Vec<&Condition> {
        let same = |it: &Condition| {
            find(self.before, &it.type_)
                .is_some_and(|old| old.status == it.status && old.reason == it.reason)
        };
        self.list.iter().filter(|it| !same(it)).collect()
    }

    pub fn into_list(self) -> Vec<Condition> {
        self.list
    }
}

/// The condition of one type.
pub fn find<'a>(conditions: &'a [Condition], type_: &str) -> Option<&'a Condition> {
    conditions.iter().find(|it| it.type_ == type_)
}

/// An instant as the API writes it.
pub fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn one(before: &[Condition], now: i64, holds: bool, reason: &str) -> Vec<Condition> {
        let mut conditions = Conditions::new(before, at(now), 1);
        conditions.set("Ready", holds, reason, ("好", "good"));
        conditions.into_list()
    }

    #[test]
    fn the_transition_time_moves_only_when_the_status_flips() {
        let first = one(&[], 10, true, "Published");
        assert_eq!(first[0].last_transition_time, "1970-01-01T00:00:10Z");
        let same = one(&first, 20, true, "Pinned");
        assert_eq!(same[0].last_transition_time, "1970-01-01T00:00:10Z");
        let flipped = one(&same, 30, false, "PinUnknown");
        assert_eq!(flipped[0].last_transition_time, "1970-01-01T00:00:30Z");
    }

    #[test]
    fn a_new_reason_is_a_change_though_the_status_stays() {
        let first = one(&[], 10, true, "Published");
        let mut next = Conditions::new(&first, at(20), 2);
        next.set("Ready", true, "Published", ("好", "good"));
        assert!(next.changed().is_empty());
        let mut next = Conditions::new(&first, at(20), 2);
        next.set("Ready", true, "Pinned", ("好", "good"));
        assert_eq!(next.changed().len(), 1);
    }

    #[test]
    fn a_message_is_cut_at_a_character() {
        let long = "图".repeat(LONGEST);
        let mut conditions = Conditions::new(&[], at(0), 1);
        conditions.set("Ready", false, "Long", (&long, "x"));
        let list = conditions.into_list();
        assert!(list[0].message.len() <= LONGEST + 3 && list[0].message.ends_with('…'));
    }
}
