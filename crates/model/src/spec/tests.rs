//! Tests of the spec as a whole.

mod page;

use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use super::strategy::{any_json, valid_spec};
use super::{AvailabilityZones, Spec};
use crate::fault::{Faults, Node};

fn decode_all(value: &Value) -> Result<Spec, Faults> {
    let mut faults = Faults::new();
    let spec = Spec::read(&Node::root(value), &mut faults);
    faults.or(spec.unwrap())
}

fn pointers(faults: &Faults) -> Vec<&str> {
    faults.iter().map(|fault| fault.pointer.as_str()).collect()
}

#[test]
fn an_empty_spec_has_every_default() {
    let spec = Spec::decode(&json!({})).unwrap();
    assert_eq!(spec, Spec::default());
    assert_eq!(
        serde_json::to_value(&spec).unwrap(),
        json!({
            "network": {"prefix_length": 16, "availability_zones": 2},
            "access": {
                "ssh_from": [], "attachments": [], "services_ports": [443], "instance_connect": false,
            },
            "egress": {"endpoints": ["s3"], "guardduty": "allow"},
            "training": {
                "services": ["ec2"], "read": [], "write": [], "kms_keys": [], "cluster": false,
            },
            "flow_logs": {"retention_days": 365, "retain": false},
            "deletion_protection": false,
            "tags": {},
        })
    );
}

#[test]
fn a_full_spec_is_written_in_one_way() {
    let spec = decode_all(&json!({
        "network": {"cidr": "10.7.0.0/20", "availability_zones": ["us-east-1c", "us-east-1a"]},
        "access": {
            "ssh_from": ["pl-0123456789abcdef0", "10.9.0.0/16", "10.1.0.0/16"],
            "attachments": ["tgw-0123456789abcdef0", "pcx-0123456789abcdef0"],
            "services_ports": [8443, 443.0],
        },
        "egress": {"endpoints": ["sts", "s3", "ecr.api"], "allow_domains": ["PyPI.org", "*.aws.dev."], "guardduty": "refuse"},
        "training": {
            "services": ["sagemaker", "ec2"],
            "read": ["arn:aws:s3:::b2-data/*", "arn:aws:s3:::a1-data/raw/*"],
        },
        "ttl": "1d12h",
        "tags": {"team": "ml"},
    }));
    let written = serde_json::to_value(spec.unwrap()).unwrap();
    assert_eq!(
        written,
        json!({
            "network": {
                "cidr": "10.7.0.0/20", "prefix_length": 20,
                "availability_zones": ["us-east-1c", "us-east-1a"],
            },
            "access": {
                "ssh_from": ["10.1.0.0/16", "10.9.0.0/16", "pl-0123456789abcdef0"],
                "attachments": ["pcx-0123456789abcdef0", "tgw-0123456789abcdef0"],
                "services_ports": [443, 8443],
                "instance_connect": false,
            },
            "egress": {
                "endpoints": ["ecr.api", "s3", "sts"], "allow_domains": ["*.aws.dev", "pypi.org"],
                "guardduty": "refuse",
            },
            "training": {
                "services": ["ec2", "sagemaker"],
                "read": ["arn:aws:s3:::a1-data/raw/", "arn:aws:s3:::b2-data"], "write": [],
                "kms_keys": [], "cluster": false,
            },
            "flow_logs": {"retention_days": 365, "retain": false},
            "ttl": "1d12h",
            "deletion_protection": false,
            "tags": {"team": "ml"},
        })
    );
}

