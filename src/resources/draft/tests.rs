use std::collections::BTreeSet;

use rstest::rstest;

use super::*;
use crate::resources::{tag::TagChange, vpc::VpcChange};
use ringfence_model::{plan::Step, stack::some_stack};
use ringfence_observed::PrefixList;

/// The type of what is tagged.
const KIND: &str = "AWS::EC2::Thing";

/// A stack that retires the tags `team` and `cost`.
fn stack() -> Arc<Stack> {
    let retired_tags = BTreeSet::from(["team".to_owned(), "cost".to_owned()]);
    Arc::new(Stack { retired_tags, ..some_stack("10.42.0.0/16") })
}

/// A change that names `vpc`, and another that names nothing.
fn naming(vpc: &Reference) -> Change {
    VpcChange::EnableDnsSupport { vpc: vpc.clone() }.into()
}

fn naming_nothing() -> Change {
    VpcChange::Delete { id: "vpc-0".to_owned() }.into()
}

/// A step in one line: what it does to which resource, its ID where it stands, and the steps that it waits for.
fn line(step: &Step<Change>) -> String {
    let operation = step.operation.map_or("look up", Operation::as_str);
    let id = step.id.as_deref().unwrap_or("-");
    let what = match step.change.is_a() {
        Some(TagChange::Put { resource_type: KIND, resources, tags, advice: None }) => {
            assert_eq!(resources, &[Reference::Present(id.to_owned())]);
            format!(" puts {}", tags.keys().map(String::as_str).collect::<Vec<_>>().join(" "))
        }
        Some(TagChange::Remove { resource_type: KIND, resource, keys }) => {
            assert_eq!(resource, &Reference::Present(id.to_owned()));
            format!(" takes {}", keys.join(" "))
        }
        _ => String::new(),
    };
    format!("{operation} {} {id} {:?}{what}", step.resource, step.needs)
}

fn lines(draft: Draft<'_>) -> Vec<String> {
    draft.finish().steps().iter().map(line).collect()
}

#[test]
fn what_is_made_is_waited_for_and_what_stands_is_not() {
    let observed = Observed::default();
    let mut draft = Draft::new(stack(), &observed);
    let made = draft.create("made", naming_nothing());
    let stands = draft.stands("standing", "thing-1");
    assert_eq!(draft.reference("made"), Ok(made.clone()));
    assert_eq!(draft.reference("standing"), Ok(Reference::Present("thing-1".to_owned())));
    let part = draft.create_part("made/part", naming(&made), &[]);
    draft.create_part("standing/part", naming(&stands), &[part]);
    let found = draft.look_up("parts", naming(&made));
    draft.update("made", &made, naming(&made));
    draft.update("standing", &stands, naming(&stands));
    draft.update_after("standing", &stands, naming(&stands), &[part, found, part]);
    draft.delete("surplus", "thing-2", naming_nothing(), &[part]);
    draft.delete_part("standing/part", &stands, naming_nothing(), &[]);
    draft.delete_part("made/part", &made, naming(&made), &[]);
    let expected = [
        "create made - []",
        "create made/part - [0]",
        "create standing/part - [1]",
        "look up parts - [0]",
        "update made - [0]",
        "update standing thing-1 []",
        "update standing thing-1 [1, 3]",
        "delete surplus thing-2 [1]",
        "delete standing/part thing-1 []",
        "delete made/part - [0]",
    ];
    assert_eq!(lines(draft), expected);
}

#[test]
fn nothing_is_named_before_anything_makes_it() {
    let observed = Observed::default();
    let mut draft = Draft::new(stack(), &observed);
    let unplanned = |resource: &str| Err(Refusal::Unplanned(resource.to_owned()));
    assert_eq!(draft.reference("vpc"), unplanned("vpc"));
    let part = draft.create_part("vpc/part", naming_nothing(), &[]);
    draft.look_up("found", naming_nothing());
    for unnamed in ["vpc/part", "found"] {
        assert_eq!(draft.reference(unnamed), unplanned(unnamed), "a part is not named");
    }
    draft.done("vpc", part);
    assert_eq!(draft.reference("vpc"), Ok(Reference::Made(part)));
}

