//! Reading JSON by hand: each reader takes what it can use and writes down what it cannot.
//!
//! An explicit `null` is a fault wherever it stands: a field that is to have its default is left out.

use std::ops::RangeInclusive;

use jiff::Timestamp;
use serde_json::{Map, Value};
use strsim::levenshtein;

use super::{Faults, Pointer};
use crate::text::{self, Text};

/// How many characters of a value a message shows.
const SHOWN: usize = 60;

/// A value in an input, and where it stands.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    value: &'a Value,
    pointer: Pointer,
}

impl<'a> Node<'a> {
    /// The whole input.
    #[must_use]
    pub const fn root(value: &'a Value) -> Self {
        Self { value, pointer: Pointer::root() }
    }

    /// The value itself.
    #[must_use]
    pub const fn value(&self) -> &'a Value {
        self.value
    }

    /// Where it stands.
    #[must_use]
    pub const fn pointer(&self) -> &Pointer {
        &self.pointer
    }

    /// The value of the field `name` of the object that stands here.
    #[must_use]
    pub fn child(&self, name: &str, value: &'a Value) -> Self {
        Self { value, pointer: self.pointer.field(name) }
    }

    /// Writes down that something else was expected here. `expected` is a noun phrase.
    pub fn refuse(&self, expected: &str, faults: &mut Faults) {
        let found = shown(self.value);
        faults.push(&self.pointer, format!("expected {expected}; found {found}"));
    }

    /// An object with no fields but `known`. Anything else is refused, and then holds no field.
    pub fn fields(&self, what: &str, known: &[&str], faults: &mut Faults) -> Fields<'a> {
        let object = self.value.as_object();
        match object {
            None => self.refuse(what, faults),
            Some(object) => {
                let unknown = object.keys().filter(|name| !known.contains(&name.as_str()));
                for name in unknown {
                    if faults.is_full() {
                        break;
                    }
                    self.refuse_field(name, known, faults);
                }
            }
        }
        Fields { object, pointer: self.pointer.clone() }
    }

    fn refuse_field(&self, name: &str, known: &[&str], faults: &mut Faults) {
        let pointer = if name.len() > 2 * SHOWN { self.pointer.clone() } else { self.pointer.field(name) };
        let hint = match closest(name, known) {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!("expected one of `{}`", known.join("`, `")),
        };
        faults.push(&pointer, format!("unknown field {}; {hint}", quoted(name)));
    }

    /// An array of `bounds` elements, each read by `read` and none given twice.
    ///
    /// `what` names the elements in the plural. `None` when it is not such an array; elements that `read` refuses
    /// are left out, and so is what goes beyond the bounds.
    pub fn list<T: PartialEq>(
        &self,
        what: &str,
        bounds: RangeInclusive<usize>,
        faults: &mut Faults,
        mut read: impl FnMut(&Node<'a>, &mut Faults) -> Option<T>,
    ) -> Option<Vec<T>> {
        let expected = format!("an array of {} to {} {what}", bounds.start(), bounds.end());
        let Some(array) = self.value.as_array() else {
            self.refuse(&expected, faults);
            return None;
        };
        if !bounds.contains(&array.len()) {
            self.refuse(&expected, faults);
        }
        let mut list: Vec<(usize, T)> = Vec::new();
        for (index, value) in array.iter().take(*bounds.end()).enumerate() {
            let node = Node { value, pointer: self.pointer.index(index) };
            let Some(item) = read(&node, faults) else { continue };
            match list.iter().find(|(_, earlier)| *earlier == item) {
                None => list.push((index, item)),
                Some((first, _)) => {
                    let repeated = format!("each of them once, and {first} has this already");
                    node.refuse(&repeated, faults);
                }
            }
        }
        Some(list.into_iter().map(|(_, item)| item).collect())
    }

    /// Such an array whose order means nothing, in ascending order.
    pub fn set<T: Ord>(
        &self,
        what: &str,
        bounds: RangeInclusive<usize>,
        faults: &mut Faults,
        read: impl FnMut(&Node<'a>, &mut Faults) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut list = self.list(what, bounds, faults, read)?;
        list.sort_unstable();
        Some(list)
    }

    /// A text that follows the rule of `T`.
    pub fn parse<T: Text>(&self, faults: &mut Faults) -> Option<T> {
        let Some(text) = self.value.as_str() else {
            self.refuse(T::EXPECTED, faults);
            return None;
        };
        text.parse().map_err(|malformed| self.complain(&malformed, faults)).ok()
    }

    /// A moment as [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339) writes it.
    pub fn timestamp(&self, faults: &mut Faults) -> Option<Timestamp> {
        let Some(text) = self.value.as_str() else {
            self.refuse(text::RFC_3339, faults);
            return None;
        };
        text::rfc_3339(text).map_err(|malformed| self.complain(&malformed, faults)).ok()
    }

    fn complain(&self, malformed: &super::Malformed, faults: &mut Faults) {
        faults.push(&self.pointer, format!("{malformed}; found {}", shown(self.value)));
    }

    /// `true` or `false`.
    pub fn boolean(&self, faults: &mut Faults) -> Option<bool> {
        let boolean = self.value.as_bool();
        if boolean.is_none() {
            self.refuse("true or false", faults);
        }
        boolean
    }

    /// A whole number within `bounds`; `16.0` is 16, as JSON Schema has it.
    pub fn integer(&self, bounds: RangeInclusive<u16>, faults: &mut Faults) -> Option<u16> {
        let number = self.whole_number().filter(|number| bounds.contains(number));
        if number.is_none() {
            let expected = format!("a whole number from {} to {}", bounds.start(), bounds.end());
            self.refuse(&expected, faults);
        }
        number
    }

    /// The whole number that stands here, if it is one.
    #[must_use]
    pub fn whole_number(&self) -> Option<u16> {
        let number = self.value.as_f64()?;
        let whole = number as u16; // the nearest there is
        (f64::from(whole) == number).then_some(whole)
    }
}

/// The fields of an object, and where it stands.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    object: Option<&'a Map<String, Value>>,
    pointer: Pointer,
}

