//! What works worse than it should, and opens nothing and stops nobody.

use rstest::rstest;

use super::super::CheckName::{self, EndpointsReachable, FlowLogsOn};
use super::super::Verdict;
use super::fixture::Environment;
use super::mistakes::assert_caught;

/// What works worse than it should is told with the reason that AWS gives, and takes nobody's network away.
#[rstest]
#[case::rate_limited(
    |it: &mut Environment| it.observed.flow_logs[0].undelivered = Some("Rate limited".to_owned()),
    FlowLogsOn,
    &["fl-1", "Rate limited"]
)]
#[case::access_error(
    |it: &mut Environment| it.observed.flow_logs[0].undelivered = Some("Access error".to_owned()),
    FlowLogsOn,
    &["fl-1", "Access error"]
)]
#[case::partial_endpoint(
    |it: &mut Environment| make_partial(it, &["eni-logs-a"]),
    EndpointsReachable,
    &["vpce-logs", "partial", "InsufficientFreeAddressesInSubnet"]
)]
fn what_is_merely_degraded_is_told(
    #[case] degrade: impl Fn(&mut Environment),
    #[case] name: CheckName,
    #[case] told: &[&str],
) {
    let mut environment = Environment::healthy();
    degrade(&mut environment);
    let check = environment.check(name);
    assert!(!check.holds && !check.required, "{}", check.because);
    assert!(told.iter().all(|told| check.because.contains(told)), "{}", check.because);
    assert_eq!(environment.prove().verdict(), Verdict::Isolated);
}

/// A degradation beside a fault excuses nothing.
#[test]
fn what_is_degraded_and_broken_is_broken() {
    let mut environment = Environment::healthy();
    environment.observed.flow_logs[0].undelivered = Some("Rate limited".to_owned());
    environment.observed.log_groups.clear();
    assert_caught(&environment, FlowLogsOn, "is not there");
}

/// Through an endpoint that has no interface at all nobody reaches anything.
#[test]
fn a_partial_endpoint_without_an_interface_is_none() {
    let mut environment = Environment::healthy();
    make_partial(&mut environment, &[]);
    assert_caught(&environment, EndpointsReachable, "vpce-logs has no interface in any subnet");
}

fn make_partial(environment: &mut Environment, interfaces: &[&str]) {
    let endpoint = environment.endpoint("vpce-logs");
    endpoint.state = "partial".to_owned();
    endpoint.last_error = Some("InsufficientFreeAddressesInSubnet: no address is free in subnet-services-b".to_owned());
    endpoint.interfaces.retain(|interface| interfaces.contains(&interface.as_str()));
}
