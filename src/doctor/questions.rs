//! What a role is asked about: actions on resources, in the circumstances in which the function calls them. Pure.

use ringfence_model::{
    policy::{Document, OneOrMany, Operator, Statement},
    scope::Scope,
    stack::{INSTALLATION, MANAGED_BY, MANAGED_BY_VALUE},
};

/// The role that the flow logs of one environment are delivered with, where the installation has none for all of them.
pub(super) const DELIVERY_ROLE: &str =
    "arn:{partition}:iam::{account}:role/ringfence/{region}/doctor-{region}-flow-logs";

/// Whether a role may do these actions on each of these resources.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question {
    pub(super) actions: &'static [&'static str],
    /// ARNs, in which `{partition}`, `{region}`, `{account}`, `{table}`, `{bus}`, `{prefix}`, `{boundary}` and
    /// `{delivery}`, the role for flow logs, stand for the installation's own, and `{role}` for the role itself.
    pub(super) resources: &'static [&'static str],
    pub(super) given: &'static [Given],
}

/// What AWS knows of a call besides its action and its resource.
#[derive(Clone, Copy, Debug)]
pub(super) enum Given {
    /// The call brings the tags of the installation.
    Requested,
    /// The resource carries them.
    Carried,
    /// The resource carries no tag of another installation.
    Nobodys,
    /// A condition key has one value.
    Key(&'static str, &'static str),
    /// A condition key that has several values has this one.
    Keys(&'static str, &'static str),
}

/// A condition key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Circumstance {
    pub(super) key: String,
    pub(super) value: String,
    /// Whether the key may have several values.
    pub(super) is_list: bool,
}

/// The installation that asks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Installation<'a> {
    pub(super) scope: &'a Scope,
    pub(super) table: &'a str,
    /// The bus, by its name.
    pub(super) bus: &'a str,
    pub(super) export_prefix: &'a str,
    pub(super) boundary: Option<&'a str>,
    /// The ARN of the role that all flow logs are delivered with, where there is one.
    pub(super) flow_log_role: Option<&'a str>,
}

impl Question {
    /// The resources of an installation. `role` is the ARN of the role that is asked about. One that the installation
    /// has not, such as a boundary, is left out.
    pub(super) fn resources(&self, of: &Installation<'_>, role: &str) -> Vec<String> {
        self.resources.iter().filter_map(|resource| of.fill(&resource.replace("{role}", role))).collect()
    }

    /// The circumstances in an installation.
    pub(super) fn circumstances(&self, of: &Installation<'_>) -> Vec<Circumstance> {
        let tags = |kind: &str| {
            let managed_by = one(format!("aws:{kind}/{MANAGED_BY}"), MANAGED_BY_VALUE.to_owned());
            vec![managed_by, one(format!("aws:{kind}/{INSTALLATION}"), of.table.to_owned())]
        };
        let given = self.given.iter().flat_map(|given| match given {
            Given::Requested => tags("RequestTag"),
            Given::Carried => tags("ResourceTag"),
            Given::Nobodys => Vec::new(),
            Given::Key(key, value) => of.fill(value).map(|value| one((*key).to_owned(), value)).into_iter().collect(),
            Given::Keys(key, value) => {
                vec![Circumstance { is_list: true, ..one((*key).to_owned(), (*value).to_owned()) }]
            }
        });
        given.collect()
    }

    /// A statement that allows some of the actions, on these resources and in these circumstances alone.
    pub(super) fn statement(&self, index: usize, actions: &[String], of: &Installation<'_>, role: &str) -> Statement {
        let actions: OneOrMany = actions.iter().cloned().collect();
        let allow = Statement::allow(&format!("Doctor{index}"), actions).on(self.resources(of, role));
        let is_nobodys = self.given.iter().any(|given| matches!(given, Given::Nobodys));
        let allow = if is_nobodys {
            let operator = Operator::from("StringEqualsIfExists".to_owned());
            allow.when(operator, &format!("aws:ResourceTag/{INSTALLATION}"), of.table)
        } else {
            allow
        };
        self.circumstances(of).into_iter().fold(allow, |allow, Circumstance { key, value, is_list }| {
            let operator =
                if is_list { Operator::from("ForAllValues:StringEquals".to_owned()) } else { Operator::STRING_EQUALS };
            allow.when(operator, &key, value)
        })
    }
}

/// A policy of such statements.
pub(super) fn policy(statements: Vec<Statement>) -> Document {
    Document::new(statements)
}

fn one(key: String, value: String) -> Circumstance {
    Circumstance { key, value, is_list: false }
}

impl Installation<'_> {
    /// Puts in what the names in braces stand for; `None` where the installation has no such thing.
    fn fill(&self, text: &str) -> Option<String> {
        if text.contains("{boundary}") && self.boundary.is_none() {
            return None;
        }
        let ec2 = if self.scope.partition == "aws-cn" { "ec2.amazonaws.com.cn" } else { "ec2.amazonaws.com" };
        let filled = text
            .replace("{delivery}", self.flow_log_role.unwrap_or(DELIVERY_ROLE))
            .replace("{partition}", &self.scope.partition)
            .replace("{region}", &self.scope.region)
            .replace("{account}", &self.scope.account)
            .replace("{table}", self.table)
            .replace("{bus}", self.bus)
            .replace("{prefix}", self.export_prefix)
            .replace("{boundary}", self.boundary.unwrap_or_default())
            .replace("{ec2}", ec2);
        Some(filled)
    }
}
