use proptest::prelude::*;
use rstest::rstest;

use super::*;
use ringfence_model::stack::some_stack;
use ringfence_observed::Subnet;

/// What the `Name` tag says: the names of the two tiers' tables, another, or nothing since somebody took it away.
const TRAINING: Option<&str> = Some("fraud-v3-training-route-table");
const SERVICES: Option<&str> = Some("fraud-v3-services-route-table");
const OTHER: Option<&str> = Some("my own");
const NONE: Option<&str> = None;

/// A table with our tags: its ID, its `Name`, and the subnets that it serves.
type Table<'a> = (&'a str, Option<&'a str>, Vec<&'a str>);

/// A table written in a line: its ID, which `Name` it bears, and the subnets that it serves.
fn table(line: &str) -> Table<'_> {
    let mut words = line.split(' ');
    let id = words.next().unwrap();
    let name = match words.next().unwrap() {
        "training" => TRAINING,
        "services" => SERVICES,
        "other" => OTHER,
        "nameless" => NONE,
        word => panic!("{word} is no name"),
    };
    (id, name, words.collect())
}

/// The subnets of the default layout in two zones, and one that is none of it.
fn observed() -> Observed {
    let blocks = [
        ("training-a", "10.42.0.0/18"),
        ("training-b", "10.42.64.0/18"),
        ("services-a", "10.42.192.0/20"),
        ("services-b", "10.42.208.0/20"),
        ("strange", "10.42.240.0/24"),
    ];
    let subnets = blocks.map(|(id, cidr)| Subnet {
        id: id.to_owned(),
        zone: "us-east-1a".to_owned(),
        cidr: cidr.parse().unwrap(),
        ipv6_cidrs: Vec::new(),
        map_public_ip: false,
        assign_ipv6: false,
        tags: Tags::new(),
    });
    Observed { subnets: subnets.into(), ..Observed::default() }
}

/// The IDs of the one that is chosen for the tier, and of its spares.
fn chosen<'a>(tables: &[Table<'a>], tier: Tier) -> (Option<&'a str>, Vec<&'a str>) {
    struct Seen<'a> {
        id: &'a str,
        tags: Tags,
        subnets: Vec<String>,
    }
    let seen = tables.iter().map(|(id, name, subnets)| Seen {
        id,
        tags: name.iter().map(|name| (NAME.to_owned(), (*name).to_owned())).collect(),
        subnets: subnets.iter().map(ToString::to_string).collect(),
    });
    let seen: Vec<Seen<'_>> = seen.collect();
    let candidates = seen.iter().map(|seen| Candidate {
        seen,
        id: seen.id,
        tags: &seen.tags,
        subnets: seen.subnets.iter().collect(),
    });
    let stack = some_stack("10.42.0.0/16");
    let (chosen, spares) = choose(candidates.collect(), tier, &stack, &observed(), Tier::route_table);
    (chosen.map(|seen| seen.id), spares.into_iter().map(|seen| seen.id).collect())
}

