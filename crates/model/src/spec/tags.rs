//! `tags`: what is put on every resource beside its own tags.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::Serialize;

use crate::fault::{Faults, Node};

/// Tags put on every resource beside its own, by key: at most 46, or 45 with an option.
///
/// The rules are those of [EC2](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions),
/// [IAM](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html) and SSM together: a key of 1 to 128 and a
/// value of at most 256 letters, numbers, spaces and `_ . : / = + - @`. IAM does not tell keys by their case, so no
/// two may differ in it alone. `aws:`, `ringfence:` and `Name` are reserved, in any case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Tags(BTreeMap<String, String>);

impl Tags {
    /// The most tags: [50 a resource](https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html),
    /// less the four that Ringfence puts there itself. A VPC with options carries a fifth.
    pub const MOST: usize = 46;
    /// The longest key, in characters.
    pub(super) const LONGEST_KEY: usize = 128;
    /// The longest value, in characters.
    pub(super) const LONGEST_VALUE: usize = 256;

    /// Each key with its value, in ascending order of the keys.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Keys and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    pub(super) fn read(node: &Node<'_>, faults: &mut Faults) -> Option<Self> {
        let Some(object) = node.value().as_object() else {
            node.refuse("an object: a value for each key", faults);
            return None;
        };
        if object.len() > Self::MOST {
            let (most, found) = (Self::MOST, object.len());
            faults.push(node.pointer(), format!("expected at most {most} tags; found {found}"));
            return None;
        }
        let mut tags = BTreeMap::new();
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        // Sorted here, because the order of an object's fields is up to a feature of serde_json.
        let sorted: BTreeMap<_, _> = object.iter().collect();
        for (key, value) in sorted {
            let tag = node.child(key, value);
            if !is_text(key, 1..=Self::LONGEST_KEY) {
                refuse_key(key, node, faults);
                continue;
            }
            check_reserved(&tag, key, faults);
            if let Some(earlier) = seen.insert(key.to_lowercase(), key) {
                let message = "expected no two keys that differ in case alone";
                faults.push(tag.pointer(), format!("{message}; found {earlier:?} too"));
            }
            match value.as_str() {
                Some(text) if is_text(text, 0..=Self::LONGEST_VALUE) => {
                    tags.insert(key.clone(), text.to_owned());
                }
                _ => tag.refuse(&format!("a text of at most 256 {CHARACTERS}"), faults),
            }
        }
        Some(Self(tags))
    }
}

fn refuse_key(key: &str, tags: &Node<'_>, faults: &mut Faults) {
    let expected = format!("expected a key of 1 to 128 {CHARACTERS}");
    match key.chars().count() {
        length if length > Tags::LONGEST_KEY => {
            faults.push(tags.pointer(), format!("{expected}; found one of {length}"));
        }
        _ => faults.push(&tags.pointer().field(key), format!("{expected}; found {key:?}")),
    }
}

fn check_reserved(tag: &Node<'_>, key: &str, faults: &mut Faults) {
    let lower = key.to_lowercase();
    if lower.starts_with("aws:") || lower.starts_with("ringfence:") || lower == "name" {
        let message = "expected a key that is not reserved, as aws:, ringfence: and Name are";
        faults.push(tag.pointer(), format!("{message}; found {key:?}"));
    }
}

const CHARACTERS: &str = "letters, numbers, spaces and `_ . : / = + - @`";

fn is_text(text: &str, lengths: RangeInclusive<usize>) -> bool {
    lengths.contains(&text.chars().count()) && text.chars().all(is_tag_character)
}

/// `[\p{L}\p{Z}\p{N}_.:/=+\-@]`, as IAM and SSM have it. (What stands beside letters in some scripts, such as the
/// vowel signs of Devanagari, passes here for a letter.)
fn is_tag_character(c: char) -> bool {
    c.is_alphanumeric()
        || (c.is_whitespace() && !c.is_control())
        || matches!(c, '_' | '.' | ':' | '/' | '=' | '+' | '-' | '@')
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    fn read(value: &Value) -> Result<Tags, Vec<String>> {
        let mut faults = Faults::new();
        let tags = Tags::read(&Node::root(value), &mut faults);
        match tags {
            Some(tags) if faults.is_empty() => Ok(tags),
            _ => Err(faults.iter().map(ToString::to_string).collect()),
        }
    }

    #[test]
    fn tags() {
        let tags = read(&json!({"team": "ml", "cost center": "42 + 1", "größe": ""})).unwrap();
        assert_eq!(tags.iter().map(|(key, _)| key).collect::<Vec<_>>(), ["cost center", "größe", "team"]);
        assert_eq!(tags.0.get("team").map(String::as_str), Some("ml"));
    }

    #[rstest]
    #[case::not_an_object(json!(["team"]), "found an array")]
    #[case::null(json!(null), "found null")]
    #[case::reserved(json!({"aws:team": "ml"}), "/aws:team: ")]
    #[case::reserved_in_capitals(json!({"AWS:team": "ml"}), "/AWS:team: ")]
    #[case::ours(json!({"Ringfence:environment": "ml"}), "/Ringfence:environment: ")]
    #[case::name(json!({"Name": "ml"}), "/Name: ")]
    #[case::name_to_iam(json!({"name": "ml"}), "/name: ")]
    #[case::alike_to_iam(json!({"team": "ml", "Team": "ml"}), "differ in case")]
    #[case::empty_key(json!({"": "ml"}), "1 to 128")]
    #[case::long_key(json!({"k".repeat(129): "ml"}), "1 to 128")]
    #[case::long_value(json!({"team": "m".repeat(257)}), "/team: ")]
    #[case::number(json!({"team": 5}), "/team: ")]
    #[case::null_value(json!({"team": null}), "/team: ")]
    #[case::newline(json!({"team": "m\nl"}), "/team: ")]
    #[case::bracket(json!({"team": "<ml>"}), "/team: ")]
    #[case::bracket_in_key(json!({"<team>": "ml"}), "/<team>: ")]
    #[case::emoji(json!({"team": "🚀"}), "/team: ")]
    fn no_tags(#[case] value: Value, #[case] expected: &str) {
        let faults = read(&value).unwrap_err();
        assert!(matches!(faults.as_slice(), [fault] if fault.contains(expected)), "{faults:?}");
    }

    #[test]
    fn no_more_than_fit_beside_our_own() {
        let tags =
            |count: usize| -> Value { (0..count).map(|number| (format!("key{number}"), json!("value"))).collect() };
        assert_eq!(read(&tags(Tags::MOST)).unwrap().0.len(), 46);
        assert!(read(&tags(Tags::MOST + 1)).is_err());
    }
}
