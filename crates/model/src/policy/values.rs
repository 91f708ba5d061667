//! One value or several: the policy language lets a single value stand without its array.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// One value or several; written as a bare string when there is exactly one.
///
/// Booleans and numbers, which the policy language takes without quotes, are read as strings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub struct OneOrMany(Vec<String>);

impl OneOrMany {
    /// The values in the order in which they stand.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl From<&str> for OneOrMany {
    fn from(value: &str) -> Self {
        Self(vec![value.to_owned()])
    }
}

impl From<String> for OneOrMany {
    fn from(value: String) -> Self {
        Self(vec![value])
    }
}

impl<const N: usize> From<[&str; N]> for OneOrMany {
    fn from(values: [&str; N]) -> Self {
        values.into_iter().collect()
    }
}

impl From<Vec<String>> for OneOrMany {
    fn from(values: Vec<String>) -> Self {
        Self(values)
    }
}

impl<S: Into<String>> FromIterator<S> for OneOrMany {
    fn from_iter<I: IntoIterator<Item = S>>(values: I) -> Self {
        Self(values.into_iter().map(Into::into).collect())
    }
}

impl Serialize for OneOrMany {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [only] => serializer.serialize_str(only),
            values => values.serialize(serializer),
        }
    }
}

impl TryFrom<Value> for OneOrMany {
    type Error = NoValue;

    fn try_from(value: Value) -> Result<Self, NoValue> {
        match value {
            Value::Array(values) => values.into_iter().map(scalar).collect::<Result<_, _>>().map(Self),
            single => scalar(single).map(Self::from),
        }
    }
}

fn scalar(value: Value) -> Result<String, NoValue> {
    match value {
        Value::String(text) => Ok(text),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        other => Err(NoValue(other)),
    }
}

/// What stands where a value should.
#[derive(Debug, thiserror::Error)]
#[error("{0} is no value")]
pub struct NoValue(Value);

/// Reads a list whose only element may stand without its array, as the `Statement` element may.
pub(super) fn objects<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Objects<T>(std::marker::PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Objects<T> {
        type Value = Vec<T>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object or an array of objects")
        }

        fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Vec<T>, A::Error> {
            T::deserialize(MapAccessDeserializer::new(object)).map(|only| vec![only])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, objects: A) -> Result<Vec<T>, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(objects))
        }
    }

    deserializer.deserialize_any(Objects(std::marker::PhantomData))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::OneOrMany;

    #[rstest]
    #[case::string(r#""a""#, &["a"])]
    #[case::array(r#"["a","b"]"#, &["a", "b"])]
    #[case::empty("[]", &[])]
    #[case::boolean("true", &["true"])]
    #[case::numbers("[1,-2,0.5]", &["1", "-2", "0.5"])]
    fn reads_what_the_policy_language_takes(#[case] text: &str, #[case] values: &[&str]) {
        let read: OneOrMany = serde_json::from_str(text).unwrap();
        assert_eq!(read.iter().collect::<Vec<_>>(), values);
    }

    #[rstest]
    #[case::nested(r#"[["a"]]"#)]
    #[case::object(r#"{"a":"b"}"#)]
    #[case::null("null")]
    fn refuses_what_it_does_not(#[case] text: &str) {
        assert!(serde_json::from_str::<OneOrMany>(text).is_err());
    }
}
