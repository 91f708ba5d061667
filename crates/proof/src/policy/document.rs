//! Policy documents, read strictly: what is not understood is not judged, and so refused.

use serde_json::{Map, Value};

use super::{condition::Condition, fault::PolicyFault};

/// A policy document.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Document {
    /// Its statements.
    pub(crate) statements: Vec<Statement>,
}

/// A statement of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    /// How a reason names it: its `Sid`, else its place.
    pub(crate) name: String,
    /// Whether it allows; else it denies.
    pub(crate) allows: bool,
    /// `Principal`, in policies of resources.
    pub(crate) principals: Principals,
    /// The actions.
    pub(crate) actions: Matching,
    /// The resources; none in a trust policy.
    pub(crate) resources: Option<Matching>,
    /// Its conditions.
    pub(crate) conditions: Vec<Condition>,
}

/// Whom a statement is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Principals {
    /// It does not say: the policy belongs to its principal.
    Unsaid,
    /// `"*"`
    Anyone,
    /// Kind (`AWS`, `Service`, `Federated`, `CanonicalUser`) and name.
    Named(Vec<(String, String)>),
    /// `NotPrincipal`: everybody but somebody.
    Inverted,
}

/// Actions or resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Matching {
    /// Those that match one of these patterns.
    Any(Vec<String>),
    /// `NotAction`, `NotResource`: those that match none.
    Inverted,
}

impl Matching {
    /// The patterns, unless it is about all but some.
    pub(crate) fn patterns(&self) -> Option<&[String]> {
        match self {
            Self::Any(patterns) => Some(patterns),
            Self::Inverted => None,
        }
    }
}

impl Document {
    /// Reads a document.
    pub(crate) fn parse(text: &str) -> Result<Self, PolicyFault> {
        let Ok(Value::Object(document)) = serde_json::from_str(text) else {
            return Err(PolicyFault::NotAnObject);
        };
        only_known(&document, &["Version", "Id", "Statement"])?;
        let statements = match document.get("Statement") {
            Some(Value::Array(statements)) => statements.iter().collect(),
            Some(statement @ Value::Object(_)) => vec![statement],
            _ => return Err(PolicyFault::Values("Statement".to_owned())),
        };
        let statements = statements.into_iter().enumerate();
        let statements = statements.map(|(index, statement)| Statement::parse(index, statement));
        Ok(Self { statements: statements.collect::<Result<_, _>>()? })
    }

    /// The statements that allow something.
    pub(crate) fn allowing(&self) -> impl Iterator<Item = &Statement> {
        self.statements.iter().filter(|statement| statement.allows)
    }
}

impl Statement {
    fn parse(index: usize, statement: &Value) -> Result<Self, PolicyFault> {
        let Value::Object(statement) = statement else {
            return Err(PolicyFault::Values("Statement".to_owned()));
        };
        let known = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource"];
        only_known(statement, &[known.as_slice(), &["Condition"]].concat())?;
        let allows = match statement.get("Effect").and_then(Value::as_str) {
            Some("Allow") => true,
            Some("Deny") => false,
            _ => return Err(PolicyFault::Values("Effect".to_owned())),
        };
        let sid = statement.get("Sid").and_then(Value::as_str).filter(|sid| !sid.is_empty());
        Ok(Self {
            name: sid.map_or_else(|| format!("statement {}", index + 1), str::to_owned),
            allows,
            principals: principals(statement)?,
            actions: matching(statement, "Action", "NotAction")?
                .ok_or_else(|| PolicyFault::Values("Action".to_owned()))?,
            resources: matching(statement, "Resource", "NotResource")?,
            conditions: conditions(statement)?,
        })
    }

    /// Whether it is about every action of anybody on any resource, its conditions apart.
    pub(crate) fn is_about_everything(&self) -> bool {
        let all = |matching: &Matching| matching.patterns().is_some_and(|some| some.iter().any(|one| one == "*"));
        let anyone = match &self.principals {
            Principals::Anyone => true,
            Principals::Named(named) => named.iter().any(|(kind, name)| kind == "AWS" && name == "*"),
            Principals::Unsaid | Principals::Inverted => false,
        };
        anyone && all(&self.actions) && self.resources.as_ref().is_some_and(all)
    }

    /// Whether one of its conditions binds `key` to the `allowed` values.
    pub(crate) fn binds(&self, key: &str, allowed: &[&str]) -> bool {
        self.conditions.iter().any(|condition| condition.binds(key, allowed))
    }
}

fn only_known(object: &Map<String, Value>, known: &[&str]) -> Result<(), PolicyFault> {
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(stranger) => Err(PolicyFault::Element(stranger.clone())),
        None => Ok(()),
    }
}

/// A string, or a list of at least one.
fn texts(value: &Value, element: &str) -> Result<Vec<String>, PolicyFault> {
    let texts: Option<Vec<String>> = match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(values) => values.iter().map(|value| value.as_str().map(str::to_owned)).collect(),
        _ => None,
    };
    texts.filter(|texts| !texts.is_empty()).ok_or_else(|| PolicyFault::Values(element.to_owned()))
}

fn matching(statement: &Map<String, Value>, plain: &str, inverted: &str) -> Result<Option<Matching>, PolicyFault> {
    match (statement.get(plain), statement.get(inverted)) {
        (Some(value), None) => Ok(Some(Matching::Any(texts(value, plain)?))),
        (None, Some(value)) => texts(value, inverted).map(|_| Some(Matching::Inverted)),
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(PolicyFault::Values(inverted.to_owned())),
    }
}

fn principals(statement: &Map<String, Value>) -> Result<Principals, PolicyFault> {
    match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (None, None) => Ok(Principals::Unsaid),
        (None, Some(_)) => Ok(Principals::Inverted),
        (Some(Value::String(text)), None) if text == "*" => Ok(Principals::Anyone),
        (Some(Value::Object(kinds)), None) => {
            let mut named = Vec::new();
            for (kind, names) in kinds {
                named.extend(texts(names, "Principal")?.into_iter().map(|name| (kind.clone(), name)));
            }
            Ok(Principals::Named(named))
        }
        _ => Err(PolicyFault::Values("Principal".to_owned())),
    }
}

fn conditions(statement: &Map<String, Value>) -> Result<Vec<Condition>, PolicyFault> {
    let Some(block) = statement.get("Condition") else { return Ok(Vec::new()) };
    let malformed = || PolicyFault::Values("Condition".to_owned());
    let mut conditions = Vec::new();
    for (operator, keys) in block.as_object().ok_or_else(malformed)? {
        for (key, values) in keys.as_object().ok_or_else(malformed)? {
            conditions.push(Condition::parse(operator, key, values)?);
        }
    }
    Ok(conditions)
}