/// Each table in a line; then the one of each tier, and its spares.
#[rstest]
#[case::none(&[], "none", "none")]
#[case::as_made(
    &["rtb-1 training training-a training-b", "rtb-2 services services-a"],
    "rtb-1",
    "rtb-2"
)]
#[case::half_made_and_serving_nobody_yet(
    &["rtb-1 training", "rtb-2 services"],
    "rtb-1",
    "rtb-2"
)]
#[case::one_tier_alone(&["rtb-1 services"], "none", "rtb-1")]
#[case::without_names_they_are_told_by_whom_they_serve(
    &["rtb-1 nameless services-b", "rtb-2 nameless training-b"],
    "rtb-2",
    "rtb-1"
)]
#[case::renamed_they_are_told_by_whom_they_serve(
    &["rtb-1 other training-a", "rtb-2 other services-a"],
    "rtb-1",
    "rtb-2"
)]
#[case::of_two_with_the_name_the_one_that_serves(
    &["rtb-1 training", "rtb-2 training training-a"],
    "rtb-2 spare rtb-1",
    "none"
)]
#[case::of_two_with_the_name_that_both_serve_the_first(
    &["rtb-2 training training-b", "rtb-1 training training-a"],
    "rtb-1",
    "none"
)]
#[case::of_two_with_the_name_that_serve_nobody_the_first(
    &["rtb-2 training", "rtb-1 training", "rtb-3 training"],
    "rtb-1 spare rtb-2 rtb-3",
    "none"
)]
#[case::the_name_counts_for_more_than_whom_it_serves(
    &["rtb-1 nameless training-a", "rtb-2 training"],
    "rtb-2",
    "none"
)]
#[case::what_has_no_name_and_serves_nobody_is_spare_once(
    &["rtb-1 training training-a", "rtb-2 services services-a", "rtb-3 nameless"],
    "rtb-1 spare rtb-3",
    "rtb-2"
)]
#[case::what_has_another_name_stays(
    &["rtb-1 training training-a", "rtb-2 other"],
    "rtb-1",
    "none"
)]
#[case::what_serves_a_subnet_of_somebody_else_stays(
    &["rtb-1 training training-a", "rtb-2 training strange", "rtb-3 nameless strange"],
    "rtb-1",
    "none"
)]
#[case::spare_without_one_to_be_spare_to(&["rtb-1 nameless"], "none spare rtb-1", "none")]
#[case::the_spare_of_one_tier_is_none_of_the_other(
    &["rtb-1 training training-a", "rtb-2 training", "rtb-3 services"],
    "rtb-1 spare rtb-2",
    "rtb-3"
)]
#[case::one_for_both_tiers_is_that_of_training(
    &["rtb-1 nameless training-a services-a"],
    "rtb-1",
    "none"
)]
#[case::named_for_services_and_serving_training_is_that_of_training_where_no_other_is(
    &["rtb-1 services training-a"],
    "rtb-1",
    "none"
)]
#[case::swapped_they_go_by_their_names(
    &["rtb-1 training services-a", "rtb-2 services training-a"],
    "rtb-1",
    "rtb-2"
)]
fn which_is_that_of_a_tier(#[case] tables: &[&str], #[case] training: &str, #[case] services: &str) {
    let tables: Vec<Table<'_>> = tables.iter().map(|line| table(line)).collect();
    for (tier, told) in Tier::ALL.into_iter().zip([training, services]) {
        let (one, spares) = chosen(&tables, tier);
        let spares = if spares.is_empty() { String::new() } else { format!(" spare {}", spares.join(" ")) };
        assert_eq!(format!("{}{spares}", one.unwrap_or("none")), told, "{tier:?}");
    }
}

const NAMES: [Option<&str>; 4] = [TRAINING, SERVICES, OTHER, NONE];
const SERVED: [&[&str]; 6] =
    [&[], &["training-a"], &["services-a"], &["strange"], &["training-a", "services-b"], &["training-b"]];
const IDS: [&str; 5] = ["rtb-1", "rtb-2", "rtb-3", "rtb-4", "rtb-5"];

proptest! {
    /// Whatever stands there, in whatever order AWS tells it.
    #[test]
    fn the_choice_is_one_whoever_looks(
        seen in prop::collection::vec((0_usize..4, 0_usize..6), 0..=5),
        turn in 0_usize..5,
    ) {
        let tables = IDS.into_iter().zip(seen).map(|(id, (name, served))| (id, NAMES[name], SERVED[served].to_vec()));
        let tables: Vec<Table<'_>> = tables.collect();
        let mut turned = tables.clone();
        turned.rotate_left(turn.min(tables.len()));
        let [training, services] = Tier::ALL.map(|tier| chosen(&tables, tier).0);
        prop_assert!(training.is_none() || training != services, "one is never that of both tiers");
        let mut goes = Tier::ALL.map(|tier| chosen(&tables, tier).1).concat();
        let count = goes.len();
        goes.sort_unstable();
        goes.dedup();
        prop_assert_eq!(goes.len(), count, "nothing goes twice");
        for tier in Tier::ALL {
            let (one, spares) = chosen(&tables, tier);
            prop_assert_eq!(chosen(&turned, tier).0, one);
            for (id, name, served) in tables.iter().filter(|(id, ..)| spares.contains(id)) {
                prop_assert!(served.is_empty() && *name != OTHER, "{id} goes");
                prop_assert!(Some(*id) != training && Some(*id) != services, "{id} goes and is in use");
            }
        }
    }
}