impl<'a> Fields<'a> {
    /// A field, if it is given.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Node<'a>> {
        let value = self.object?.get(name)?;
        Some(Node { value, pointer: self.pointer.field(name) })
    }

    /// Where the field stands, or would stand.
    #[must_use]
    pub fn pointer(&self, name: &str) -> Pointer {
        self.pointer.field(name)
    }

    /// What `read` makes of a field; `None` when it is not given or was refused.
    pub fn read<T>(
        &self,
        name: &str,
        faults: &mut Faults,
        read: impl FnOnce(&Node<'a>, &mut Faults) -> Option<T>,
    ) -> Option<T> {
        self.get(name).and_then(|node| read(&node, faults))
    }
}

/// A value as a message shows it: whole if short, else cut or only named by its kind.
fn shown(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(_) => value.to_string(),
        Value::Number(number) => cut(&number.to_string()),
        Value::String(text) => quoted(text),
        Value::Array(array) if array.is_empty() => "an empty array".to_owned(),
        Value::Array(array) => format!("an array of {}", array.len()),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// A text in quotes, control characters escaped, cut if long.
fn quoted(text: &str) -> String {
    format!("{:?}", cut(text))
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// The known name that `name` was probably meant to be: the same but for case and separators, or at most two
/// letters away from it.
fn closest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let plain =
        |name: &str| -> String { name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect() };
    if name.len() > SHOWN {
        return None;
    }
    let name = plain(name);
    known
        .iter()
        .map(|candidate| (levenshtein(&name, &plain(candidate)), *candidate))
        .filter(|(distance, candidate)| *distance <= 2 && 2 * distance < candidate.len())
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case("regoin", Some("region"))]
    #[case("prefixLength", Some("prefix_length"))]
    #[case("Prefix-Length", Some("prefix_length"))]
    #[case("cidrs", Some("cidr"))]
    #[case("vpc", None)]
    #[case("", None)]
    fn a_slip_is_told_from_a_stranger(#[case] name: &str, #[case] meant: Option<&str>) {
        assert_eq!(closest(name, &["region", "prefix_length", "cidr"]), meant);
    }

    #[rstest]
    #[case::two_letters_changed("trainnig", Some("training"))]
    #[case::one_left_out("acess", Some("access"))]
    #[case::one_too_many("tagss", Some("tags"))]
    #[case::both_ends("networks_", Some("network"))]
    #[case::three_away("netvvorkk", None)]
    #[case::nearer_of_two("expires", Some("expires_at"))]
    #[case::half_of_it("ttt", Some("ttl"))]
    #[case::more_than_half("tl", Some("ttl"))]
    #[case::nothing_in_common("xxx", None)]
    #[case::a_letter("t", None)]
    #[case::only_separators("__", None)]
    #[case::capitals("DELETION-PROTECTION", Some("deletion_protection"))]
    #[case::camel("flowLogs", Some("flow_logs"))]
    #[case::spaces("flow logs", Some("flow_logs"))]
    #[case::between_two("tagl", Some("tags"))]
    #[case::first_by_name("read", None)]
    #[case::other_scripts("tägs", Some("tags"))]
    #[case::wide_letters("ｔａｇｓ", None)]
    #[case::sharp_s("acceß", Some("access"))]
    fn a_slip_in_the_fields_of_a_spec(#[case] name: &str, #[case] meant: Option<&str>) {
        let known = [
            "network",
            "access",
            "egress",
            "training",
            "flow_logs",
            "ttl",
            "expires_at",
            "deletion_protection",
            "tags",
        ];
        assert_eq!(closest(name, &known), meant);
    }

    /// Of several as near, the first by name, in whatever order they are known.
    #[rstest]
    #[case(&["aab", "aac"])]
    #[case(&["aac", "aab"])]
    fn of_several_the_first_by_name(#[case] known: &[&str]) {
        assert_eq!(closest("aad", known), Some("aab"));
    }

    #[test]
    fn a_long_name_means_nothing() {
        let long = "a".repeat(61);
        assert_eq!(closest(&long, &[&long]), None);
        assert_eq!(closest(&long[..60], &[&long[..60]]), Some(&long[..60]));
    }

    #[rstest]
    #[case(json!(16), Some(16))]
    #[case(json!(16.0), Some(16))]
    #[case(json!(0), Some(0))]
    #[case(json!(-0.0), Some(0))]
    #[case(json!(65535), Some(65535))]
    #[case(json!(65536), None)]
    #[case(json!(1e300), None)]
    #[case(json!(-1), None)]
    #[case(json!(16.5), None)]
    #[case(json!("16"), None)]
    #[case(json!(null), None)]
    fn whole_numbers(#[case] value: Value, #[case] number: Option<u16>) {
        assert_eq!(Node::root(&value).whole_number(), number);
    }

    #[test]
    fn what_stood_there_is_cut_and_escaped() {
        assert_eq!(shown(&json!("a\n\"b\"")), r#""a\n\"b\"""#);
        assert_eq!(shown(&json!("é".repeat(1_000))).chars().count(), SHOWN + 3);
        assert_eq!(shown(&json!([1, 2])), "an array of 2");
        assert_eq!(shown(&json!({})), "an object");
    }

    #[test]
    fn a_list_is_bounded_and_holds_nothing_twice() {
        let value = json!([3, 1, 3, "x", 2]);
        let mut faults = Faults::new();
        let read = |node: &Node<'_>, faults: &mut Faults| node.integer(0..=9, faults);
        let set = Node::root(&value).set("digits", 0..=4, &mut faults, read);
        assert_eq!(set, Some(vec![1, 3]));
        let found: Vec<_> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "expected an array of 0 to 4 digits; found an array of 5",
                "/2: expected each of them once, and 0 has this already; found 3",
                "/3: expected a whole number from 0 to 9; found \"x\"",
            ]
        );
    }

    #[test]
    fn millions_of_strangers_are_refused_quickly() {
        let object: Map<String, Value> = (0..200_000).map(|number| (format!("field{number}"), Value::Null)).collect();
        let value = Value::Object(object);
        let mut faults = Faults::new();
        let _ = Node::root(&value).fields("an object", &["field"], &mut faults);
        assert!(faults.is_full());
    }

    #[test]
    fn a_stranger_with_an_endless_name_is_pointed_at_from_above() {
        let value = json!({"x".repeat(10_000): 1});
        let mut faults = Faults::new();
        let _ = Node::root(&value).fields("an object", &["field"], &mut faults);
        let fault = faults.iter().next().unwrap();
        assert_eq!(fault.pointer, "");
        assert!(fault.message.len() < 200, "{}", fault.message);
    }
}
