use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::{registry::Lease, resources::whole};
use ringfence_model::{
    spec::Spec,
    stack::{Purpose, some_stack},
};
use ringfence_observed::{Direction, Route, Tags, Vpc};

/// The moment of the request in force.
const REQUESTED: &str = "2031-05-01T08:00:00Z";
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

fn after(seconds: i64) -> Timestamp {
    REQUESTED.parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

fn stack(spec: &Value) -> Arc<Stack> {
    Arc::new(Stack { spec: Spec::decode(spec).unwrap(), ..some_stack("10.42.0.0/16") })
}

/// The record of an environment that was made as asked and looked at whole just now.
fn ready(spec: &Value) -> Record {
    let order = format!("2031-05-01T08:00:00.000000000Z#0#{}", "ab".repeat(32)).parse().unwrap();
    let mut record = Record::first("fraud-v3".parse().unwrap(), order);
    record.wants(order, Some(Box::new(Spec::decode(spec).unwrap())), None);
    record.settled_generation = record.generation;
    record.status = Status::Ready;
    record.looked_at = Some(after(0));
    record
}

/// The record of one that was removed as asked, or of which not everything could be.
fn removed(status: Status) -> Record {
    let mut record = ready(&json!({}));
    record.wants(record.order, None, None);
    record.settled_generation = record.generation;
    record.status = status;
    record
}

fn held_by(owner: &str, until: i64, record: Record) -> Record {
    Record { lease: Some(Lease { owner: owner.to_owned(), until: after(until) }), ..record }
}

fn unfinished(record: Record) -> Record {
    Record { generation: record.generation + 1, ..record }
}

/// What AWS reports: everything, nothing, the VPC alone, a role alone.
fn all() -> Observed {
    whole(&stack(&json!({})))
}

fn nothing() -> Observed {
    Observed::default()
}

fn vpc_alone() -> Observed {
    Observed { vpc: all().vpc, ..nothing() }
}

fn role_alone() -> Observed {
    Observed { roles: all().roles, ..nothing() }
}

const NOTHING: Option<Need> = Some(Need::Nothing);
const UNFINISHED: Option<Need> = Some(Need::Work("unfinished"));
const LEFT_BEHIND: Option<Need> = Some(Need::Work("left behind"));
const EXPIRED: Option<Need> = Some(Need::Work("expired"));
/// What AWS reports decides.
const UNDECIDED: Option<Need> = None;

#[rstest]
#[case::settled(ready(&json!({})), all(), HOUR, UNDECIDED)]
#[case::settled_and_nothing_of_it_stands(ready(&json!({})), nothing(), HOUR, UNDECIDED)]
#[case::unfinished(unfinished(ready(&json!({}))), all(), HOUR, UNFINISHED)]
#[case::an_unfinished_delete(unfinished(removed(Status::Deleting)), vpc_alone(), HOUR, UNFINISHED)]
#[case::held_by_somebody(held_by("they", 2 * HOUR, unfinished(ready(&json!({})))), all(), HOUR, NOTHING)]
#[case::held_while_clocks_may_differ(held_by("they", HOUR, unfinished(ready(&json!({})))), all(), HOUR + 1, NOTHING)]
#[case::held_by_one_that_was_killed(held_by("they", HOUR, unfinished(ready(&json!({})))), all(), HOUR + 2, UNFINISHED)]
#[case::held_by_this_sweep(held_by("we", 2 * HOUR, unfinished(ready(&json!({})))), all(), HOUR, UNFINISHED)]
#[case::held_and_expired(held_by("they", 9 * HOUR, ready(&json!({"ttl": "8h"}))), all(), 8 * HOUR, NOTHING)]
#[case::before_it_expires(ready(&json!({"ttl": "8h"})), all(), 8 * HOUR - 1, UNDECIDED)]
#[case::expired(ready(&json!({"ttl": "8h"})), all(), 8 * HOUR, EXPIRED)]
#[case::expired_before_it_was_made(unfinished(ready(&json!({"ttl": "8h"}))), nothing(), 8 * HOUR, UNFINISHED)]
#[case::protected(ready(&json!({"ttl": "8h", "deletion_protection": true})), all(), 8 * HOUR, UNDECIDED)]
#[case::expired_and_gone(
    Record { status: Status::Deleted, ..ready(&json!({"ttl": "8h"})) }, nothing(), 9 * HOUR, NOTHING
)]
#[case::gone(removed(Status::Deleted), nothing(), HOUR, NOTHING)]
#[case::gone_and_a_vpc_showed_up(removed(Status::Deleted), vpc_alone(), HOUR, LEFT_BEHIND)]
#[case::gone_and_a_role_stayed(removed(Status::Deleted), role_alone(), HOUR, LEFT_BEHIND)]
#[case::gone_and_a_log_group_was_kept(
    removed(Status::Deleted), Observed { log_groups: all().log_groups, ..nothing() }, HOUR, NOTHING
)]
#[case::could_not_be_removed(removed(Status::Failed), vpc_alone(), HOUR, LEFT_BEHIND)]
fn what_the_record_alone_says(
    #[case] record: Record,
    #[case] observed: Observed,
    #[case] now: i64,
    #[case] need: Option<Need>,
) {
    assert_eq!(by_record(&record, &observed, "we", after(now)), need);
}

