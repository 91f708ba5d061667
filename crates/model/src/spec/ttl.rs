//! `ttl`: how long after its request an environment is removed by itself.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};

use crate::fault::Malformed;
use crate::text::through_text;

/// A time to live: 1 minute to 365 days, written as whole weeks (`w`), days (`d`, of 24 hours), hours (`h`) and
/// minutes (`m`), each at most once and in this order: `8h`, `3d`, `1d12h`.
///
/// It keeps the text that it was read from, so that an answer shows what was asked for: `24h` stays `24h`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ttl {
    text: String,
    length: SignedDuration,
}

impl Ttl {
    /// The shortest.
    pub const SHORTEST: SignedDuration = SignedDuration::from_mins(1);
    /// The longest.
    pub const LONGEST: SignedDuration = SignedDuration::from_hours(365 * 24);

    /// The moment at which it is over when it begins at `start`; the last moment there is if that lies beyond it.
    #[must_use]
    pub fn after(&self, start: Timestamp) -> Timestamp {
        start.checked_add(self.length).unwrap_or(Timestamp::MAX)
    }
}

impl FromStr for Ttl {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Compared as minutes: not every number of them is a duration.
        minutes(text)
            .filter(|minutes| (Self::SHORTEST.as_mins()..=Self::LONGEST.as_mins()).contains(minutes))
            .map(|minutes| Self { text: text.to_owned(), length: SignedDuration::from_mins(minutes) })
            .ok_or_else(|| Malformed::new(<Self as crate::text::Text>::EXPECTED))
    }
}

/// How many minutes `text` is.
fn minutes(text: &str) -> Option<i64> {
    const UNITS: [(char, i64); 4] = [('w', 7 * 24 * 60), ('d', 24 * 60), ('h', 60), ('m', 1)];
    let mut units = UNITS.into_iter();
    let mut rest = text;
    let mut sum: i64 = 0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, unit) = rest.split_at(end);
        let unit = unit.chars().next()?;
        let (_, length) = units.find(|(letter, _)| *letter == unit)?;
        let number: i64 = number.parse().ok()?;
        sum = sum.checked_add(number.checked_mul(length)?)?;
        rest = &rest[end + unit.len_utf8()..];
    }
    Some(sum)
}

impl fmt::Display for Ttl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

through_text!(Ttl, "a time to live from 1m to 365d in weeks, days, hours and minutes, such as 8h, 3d or 1d12h", {
    "pattern": "^(?:[0-9]+w)?(?:[0-9]+d)?(?:[0-9]+h)?(?:[0-9]+m)?$", "minLength": 2
});

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("8h", 8 * 60)]
    #[case("3d", 3 * 24 * 60)]
    #[case("2w", 14 * 24 * 60)]
    #[case("30m", 30)]
    #[case("1m", 1)]
    #[case("90m", 90)]
    #[case("1d12h", 36 * 60)]
    #[case("365d", 365 * 24 * 60)]
    #[case("52w1d", 365 * 24 * 60)]
    fn times(#[case] text: &str, #[case] minutes: i64) {
        let ttl: Ttl = text.parse().unwrap();
        assert_eq!(ttl.length, SignedDuration::from_mins(minutes));
        assert_eq!(ttl.to_string(), text);
    }

    #[rstest]
    #[case("")]
    #[case("8")]
    #[case("h")]
    #[case("0m")]
    #[case("366d")]
    #[case("53w")]
    #[case("-8h")]
    #[case("+8h")]
    #[case("1.5h")]
    #[case("8 h")]
    #[case("8H")]
    #[case("8s")]
    #[case("1M")]
    #[case("12h1d")]
    #[case("1h1h")]
    #[case("PT8H")]
    #[case("99999999999999999999h")]
    #[case("9223372036854775807w")]
    #[case("3000000000000000h")]
    #[case("8h\n")]
    #[case("8é")]
    fn no_times(#[case] text: &str) {
        assert!(text.parse::<Ttl>().is_err());
    }

    #[test]
    fn the_end_of_time_is_not_passed() {
        let ttl: Ttl = "365d".parse().unwrap();
        assert_eq!(ttl.after(Timestamp::MAX), Timestamp::MAX);
        assert_eq!(ttl.after(Timestamp::UNIX_EPOCH).to_string(), "1971-01-01T00:00:00Z");
    }
}
