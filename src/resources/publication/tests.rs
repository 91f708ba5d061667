use proptest::prelude::*;
use rstest::rstest;

use super::*;
use ringfence_model::stack::{ENVIRONMENT, NAME, some_stack};
use ringfence_observed::Tags;

const PATH: &str = "/ringfence/fraud-v3";

/// What an environment publishes, cut down to a value, a list and the whole set.
fn exports() -> Vec<Export> {
    let export = |name: &str, value: &str, list| Export { name: name.to_owned(), value: value.to_owned(), list };
    vec![
        export("vpc_id", "vpc-1", false),
        export("availability_zones", "us-east-1a,us-east-1b", true),
        export(Export::WHOLE, "{}", false),
    ]
}

fn parameter(name: &str, value: &str) -> Parameter {
    let stack = some_stack("10.42.0.0/16");
    let kind = if name == "availability_zones" { "StringList" } else { "String" };
    Parameter {
        name: format!("{PATH}/{name}"),
        parameter_type: kind.to_owned(),
        value: value.to_owned(),
        tags: Some(stack.tags(name)),
    }
}

/// All of it as it should be.
fn published() -> Vec<Parameter> {
    exports().iter().map(|export| parameter(&export.name, &export.value)).collect()
}

/// A step in one line: its resource, what is called with which parameters, and the steps that it waits for.
fn lines(plan: &Plan<Change>) -> Vec<String> {
    let last = |name: &String| name.strip_prefix("/ringfence/fraud-v3/").unwrap().to_owned();
    let line = |step: &ringfence_model::plan::Step<Change>| {
        let Some(change) = step.change.is_a() else { panic!("{:?}", step.change) };
        let (operation, id, what) = match change {
            ParameterChange::Create { name, value, list, tags } => {
                assert_eq!(tags[NAME], format!("fraud-v3-{}", last(name)));
                let kind = if *list { "list" } else { "value" };
                (Operation::Create, None, format!("creates the {kind} {value}"))
            }
            ParameterChange::Overwrite { name, value, list } => {
                let kind = if *list { "list" } else { "value" };
                (Operation::Update, Some(name.clone()), format!("becomes the {kind} {value}"))
            }
            ParameterChange::Tag { name, tags } => {
                let keys: Vec<&str> = tags.keys().map(String::as_str).collect();
                (Operation::Update, Some(name.clone()), format!("is tagged {}", keys.join(" ")))
            }
            ParameterChange::Untag { name, keys } => {
                (Operation::Update, Some(name.clone()), format!("is untagged {}", keys.join(" ")))
            }
            ParameterChange::Delete { names } => {
                let all: Vec<String> = names.iter().map(last).collect();
                (Operation::Delete, Some(names.join(",")), format!("goes: {}", all.join(" ")))
            }
        };
        assert_eq!((step.operation, &step.id), (Some(operation), &id), "{step:?}");
        assert_eq!(step.resource_type, "AWS::SSM::Parameter");
        let after = if step.needs.is_empty() { String::new() } else { format!(" after {:?}", step.needs) };
        format!("{} {what}{after}", step.resource)
    };
    plan.steps().iter().map(line).collect()
}