#[rstest]
#[case::nothing_is_known(None, false, None)]
#[case::the_tag_without_the_vpc(None, true, None)]
#[case::a_vpc_that_names_the_option(Some("vpc-1"), false, Some("vpc-1"))]
#[case::a_vpc_that_is_being_tagged(Some("vpc-1"), true, Some("vpc-1, step 0"))]
fn an_option_waits_for_the_vpc_and_its_tag(
    #[case] vpc: Option<&str>,
    #[case] tagging: bool,
    #[case] before: Option<&str>,
) {
    let observed = Observed::default();
    let mut draft = Draft::new(stack(), &observed);
    if let Some(id) = vpc {
        draft.stands(VPC, id);
    }
    if tagging {
        let step = draft.create_part("vpc", naming_nothing(), &[]);
        draft.done(OPTIONS, step);
    }
    let named = |reference| match reference {
        Reference::Present(id) => id,
        Reference::Made(handle) => format!("step {}", handle.index()),
    };
    let found = draft.before_options().map(|before| before.into_iter().map(named).collect::<Vec<_>>().join(", "));
    let unplanned = || Refusal::Unplanned("vpc".to_owned());
    assert_eq!(found, before.map(ToOwned::to_owned).ok_or_else(unplanned));
}

#[rstest]
#[case::ours(stack().owner.tags(), true)]
#[case::ours_with_more(stack().tags("thing"), true)]
#[case::untagged(Tags::new(), false)]
#[case::half_tagged(stack().owner.tags().into_iter().skip(1).collect(), false)]
#[case::of_another_environment(
    stack().owner.tags().into_iter().map(|(key, value)| (key, value.replace("fraud-v3", "fraud-v2"))).collect(),
    false
)]
fn what_lacks_our_tags_is_refused_by_its_id(#[case] tags: Tags, #[case] ours: bool) {
    let observed = Observed::default();
    let draft = Draft::new(stack(), &observed);
    let refusal = Refusal::Foreign { resource: "thing".to_owned(), id: "thing-1".to_owned() };
    assert_eq!(draft.ours("thing", "thing-1", &tags), if ours { Ok(()) } else { Err(refusal) });
}

/// The right tags, less `without` and with `and` beside them.
fn tags(without: &[&str], and: &[&str]) -> Tags {
    let mut tags = stack().tags("thing");
    tags.retain(|key, _| !without.contains(&key.as_str()));
    tags.extend(and.iter().map(|key| ((*key).to_owned(), "value".to_owned())));
    tags
}

#[rstest]
#[case::right(tags(&[], &[]), &[])]
#[case::somebody_added_one(tags(&[], &["mine"]), &[])]
#[case::its_name_was_taken_away(tags(&["Name"], &[]), &["update thing thing-1 [] puts Name"])]
#[case::its_name_was_altered(tags(&["Name"], &["Name"]), &["update thing thing-1 [] puts Name"])]
#[case::some_are_not_asked_for_any_more(
    tags(&[], &["team", "cost", "mine"]), &["update thing thing-1 [] takes cost team"]
)]
#[case::those_that_go_are_off_first(
    tags(&["Name"], &["team"]), &["update thing thing-1 [] takes team", "update thing thing-1 [0] puts Name"]
)]
fn tags_are_put_and_taken(#[case] seen: Tags, #[case] expected: &[&str]) {
    let observed = Observed::default();
    let mut draft = Draft::new(stack(), &observed);
    draft.retag(KIND, "thing", "thing-1", &seen);
    assert_eq!(lines(draft), expected);
}

#[rstest]
#[case::known("s3", "com.amazonaws.us-east-1.s3", Ok("pl-1".to_owned()))]
#[case::of_another_region("s3", "com.amazonaws.eu-west-1.s3", Err("com.amazonaws.us-east-1.s3"))]
#[case::of_another_service("s3", "com.amazonaws.us-east-1.s3express", Err("com.amazonaws.us-east-1.s3"))]
fn a_prefix_list_goes_by_the_service_in_the_region(
    #[case] service: &str,
    #[case] listed: &str,
    #[case] found: Result<String, &str>,
) {
    let list = PrefixList { id: "pl-1".to_owned(), name: listed.to_owned(), entries: Vec::new() };
    let observed = Observed { prefix_lists: vec![list], ..Observed::default() };
    let not_offered =
        |name: &str| Refusal::NotOffered { what: format!("the prefix list {name}"), region: "us-east-1".to_owned() };
    assert_eq!(Draft::new(stack(), &observed).prefix_list_of(service), found.map_err(not_offered));
}
