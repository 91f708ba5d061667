//! The IDs of rules of security groups, which AWS tells apart from the groups.

use std::sync::{Arc, OnceLock};

use aws_sdk_ec2::types::Filter;

use super::{Run, security_group_rule::Rule};
use crate::aws::{CallError, Named, limits::VALUES_A_FILTER};
use ringfence_observed::Direction;

/// The IDs of the rules of groups, which a step looks up for those after it.
#[derive(Clone, Debug, Default)]
pub(crate) struct RuleIds(Arc<OnceLock<Vec<Numbered>>>);

/// A rule with its ID.
#[derive(Clone, Debug)]
pub(super) struct Numbered {
    /// `sgr-…`
    pub(super) id: String,
    /// The group that it is a rule of.
    pub(super) group: String,
    pub(super) direction: Direction,
    pub(super) rule: Rule,
}

impl RuleIds {
    /// Looks up the rules of `groups`.
    pub(super) async fn look_up(&self, run: &Run<'_>, groups: &[String]) -> Result<(), CallError> {
        // A step runs once to its end, so this is set once.
        let _ = self.0.set(rules_of(run, groups).await?);
        Ok(())
    }

    /// What was found; `None` where nothing was looked up.
    pub(super) fn get(&self) -> Option<&[Numbered]> {
        self.0.get().map(Vec::as_slice)
    }
}

/// The rules of groups with their IDs. AWS tells them in no other way: a group's own description holds none.
pub(super) async fn rules_of(run: &Run<'_>, groups: &[String]) -> Result<Vec<Numbered>, CallError> {
    const ACTION: &str = "ec2:DescribeSecurityGroupRules";
    let mut rules = Vec::new();
    for groups in groups.chunks(VALUES_A_FILTER) {
        let filter = Filter::builder().name("group-id").set_values(Some(groups.to_vec())).build();
        let pages = run.aws.ec2.describe_security_group_rules().filters(filter).into_paginator().items().send();
        let found = pages.collect::<Result<Vec<_>, _>>().await.named(ACTION)?;
        // A rule that cannot be read here is one that is not found by its ID.
        rules.extend(found.iter().filter_map(numbered));
    }
    Ok(rules)
}

fn numbered(rule: &aws_sdk_ec2::types::SecurityGroupRule) -> Option<Numbered> {
    Some(Numbered {
        id: rule.security_group_rule_id()?.to_owned(),
        group: rule.group_id()?.to_owned(),
        direction: if rule.is_egress()? { Direction::Egress } else { Direction::Ingress },
        rule: Rule::from_numbered(rule)?,
    })
}
