use rstest::rstest;

use super::*;
use crate::resources::{
    kind::Observe,
    log_group::LogGroups,
    optional::Found,
    placement_group::PlacementGroups,
    prefix_list::PrefixLists,
    reading::{Reading, Things},
    role::Roles,
    subnet::Subnets,
    vpc::Vpcs,
    whole,
};
use ringfence_model::stack::{Stack, StackOption, some_stack};
use ringfence_observed::Tags;

fn stack(environment: &str) -> Stack {
    let stack = some_stack("10.42.0.0/16");
    let owner = Owner { environment: environment.to_owned(), ..stack.owner.clone() };
    Stack { owner, ..stack }
}

fn vpc(id: &str, tags: Tags) -> Vpc {
    let vpc = whole(&stack("fraud-v3")).vpc.unwrap();
    Vpc { id: id.to_owned(), tags, dns_support: None, dns_hostnames: None, ..vpc }
}

fn ours(id: &str, environment: &str) -> Vpc {
    vpc(id, stack(environment).owner.tags())
}

fn in_vpc(id: &str) -> Home {
    Home::Vpc(id.to_owned())
}

fn of(environment: &str) -> Home {
    Home::Environment(environment.to_owned())
}

fn read<K: Observe>(things: Vec<(Home, K::Seen)>) -> Box<dyn Reading> {
    Box::new(Things::<K>(things))
}

/// The environments of a region with these VPCs, with what was read in their places.
fn placed(vpcs: &[Vpc], recorded: &[(&str, &str)], readings: Vec<Box<dyn Reading>>) -> BTreeMap<String, Observed> {
    let recorded = recorded.iter().map(|(name, id)| ((*name).to_owned(), (*id).to_owned())).collect();
    let mut environments = Environments::of(vpcs, &stack("fraud-v3").owner.installation, &recorded);
    environments.add(readings.iter().flat_map(|reading| reading.homes()));
    readings.into_iter().for_each(|reading| reading.place(&mut environments));
    environments.observed
}

fn named(environments: &BTreeMap<String, Observed>) -> Vec<&str> {
    environments.keys().map(String::as_str).collect()
}

/// One thing of each sort of home reaches whoever it belongs to, by that alone.
#[test]
fn what_is_read_reaches_whose_it_is() {
    let whole = whole(&stack("fraud-v3"));
    let (subnet, role, list) = (&whole.subnets[0], &whole.roles[0], &whole.prefix_lists[0]);
    let vpcs = [ours("vpc-1", "one"), ours("vpc-2", "two"), vpc("vpc-3", Tags::new())];
    let subnets = ["vpc-1", "vpc-2", "vpc-3", "vpc-4"].map(|vpc| {
        let subnet = ringfence_observed::Subnet { id: format!("subnet-of-{vpc}"), ..subnet.clone() };
        (in_vpc(vpc), subnet)
    });
    let roles =
        [(of("two"), (role.clone(), Vec::new())), (of("gone"), (role.clone(), whole.instance_profiles.clone()))];
    let readings = vec![
        read::<PrefixLists>(vec![(Home::Everywhere, list.clone())]),
        read::<Subnets>(subnets.to_vec()),
        read::<Roles>(roles.to_vec()),
        read::<LogGroups>(vec![(of("left"), whole.log_groups[0].clone())]),
    ];
    let placed = placed(&vpcs, &[], readings);
    assert_eq!(named(&placed), ["gone", "left", "one", "two"], "also those that have no VPC any more");
    for (environment, observed) in &placed {
        let subnets: Vec<&str> = observed.subnets.iter().map(|subnet| subnet.id.as_str()).collect();
        let counts = (observed.roles.len(), observed.instance_profiles.len(), observed.log_groups.len());
        let expected = match environment.as_str() {
            "one" => (vec!["subnet-of-vpc-1"], (0, 0, 0)),
            "two" => (vec!["subnet-of-vpc-2"], (1, 0, 0)),
            "gone" => (vec![], (1, 1, 0)),
            _ => (vec![], (0, 0, 1)),
        };
        assert_eq!((subnets, counts), expected, "{environment}");
        assert_eq!(observed.prefix_lists, std::slice::from_ref(list), "{environment}: it is everywhere");
    }
}

#[rstest]
#[case::the_smallest_counts(&[], "vpc-1", &["vpc-2", "vpc-3"])]
#[case::the_recorded_one_counts(&[("one", "vpc-2")], "vpc-2", &["vpc-1", "vpc-3"])]
#[case::the_recorded_one_is_gone(&[("one", "vpc-9")], "vpc-1", &["vpc-2", "vpc-3"])]
#[case::another_is_recorded(&[("two", "vpc-3")], "vpc-1", &["vpc-2", "vpc-3"])]
fn of_several_vpcs_one_counts(#[case] recorded: &[(&str, &str)], #[case] counts: &str, #[case] spare: &[&str]) {
    let vpcs = ["vpc-3", "vpc-1", "vpc-2"].map(|id| ours(id, "one"));
    let readings = vec![
        read::<Vpcs>(vpcs.iter().map(|vpc| (in_vpc(&vpc.id), vpc.clone())).collect()),
        read::<Subnets>(
            ["vpc-1", "vpc-2", "vpc-3"]
                .map(|vpc| {
                    let subnet = whole(&stack("one")).subnets[0].clone();
                    (in_vpc(vpc), ringfence_observed::Subnet { id: vpc.to_owned(), ..subnet })
                })
                .to_vec(),
        ),
    ];
    let placed = placed(&vpcs, recorded, readings);
    let one = &placed["one"];
    assert_eq!(one.vpc.as_ref().map(|vpc| vpc.id.as_str()), Some(counts));
    assert_eq!(one.spare_vpcs.iter().map(|vpc| vpc.id.as_str()).collect::<Vec<_>>(), spare);
    let subnets: Vec<&str> = one.subnets.iter().map(|subnet| subnet.id.as_str()).collect();
    assert_eq!(subnets, [counts], "nothing in a spare one is looked at");
}

#[rstest]
#[case::untagged(Tags::new())]
#[case::of_another_installation(
    Owner { installation: "other".to_owned(), ..stack("one").owner }.tags()
)]
#[case::half_tagged(stack("one").owner.tags().into_iter().filter(|(key, _)| key == ENVIRONMENT).collect())]
fn a_vpc_that_is_not_ours_makes_no_environment(#[case] tags: Tags) {
    assert_eq!(named(&placed(&[vpc("vpc-1", tags)], &[], Vec::new())), Vec::<&str>::new());
}

#[test]
fn what_could_not_be_read_concerns_those_who_have_the_option() {
    let unread = Found::Unread { option: StackOption::Cluster, why: "ec2:DescribePlacementGroups".to_owned() };
    let vpcs = [ours("vpc-1", "one"), ours("vpc-2", "two")];
    let placed = placed(&vpcs, &[], vec![read::<PlacementGroups>(vec![(in_vpc("vpc-2"), unread)])]);
    assert!(placed["one"].unread.is_empty());
    assert_eq!(placed["two"].unread.keys().collect::<Vec<_>>(), [StackOption::Cluster.as_str()]);
}

/// What AWS does not tell of a VPC in bulk is taken as it should be, and the statement says so.
#[test]
fn the_dns_attributes_of_a_vpc_are_taken_for_on() {
    let crate::resources::Bulk::Assumed(assume) = Vpcs::BULK else { panic!("a bulk read tells no DNS attributes") };
    let mut vpc = ours("vpc-1", "one");
    assume(&mut vpc);
    assert_eq!((vpc.dns_support, vpc.dns_hostnames), (Some(true), Some(true)));
}
