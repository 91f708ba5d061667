//! What a document means, freed from how it is written.
//!
//! Two documents whose canonical forms are equal decide every request alike. The converse does not
//! hold: documents that say the same in differently cut statements are told apart, which costs a
//! needless repair and never overlooks a difference.

use std::collections::BTreeSet;

use super::{Conditions, Document, Effect, Match, OneOrMany, Principal, PrincipalKind, Statement, Version};

/// The meaning of a document.
#[derive(Debug, PartialEq, Eq)]
struct CanonicalDocument {
    version: Version,
    statements: BTreeSet<CanonicalStatement>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct CanonicalStatement {
    effect: Effect,
    principals: Option<Listed<(PrincipalKind, String)>>,
    actions: Listed<String>,
    resources: Option<Listed<String>>,
    conditions: BTreeSet<CanonicalCondition>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Listed<T> {
    Only(BTreeSet<T>),
    AllBut(BTreeSet<T>),
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct CanonicalCondition {
    operator: String,
    key: String,
    values: BTreeSet<String>,
}

impl Document {
    /// Whether the text is a document that means the same as this one.
    ///
    /// AWS may give a document back otherwise than it was written: a single value without its array,
    /// arrays in another order, an account ID as the ARN of its root. None of that is a difference;
    /// neither are the names of statements, the case of actions and context keys, and a statement that
    /// stands twice. A text that is no document is never the same.
    pub fn same_as(&self, text: &str) -> bool {
        text.parse::<Self>().is_ok_and(|other| CanonicalDocument::of(self) == CanonicalDocument::of(&other))
    }
}

impl CanonicalDocument {
    fn of(document: &Document) -> Self {
        Self { version: document.version, statements: document.statement.iter().map(CanonicalStatement::of).collect() }
    }
}

impl CanonicalStatement {
    fn of(statement: &Statement) -> Self {
        Self {
            effect: statement.effect,
            principals: statement.principal.as_ref().map(|named| listed(named, principals)),
            actions: listed(&statement.action, |actions| actions.iter().map(str::to_ascii_lowercase).collect()),
            resources: statement.resource.as_ref().map(|named| listed(named, set)),
            conditions: conditions(&statement.condition),
        }
    }
}

fn listed<T, C>(element: &Match<T>, canonical: impl Fn(&T) -> BTreeSet<C>) -> Listed<C> {
    match element {
        Match::Only(names) => Listed::Only(canonical(names)),
        Match::AllBut(names) => Listed::AllBut(canonical(names)),
    }
}

/// `"*"` and `{"AWS": "*"}` are the same, and so are an account's ID and the ARN of its root:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
fn principals(principal: &Principal) -> BTreeSet<(PrincipalKind, String)> {
    match principal {
        Principal::Anyone => BTreeSet::from([(PrincipalKind::Aws, "*".to_owned())]),
        Principal::Named(names) => names
            .iter()
            .flat_map(|(kind, names)| names.iter().map(|name| (*kind, name)))
            .map(|(kind, name)| (kind, account_of_root(name).unwrap_or(name).to_owned()))
            .collect(),
    }
}

/// The account whose root the ARN names, if it names one.
fn account_of_root(name: &str) -> Option<&str> {
    let (_partition, rest) = name.strip_prefix("arn:")?.split_once(":iam::")?;
    rest.strip_suffix(":root")
}

/// Context keys are not case-sensitive, their values are:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>
fn conditions(conditions: &Conditions) -> BTreeSet<CanonicalCondition> {
    conditions
        .iter()
        .flat_map(|(operator, keys)| keys.iter().map(move |(key, values)| (operator, key, values)))
        .map(|(operator, key, values)| CanonicalCondition {
            operator: operator.as_str().to_owned(),
            key: key.to_ascii_lowercase(),
            values: set(values),
        })
        .collect()
}

fn set(values: &OneOrMany) -> BTreeSet<String> {
    values.iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
