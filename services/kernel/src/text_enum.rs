//! Enums with one spelling in the database, in events and in the graph.

/// Declares an enum whose variants have one written form each.
///
/// ```
/// kernel::text_enum! {
///     /// Where a need stands.
///     pub enum NeedState {
///         /// 已上报
///         Reported = "REPORTED",
///         /// 已核实
///         Verified = "VERIFIED",
///     }
/// }
/// assert_eq!(NeedState::Verified.as_str(), "VERIFIED");
/// assert_eq!("REPORTED".parse(), Ok(NeedState::Reported));
/// assert_eq!(NeedState::ALL.len(), 2);
/// ```
#[macro_export]
macro_rules! text_enum {
    ($(#[$meta:meta])* $vis:vis enum $name:ident {
        $($(#[$variant_meta:meta])* $variant:ident = $text:literal),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
        )]
        $vis enum $name {
            $($(#[$variant_meta])* $variant),+
        }

        impl $name {
            /// Every variant, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The written form.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text),+
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::text_enum::Unknown;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err($crate::text_enum::Unknown),
                }
            }
        }

        impl $crate::id::private::serde::Serialize for $name {
            fn serialize<S: $crate::id::private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::id::private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::id::private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                let text = <::std::string::String as $crate::id::private::serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err($crate::id::private::serde::de::Error::custom)
            }
        }
    };
}

/// A text that is none of the written forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not one of the known values")]
pub struct Unknown;
