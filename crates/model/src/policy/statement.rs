//! A statement of a policy document.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{OneOrMany, Principal};

/// A statement: who may, or may not, do what with what, and when.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Elements", into = "Elements")]
pub struct Statement {
    /// Its name. Letters and digits only, one of a kind in its document.
    pub sid: Option<String>,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// Whom it is about; policies of a role name nobody, they are about the role.
    pub principal: Option<Match<Principal>>,
    /// What may be done.
    pub action: Match<OneOrMany>,
    /// With what; trust policies name nothing, they are about the role.
    pub resource: Option<Match<OneOrMany>>,
    /// When it holds: all operators, all keys, any of the values.
    pub condition: Conditions,
}

/// The `Condition` element: values by operator and context key.
pub type Conditions = BTreeMap<Operator, BTreeMap<String, OneOrMany>>;

/// Whether a statement allows or denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Effect {
    /// What it describes may be done, unless another statement denies it.
    Allow,
    /// What it describes may not be done, whatever allows it.
    Deny,
}

/// How an element picks what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match<T> {
    /// What is listed: `Principal`, `Action`, `Resource`.
    Only(T),
    /// All but what is listed: `NotPrincipal`, `NotAction`, `NotResource`.
    AllBut(T),
}

/// A condition operator.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Operator(Cow<'static, str>);

impl Operator {
    /// The key is there and is one of the values.
    pub const STRING_EQUALS: Self = Self(Cow::Borrowed("StringEquals"));
    /// The key is missing or is one of the values.
    pub const STRING_EQUALS_IF_EXISTS: Self = Self(Cow::Borrowed("StringEqualsIfExists"));
    /// The key is missing or is none of the values.
    pub const STRING_NOT_EQUALS: Self = Self(Cow::Borrowed("StringNotEquals"));
    /// The key is there and matches one of the values, in which `*` and `?` are wildcards.
    pub const STRING_LIKE: Self = Self(Cow::Borrowed("StringLike"));
    /// The key is there and is an ARN that matches one of the values, part by part.
    pub const ARN_LIKE: Self = Self(Cow::Borrowed("ArnLike"));
    /// The key is missing, or is an ARN that matches one of the values, part by part.
    pub const ARN_LIKE_IF_EXISTS: Self = Self(Cow::Borrowed("ArnLikeIfExists"));

    /// As AWS writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Operator {
    fn from(name: String) -> Self {
        Self(Cow::Owned(name))
    }
}

impl Statement {
    /// A statement that allows the actions.
    pub fn allow(sid: &str, actions: impl Into<OneOrMany>) -> Self {
        Self::new(sid, Effect::Allow, actions.into())
    }

    /// A statement that denies the actions.
    pub fn deny(sid: &str, actions: impl Into<OneOrMany>) -> Self {
        Self::new(sid, Effect::Deny, actions.into())
    }

    fn new(sid: &str, effect: Effect, actions: OneOrMany) -> Self {
        Self {
            sid: Some(sid.to_owned()),
            effect,
            principal: None,
            action: Match::Only(actions),
            resource: None,
            condition: Conditions::new(),
        }
    }

    /// The same about these principals.
    #[must_use]
    pub fn by(self, principal: Principal) -> Self {
        Self { principal: Some(Match::Only(principal)), ..self }
    }

    /// The same about these resources.
    #[must_use]
    pub fn on(self, resources: impl Into<OneOrMany>) -> Self {
        Self { resource: Some(Match::Only(resources.into())), ..self }
    }

    /// The same, and only when the context key compares so with any of the values.
    #[must_use]
    pub fn when(mut self, operator: Operator, key: &str, values: impl Into<OneOrMany>) -> Self {
        self.condition.entry(operator).or_default().insert(key.to_owned(), values.into());
        self
    }
}

/// A statement that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedStatement {
    /// An element and its negation exclude each other.
    #[error("{0} and Not{0} exclude each other")]
    Both(&'static str),
    /// A statement says what may be done.
    #[error("neither Action nor NotAction")]
    NoAction,
}

/// A statement as it stands in JSON. What is not named here is refused: an element that goes unread
/// could be the one that opens the door.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Elements {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    effect: Effect,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    principal: Option<Principal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_principal: Option<Principal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    action: Option<OneOrMany>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_action: Option<OneOrMany>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resource: Option<OneOrMany>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_resource: Option<OneOrMany>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    condition: Conditions,
}

impl TryFrom<Elements> for Statement {
    type Error = MalformedStatement;

    fn try_from(elements: Elements) -> Result<Self, MalformedStatement> {
        let action = either("Action", elements.action, elements.not_action)?;
        Ok(Self {
            sid: elements.sid,
            effect: elements.effect,
            principal: either("Principal", elements.principal, elements.not_principal)?,
            action: action.ok_or(MalformedStatement::NoAction)?,
            resource: either("Resource", elements.resource, elements.not_resource)?,
            condition: elements.condition,
        })
    }
}

fn either<T>(
    element: &'static str,
    only: Option<T>,
    all_but: Option<T>,
) -> Result<Option<Match<T>>, MalformedStatement> {
    match (only, all_but) {
        (Some(_), Some(_)) => Err(MalformedStatement::Both(element)),
        (Some(listed), None) => Ok(Some(Match::Only(listed))),
        (None, Some(listed)) => Ok(Some(Match::AllBut(listed))),
        (None, None) => Ok(None),
    }
}

impl From<Statement> for Elements {
    fn from(statement: Statement) -> Self {
        let (principal, not_principal) = apart(statement.principal);
        let (action, not_action) = apart(Some(statement.action));
        let (resource, not_resource) = apart(statement.resource);
        Self {
            sid: statement.sid,
            effect: statement.effect,
            principal,
            not_principal,
            action,
            not_action,
            resource,
            not_resource,
            condition: statement.condition,
        }
    }
}

fn apart<T>(element: Option<Match<T>>) -> (Option<T>, Option<T>) {
    match element {
        Some(Match::Only(listed)) => (Some(listed), None),
        Some(Match::AllBut(listed)) => (None, Some(listed)),
        None => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::Statement;

    #[rstest]
    #[case::both(r#"{"Effect":"Allow","Action":"*","NotAction":"s3:*"}"#, "Action and NotAction")]
    #[case::no_action(r#"{"Effect":"Allow","Resource":"*"}"#, "neither Action nor NotAction")]
    #[case::no_effect(r#"{"Action":"*"}"#, "missing field `Effect`")]
    #[case::effect(r#"{"Effect":"allow","Action":"*"}"#, "unknown variant `allow`")]
    #[case::unknown(r#"{"Effect":"Allow","Action":"*","Unless":"x"}"#, "unknown field `Unless`")]
    #[case::twice(r#"{"Effect":"Deny","Effect":"Allow","Action":"*"}"#, "duplicate field `Effect`")]
    #[case::principal(r#"{"Effect":"Allow","Action":"*","Principal":"x"}"#, "string \"x\"")]
    #[case::kind(r#"{"Effect":"Allow","Action":"*","Principal":{"Who":"x"}}"#, "variant `Who`")]
    fn refuses_with_a_reason(#[case] text: &str, #[case] reason: &str) {
        let error = serde_json::from_str::<Statement>(text).unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
}
