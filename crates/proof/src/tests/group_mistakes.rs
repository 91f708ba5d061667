//! Groups that are open to the world: ours and those of others, in and out, in one piece and in several.

use rstest::rstest;

use super::super::CheckName::{NoForeignOpenEgress, NoOpenGroup, NothingReachesOut};
use super::builders::{allow, block, from_block, from_list, rule, tcp};
use super::fixture::Environment;
use super::mistakes::{assert_caught, assert_told};
use super::network_mistakes::nat;
use ringfence_observed::Direction::{Egress, Ingress};
use ringfence_observed::{IcmpTypeCode, PortRange, PrefixList, Protocol, SecurityGroupRule, Source};

fn prefix_list(id: &str, entries: &[&str]) -> PrefixList {
    let entries = entries.iter().map(|entry| block(entry)).collect();
    PrefixList { id: id.to_owned(), name: id.to_owned(), entries }
}

fn all_from(block: &str) -> SecurityGroupRule {
    rule(Ingress, Protocol::All, PortRange::ALL, from_block(block))
}

/// ICMP type 8, in.
fn echo(source: Source) -> SecurityGroupRule {
    let messages = IcmpTypeCode { icmp_type: 8, code: -1 };
    SecurityGroupRule { icmp: messages, ..rule(Ingress, Protocol::Icmp, PortRange::ALL, source) }
}

#[rstest]
#[case::ingress(|it: &mut Environment| it.group("sg-training").rules.push(all_from("0.0.0.0/0")), "sg-training")]
#[case::egress(
    |it: &mut Environment| {
        let open = rule(Egress, Protocol::All, PortRange::ALL, from_block("0.0.0.0/0"));
        it.group("sg-services").rules.push(open);
    },
    "sg-services lets any other protocol out to 0.0.0.0/0"
)]
#[case::egress_of_a_further_group_of_ours(
    |it: &mut Environment| {
        it.expectation.own_groups.push("sg-endpoints".to_owned());
        it.group("sg-endpoints").rules.push(tcp(Egress, 443, from_block("::/0")));
    },
    "sg-endpoints lets TCP 443 out to ::/0"
)]
#[case::egress_of_the_default_group(
    |it: &mut Environment| it.group("sg-default").rules.push(tcp(Egress, 443, from_block("0.0.0.0/0"))),
    "sg-default lets TCP 443 out to 0.0.0.0/0"
)]
#[case::echo_requests(
    |it: &mut Environment| it.foreign_group("sg-foreign", vec![echo(from_block("0.0.0.0/0"))]),
    "sg-foreign lets ICMP type 8 code 0 in from 0.0.0.0/0"
)]
#[case::a_protocol_that_nobody_knows(
    |it: &mut Environment| {
        let unknown = rule(Ingress, Protocol::Unknown, PortRange::ALL, from_block("0.0.0.0/0"));
        it.foreign_group("sg-foreign", vec![unknown]);
    },
    "sg-foreign"
)]
#[case::ipv6(
    |it: &mut Environment| it.foreign_group("sg-foreign", vec![tcp(Ingress, 443, from_block("::/0"))]),
    "sg-foreign lets TCP 443 in from ::/0"
)]
#[case::halves(
    |it: &mut Environment| it.foreign_group("sg-halves", vec![all_from("0.0.0.0/1"), all_from("128.0.0.0/1")]),
    "sg-halves"
)]
#[case::halves_that_meet_on_one_port(
    |it: &mut Environment| {
        let lower = rule(Ingress, Protocol::Tcp, PortRange { from: 1, to: 80 }, from_block("0.0.0.0/1"));
        let upper = rule(Ingress, Protocol::Tcp, PortRange { from: 80, to: 90 }, from_block("128.0.0.0/1"));
        it.foreign_group("sg-halves", vec![lower, upper]);
    },
    "sg-halves lets TCP 80 in"
)]
#[case::all_but_private(
    |it: &mut Environment| {
        let blocks = ["0.0.0.0/5", "8.0.0.0/7", "11.0.0.0/8", "12.0.0.0/6", "16.0.0.0/4", "32.0.0.0/3", "64.0.0.0/2"];
        let mut rules: Vec<_> = blocks.iter().map(|block| all_from(block)).collect();
        rules.push(all_from("128.0.0.0/1"));
        it.foreign_group("sg-pieces", rules);
    },
    "sg-pieces"
)]
#[case::prefix_list(
    |it: &mut Environment| {
        it.observed.prefix_lists.push(prefix_list("pl-world", &["0.0.0.0/1", "128.0.0.0/1"]));
        it.foreign_group("sg-listed", vec![tcp(Ingress, 443, from_list("pl-world"))]);
    },
    "sg-listed"
)]
#[case::prefix_list_not_reported(
    |it: &mut Environment| it.foreign_group("sg-listed", vec![tcp(Ingress, 443, from_list("pl-9"))]),
    "sg-listed names pl-9"
)]
#[case::two_groups_on_one_interface(
    |it: &mut Environment| {
        it.foreign_group("sg-lower", vec![all_from("0.0.0.0/1")]);
        it.foreign_group("sg-upper", vec![all_from("128.0.0.0/1")]);
        it.interface("eni-both", "subnet-training-a", "10.0.0.77", &["sg-lower", "sg-upper"]);
    },
    "sg-lower with sg-upper"
)]
fn open_groups(#[case] mistake: fn(&mut Environment), #[case] reason: &str) {
    let mut environment = Environment::healthy();
    mistake(&mut environment);
    assert_caught(&environment, NoOpenGroup, reason);
}

