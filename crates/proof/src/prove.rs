//! The proof itself.

use super::checks;
use super::evaluation::View;
use super::findings::Findings;
use super::{Check, CheckName, Expectation, Isolation};
use ringfence_observed::Observed;

/// Proves, from what AWS reports and not from what was asked for, that nothing of what it looks at lets a packet out of
/// an environment or into it, and that what must work in it does.
///
/// It is as true as what was observed: what no call reports of a VPC, it cannot judge. Pure: the same state gives the same answer, and what is unknown, unreadable or unheard of counts as open.
#[must_use]
pub fn prove(observed: &Observed, expectation: &Expectation) -> Isolation {
    let Some(vpc) = &observed.vpc else {
        let mut findings = Findings::of(CheckName::VpcPresent);
        findings.fault("no VPC is reported for the environment".to_owned());
        return Isolation::of(vec![findings.conclude("")]);
    };
    let view = View::of(observed, vpc, expectation);
    let present = Findings::of(CheckName::VpcPresent).conclude(format!("{} is there", vpc.id));
    // In the order of `CheckName`.
    let checks: [Option<Check>; 30] = [
        Some(present),
        Some(checks::no_route_out(&view)),
        Some(checks::no_gateway(&view)),
        Some(checks::no_request_from_outside(&view)),
        Some(checks::no_bridging_interface(&view)),
        Some(checks::endpoints_known(&view)),
        Some(checks::main_route_table_local(&view)),
        Some(checks::nothing_reaches_out(&view)),
        Some(checks::nothing_reaches_in(&view)),
        Some(checks::no_open_group(&view)),
        Some(checks::no_foreign_open_egress(&view)),
        Some(checks::no_public_addresses(&view)),
        Some(checks::default_group_closed(&view)),
        Some(checks::default_acl_unused(&view)),
        Some(checks::ssh_only_as_asked(&view)),
        Some(checks::endpoint_policies_bound(&view)),
        Some(checks::guardduty_contained(&view)),
        Some(checks::role_bound(&view)),
        Some(checks::data_through_this_vpc(&view)),
        Some(checks::permissions_boundary(&view)),
        Some(checks::dns_filtered(&view)),
        Some(checks::every_subnet_explicit(&view)),
        Some(checks::training_reaches_training(&view)),
        Some(checks::training_reaches_services(&view)),
        Some(checks::endpoints_reachable(&view)),
        Some(checks::gateway_endpoints_routed(&view)),
        Some(checks::ssh_as_asked(&view)),
        Some(checks::dns_works(&view)),
        checks::flow_logs_on(&view),
        Some(checks::role_usable(&view)),
    ];
    Isolation::of(checks.into_iter().flatten().collect())
}