const DRIFT: Need = Need::Work("drift");
const PROOF: Need = Need::Work("proof");
const EXPORTS: Need = Need::Work("exports");

fn spare() -> Vpc {
    let stack = stack(&json!({}));
    Vpc {
        id: "vpc-2".to_owned(),
        cidr: stack.cidr,
        secondary_cidrs: Vec::new(),
        ipv6_cidrs: Vec::new(),
        dns_support: None,
        dns_hostnames: None,
        tags: stack.tags("vpc"),
    }
}

/// Of one that is settled and was looked at whole an hour ago.
#[rstest]
#[case::as_it_should_be(|_: &mut Observed| {}, Need::Nothing)]
#[case::what_no_bulk_read_tells_is_taken_as_it_should_be(
    |seen: &mut Observed| {
        seen.vpc.iter_mut().for_each(|vpc| (vpc.dns_support, vpc.dns_hostnames) = (None, None));
        seen.log_groups.iter_mut().for_each(|group| group.tags = None);
        seen.instance_profiles.iter_mut().for_each(|profile| profile.tags = None);
        seen.parameters.retain(|parameter| parameter.name.ends_with("/exports"));
        seen.parameters.iter_mut().for_each(|parameter| parameter.tags = None);
    },
    Need::Nothing
)]
#[case::a_tag_that_somebody_added(
    |seen: &mut Observed| {
        seen.subnets[0].tags.insert("mine".to_owned(), "yes".to_owned());
    },
    Need::Nothing
)]
#[case::no_vpc(|seen: &mut Observed| seen.vpc = None, DRIFT)]
#[case::nothing_at_all(|seen: &mut Observed| *seen = Observed::default(), DRIFT)]
#[case::a_spare_vpc(|seen: &mut Observed| seen.spare_vpcs.push(spare()), DRIFT)]
#[case::a_subnet_is_missing(|seen: &mut Observed| drop(seen.subnets.remove(0)), DRIFT)]
#[case::a_subnet_is_somebody_elses(|seen: &mut Observed| seen.subnets[0].tags = Tags::new(), DRIFT)]
#[case::a_name_was_taken_away(|seen: &mut Observed| drop(seen.route_tables[1].tags.remove("Name")), DRIFT)]
#[case::a_second_route_table_of_ours(
    |seen: &mut Observed| {
        let mut table = seen.route_tables[1].clone();
        (table.id, table.associations) = ("rtb-spare".to_owned(), Vec::new());
        seen.route_tables.push(table);
    },
    DRIFT
)]
#[case::an_entry_is_missing(
    |seen: &mut Observed| {
        seen.network_acls[1].entries.remove(0);
    },
    DRIFT
)]
#[case::an_entry_of_the_default_acl(
    |seen: &mut Observed| {
        let entry = seen.network_acls[1].entries[0].clone();
        seen.network_acls[0].entries.push(entry);
    },
    DRIFT
)]
#[case::a_rule_is_missing(|seen: &mut Observed| drop(seen.security_groups[1].rules.pop()), DRIFT)]
#[case::a_rule_to_the_internet(
    |seen: &mut Observed| {
        let mut rule = seen.security_groups[1].rules[0].clone();
        rule.source = ringfence_observed::Source::Cidr("0.0.0.0/0".parse().unwrap());
        assert_eq!(rule.direction, Direction::Ingress);
        seen.security_groups[1].rules.push(rule);
    },
    DRIFT
)]
#[case::an_endpoint_is_going(|seen: &mut Observed| seen.endpoints[0].state = "failed".to_owned(), DRIFT)]
#[case::a_policy_was_altered(
    |seen: &mut Observed| {
        seen.roles[0].inline_policies.values_mut().for_each(|policy| *policy = "{}".to_owned());
    },
    DRIFT
)]
#[case::the_flow_log_is_missing(|seen: &mut Observed| seen.flow_logs.clear(), DRIFT)]
#[case::the_retention_was_altered(|seen: &mut Observed| seen.log_groups[0].retention_days = None, DRIFT)]
#[case::a_route_of_somebody_else(
    |seen: &mut Observed| {
        seen.route_tables[1].routes.push(Route {
            destination: "0.0.0.0/0".to_owned(),
            target: "igw-1".to_owned(),
            active: true,
            propagated: false,
        });
    },
    DRIFT
)]
#[case::a_way_out_that_no_plan_takes_away(
    |seen: &mut Observed| {
        seen.gateways.push(ringfence_observed::Gateway {
            id: "igw-1".to_owned(),
            kind: ringfence_observed::GatewayKind::Internet,
            route_target: "igw-1".to_owned(),
            state: "available".to_owned(),
            requester: None,
        });
    },
    PROOF
)]
#[case::an_endpoint_that_is_not_there_yet(|seen: &mut Observed| seen.endpoints[0].state = "pending".to_owned(), PROOF)]
#[case::a_flow_log_that_does_not_run(|seen: &mut Observed| seen.flow_logs[0].active = false, PROOF)]
#[case::nothing_is_published(|seen: &mut Observed| seen.parameters.clear(), EXPORTS)]
#[case::the_whole_set_is_missing(
    |seen: &mut Observed| seen.parameters.retain(|parameter| !parameter.name.ends_with("/exports")), EXPORTS
)]
#[case::the_whole_set_says_something_else(
    |seen: &mut Observed| {
        seen.parameters.iter_mut().rev().take(1).for_each(|whole| whole.value = "{}".to_owned());
    },
    EXPORTS
)]
#[case::an_option_that_could_not_be_read(
    |seen: &mut Observed| {
        seen.unread.insert("cluster".to_owned(), "denied".to_owned());
    },
    Need::Work("unread")
)]
fn what_a_look_says_of_one_that_is_settled(#[case] alter: fn(&mut Observed), #[case] need: Need) {
    let mut observed = all();
    alter(&mut observed);
    assert_eq!(by_observation(&ready(&json!({})), &observed, &stack(&json!({})), after(HOUR)), need);
}

