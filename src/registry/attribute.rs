//! How values stand in the attributes of an item: as text, as numbers, as JSON in a text. Pure.
//!
//! A number may stand where a text is written, and the other way round. What a record can do without is passed over
//! where it cannot be read.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, Visitor},
};

/// A value that stands there as text, or as a number.
pub(super) struct Text<T>(pub(super) T);

impl<'de, T: FromStr> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = deserializer.deserialize_any(AnyText)?;
        text.parse().map(Self).map_err(|_| D::Error::custom("the text means nothing here"))
    }
}

/// A value that stands there as JSON in a text.
pub(super) struct Json<T>(pub(super) T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Json<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = deserializer.deserialize_any(AnyText)?;
        serde_json::from_str(&text).map(Self).map_err(D::Error::custom)
    }
}

/// A value that stands there as JSON, if any text stands there: one that cannot be read is not taken for none.
pub(super) struct JsonOrNone<T>(Option<T>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for JsonOrNone<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = deserializer.deserialize_any(AnyText).ok();
        text.map(|text| serde_json::from_str(&text).map_err(D::Error::custom)).transpose().map(Self)
    }
}

/// A value, `None` where it cannot be read.
pub(super) struct Readable<T>(pub(super) Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Readable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(T::deserialize(deserializer).ok()))
    }
}

/// A moment, which stands there in milliseconds since 1970.
struct Millisecond(Timestamp);

impl<'de> Deserialize<'de> for Millisecond {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Text(millisecond) = Text::deserialize(deserializer)?;
        Timestamp::from_millisecond(millisecond).map(Self).map_err(D::Error::custom)
    }
}

/// Text as it stands there, or a number as it would be written.
struct AnyText;

impl Visitor<'_> for AnyText {
    type Value = String;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text or a number")
    }

    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_string<E>(self, text: String) -> Result<String, E> {
        Ok(text)
    }

    fn visit_i64<E>(self, number: i64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_u64<E>(self, number: u64) -> Result<String, E> {
        Ok(number.to_string())
    }

    /// With its point, so that it is never taken for a whole number.
    fn visit_f64<E>(self, number: f64) -> Result<String, E> {
        Ok(format!("{number:?}"))
    }
}

/// Reads what a record cannot do without.
pub(super) fn text<'de, T: FromStr, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Text::deserialize(deserializer).map(|Text(value)| value)
}

/// Reads what a record can do without.
pub(super) fn text_or_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr + Default,
    D: Deserializer<'de>,
{
    Ok(text(deserializer).unwrap_or_default())
}

/// The same, `None` where it cannot be read.
pub(super) fn text_or_none<'de, T: FromStr, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(text(deserializer).ok())
}

/// What is true only where it says so.
pub(super) fn is_true<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(bool::deserialize(deserializer).unwrap_or_default())
}

/// Moments that stand there as numbers.
pub(super) mod millisecond {
    use serde::Serializer;

    use super::{Deserialize, Deserializer, Millisecond, Timestamp};

    pub(in crate::registry) fn serialize<S: Serializer>(moment: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(moment.as_millisecond())
    }

    pub(in crate::registry) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        Millisecond::deserialize(deserializer).map(|Millisecond(moment)| moment)
    }
}

/// The same, where there may be none.
pub(super) mod millisecond_or_none {
    use serde::{Serialize, Serializer};

    use super::{Deserializer, Timestamp, millisecond};

    pub(in crate::registry) fn serialize<S: Serializer>(
        moment: &Option<Timestamp>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        moment.map(Timestamp::as_millisecond).serialize(serializer)
    }

    pub(in crate::registry) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        Ok(millisecond::deserialize(deserializer).ok())
    }
}

/// What stands there as JSON, and which a record cannot do without.
pub(super) mod json {
    use serde::{Serialize, Serializer, ser::Error};

    use super::{Deserialize, DeserializeOwned, Deserializer, Json};

    pub(in crate::registry) fn serialize<T: Serialize, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&serde_json::to_string(value).map_err(S::Error::custom)?)
    }

    pub(in crate::registry) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        Json::deserialize(deserializer).map(|Json(value)| value)
    }
}

/// What stands there as JSON, and which a record can do without.
pub(super) mod json_or_default {
    pub(in crate::registry) use super::json::serialize;
    use super::{DeserializeOwned, Deserializer, json};

    pub(in crate::registry) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: DeserializeOwned + Default,
        D: Deserializer<'de>,
    {
        Ok(json::deserialize(deserializer).unwrap_or_default())
    }
}

/// What stands there as JSON, if any text stands there.
pub(super) mod json_or_none {
    pub(in crate::registry) use super::json::serialize;
    use super::{Deserialize, DeserializeOwned, Deserializer, JsonOrNone};

    pub(in crate::registry) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        JsonOrNone::deserialize(deserializer).map(|JsonOrNone(value)| value)
    }
}