/// Every group that AWS makes lets everything out: those of others are told, and change nothing by themselves.
#[rstest]
#[case::as_aws_makes_it(vec![rule(Egress, Protocol::All, PortRange::ALL, from_block("0.0.0.0/0"))], "0.0.0.0/0")]
#[case::ipv6(vec![rule(Egress, Protocol::All, PortRange::ALL, from_block("::/0"))], "::/0")]
#[case::halves(
    vec![tcp(Egress, 443, from_block("0.0.0.0/1")), tcp(Egress, 443, from_block("128.0.0.0/1"))], "TCP 443 out"
)]
#[case::prefix_list_not_reported(vec![tcp(Egress, 443, from_list("pl-9"))], "names pl-9")]
fn open_egress_of_others(#[case] rules: Vec<SecurityGroupRule>, #[case] reason: &str) {
    let mut environment = Environment::healthy();
    environment.foreign_group("sg-foreign", rules);
    assert_told(&environment, NoForeignOpenEgress, "sg-foreign");
    assert_told(&environment, NoForeignOpenEgress, reason);
    // With a way out there is somewhere to go, and what of it the ACL lets pass.
    nat(&mut environment, "rtb-training");
    environment.route("rtb-training", "::/0", "eigw-1");
    environment.acl("acl-training").entries.push(allow(310, Egress, Protocol::Tcp, PortRange::one(443), "::/0"));
    assert_caught(&environment, NothingReachesOut, "sg-foreign let it out");
}

/// One interface may carry a group of ours and one of others: together they let out what neither does alone.
#[test]
fn open_egress_of_groups_together() {
    let mut environment = Environment::healthy();
    environment.foreign_group("sg-lower", vec![tcp(Egress, 443, from_block("0.0.0.0/1"))]);
    environment.group("sg-services").rules.push(tcp(Egress, 443, from_block("128.0.0.0/1")));
    environment.interface("eni-both", "subnet-services-a", "10.0.192.77", &["sg-services", "sg-lower"]);
    assert_told(&environment, NoForeignOpenEgress, "sg-services with sg-lower lets TCP 443 out");
    environment.expectation.own_groups.push("sg-lower".to_owned());
    assert_caught(&environment, NoOpenGroup, "sg-services with sg-lower lets TCP 443 out");
}

#[rstest]
#[case::large_blocks(&["0.0.0.0/1"])]
#[case::halves_on_other_ports(&["0.0.0.0/1", "10.0.0.0/8"])]
fn groups_that_are_not_open_to_the_whole_world(#[case] blocks: &[&str]) {
    let mut environment = Environment::healthy();
    let mut rules: Vec<_> = blocks.iter().map(|block| all_from(block)).collect();
    rules.push(tcp(Egress, 443, from_block("128.0.0.0/1")));
    environment.foreign_group("sg-foreign", rules);
    assert!(environment.check(NoOpenGroup).holds);
}
