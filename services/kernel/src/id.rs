//! Typed ids, the maker of ids, and the opaque global ids of the graph.

use std::borrow::Cow;
use std::fmt;

use uuid::Uuid;

use crate::{Fault, Kind, Lang};

mod global;
mod ids;

pub use global::GlobalId;
pub use ids::Ids;

/// What the macro needs at the place it is used.
#[doc(hidden)]
pub mod private {
    pub use serde;
    pub use uuid::Uuid;
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error(
        "`{text}` is not a {kind} id: expected a UUID such as 0192f0c1-7a3e-7c55-8f00-3d1a2b4c5d6e"
    )]
    Malformed { kind: &'static str, text: String },
    #[error("`{text}` is not a global id")]
    GlobalMalformed { text: String },
    #[error("this is the id of a {found}, expected a {expected}")]
    WrongKind { expected: String, found: String },
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "ID_MALFORMED",
            Self::GlobalMalformed { .. } => "GLOBAL_ID_MALFORMED",
            Self::WrongKind { .. } => "GLOBAL_ID_WRONG_KIND",
        }
    }

    fn message(&self, lang: Lang) -> Cow<'static, str> {
        let zh = match self {
            Self::Malformed { kind, text } => {
                format!("“{text}”不是有效的 {kind} 编号，应为 UUID 格式")
            }
            Self::GlobalMalformed { text } => format!("“{text}”不是有效的全局编号"),
            Self::WrongKind { expected, found } => {
                format!("这是 {found} 的编号，此处应为 {expected}")
            }
        };
        lang.pick(zh, self.to_string()).into()
    }
}

/// What all typed ids share; made by [`typed_id!`](crate::typed_id).
pub trait TypedId: Copy + Eq + Ord + std::hash::Hash + fmt::Display {
    const KIND: &'static str;

    fn from_uuid(uuid: Uuid) -> Self;
    fn as_uuid(&self) -> Uuid;
}

/// Strict: only the hyphenated form, which is the only one we ever write.
#[doc(hidden)]
pub fn parse_uuid(kind: &'static str, text: &str) -> Result<Uuid, Error> {
    Some(text)
        .filter(|text| text.len() == 36)
        .and_then(|text| Uuid::try_parse(text).ok())
        .ok_or_else(|| Error::Malformed {
            kind,
            text: clip(text),
        })
}