#[rstest]
#[case::not_an_object(json!("none"), "")]
#[case::null(json!(null), "")]
#[case::unknown(json!({"region": "us-east-1"}), "/region")]
#[case::unknown_within(json!({"network": {"vpc_cidr": "10.0.0.0/16"}}), "/network/vpc_cidr")]
#[case::odd_name(json!({"a/b~": 1}), "/a~1b~0")]
#[case::room_of_another_type(json!({"network": []}), "/network")]
#[case::null_room(json!({"access": null}), "/access")]
#[case::null_field(json!({"network": {"cidr": null}}), "/network/cidr")]
#[case::cidr(json!({"network": {"cidr": "10.0.0.1/16"}}), "/network/cidr")]
#[case::cidr_number(json!({"network": {"cidr": 16}}), "/network/cidr")]
#[case::length(json!({"network": {"prefix_length": 25}}), "/network/prefix_length")]
#[case::length_text(json!({"network": {"prefix_length": "16"}}), "/network/prefix_length")]
#[case::contradiction(
    json!({"network": {"cidr": "10.0.0.0/16", "prefix_length": 20}}), "/network/prefix_length"
)]
#[case::cidr_and_pool(
    json!({"network": {"cidr": "10.0.0.0/16", "ipam_pool_id": "ipam-pool-0123456789abcdef0"}}),
    "/network/ipam_pool_id"
)]
#[case::pool(json!({"network": {"ipam_pool_id": "pool"}}), "/network/ipam_pool_id")]
#[case::no_zones(json!({"network": {"availability_zones": 0}}), "/network/availability_zones")]
#[case::many_zones(json!({"network": {"availability_zones": 4}}), "/network/availability_zones")]
#[case::half_a_zone(json!({"network": {"availability_zones": 1.5}}), "/network/availability_zones")]
#[case::zone_text(json!({"network": {"availability_zones": "us-east-1a"}}), "/network/availability_zones")]
#[case::empty_zones(json!({"network": {"availability_zones": []}}), "/network/availability_zones")]
#[case::zone_twice(
    json!({"network": {"availability_zones": ["us-east-1a", "us-east-1a"]}}),
    "/network/availability_zones/1"
)]
#[case::zone_id(json!({"network": {"availability_zones": ["use1-az1"]}}), "/network/availability_zones/0")]
#[case::everyone(json!({"access": {"ssh_from": ["10.0.0.0/8", "0.0.0.0/0"]}}), "/access/ssh_from/1")]
#[case::everyone_in_ipv6(json!({"access": {"ssh_from": ["::/0"]}}), "/access/ssh_from/0")]
#[case::two_halves(json!({"access": {"ssh_from": ["0.0.0.0/1", "128.0.0.0/1"]}}), "/access/ssh_from")]
#[case::four_quarters(
    json!({"access": {"ssh_from": ["64.0.0.0/2", "192.0.0.0/2", "0.0.0.0/2", "128.0.0.0/2"]}}),
    "/access/ssh_from"
)]
#[case::many_sources(
    json!({"access": {"ssh_from": (0..19).map(|n| format!("10.{n}.0.0/16")).collect::<Vec<_>>()}}),
    "/access/ssh_from"
)]
#[case::source_text(json!({"access": {"ssh_from": "10.0.0.0/8"}}), "/access/ssh_from")]
#[case::source_twice(json!({"access": {"ssh_from": ["10.0.0.0/8", "10.0.0.0/8"]}}), "/access/ssh_from/1")]
#[case::attachment(json!({"access": {"attachments": ["igw-0123456789abcdef0"]}}), "/access/attachments/0")]
#[case::no_ports(json!({"access": {"services_ports": []}}), "/access/services_ports")]
#[case::many_ports(
    json!({"access": {"services_ports": (1..=11).collect::<Vec<_>>()}}), "/access/services_ports"
)]
#[case::port_0(json!({"access": {"services_ports": [0]}}), "/access/services_ports/0")]
#[case::port_65536(json!({"access": {"services_ports": [65536]}}), "/access/services_ports/0")]
#[case::port_twice(json!({"access": {"services_ports": [443, 443]}}), "/access/services_ports/1")]
#[case::connect(json!({"access": {"instance_connect": "yes"}}), "/access/instance_connect")]
#[case::endpoint(json!({"egress": {"endpoints": ["S3"]}}), "/egress/endpoints/0")]
#[case::endpoint_twice(json!({"egress": {"endpoints": ["s3", "s3"]}}), "/egress/endpoints/1")]
#[case::guardduty_true(json!({"egress": {"guardduty": true}}), "/egress/guardduty")]
#[case::guardduty_word(json!({"egress": {"guardduty": "ignore"}}), "/egress/guardduty")]
#[case::every_domain(json!({"egress": {"allow_domains": ["*"]}}), "/egress/allow_domains/0")]
#[case::nobody(json!({"training": {"services": []}}), "/training/services")]
#[case::somebody(json!({"training": {"services": ["lambda"]}}), "/training/services/0")]
#[case::no_s3(json!({"training": {"read": ["arn:aws:sqs:us-east-1:1:q"]}}), "/training/read/0")]
#[case::every_bucket(json!({"training": {"write": ["arn:aws:s3:::*"]}}), "/training/write/0")]
#[case::key_alias(
    json!({"training": {"kms_keys": ["arn:aws:kms:us-east-1:111122223333:alias/a"]}}),
    "/training/kms_keys/0"
)]
#[case::days(json!({"flow_logs": {"retention_days": 2}}), "/flow_logs/retention_days")]
#[case::log_key(json!({"flow_logs": {"kms_key": "alias/a"}}), "/flow_logs/kms_key")]
#[case::retain(json!({"flow_logs": {"retain": 1}}), "/flow_logs/retain")]
#[case::ttl(json!({"ttl": "forever"}), "/ttl")]
#[case::ttl_number(json!({"ttl": 8}), "/ttl")]
#[case::moment(json!({"expires_at": "tomorrow"}), "/expires_at")]
#[case::two_ends(json!({"ttl": "8h", "expires_at": "2031-05-01T08:30:00Z"}), "/expires_at")]
#[case::protection(json!({"deletion_protection": "true"}), "/deletion_protection")]
#[case::tag(json!({"tags": {"aws:team": "ml"}}), "/tags/aws:team")]
fn faults_point_at_what_is_wrong(#[case] value: Value, #[case] pointer: &str) {
    let faults = decode_all(&value).unwrap_err();
    assert_eq!(pointers(&faults), [pointer], "{faults}");
    let message = &faults.iter().next().unwrap().message;
    assert!(message.contains("expected") || message.contains("did you mean"), "{message}");
}