#[rstest]
#[case::all_of_it(published(), &[])]
#[case::nothing_yet(
    vec![],
    &[
        "exports/vpc_id creates the value vpc-1",
        "exports/availability_zones creates the list us-east-1a,us-east-1b",
        "exports/exports creates the value {} after [0, 1]",
    ]
)]
#[case::half_published(
    vec![parameter("vpc_id", "vpc-1")],
    &[
        "exports/availability_zones creates the list us-east-1a,us-east-1b",
        "exports/exports creates the value {} after [0]",
    ]
)]
#[case::the_whole_set_alone_is_missing(published()[..2].to_vec(), &["exports/exports creates the value {}"])]
#[case::a_value_of_before(
    vec![parameter("vpc_id", "vpc-0"), published()[1].clone(), parameter("exports", "{\"old\": 1}")],
    &["exports/vpc_id becomes the value vpc-1", "exports/exports becomes the value {} after [0]"]
)]
#[case::of_another_type(
    vec![
        published()[0].clone(),
        Parameter { parameter_type: "String".to_owned(), ..published()[1].clone() },
        parameter("exports", "{\"old\": 1}"),
    ],
    &["exports/availability_zones goes: availability_zones", "exports/exports becomes the value {} after [0]"]
)]
#[case::the_whole_set_of_another_type(
    vec![
        parameter("vpc_id", "vpc-0"),
        published()[1].clone(),
        Parameter { parameter_type: "SecureString".to_owned(), ..published()[2].clone() },
    ],
    &["exports/vpc_id becomes the value vpc-1", "exports/exports goes: exports after [0]"]
)]
#[case::what_is_no_export_any_more(
    [published(), vec![parameter("placement_group_name", "x"), parameter("instance_connect_endpoint_id", "y")]].concat(),
    &["exports goes: placement_group_name instance_connect_endpoint_id"]
)]
#[case::more_than_one_call_takes(
    [published(), (10..21).map(|number| parameter(&format!("old-{number}"), "x")).collect()].concat(),
    &[
        "exports goes: old-10 old-11 old-12 old-13 old-14 old-15 old-16 old-17 old-18 old-19",
        "exports goes: old-20",
    ]
)]
#[case::tags_that_nobody_asked_for(
    published().into_iter().map(|parameter| Parameter { tags: None, ..parameter }).collect(), &[]
)]
fn what_is_published_step_by_step(#[case] seen: Vec<Parameter>, #[case] expected: &[&str]) {
    let plan = draft_exports(&some_stack("10.42.0.0/16"), &seen, &exports()).unwrap();
    assert_eq!(lines(&plan), expected);
}

/// The stack retires the tag `team`. SSM never says which tags a parameter has beside the right ones.
#[rstest]
#[case::once_for_each(
    published(),
    &[],
    &[
        "exports/vpc_id is untagged team",
        "exports/availability_zones is untagged team",
        "exports/exports is untagged team",
    ]
)]
#[case::not_twice(published(), &["vpc_id", "exports"], &["exports/availability_zones is untagged team"])]
#[case::new_ones_never_had_it(
    published()[..1].to_vec(),
    &["vpc_id"],
    &[
        "exports/availability_zones creates the list us-east-1a,us-east-1b",
        "exports/exports creates the value {} after [0]",
    ]
)]
#[case::those_that_go_are_off_first(
    vec![
        Parameter { tags: Some(some_stack("10.42.0.0/16").owner.tags()), ..parameter("vpc_id", "vpc-0") },
        published()[1].clone(),
        parameter("exports", "{\"old\": 1}"),
    ],
    &["availability_zones", "exports"],
    &[
        "exports/vpc_id becomes the value vpc-1",
        "exports/vpc_id is untagged team",
        "exports/vpc_id is tagged Name after [0, 1]",
        "exports/exports becomes the value {} after [0]",
    ]
)]
#[case::unasked_for_they_stay(
    published().into_iter().map(|parameter| Parameter { tags: None, ..parameter }).collect(), &[], &[]
)]
fn tags_come_and_go_beside_the_values(
    #[case] seen: Vec<Parameter>,
    #[case] untagged: &[&str],
    #[case] expected: &[&str],
) {
    let stack = Stack { retired_tags: ["team".to_owned()].into(), ..some_stack("10.42.0.0/16") };
    let untagged = untagged.iter().map(|name| format!("{PATH}/{name}")).collect();
    let plan = draft_rest_of_exports(&stack, &seen, &exports(), &untagged).unwrap();
    assert_eq!(lines(&plan), expected);
}

/// What an `environment` tag says, none where there is no such tag; whether what carries it is ours.
fn tags(environment: Option<&str>) -> Tags {
    let mut tags = some_stack("10.42.0.0/16").owner.tags();
    tags.remove(ENVIRONMENT);
    tags.extend(environment.map(|name| (ENVIRONMENT.to_owned(), name.to_owned())));
    tags
}

