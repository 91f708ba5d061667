//! The name of an environment.

use crate::text::text_type;

text_type! {
    /// The name of an environment: 3 to 32 lower-case letters, digits and hyphens, beginning with a letter and
    /// ending with a letter or digit. It is unique within an account and region.
    ///
    /// Names of resources are made from it, so its length is bounded: the longest, that of an IAM role
    /// `<environment>-<region>-<purpose>`, must stay within
    /// [64 characters](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
    EnvironmentName,
    "3 to 32 lower-case letters, digits and hyphens, a letter first and no hyphen last, such as fraud-v3",
    {"pattern": "^[a-z][a-z0-9-]{1,30}[a-z0-9]$"},
    |text| {
        let within = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        (3..=32).contains(&text.len())
            && text.bytes().all(within)
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && !text.ends_with('-')
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("")]
    #[case("ab")]
    #[case("-ab")]
    #[case("3ab")]
    #[case("ab-")]
    #[case("Abc")]
    #[case("a_c")]
    #[case("a.c")]
    #[case("abc\n")]
    #[case("äbc")]
    #[case("abcdefghijklmnopqrstuvwxyz0123456")]
    fn no_names(#[case] text: &str) {
        assert!(text.parse::<EnvironmentName>().is_err());
    }

    proptest! {
        #[test]
        fn what_the_expression_matches_is_a_name(text in "[a-z][a-z0-9-]{1,30}[a-z0-9]") {
            let name: EnvironmentName = text.parse().unwrap();
            prop_assert_eq!(name.as_str(), text.as_str());
            prop_assert_eq!(name.to_string(), text.as_str());
            let json = serde_json::to_string(&name).unwrap();
            prop_assert_eq!(serde_json::from_str::<EnvironmentName>(&json).unwrap(), name);
        }

        #[test]
        fn what_it_does_not_match_is_none(text in "[a-zA-Z0-9_.é-]{0,34}") {
            prop_assert_eq!(text.parse::<EnvironmentName>().is_ok(), matches(&text));
        }
    }

    /// `^[a-z][a-z0-9-]{1,30}[a-z0-9]$`, letter by letter.
    fn matches(text: &str) -> bool {
        let letters: Vec<char> = text.chars().collect();
        let [first, middle @ .., last] = letters.as_slice() else { return false };
        let end = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit();
        first.is_ascii_lowercase()
            && (1..=30).contains(&middle.len())
            && middle.iter().all(|c| end(c) || *c == '-')
            && end(last)
    }
}