#[test]
fn all_faults_come_in_one_answer() {
    let faults = Spec::decode(&json!({
        "network": {"cidr": "11.0.0.0/8", "prefix_length": 99, "availability_zones": true},
        "access": {"ssh_from": ["0.0.0.0/0", 5], "instance_connect": "yes", "services_port": [443]},
        "training": 5,
        "ttl": "",
        "tags": {"Name": "mine", "team": null},
    }));
    let mut faults: Vec<String> = faults.unwrap_err().into_iter().map(|fault| fault.pointer).collect();
    faults.sort();
    assert_eq!(
        faults,
        [
            "/access/instance_connect",
            "/access/services_port",
            "/access/ssh_from/0",
            "/access/ssh_from/1",
            "/network/availability_zones",
            "/network/cidr",
            "/network/prefix_length",
            "/tags/Name",
            "/tags/team",
            "/training",
            "/ttl",
        ]
    );
}

#[test]
fn messages_say_what_was_expected_and_what_stood_there() {
    let faults = decode_all(&json!({
        "network": {"cidr": "10.0.7.0/16"},
        "acess": {},
        "tags": {"team": 5},
    }));
    assert_eq!(
        faults.unwrap_err().to_string(),
        "/acess: unknown field \"acess\"; did you mean `access`?; \
         /network/cidr: expected a block on its network boundary, which is 10.0.0.0/16; \
         found \"10.0.7.0/16\"; \
         /tags/team: expected a text of at most 256 letters, numbers, spaces and \
         `_ . : / = + - @`; found 5"
    );
}

