//! What DNS does when the DNS Firewall of the VPC does not answer: it must fail closed.

use aws_sdk_route53resolver::types::FirewallFailOpenStatus;

use crate::{
    aws::{CallError, Class, Named},
    resources::{Act, Bulk, Draft, Home, Look, Manage, Observe, Refusal, Removal, Run, optional},
};
use ringfence_model::{
    plan::{Reference, Refers},
    stack::{DNS_FIREWALL, StackOption, VPC},
};
use ringfence_observed::Observed;

pub(crate) struct FirewallConfigs;

/// What can be done to the configuration. It comes and goes with the VPC.
#[derive(Debug)]
pub(crate) enum FirewallConfigChange {
    /// Has DNS fail closed.
    FailClosed { vpc: String },
}

impl Observe for FirewallConfigs {
    /// `FirewallFailOpen`.
    type Seen = optional::Found<String>;
    const BULK: Bulk<Self::Seen> = Bulk::Whole;

    async fn read(look: &Look<'_>) -> Result<Vec<(Home, Self::Seen)>, CallError> {
        optional::read(look, StackOption::DnsFirewall, async |holders| {
            let mut found = Vec::new();
            for vpc in holders.into_iter().filter_map(|holder| holder.vpc) {
                let call = look.aws.route53resolver.get_firewall_config().resource_id(&vpc);
                let answer = match call.send().await.named("route53resolver:GetFirewallConfig") {
                    Err(error) if error.class == Class::NotFound => continue,
                    answer => answer?,
                };
                let fail_open = answer.firewall_config().and_then(|config| config.firewall_fail_open());
                found.extend(fail_open.map(|value| (Home::Vpc(vpc), value.as_str().to_owned())));
            }
            Ok(found)
        })
        .await
    }

    fn place(observed: &mut Observed, seen: Self::Seen) {
        if let Some(fail_open) = seen.noted(observed) {
            observed.firewall_fail_open = Some(fail_open);
        }
    }
}

impl Manage for FirewallConfigs {
    const TYPE: &'static str = "AWS::Route53Resolver::FirewallConfig";

    fn draft(draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let asked = StackOption::DnsFirewall.is_asked(&draft.stack.spec);
        let closed = Some(FirewallFailOpenStatus::Disabled.as_str());
        // That of a VPC in the making is closed from the beginning, and the next look shows it.
        let Reference::Present(vpc) = draft.reference(VPC)? else { return Ok(()) };
        if asked && draft.observed.firewall_fail_open.as_deref() != closed {
            let reference = Reference::Present(vpc.clone());
            let change = FirewallConfigChange::FailClosed { vpc };
            draft.update(DNS_FIREWALL, &reference, change);
        }
        Ok(())
    }

    fn draft_removal(_: &mut Removal<'_>) {
        // It goes with the VPC.
    }
}

impl Refers for FirewallConfigChange {
    fn resource_type(&self) -> &'static str {
        FirewallConfigs::TYPE
    }

    fn references(&self) -> Vec<&Reference> {
        match self {
            Self::FailClosed { .. } => Vec::new(),
        }
    }
}

impl Act for FirewallConfigChange {
    async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
        match self {
            Self::FailClosed { vpc } => {
                let call = run.aws.route53resolver.update_firewall_config().resource_id(vpc);
                let call = call.firewall_fail_open(FirewallFailOpenStatus::Disabled);
                call.send().await.named("route53resolver:UpdateFirewallConfig").map(|_| None)
            }
        }
    }
}
