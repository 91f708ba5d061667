//! How a proof is answered.

use rstest::rstest;
use serde_json::json;

use super::super::{Check, CheckName, Expectation, Isolation, Purpose, Verdict, prove};
use ringfence_observed::Observed;

fn check(check: CheckName, required: bool, holds: bool) -> Check {
    Check { check, required, holds, because: "because".to_owned() }
}

#[test]
fn a_check_is_answered_under_its_stable_name() {
    let isolation = Isolation::of(vec![check(CheckName::NoRouteOut, true, true)]);
    let answer = json!({
        "isolated": true,
        "checks": [{"check": "no-route-out", "required": true, "holds": true, "because": "because"}],
    });
    assert_eq!(serde_json::to_value(&isolation).ok(), Some(answer.clone()));
    assert_eq!(serde_json::from_value(answer).ok(), Some(isolation));
}

#[test]
fn a_check_of_another_version_is_read_and_taken_for_the_worse() {
    let stored = json!({
        "isolated": false,
        "checks": [{"check": "of-tomorrow", "required": true, "holds": false, "because": "…"}],
    });
    let isolation: Option<Isolation> = serde_json::from_value(stored).ok();
    let verdict = isolation.map(|isolation| isolation.verdict());
    assert_eq!(verdict, Some(Verdict::Exposed(vec![CheckName::Unrecognized])));
}

#[rstest]
#[case::all_hold(&[check(CheckName::NoGateway, true, true)], Verdict::Isolated)]
#[case::not_required(&[check(CheckName::DnsFiltered, false, false)], Verdict::Isolated)]
#[case::broken(&[check(CheckName::FlowLogsOn, true, false)], Verdict::Unusable(vec![CheckName::FlowLogsOn]))]
#[case::exposure_outweighs(
    &[check(CheckName::FlowLogsOn, true, false), check(CheckName::NoGateway, true, false)],
    Verdict::Exposed(vec![CheckName::NoGateway])
)]
#[case::required_though_it_only_tells(
    &[check(CheckName::NoForeignOpenEgress, true, false)], Verdict::Exposed(vec![CheckName::NoForeignOpenEgress])
)]
fn verdicts(#[case] checks: &[Check], #[case] verdict: Verdict) {
    let isolation = Isolation::of(checks.to_vec());
    assert_eq!(isolation.isolated, verdict == Verdict::Isolated);
    assert_eq!(isolation.verdict(), verdict);
}

#[test]
fn names_are_kebab_case_and_one_of_a_kind() {
    let names: std::collections::BTreeSet<_> = CheckName::ALL.iter().map(|name| name.as_str()).collect();
    assert_eq!(names.len(), CheckName::ALL.len());
    let kebab = |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    assert!(names.into_iter().all(kebab));
}

#[test]
fn an_environment_without_a_vpc_is_unusable_and_not_exposed() {
    let isolation = prove(&Observed::default(), &Expectation::default());
    assert_eq!(isolation.verdict(), Verdict::Unusable(vec![CheckName::VpcPresent]));
    assert_eq!(CheckName::VpcPresent.purpose(), Purpose::MustWork);
}