#[rstest]
#[case::looked_at_just_now(Status::Ready, Some(0), Need::Nothing)]
#[case::looked_at_not_quite_a_day_ago(Status::Ready, Some(1), Need::Nothing)]
#[case::looked_at_a_day_ago(Status::Ready, Some(24 * HOUR), Need::Look)]
#[case::looked_at_long_ago(Status::Ready, Some(48 * HOUR), Need::Look)]
#[case::never_looked_at(Status::Ready, None, Need::Look)]
#[case::called_exposed_and_mended_since(Status::Exposed, Some(0), PROOF)]
#[case::called_failed_and_mended_since(Status::Failed, None, PROOF)]
fn whole_it_is_looked_at_once_a_day(#[case] status: Status, #[case] ago: Option<i64>, #[case] need: Need) {
    let looked_at = ago.map(|ago| after(72 * HOUR - ago));
    let record = Record { status, looked_at, ..ready(&json!({})) };
    assert_eq!(by_observation(&record, &all(), &stack(&json!({})), after(72 * HOUR)), need);
}

#[rstest]
#[case::endpoints_of_both_kinds(json!({"egress": {"endpoints": ["ecr.api", "logs", "s3"]}}))]
#[case::ports(json!({"access": {"services_ports": [80, 6379]}}))]
#[case::tags(json!({"tags": {"team": "fraud"}}))]
fn other_specs_are_whole_as_well(#[case] spec: Value) {
    let stack = stack(&spec);
    assert_eq!(by_observation(&ready(&spec), &whole(&stack), &stack, after(HOUR)), Need::Nothing);
    let other = self::stack(&json!({"egress": {"endpoints": []}, "tags": {"team": "others"}}));
    assert_eq!(by_observation(&ready(&spec), &whole(&stack), &other, after(HOUR)), DRIFT, "another one is not");
}

