//! Conditions of policy statements.

use serde_json::Value;

use super::fault::PolicyFault;

/// One line of a `Condition` block. All lines of a statement must match; within a line one value is enough.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    operator: Operator,
    /// The key in lower case: IAM does not distinguish cases in keys.
    key: String,
    values: Vec<String>,
}

/// A condition operator, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Operator {
    base: &'static str,
    quantifier: Option<Quantifier>,
    /// Whether it also matches requests that lack the key.
    if_exists: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantifier {
    /// Matches requests that lack the key, too.
    ForAllValues,
    ForAnyValue,
}

/// The operators that IAM knows. A policy with any other is not judged, and so refused.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
const OPERATORS: [&str; 27] = [
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "BinaryEquals",
    "Bool",
    "DateEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateNotEquals",
    "IpAddress",
    "NotIpAddress",
    "Null",
    "NumericEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericNotEquals",
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
];

impl Condition {
    /// Reads one operator with one key and its value or values.
    pub(super) fn parse(operator: &str, key: &str, values: &Value) -> Result<Self, PolicyFault> {
        let parsed = Operator::parse(operator).ok_or_else(|| PolicyFault::Operator(operator.to_owned()))?;
        let scalars = match values {
            Value::Array(values) => values.iter().map(scalar).collect(),
            one => scalar(one).map(|one| vec![one]),
        };
        match scalars {
            Some(values) if !values.is_empty() => Ok(Self { operator: parsed, key: key.to_ascii_lowercase(), values }),
            _ => Err(PolicyFault::Values(format!("{operator} {key}"))),
        }
    }

    /// The key in lower case.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// Whether a request matches only if it has the key, with one of the `allowed` values.
    ///
    /// `…IfExists` and `ForAllValues` also match requests without the key and bind nothing. Wildcards and policy
    /// variables are none of the values allowed, whatever they stand for.
    pub(crate) fn binds(&self, key: &str, allowed: &[&str]) -> bool {
        let positive = ["StringEquals", "StringEqualsIgnoreCase", "StringLike"];
        self.key == key
            && positive.contains(&self.operator.base)
            && !self.operator.if_exists
            && self.operator.quantifier != Some(Quantifier::ForAllValues)
            && self.values.iter().all(|value| allowed.contains(&value.as_str()))
    }

    /// Whether a request matches only if its key is exactly this ARN; with `if_exists`, or if it has no such key: of an
    /// action on several resources AWS gives a key for those alone that it is about.
    pub(crate) fn binds_arn(&self, key: &str, arn: &str, if_exists: bool) -> bool {
        let positive = ["ArnEquals", "ArnLike", "StringEquals", "StringLike"];
        self.key == key
            && positive.contains(&self.operator.base)
            && (if_exists || !self.operator.if_exists)
            && self.operator.quantifier != Some(Quantifier::ForAllValues)
            && self.values.iter().all(|value| value == arn)
    }

    /// The values, patterns as it may be, of which a request must have one under the key to match.
    pub(crate) fn required_values(&self, key: &str) -> Option<&[String]> {
        let binds = self.key == key
            && ["StringEquals", "StringLike"].contains(&self.operator.base)
            && !self.operator.if_exists
            && self.operator.quantifier != Some(Quantifier::ForAllValues);
        binds.then_some(&self.values)
    }

    /// Whether every request matches whose key is not exactly `value`, those that lack the key included. This is what a
    /// `Deny` needs to be without gaps.
    pub(crate) fn catches_all_but(&self, key: &str, value: &str) -> bool {
        let negated = ["StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike"];
        self.key == key
            && negated.contains(&self.operator.base)
            && self.operator.quantifier.is_none()
            && self.values.iter().all(|one| one == value)
    }
}

impl Operator {
    fn parse(text: &str) -> Option<Self> {
        let (quantifier, rest) = match text.split_once(':') {
            Some(("ForAllValues", rest)) => (Some(Quantifier::ForAllValues), rest),
            Some(("ForAnyValue", rest)) => (Some(Quantifier::ForAnyValue), rest),
            Some(_) => return None,
            None => (None, text),
        };
        let (name, if_exists) = rest.strip_suffix("IfExists").map_or((rest, false), |name| (name, true));
        let base = OPERATORS.into_iter().find(|known| *known == name)?;
        // `Null` asks whether the key is there, so that IAM has no `NullIfExists`.
        (base != "Null" || !if_exists).then_some(Self { base, quantifier, if_exists })
    }
}

/// A value as IAM compares it: numbers and booleans may stand without quotation marks.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
