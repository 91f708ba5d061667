//! A teardown in the making.

use super::Change;
use ringfence_model::{
    plan::{Handle, Operation, Plan},
    stack::{NAME, Owner},
};
use ringfence_observed::{Observed, Tags};

/// When a resource goes. A step waits for all steps of the stages that its own comes after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// What tells others to use the environment.
    Exports,
    /// What holds network interfaces in subnets and groups, and takes minutes to let go; placement groups, too.
    Endpoints,
    /// What names the lists and groups of a DNS Firewall and so keeps them: rules, and the association with the VPC.
    FirewallRules,
    /// The lists and rule groups of a DNS Firewall.
    Firewalls,
    /// What names groups and so keeps them.
    Rules,
    Groups,
    /// Subnets, which take their associations along.
    Subnets,
    /// Network ACLs and route tables, free once no subnet uses them.
    Tables,
    FlowLogs,
    Vpc,
    /// Log groups: a flow log that still runs would write again.
    Logs,
    /// What keeps roles: that they are in instance profiles, and their policies. A role that loses them before the
    /// service that holds interfaces with it wedges that service for good. No interface is left once no subnet is.
    RoleParts,
    /// Instance profiles, once no role is in them.
    InstanceProfiles,
    Roles,
}

impl Stage {
    const fn after(self) -> &'static [Self] {
        match self {
            Self::Exports => &[],
            Self::Endpoints | Self::FirewallRules | Self::Rules | Self::FlowLogs => &[Self::Exports],
            Self::Firewalls => &[Self::Exports, Self::FirewallRules],
            Self::Groups => &[Self::Exports, Self::Endpoints, Self::Rules],
            Self::Subnets => &[Self::Exports, Self::Endpoints],
            Self::Tables => &[Self::Exports, Self::Endpoints, Self::Subnets],
            Self::Vpc => &[
                Self::Exports,
                Self::Endpoints,
                Self::FirewallRules,
                Self::Firewalls,
                Self::Groups,
                Self::Subnets,
                Self::Tables,
                Self::FlowLogs,
            ],
            Self::Logs => &[Self::Exports, Self::Endpoints, Self::Subnets, Self::FlowLogs],
            Self::RoleParts => &[Self::Exports, Self::Endpoints, Self::Subnets, Self::FlowLogs],
            Self::InstanceProfiles | Self::Roles => &[Self::Exports, Self::Endpoints, Self::Subnets, Self::RoleParts],
        }
    }
}

struct Pending {
    stage: Stage,
    resource: String,
    id: String,
    change: Change,
}

/// The plan that removes an environment, while the kinds add to it in any order.
pub(crate) struct Removal<'a> {
    pub(crate) owner: &'a Owner,
    pub(crate) observed: &'a Observed,
    /// Keep the flow log's log group, as `flow_logs.retain` asks.
    pub(crate) retain_logs: bool,
    pending: Vec<Pending>,
    lookups: Vec<Lookup>,
}

/// Something to look up before the steps of a stage.
struct Lookup {
    stage: Stage,
    resource: &'static str,
    change: Change,
}

impl<'a> Removal<'a> {
    pub(crate) const fn new(owner: &'a Owner, observed: &'a Observed, retain_logs: bool) -> Self {
        Self { owner, observed, retain_logs, pending: Vec::new(), lookups: Vec::new() }
    }

    /// A step that removes something of ours.
    pub(super) fn delete(&mut self, stage: Stage, resource: impl Into<String>, id: &str, change: impl Into<Change>) {
        let pending = Pending { stage, resource: resource.into(), id: id.to_owned(), change: change.into() };
        self.pending.push(pending);
    }

    /// A step that looks up what those of a stage need, beside all that comes before them.
    pub(super) fn look_up(&mut self, stage: Stage, resource: &'static str, change: impl Into<Change>) {
        self.lookups.push(Lookup { stage, resource, change: change.into() });
    }

    /// The name within the environment of a resource with these tags, or its ID where its `Name` was taken away.
    pub(super) fn name_of(&self, tags: &Tags, id: &str) -> String {
        tags.get(NAME)
            .and_then(|name| name.strip_prefix(&self.owner.environment)?.strip_prefix('-'))
            .unwrap_or(id)
            .to_owned()
    }

    /// The finished plan.
    pub(crate) fn finish(mut self) -> Plan<Change> {
        self.pending.sort_by_key(|pending| pending.stage);
        let mut plan = Plan::default();
        let mut found = Vec::with_capacity(self.lookups.len());
        for Lookup { stage, resource, change } in self.lookups {
            found.push((stage, plan.look_up(resource, change)));
        }
        let mut done: Vec<(Stage, Handle)> = Vec::with_capacity(self.pending.len());
        for Pending { stage, resource, id, change } in self.pending {
            let after = done.iter().filter(|(earlier, _)| stage.after().contains(earlier));
            let after = after.chain(found.iter().filter(|(looked_up, _)| *looked_up == stage));
            let after: Vec<Handle> = after.map(|(_, handle)| *handle).collect();
            let handle = plan.push(Operation::Delete, resource, Some(id), change, &after);
            done.push((stage, handle));
        }
        plan
    }
}

#[cfg(test)]
mod tests;