/// Unknown fields of an object first, by name; then its fields in the order in which a spec is written.
#[test]
fn faults_come_in_the_order_of_the_fields() {
    let faults = decode_all(&json!({
        "tags": {"Name": "mine"},
        "deletion_protection": 1,
        "expires_at": "tomorrow",
        "ttl": "soon",
        "flow_logs": {"retain": 1, "kms_key": 5, "retention_days": 2, "days": 2},
        "training": {
            "cluster": 0, "kms_keys": "", "write": ["b"], "read": ["a"], "services": [], "buckets": [], "bucket": [],
        },
        "egress": {"guardduty": "ignore", "allow_domains": ["*"], "endpoints": ["S3"], "endpoint": "s3"},
        "access": {
            "instance_connect": "yes", "services_ports": [0, 443, 443], "attachments": ["igw-1"], "ssh_from": ["::/0"],
        },
        "network": {
            "availability_zones": 9, "ipam_pool_id": "pool", "prefix_length": 20, "cidr": "10.0.0.0/16",
            "cidrs": 1, "block": 1,
        },
        "zone": 1,
    }));
    let faults = faults.unwrap_err();
    let written: String = faults.iter().map(|fault| format!("{fault}\n")).collect();
    assert_eq!(written, include_str!("tests/faults.txt"));
}

#[rstest]
#[case::a_block_that_is_none(
    json!({"network": {"cidr": 5, "prefix_length": 20, "ipam_pool_id": "ipam-pool-0123456789abcdef0"}}),
    &["/network/cidr", "/network/ipam_pool_id"], 20
)]
#[case::a_pool_that_is_none(
    json!({"network": {"cidr": "10.0.0.0/18", "ipam_pool_id": 5}}),
    &["/network/ipam_pool_id", "/network/ipam_pool_id"], 18
)]
#[case::two_lengths(
    json!({"network": {"cidr": "10.0.0.0/18", "prefix_length": 20, "availability_zones": 0}}),
    &["/network/prefix_length", "/network/availability_zones"], 18
)]
#[case::a_length_that_is_none(
    json!({"network": {"cidr": "10.0.0.0/18", "prefix_length": 2}}), &["/network/prefix_length"], 18
)]
#[case::a_length_alone(json!({"network": {"prefix_length": 20}}), &[], 20)]
#[case::a_block_alone(json!({"network": {"cidr": "10.0.0.0/18"}}), &[], 18)]
#[case::the_same_length(json!({"network": {"cidr": "10.0.0.0/18", "prefix_length": 18}}), &[], 18)]
#[case::two_ends_and_none_of_them(json!({"ttl": 5, "expires_at": 5}), &["/ttl", "/expires_at", "/expires_at"], 16)]
fn what_contradicts_itself(#[case] value: Value, #[case] at: &[&str], #[case] length: u8) {
    let mut faults = Faults::new();
    let spec = Spec::read(&Node::root(&value), &mut faults);
    assert_eq!(pointers(&faults), at, "{faults}");
    if faults.is_empty() {
        assert_eq!(spec.unwrap().network.prefix_length.get(), length);
    }
}

#[test]
fn it_ends_when_it_says() {
    let requested_at = "2031-05-01T08:30:00Z".parse().unwrap();
    let ends = |value: Value| Spec::decode(&value).unwrap().expires_at(requested_at).map(|moment| moment.to_string());
    assert_eq!(ends(json!({})), None);
    assert_eq!(ends(json!({"ttl": "8h"})).as_deref(), Some("2031-05-01T16:30:00Z"));
    let moment = json!({"expires_at": "2030-01-01T01:00:00+01:00"});
    assert_eq!(ends(moment).as_deref(), Some("2030-01-01T00:00:00Z"));
}

#[test]
fn a_spec_deserializes_as_it_decodes() {
    let spec: Spec = serde_json::from_value(json!({"ttl": "8h"})).unwrap();
    assert!(spec.ttl.is_some());
    assert_eq!(spec.network.availability_zones, AvailabilityZones::Count(2));
    let error = serde_json::from_value::<Spec>(json!({"ttl": 8})).unwrap_err();
    assert!(error.to_string().contains("/ttl"), "{error}");
}

proptest! {
    #[test]
    fn no_json_makes_it_panic(value in any_json()) {
        let _ = Spec::decode(&value);
    }

    #[test]
    fn what_is_written_decodes_to_the_same(value in valid_spec()) {
        let spec = decode_all(&value).map_err(|faults| TestCaseError::fail(faults.to_string()))?;
        let written = serde_json::to_value(&spec).unwrap();
        prop_assert_eq!(&decode_all(&written).unwrap(), &spec);
        prop_assert_eq!(serde_json::to_value(decode_all(&written).unwrap()).unwrap(), written);
    }
}
