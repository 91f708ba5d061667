//! Text that follows a rule: the trait, and the macros that make types of it.
//!
//! A value of such a type cannot break its rule; it is checked once, where it comes in, and written in one way.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::fault::Malformed;

/// A type that is read from text by a rule and written as text again: the text written reads as the same value.
pub trait Text: FromStr<Err = Malformed> + fmt::Display {
    /// What the rule wants, as a noun phrase for messages.
    const EXPECTED: &'static str;
}

/// Lets a type with `FromStr<Err = Malformed>` and `Display` travel as text.
///
/// The last argument, for what is seen from outside, is what JSON Schema can say of the rule, as an object; it may say
/// less, and never more.
macro_rules! through_text {
    ($name:ident, $expected:expr $(, $schema:tt)?) => {
        impl $crate::text::Text for $name {
            const EXPECTED: &'static str = $expected;
        }

        impl TryFrom<&str> for $name {
            type Error = $crate::fault::Malformed;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::fault::Malformed;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        $(
            #[cfg(any(test, feature = "testing"))]
            impl ::schemars::JsonSchema for $name {
                fn schema_name() -> ::std::borrow::Cow<'static, str> {
                    stringify!($name).into()
                }

                fn json_schema(_: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                    let mut schema = ::schemars::json_schema!($schema);
                    schema.insert("type".to_owned(), "string".into());
                    schema.insert("description".to_owned(), $crate::text::as_sentence($expected).into());
                    schema
                }
            }
        )?

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as ::serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(::serde::de::Error::custom)
            }
        }
    };
}

/// Makes a newtype over `String` whose rule is a function `fn(&str) -> bool`.
macro_rules! text_type {
    ($(#[$attribute:meta])* $name:ident, $expected:expr, $schema:tt, $rule:expr) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// It as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::fault::Malformed;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let rule: fn(&str) -> bool = $rule;
                if rule(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err($crate::fault::Malformed::new(<Self as $crate::text::Text>::EXPECTED))
                }
            }
        }

        $crate::text::through_text!($name, $expected, $schema);
    };
}

/// Makes an enum of which each variant is one word.
macro_rules! words {
    (
        $(#[$attribute:meta])*
        $name:ident {
            $(#[$first_attribute:meta])* $first:ident = $first_word:literal,
            $($(#[$other_attribute:meta])* $other:ident = $other_word:literal,)*
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(#[$first_attribute])* $first,
            $($(#[$other_attribute])* $other,)*
        }

        impl $name {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[Self::$first, $(Self::$other,)*];

            /// Its word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    Self::$first => $first_word,
                    $(Self::$other => $other_word,)*
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::fault::Malformed;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let found = Self::ALL.iter().copied().find(|word| word.as_str() == text);
                found.ok_or_else(|| $crate::fault::Malformed::new(<Self as $crate::text::Text>::EXPECTED))
            }
        }

        $crate::text::through_text!(
            $name,
            concat!("one of `", $first_word, "`", $(", `", $other_word, "`",)*),
            {"enum": [$first_word, $($other_word,)*]}
        );
    };
}

pub(crate) use {text_type, through_text, words};

/// A noun phrase as a sentence of its own.
#[cfg(any(test, feature = "testing"))]
pub fn as_sentence(phrase: &str) -> String {
    let mut letters = phrase.chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}

/// What [`rfc_3339`] wants, as a noun phrase for messages.
pub const RFC_3339: &str = "a moment as RFC 3339 writes it, such as 2031-05-01T08:30:00Z";

/// The first moment that [`rfc_3339`] takes, the start of the year 0: every later one is written with a year of four
/// digits, so that moments written alike sort as text.
pub const EARLIEST: Timestamp = Timestamp::constant(-62_167_219_200, 0);

/// Reads a moment as [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339#section-5.6) writes it: full date, `T`, full
/// time to at most nanoseconds, offset.
///
/// # Errors
/// When it is written in any other way (ISO 8601 knows many), when it does not exist, or when it lies before
/// [`EARLIEST`] or after the year 9999.
pub fn rfc_3339(text: &str) -> Result<Timestamp, Malformed> {
    let moment = if has_rfc_3339_shape(text) { text.parse().ok() } else { None };
    moment.filter(|moment| *moment >= EARLIEST).ok_or_else(|| Malformed::new(RFC_3339))
}

fn has_rfc_3339_shape(text: &str) -> bool {
    const SECONDS: &str = "0000-00-00T00:00:00";
    let like = |text: &str, shape: &str| {
        text.len() == shape.len()
            && text.bytes().zip(shape.bytes()).all(|(byte, wanted)| match wanted {
                b'0' => byte.is_ascii_digit(),
                _ => byte.eq_ignore_ascii_case(&wanted),
            })
    };
    let Some((seconds, rest)) = text.split_at_checked(SECONDS.len()) else { return false };
    let offset = match rest.strip_prefix('.') {
        None => rest,
        Some(fraction) => {
            let offset = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if !(1..=9).contains(&(fraction.len() - offset.len())) {
                return false;
            }
            offset
        }
    };
    let offset = like(offset, "Z") || like(offset, "+00:00") || like(offset, "-00:00");
    like(seconds, SECONDS) && offset
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("2031-05-01T08:30:00Z", "2031-05-01T08:30:00Z")]
    #[case("2031-05-01t08:30:00.25z", "2031-05-01T08:30:00.25Z")]
    #[case("2031-05-01T08:30:00.123456789+02:00", "2031-05-01T06:30:00.123456789Z")]
    #[case("2031-05-01T08:30:00-00:00", "2031-05-01T08:30:00Z")]
    #[case("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z")]
    #[case("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z")]
    fn moments(#[case] text: &str, #[case] written: &str) {
        assert_eq!(rfc_3339(text).unwrap().to_string(), written);
    }

    #[rstest]
    #[case::empty("")]
    #[case::date("2031-05-01")]
    #[case::no_offset("2031-05-01T08:30:00")]
    #[case::no_seconds("2031-05-01T08:30Z")]
    #[case::space("2031-05-01 08:30:00Z")]
    #[case::basic("20310501T083000Z")]
    #[case::zone_name("2031-05-01T08:30:00Z[UTC]")]
    #[case::ten_digits("2031-05-01T08:30:00.1234567890Z")]
    #[case::no_digits("2031-05-01T08:30:00.Z")]
    #[case::comma("2031-05-01T08:30:00,5Z")]
    #[case::no_such_day("2031-02-30T08:30:00Z")]
    #[case::no_such_hour("2031-05-01T24:00:00Z")]
    #[case::no_such_offset("2031-05-01T08:30:00+99:00")]
    #[case::before_the_year_0("0000-01-01T00:00:00+01:00")]
    #[case::six_digit_year("+002031-05-01T08:30:00Z")]
    #[case::seconds_since_1970("1935390600")]
    #[case::not_ascii("２031-05-01T08:30:00Z")]
    fn no_moments(#[case] text: &str) {
        assert!(rfc_3339(text).is_err());
    }
}
