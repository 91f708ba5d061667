//! Environments in which everything holds.

use std::collections::BTreeSet;

use super::super::{CheckName, Verdict};
use super::builders::{block, from_block, from_group, tcp};
use super::fixture::Environment;
use ringfence_observed::Direction;

/// The checks that do not hold in the healthy fixture, which filters no DNS.
const INFORMATIONAL: [CheckName; 1] = [CheckName::DnsFiltered];

fn assert_isolated(environment: &Environment) {
    let isolation = environment.prove();
    for check in &isolation.checks {
        assert_eq!(check.holds, !INFORMATIONAL.contains(&check.check), "{}: {}", check.check, check.because);
        assert!(!check.because.is_empty(), "{} gives no reason", check.check);
    }
    assert!(isolation.isolated);
    assert_eq!(isolation.verdict(), Verdict::Isolated);
}

#[test]
fn a_healthy_environment_is_isolated() {
    assert_isolated(&Environment::healthy());
}

#[test]
fn a_named_attachment_towards_ssh_from_is_no_exposure() {
    assert_isolated(&Environment::attached());
}

#[test]
fn every_check_is_made_once_and_in_order() {
    let made: Vec<_> = Environment::healthy().prove().checks.iter().map(|check| check.check).collect();
    assert_eq!(made, CheckName::ALL);
}

/// An environment in the making: no endpoints, no flow logs, no roles, and nothing of that is asked for.
#[test]
fn what_is_not_asked_for_is_not_missed() {
    let mut environment = Environment::healthy();
    environment.observed.endpoints.clear();
    environment.observed.interfaces.clear();
    environment.observed.flow_logs.clear();
    environment.observed.log_groups.clear();
    environment.observed.roles.clear();
    environment.observed.instance_profiles.clear();
    for table in &mut environment.observed.route_tables {
        table.routes.retain(|route| route.target == "local");
    }
    environment.expectation.gateway_endpoints.clear();
    environment.expectation.interface_endpoints.clear();
    environment.expectation.flow_log_group = None;
    environment.expectation.roles.clear();
    environment.expectation.permissions_boundary = None;
    let isolation = environment.prove();
    assert_eq!(isolation.verdict(), Verdict::Isolated, "{isolation:?}");
    let made: BTreeSet<_> = isolation.checks.iter().map(|check| check.check).collect();
    assert!(!made.contains(&CheckName::FlowLogsOn));
}

#[test]
fn an_instance_connect_endpoint_that_was_asked_for_reaches_training() {
    let mut environment = Environment::healthy();
    environment.expectation.instance_connect_group = Some("sg-connect".to_owned());
    let out = tcp(Direction::Egress, 22, from_group("sg-training"));
    environment.foreign_group("sg-connect", vec![out]);
    let into = tcp(Direction::Ingress, 22, from_group("sg-connect"));
    environment.group("sg-training").rules.push(into);
    environment.interface("eni-connect", "subnet-services-a", "10.0.192.20", &["sg-connect"]).interface_type =
        "ec2_instance_connect_endpoint".to_owned();
    assert_isolated(&environment);
}

/// SSH is a matter of port 22: what else a group admits from its neighbours is none of it.
#[test]
fn other_ports_of_the_training_group_are_not_ssh() {
    let mut environment = Environment::healthy();
    let metrics = tcp(Direction::Ingress, 9100, from_group("sg-services"));
    environment.group("sg-training").rules.push(metrics);
    assert_isolated(&environment);
}

/// ACLs guard the border of a subnet: hosts of the same one do not pass it.
#[test]
fn hosts_of_one_subnet_do_not_pass_its_acl() {
    let mut environment = Environment::healthy();
    environment.expectation.ssh_from = vec![block("10.0.0.0/20")];
    environment.expectation.training.subnets.pop();
    environment.deny("acl-training", Direction::Ingress, 22, "10.0.0.0/18");
    let from = tcp(Direction::Ingress, 22, from_block("10.0.0.0/20"));
    environment.group("sg-training").rules.push(from);
    for name in [CheckName::SshAsAsked, CheckName::TrainingReachesTraining] {
        let check = environment.check(name);
        assert!(check.holds, "{name}: {}", check.because);
    }
}

/// Attributes of the VPC cost a call each and are not read in every sweep: the check must then not speak against it.
#[test]
fn attributes_that_were_not_read_are_no_verdict() {
    let mut environment = Environment::healthy();
    environment.vpc().dns_support = None;
    let check = environment.check(CheckName::DnsWorks);
    assert!(!check.required && !check.holds, "{check:?}");
    assert_eq!(environment.prove().verdict(), Verdict::Isolated);
}

/// The prefix list of a service without known entries must neither open the environment nor count as unreachable while
/// the ACL admits any address.
#[test]
fn a_service_whose_addresses_aws_does_not_give_is_no_exposure() {
    let mut environment = Environment::healthy();
    environment.observed.prefix_lists.iter_mut().for_each(|list| list.entries.clear());
    assert_isolated(&environment);
}