/// Input is repeated in messages, but never at length.
fn clip(text: &str) -> String {
    let mut short: String = text.chars().take(64).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Makes a typed id: a UUID that cannot be taken for another noun's.
///
/// ```
/// kernel::typed_id!(
///     /// Need (需求)
///     NeedId, "need");
/// let ids = kernel::Ids::new(kernel::SystemClock::shared());
/// let id = NeedId::new(&ids);
/// assert_eq!(id.to_string().parse(), Ok(id));
/// assert_eq!(NeedId::from_global(&id.to_global()), Ok(id));
/// assert_eq!(NeedId::KIND, "need");
/// ```
#[macro_export]
macro_rules! typed_id {
    ($(#[$meta:meta])* $name:ident, $kind:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($crate::id::private::Uuid);

        impl $name {
            pub const KIND: &'static str = $kind;

            /// A fresh id from the injected clock and randomness.
            pub fn new(ids: &$crate::id::Ids) -> Self {
                Self(ids.next())
            }

            pub const fn from_uuid(uuid: $crate::id::private::Uuid) -> Self {
                Self(uuid)
            }

            pub const fn as_uuid(&self) -> $crate::id::private::Uuid {
                self.0
            }

            /// The opaque id of the graph.
            pub fn to_global(self) -> ::std::string::String {
                $crate::id::GlobalId::of(self).encode()
            }

            pub fn from_global(
                text: &str,
            ) -> ::std::result::Result<Self, $crate::id::Error> {
                $crate::id::GlobalId::decode(text)?.typed()
            }
        }

        impl $crate::id::TypedId for $name {
            const KIND: &'static str = $kind;

            fn from_uuid(uuid: $crate::id::private::Uuid) -> Self {
                Self(uuid)
            }

            fn as_uuid(&self) -> $crate::id::private::Uuid {
                self.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::id::Error;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                $crate::id::parse_uuid($kind, text).map(Self)
            }
        }

        impl ::std::convert::From<$name> for $crate::id::private::Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl $crate::id::private::serde::Serialize for $name {
            fn serialize<S: $crate::id::private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                $crate::id::private::serde::Serialize::serialize(&self.0, serializer)
            }
        }

        impl<'de> $crate::id::private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::id::private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::id::private::serde::Deserialize::deserialize(deserializer).map(Self)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;
    use crate::FrozenClock;

    crate::typed_id!(
        /// Need (需求)
        NeedId,
        "need"
    );
    crate::typed_id!(TenderId, "tender");

    fn frozen() -> FrozenClock {
        FrozenClock::at("2026-03-01T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn ids_are_version_7_and_carry_the_injected_time() {
        let clock = frozen();
        let ids = Ids::new(clock.shared());
        let id = ids.next();
        assert_eq!(
            (id.get_version_num(), id.get_variant()),
            (7, uuid::Variant::RFC4122)
        );
        let (seconds, _) = id.get_timestamp().unwrap().to_unix();
        assert_eq!(i64::try_from(seconds).unwrap(), 1_772_323_200);
    }

    #[test]
    fn ids_rise_within_a_millisecond_and_when_the_clock_steps_back() {
        let clock = frozen();
        let ids = Ids::seeded(clock.shared(), 7);
        let mut last = ids.next();
        for round in 0..5_000 {
            if round % 1000 == 999 {
                clock.advance(TimeDelta::seconds(-5));
            }
            let next = ids.next();
            assert!(next > last);
            assert_eq!(next.get_version_num(), 7);
            last = next;
        }
    }

    #[test]
    fn seeded_makers_repeat_and_differ_by_seed() {
        let make = |seed| Ids::seeded(frozen().shared(), seed).next();
        assert_eq!(make(1), make(1));
        assert_ne!(make(1), make(2));
    }

    #[test]
    fn threads_never_get_the_same_id() {
        let ids = Arc::new(Ids::new(frozen().shared()));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let ids = Arc::clone(&ids);
                std::thread::spawn(move || (0..1000).map(|_| ids.next()).collect::<Vec<_>>())
            })
            .collect();
        let mut all: Vec<_> = threads
            .into_iter()
            .flat_map(|t| t.join().unwrap())
            .collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 4000);
    }

    #[test]
    fn a_typed_id_reads_only_the_hyphenated_form() {
        let text = "0192f0c1-7a3e-7c55-8f00-3d1a2b4c5d6e";
        let id: NeedId = text.parse().unwrap();
        assert_eq!(id.to_string(), text);
        for bad in [
            "",
            "need",
            "0192f0c17a3e7c558f003d1a2b4c5d6e",
            "{0192f0c1-7a3e-7c55-8f00-3d1a2b4c5d6e}",
        ] {
            let error = bad.parse::<NeedId>().unwrap_err();
            assert_eq!(error.reason(), "ID_MALFORMED");
            assert!(error.to_string().contains("need"), "{error}");
        }
    }

    #[test]
    fn a_typed_id_is_a_plain_string_in_json() {
        let id = NeedId::new(&Ids::seeded(frozen().shared(), 1));
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("\"{id}\""));
        assert_eq!(serde_json::from_str::<NeedId>(&json).unwrap(), id);
    }

    #[test]
    fn the_global_id_of_one_noun_is_refused_for_another() {
        let id = NeedId::new(&Ids::seeded(frozen().shared(), 1));
        let error = TenderId::from_global(&id.to_global()).unwrap_err();
        assert_eq!(error.reason(), "GLOBAL_ID_WRONG_KIND");
        assert_eq!(
            error.to_string(),
            "this is the id of a need, expected a tender"
        );
        let code = GlobalId::new("division", "110105000000");
        assert_eq!(
            GlobalId::decode(&code.encode()).unwrap().code("division"),
            Ok("110105000000")
        );
    }

    #[test]
    fn a_malformed_global_id_is_repeated_only_in_part() {
        for bad in ["", "%%%", "bmVlZA", "OmFi", "bmVlZDo", &"A".repeat(5000)] {
            let error = GlobalId::decode(bad).unwrap_err();
            assert_eq!(error.reason(), "GLOBAL_ID_MALFORMED");
            assert!(error.to_string().len() < 120);
        }
    }

    proptest! {
        #[test]
        fn reading_a_global_id_never_panics_and_round_trips(text in "\\PC{0,60}") {
            if let Ok(id) = GlobalId::decode(&text) {
                prop_assert_eq!(GlobalId::decode(&id.encode()).unwrap(), id);
            }
        }
    }
}
