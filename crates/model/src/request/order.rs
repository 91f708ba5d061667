//! Which of two requests for one environment is the later one, and the canonical request that may decide it.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use super::{Action, Ask, EnvironmentRequest, View};
use crate::fault::Malformed;
use crate::name::EnvironmentName;
use crate::spec::Spec;
use crate::text::{EARLIEST, Text, rfc_3339, through_text};

/// The canonical request: every default filled in, fields in a fixed order. It decodes to the same request.
impl Serialize for EnvironmentRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Canonical<'a> {
            action: Action,
            environment: &'a EnvironmentName,
            #[serde(skip_serializing_if = "Option::is_none")]
            spec: Option<&'a Spec>,
            requested_at: Timestamp,
            #[serde(skip_serializing_if = "Option::is_none")]
            view: Option<View>,
        }
        let view = match self.ask {
            Ask::Describe { view } => Some(view),
            _ => None,
        };
        let canonical = Canonical {
            action: self.ask.action(),
            environment: &self.environment,
            spec: self.ask.spec(),
            requested_at: self.requested_at,
            view,
        };
        canonical.serialize(serializer)
    }
}

impl EnvironmentRequest {
    /// The canonical request as JSON text.
    #[must_use]
    pub fn canonical(&self) -> String {
        // It cannot fail: every key is a text, and nothing in it refuses to be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The SHA-256 of the canonical request.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest(Sha256::digest(self.canonical()).into())
    }

    /// Its place among the requests that change an environment; `None` for `describe` and `plan`, which change none.
    #[must_use]
    pub fn order(&self) -> Option<Order> {
        let verb = match self.ask {
            Ask::Create(_) => Verb::Create,
            Ask::Delete => Verb::Delete,
            Ask::Describe { .. } | Ask::Plan(_) => return None,
        };
        Some(Order::new(self.requested_at, verb, self.digest()))
    }
}

/// The place of a request among those that change one environment: the greater one is the later one.
///
/// The moment decides; at the same moment a `delete` comes after a `create`; between two creates the SHA-256 of the
/// canonical request decides. The same request again is equal. Written as text
/// (`2031-05-01T08:30:00.000000000Z#0#9f86d0…`) orders sort as they do here, so that a database can compare them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Order {
    requested_at: Timestamp,
    verb: Verb,
    digest: Digest,
}

impl Order {
    /// The place of a request. A moment before the year 0 counts as its start.
    #[must_use]
    pub fn new(requested_at: Timestamp, verb: Verb, digest: Digest) -> Self {
        Self { requested_at: requested_at.max(EARLIEST), verb, digest }
    }

    /// When it was requested.
    #[must_use]
    pub const fn requested_at(&self) -> Timestamp {
        self.requested_at
    }
}

/// What a request that changes an environment wants of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// That it be as its spec says.
    Create,
    /// That it be gone: at the same moment the later of the two.
    Delete,
}

impl fmt::Display for Order {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = self.requested_at.strftime("%Y-%m-%dT%H:%M:%S.%9fZ");
        let verb = match self.verb {
            Verb::Create => '0',
            Verb::Delete => '1',
        };
        write!(formatter, "{moment}#{verb}#{}", self.digest)
    }
}

impl FromStr for Order {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || Malformed::new(<Self as Text>::EXPECTED);
        let (moment, rest) = text.split_once('#').ok_or_else(malformed)?;
        let (verb, digest) = rest.split_once('#').ok_or_else(malformed)?;
        let verb = match verb {
            "0" => Verb::Create,
            "1" => Verb::Delete,
            _ => return Err(malformed()),
        };
        let order = Self::new(rfc_3339(moment)?, verb, digest.parse()?);
        // Only what is written in the one way sorts.
        if order.to_string() == text { Ok(order) } else { Err(malformed()) }
    }
}

through_text!(Order, "a moment to the nanosecond, 0 or 1, and a SHA-256, parted by #");

/// A SHA-256 ([FIPS 180-4](https://csrc.nist.gov/pubs/fips/180-4/upd1/final)), written as 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(64);
        for byte in self.0 {
            write!(text, "{byte:02x}")?;
        }
        formatter.write_str(&text)
    }
}

impl FromStr for Digest {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || Malformed::new(<Self as Text>::EXPECTED);
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let mut bytes = [0; 32];
        if text.len() != 2 * bytes.len() {
            return Err(malformed());
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let (Some(high), Some(low)) = (digit(pair[0]), digit(pair[1])) else {
                return Err(malformed());
            };
            *byte = 16 * high + low;
        }
        Ok(Self(bytes))
    }
}

through_text!(Digest, "a SHA-256 as 64 lower-case hexadecimal digits");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn order(moment: &str, verb: Verb, digest: [u8; 32]) -> Order {
        Order::new(moment.parse().unwrap(), verb, Digest(digest))
    }

    #[test]
    fn it_is_written_in_one_way() {
        let order = order("2031-05-01T10:30:00.25+02:00", Verb::Delete, [0xab; 32]);
        let text = format!("2031-05-01T08:30:00.250000000Z#1#{}", "ab".repeat(32));
        assert_eq!(order.to_string(), text);
        assert_eq!(text.parse::<Order>().unwrap(), order);
        assert_eq!(serde_json::to_string(&order).unwrap(), format!("\"{text}\""));
    }

    #[test]
    fn the_moment_decides_then_the_verb_then_the_digest() {
        let orders = [
            order("2031-05-01T08:30:00Z", Verb::Create, [1; 32]),
            order("2031-05-01T08:30:00Z", Verb::Create, [2; 32]),
            order("2031-05-01T08:30:00Z", Verb::Delete, [0; 32]),
            order("2031-05-01T08:30:00.000000001Z", Verb::Create, [0; 32]),
            order("2031-05-01T08:30:01Z", Verb::Create, [0; 32]),
        ];
        assert!(orders.is_sorted_by(|one, other| one < other));
    }

    #[rstest]
    #[case("")]
    #[case("2031-05-01T08:30:00.000000000Z#0")]
    #[case("2031-05-01T08:30:00Z#0#{}")]
    #[case("2031-05-01T08:30:00.000000000Z#2#{}")]
    #[case("2031-05-01T10:30:00.000000000+02:00#0#{}")]
    #[case("2031-05-01T08:30:00.000000000Z#0#{}0")]
    #[case("2031-05-01T08:30:00.000000000Z#0#AB{}")]
    fn no_orders(#[case] text: &str) {
        assert!(text.replace("{}", &"ab".repeat(32)).parse::<Order>().is_err());
    }

    prop_compose! {
        fn any_order()(
            seconds in EARLIEST.as_second()..=253_402_207_200,
            nanoseconds in 0..1_000_000_000,
            delete: bool,
            byte: u8,
        ) -> Order {
            let moment = Timestamp::new(seconds, nanoseconds).unwrap();
            Order::new(moment, if delete { Verb::Delete } else { Verb::Create }, Digest([byte; 32]))
        }
    }

    proptest! {
        #[test]
        fn as_text_they_sort_as_they_do(one in any_order(), other in any_order()) {
            prop_assert_eq!(one.to_string().cmp(&other.to_string()), one.cmp(&other));
            prop_assert_eq!(one.to_string().parse::<Order>().unwrap(), one);
        }
    }
}
