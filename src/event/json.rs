//! JSON that means one thing. Pure.
//!
//! `serde_json` takes the last of several fields of a name, and what only skips over a text lets through what cannot be
//! read later: bytes that are no UTF-8, halves of surrogate pairs, numbers without bounds. And a text of six megabytes can
//! become values of a hundred times that. So a text is looked through before anything is made of it.

use std::{collections::HashSet, fmt};

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;

/// How many values a text may hold. A batch of 10,000 messages, the most that [SQS hands
/// over](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html), holds 15 each; in memory they may come
/// to some 130 MB, half of what the function has.
const MOST_VALUES: usize = 200_000;

/// How much of a name is told.
const SHOWN: usize = 60;

/// Reads a text.
///
/// # Errors
///
/// As [`check`].
pub(super) fn read(text: &[u8]) -> serde_json::Result<Value> {
    check(text)?;
    serde_json::from_slice(text)
}

/// Looks a text through, and makes nothing of it.
///
/// # Errors
///
/// Where it is no JSON, names a field twice, or holds more than 200,000 values.
pub(super) fn check(text: &[u8]) -> serde_json::Result<()> {
    let mut left = MOST_VALUES;
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    Values(&mut left).deserialize(&mut deserializer)?;
    deserializer.end()
}

/// Looks one value through. It holds how many more there may be.
struct Values<'a>(&'a mut usize);

impl<'de> DeserializeSeed<'de> for Values<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let left = self.0.checked_sub(1);
        *self.0 = left.ok_or_else(|| D::Error::custom(format_args!("it holds more than {MOST_VALUES} values")))?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Values<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Values(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = fields.next_key::<String>()? {
            fields.next_value_seed(Values(self.0))?;
            if names.contains(&name) {
                let shown: String = name.chars().take(SHOWN).collect();
                return Err(A::Error::custom(format_args!("the field {shown:?} is there twice")));
            }
            names.insert(name);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use ringfence_model::spec::strategy::any_json;

    #[rstest]
    #[case::twice(br#"{"a": 1, "b": {}, "a": 1}"#, "\"a\" is there twice")]
    #[case::twice_below(br#"[{"a": {"b": 1, "\u0062": 2}}]"#, "\"b\" is there twice")]
    #[case::no_utf_8(b"{\"a\": \"\xff\"}", "unicode")]
    #[case::no_utf_8_in_a_name(b"{\"\xff\": 0}", "unicode")]
    #[case::half_a_pair(br#"["\ud83d"]"#, "hex escape")]
    #[case::endless(b"[1e999]", "out of range")]
    #[case::more(b"{} {}", "trailing")]
    #[case::cut(b"{\"a\": [", "EOF")]
    #[case::none(b"", "EOF")]
    fn what_cannot_be_read_in_one_way(#[case] text: &[u8], #[case] said: &str) {
        let refused = read(text).unwrap_err().to_string();
        assert!(refused.contains(said), "{refused}");
    }

    #[test]
    fn what_becomes_too_large_is_refused() {
        let items = |count: usize| format!("[{}0]", r#"{"":0},"#.repeat(count));
        assert!(check(items(99_000).as_bytes()).is_ok());
        assert!(check(items(101_000).as_bytes()).unwrap_err().to_string().contains("200000 values"));
        assert!(check("[".repeat(6 << 20).as_bytes()).unwrap_err().to_string().contains("recursion"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in any_json()) {
            let text = value.to_string();
            prop_assert_eq!(read(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(&text).unwrap());
        }

        #[test]
        fn what_passes_can_be_read(text in prop::collection::vec(prop_oneof![Just(b'"'), Just(b'\\'), Just(b'{'),
            Just(b'}'), Just(b'['), Just(b']'), Just(b','), Just(b':'), Just(b'1'), Just(b'e'), any::<u8>()], 0..24)) {
            prop_assert!(check(&text).is_err() || serde_json::from_slice::<Value>(&text).is_ok());
        }
    }
}