#[test]
fn in_an_installation_with_one_role_for_all_flow_logs_the_one_of_before_is_to_go() {
    let own = some_stack("10.42.0.0/16");
    let role = "arn:aws:iam::123456789012:role/flow-logs".to_owned();
    let prescribed = ringfence_model::stack::Prescribed { flow_log_role: Some(role), ..own.prescribed.clone() };
    let shared = Arc::new(Stack { prescribed, ..own.clone() });
    let need = |observed: &Observed| by_observation(&ready(&json!({})), observed, &shared, after(HOUR));
    let mut observed = whole(&shared);
    assert_eq!(need(&observed), Need::Nothing);
    let name = own.identity_name(Purpose::FlowLogs);
    observed.roles.extend(whole(&own).roles.into_iter().filter(|role| role.name == name));
    assert_eq!(need(&observed), DRIFT);
}

#[rstest]
#[case::without_an_end(json!({}), None, 100 * HOUR, false)]
#[case::long_before(json!({"ttl": "8h"}), None, 7 * HOUR - 1, false)]
#[case::an_hour_before(json!({"ttl": "8h"}), None, 7 * HOUR, true)]
#[case::just_before(json!({"ttl": "8h"}), None, 8 * HOUR - 1, true)]
#[case::at_its_end(json!({"ttl": "8h"}), None, 8 * HOUR, false)]
#[case::announced(json!({"ttl": "8h"}), Some(8 * HOUR), 8 * HOUR - 1, false)]
#[case::another_was_announced(json!({"ttl": "8h"}), Some(6 * HOUR), 7 * HOUR, true)]
#[case::shorter_than_an_hour(json!({"ttl": "30m"}), None, 0, true)]
#[case::protected(json!({"ttl": "8h", "deletion_protection": true}), None, 7 * HOUR, false)]
fn an_expiry_is_announced_once(
    #[case] spec: Value,
    #[case] announced: Option<i64>,
    #[case] now: i64,
    #[case] is_news: bool,
) {
    let record = Record { announced_expiry: announced.map(after), ..ready(&spec) };
    assert_eq!(expiry_to_announce(&record, after(now)), record.expires_at().filter(|_| is_news));
}

/// An expiry may be given to the nanosecond, and DynamoDB holds milliseconds.
#[test]
fn an_expiry_between_two_milliseconds_is_announced_once_as_well() {
    let spec = json!({"expires_at": "2031-05-01T16:00:00.000700Z"});
    let announced_expiry = Some(after(8 * HOUR));
    let record = Record { announced_expiry, ..ready(&spec) };
    assert!(record.expires_at() > announced_expiry);
    assert_eq!(expiry_to_announce(&record, after(7 * HOUR + MINUTE)), None);
}

#[test]
fn of_a_delete_no_expiry_is_announced() {
    let mut record = ready(&json!({"ttl": "8h"}));
    record.wants(record.order, None, None);
    assert_eq!(expiry_to_announce(&record, after(7 * HOUR)), None);
}