#[rstest]
#[case::ours("vpc_id", Some(tags(Some("fraud-v3"))), true)]
#[case::not_asked_for("vpc_id", None, true)]
#[case::untagged("vpc_id", Some(Tags::new()), false)]
#[case::half_tagged("vpc_id", Some(tags(None)), false)]
#[case::of_another_environment("vpc_id", Some(tags(Some("fraud-v2"))), false)]
#[case::no_export_any_more("placement_group_name", Some(Tags::new()), false)]
fn nothing_is_put_or_taken_where_a_parameter_is_somebody_else_s(
    #[case] name: &str,
    #[case] tags: Option<Tags>,
    #[case] ours: bool,
) {
    let stack = some_stack("10.42.0.0/16");
    let in_question = Parameter { tags, ..parameter(name, "vpc-0") };
    let id = in_question.name.clone();
    let seen = vec![parameter("exports", "{}"), in_question];
    let refusal = Refusal::Foreign { resource: "exports".to_owned(), id: id.clone() };
    let expected = if ours { Ok(()) } else { Err(refusal) };
    let observed = Observed { parameters: seen.clone(), ..Observed::default() };
    assert_eq!(check_exports(&stack, &observed), expected);
    assert_eq!(draft_exports(&stack, &seen, &exports()).map(drop), expected);
    let withdrawn = draft_withdrawal(&stack.owner, &seen);
    let goes = withdrawn.steps().iter().any(|step| step.id.as_ref() == Some(&id));
    assert_eq!(goes, ours, "what is somebody else's is never withdrawn");
}

#[rstest]
#[case::nothing(vec![], &[])]
#[case::the_whole_set_goes_first(published(), &["exports goes: exports", "exports goes: vpc_id availability_zones after [0]"])]
#[case::a_part_alone(published()[..1].to_vec(), &["exports goes: vpc_id"])]
#[case::more_than_one_call_takes(
    [(10..21).map(|number| parameter(&format!("old-{number}"), "x")).collect(), published()].concat(),
    &[
        "exports goes: exports",
        "exports goes: old-10 old-11 old-12 old-13 old-14 old-15 old-16 old-17 old-18 old-19 after [0]",
        "exports goes: old-20 vpc_id availability_zones after [0, 1]",
    ]
)]
fn what_is_published_is_withdrawn_whole_set_first(#[case] seen: Vec<Parameter>, #[case] expected: &[&str]) {
    assert_eq!(lines(&draft_withdrawal(&some_stack("10.42.0.0/16").owner, &seen)), expected);
}

#[rstest]
#[case(ParameterChange::Create { name: "a".into(), value: "b".into(), list: false, tags: Tags::new() }, true, None)]
#[case(ParameterChange::Overwrite { name: "a".into(), value: "b".into(), list: false }, true, None)]
#[case(ParameterChange::Tag { name: "a".into(), tags: Tags::new() }, false, None)]
#[case(ParameterChange::Untag { name: "a".into(), keys: vec![] }, false, Some("a"))]
#[case(ParameterChange::Delete { names: vec!["a".into()] }, false, None)]
fn only_a_value_is_published(#[case] change: ParameterChange, #[case] publishes: bool, #[case] untagged: Option<&str>) {
    let change = Change::from(change);
    assert_eq!((change.publishes(), change.untagged()), (publishes, untagged));
}

#[rstest]
#[case("/ringfence/fraud-v3/exports", true)]
#[case("/exports/fraud-v3/vpc_id", false)]
#[case("/ringfence/exports/vpc_id", false)]
#[case("/ringfence/fraud-v3/old-exports", false)]
fn the_whole_set_is_told_by_its_name(#[case] name: &str, #[case] whole: bool) {
    assert_eq!(is_whole(name), whole);
}

/// How a parameter may stand: not at all, right, with another value, of another type.
fn any_state() -> impl Strategy<Value = [u8; 3]> {
    prop::array::uniform3(0_u8..4)
}

proptest! {
    /// Whoever reads the whole set finds all of its parts: it is put after every value, whatever stood before.
    #[test]
    fn the_whole_set_comes_after_every_part(states in any_state()) {
        let standing = exports().into_iter().zip(states).filter_map(|(export, state)| match state {
            0 => None,
            1 => Some(parameter(&export.name, &export.value)),
            2 => Some(parameter(&export.name, "old")),
            _ => Some(Parameter { parameter_type: "SecureString".to_owned(), ..parameter(&export.name, "old") }),
        });
        let seen: Vec<Parameter> = standing.collect();
        let plan = draft_exports(&some_stack("10.42.0.0/16"), &seen, &exports()).unwrap();
        prop_assert_eq!(plan.is_empty(), states == [1, 1, 1]);
        let of_parts = plan.steps().iter().filter(|step| step.resource != "exports/exports").count();
        if let Some(whole) = plan.steps().iter().find(|step| step.resource == "exports/exports") {
            prop_assert_eq!(&whole.needs, &(0..of_parts).collect::<Vec<_>>());
        }
    }
}
