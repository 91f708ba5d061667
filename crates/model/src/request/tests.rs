//! Tests of requests as a whole.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use super::{Action, Ask, Defaults, EnvironmentRequest, ListRequest, Request, View};
use crate::fault::Faults;
use crate::spec::Spec;
use crate::spec::strategy::{any_json, valid_spec};

const NOW: Timestamp = Timestamp::constant(1_935_390_600, 0);
const DEFAULTS: Defaults = Defaults { requested_at: None, now: NOW };

fn decode(value: &Value) -> Result<Request, Faults> {
    Request::decode(value, DEFAULTS)
}

fn environment_request(value: &Value) -> EnvironmentRequest {
    match decode(value).unwrap() {
        Request::Environment(request) => request,
        other => panic!("{other:?}"),
    }
}

fn pointers(faults: &Faults) -> Vec<&str> {
    faults.iter().map(|fault| fault.pointer.as_str()).collect()
}

#[test]
fn each_action_has_its_defaults() {
    let ask = |action| {
        let value = json!({"action": action, "environment": "fraud-v3"});
        let request = environment_request(&value);
        assert_eq!(request.environment.as_str(), "fraud-v3");
        assert_eq!(request.requested_at, NOW);
        request.ask
    };
    assert_eq!(ask("create"), Ask::Create(Box::default()));
    assert_eq!(ask("delete"), Ask::Delete);
    assert_eq!(ask("describe"), Ask::Describe { view: View::Json });
    assert_eq!(ask("plan"), Ask::Plan(Box::default()));
    let list = ListRequest { limit: 50, next_token: None };
    assert_eq!(decode(&json!({"action": "list"})).unwrap(), Request::List(list));
    assert_eq!(decode(&json!({"action": "sweep"})).unwrap(), Request::Sweep);
}

#[test]
fn each_action_takes_what_belongs_to_it() {
    let request = environment_request(&json!({
        "action": "create", "environment": "fraud-v3", "spec": {"ttl": "8h"},
        "requested_at": "2031-05-01T10:30:00.25+02:00",
    }));
    assert_eq!(request.requested_at.to_string(), "2031-05-01T08:30:00.25Z");
    assert!(request.ask.spec().is_some_and(|spec| *spec != Spec::default()));
    let describe = json!({"action": "describe", "environment": "fraud-v3", "view": "svg"});
    assert_eq!(environment_request(&describe).ask, Ask::Describe { view: View::Svg });
    let list = decode(&json!({"action": "list", "limit": 100, "next_token": "abc"})).unwrap();
    assert_eq!(list, Request::List(ListRequest { limit: 100, next_token: Some("abc".to_owned()) }));
    assert_eq!((list.action(), list.environment()), (Action::List, None));
    let sweep = json!({"action": "sweep", "requested_at": "2031-05-01T08:30:00Z"});
    assert_eq!(decode(&sweep).unwrap(), Request::Sweep);
}

#[rstest]
#[case::not_an_object(json!([]), &[""])]
#[case::null(json!(null), &[""])]
#[case::empty(json!({}), &["/action"])]
#[case::unknown_action(json!({"action": "destroy", "environment": "fraud-v3"}), &["/action"])]
#[case::action_in_capitals(json!({"action": "Create", "environment": "fraud-v3"}), &["/action"])]
#[case::no_environment(json!({"action": "create"}), &["/environment"])]
#[case::environment(json!({"action": "delete", "environment": "Fraud"}), &["/environment"])]
#[case::environment_number(json!({"action": "delete", "environment": 3}), &["/environment"])]
#[case::unknown(json!({"action": "sweep", "force": true}), &["/force"])]
#[case::spec_of_delete(json!({"action": "delete", "environment": "fraud-v3", "spec": {}}), &["/spec"])]
#[case::limit_of_create(json!({"action": "create", "environment": "fraud-v3", "limit": 5}), &["/limit"])]
#[case::view_of_create(json!({"action": "create", "environment": "fraud-v3", "view": "svg"}), &["/view"])]
#[case::environment_of_list(json!({"action": "list", "environment": "fraud-v3"}), &["/environment"])]
#[case::environment_of_doctor(json!({"action": "doctor", "environment": "fraud-v3"}), &["/environment"])]
#[case::spec_of_doctor(json!({"action": "doctor", "spec": {}}), &["/spec"])]
#[case::null_spec(json!({"action": "create", "environment": "fraud-v3", "spec": null}), &["/spec"])]
#[case::spec(
    json!({"action": "plan", "environment": "fraud-v3", "spec": {"network": {"cidr": "10.0.0.0/8"}}}),
    &["/spec/network/cidr"]
)]
#[case::spec_option(
    json!({"action": "create", "environment": "fraud-v3", "spec": {"training": {"cluster": "yes"}}}),
    &["/spec/training/cluster"]
)]
#[case::view(json!({"action": "describe", "environment": "fraud-v3", "view": "png"}), &["/view"])]
#[case::limit_0(json!({"action": "list", "limit": 0}), &["/limit"])]
#[case::limit_101(json!({"action": "list", "limit": 101}), &["/limit"])]
#[case::limit_text(json!({"action": "list", "limit": "5"}), &["/limit"])]
#[case::token(json!({"action": "list", "next_token": ""}), &["/next_token"])]
#[case::long_token(json!({"action": "list", "next_token": "x".repeat(2_049)}), &["/next_token"])]
#[case::moment(json!({"action": "sweep", "requested_at": "now"}), &["/requested_at"])]
#[case::null_moment(json!({"action": "sweep", "requested_at": null}), &["/requested_at"])]
#[case::everything(
    json!({"action": "dance", "environment": "-", "spec": 5, "requested_at": 5, "extra": 5}),
    &["/extra", "/action", "/environment", "/requested_at", "/spec"]
)]
fn faults_point_at_what_is_wrong(#[case] value: Value, #[case] expected: &[&str]) {
    let faults = decode(&value).unwrap_err();
    assert_eq!(pointers(&faults), expected, "{faults}");
}

#[test]
fn an_unknown_action_is_told_the_known_ones() {
    let message = decode(&json!({"action": "destroy"})).unwrap_err().to_string();
    assert_eq!(
        message,
        "/action: expected one of `create`, `delete`, `describe`, `doctor`, `list`, `plan`, `sweep`; \
         found \"destroy\""
    );
    let message = decode(&json!({})).unwrap_err().to_string();
    assert!(message.ends_with("`sweep`; it is missing"), "{message}");
}

#[test]
fn a_field_of_another_action_is_told_its_own() {
    let value = json!({"action": "delete", "environment": "fraud-v3", "spec": {}});
    let message = decode(&value).unwrap_err().to_string();
    assert_eq!(message, "/spec: `spec` belongs to `create`, `plan`, not to `delete`");
}

#[test]
fn the_carriers_time_comes_before_the_clock() {
    let value = json!({"action": "delete", "environment": "fraud-v3"});
    let sent = NOW - SignedDuration::from_hours(2);
    let defaults = Defaults { requested_at: Some(sent), now: NOW };
    let Request::Environment(request) = Request::decode(&value, defaults).unwrap() else { panic!() };
    assert_eq!(request.requested_at, sent);
}

#[test]
fn nothing_may_be_asked_from_the_future() {
    let at = |ahead: SignedDuration| {
        let moment = (NOW + ahead).to_string();
        json!({"action": "delete", "environment": "fraud-v3", "requested_at": moment})
    };
    let minutes = SignedDuration::from_mins(5);
    assert!(decode(&at(minutes)).is_ok());
    let faults = decode(&at(minutes + SignedDuration::from_nanos(1))).unwrap_err();
    assert_eq!(pointers(&faults), ["/requested_at"]);
    assert!(decode(&at(SignedDuration::from_hours(-24 * 3650))).is_ok());

    let defaults = Defaults { requested_at: Some(NOW + minutes * 2), now: NOW };
    let value = json!({"action": "delete", "environment": "fraud-v3"});
    let faults = Request::decode(&value, defaults).unwrap_err();
    assert_eq!(pointers(&faults), ["/requested_at"]);
    assert!(faults.to_string().contains("carrier"), "{faults}");
}

#[test]
fn the_order_is_that_of_the_contract() {
    let order = |action: &str, moment: &str, spec: Option<Value>| {
        let mut value = json!({"action": action, "environment": "fraud-v3", "requested_at": moment});
        if let Some(spec) = spec {
            value["spec"] = spec;
        }
        environment_request(&value).order().unwrap()
    };
    let create = order("create", "2031-05-01T08:30:00Z", None);
    let again = order("create", "2031-05-01T10:30:00+02:00", Some(json!({"egress": {}})));
    assert_eq!(create, again, "the same request again");
    let other = order("create", "2031-05-01T08:30:00Z", Some(json!({"ttl": "8h"})));
    assert_ne!(create, other);
    let delete = order("delete", "2031-05-01T08:30:00Z", None);
    assert!(delete > create && delete > other);
    assert_eq!(delete, order("delete", "2031-05-01T08:30:00.000Z", None));
    assert!(order("create", "2031-05-01T08:30:00.001Z", None) > delete);
    let describe = json!({"action": "describe", "environment": "fraud-v3"});
    assert_eq!(environment_request(&describe).order(), None);
}

#[test]
fn the_canonical_request_does_not_change_by_accident() {
    let request = environment_request(&json!({
        "action": "create", "environment": "fraud-v3", "requested_at": "2031-05-01T08:30:00Z",
    }));
    assert_eq!(
        request.canonical(),
        concat!(
            r#"{"action":"create","environment":"fraud-v3","spec":{"#,
            r#""network":{"prefix_length":16,"availability_zones":2},"#,
            r#""access":{"ssh_from":[],"attachments":[],"services_ports":[443],"instance_connect":false},"#,
            r#""egress":{"endpoints":["s3"],"guardduty":"allow"},"#,
            r#""training":{"services":["ec2"],"read":[],"write":[],"kms_keys":[],"cluster":false},"#,
            r#""flow_logs":{"retention_days":365,"retain":false},"#,
            r#""deletion_protection":false,"tags":{}},"requested_at":"2031-05-01T08:30:00Z"}"#,
        )
    );
    assert_eq!(request.digest().to_string().len(), 64);
}

/// A request in which nothing is at fault.
fn valid_request() -> impl Strategy<Value = Value> {
    let action = prop::sample::select(vec!["create", "delete", "describe", "plan"]);
    let second = 0..=NOW.as_second();
    (action, valid_spec(), any::<bool>(), second).prop_map(|(action, spec, svg, second)| {
        let requested_at = Timestamp::from_second(second).unwrap().to_string();
        let mut value = json!({"action": action, "environment": "fraud-v3", "requested_at": requested_at});
        match action {
            "create" | "plan" => value["spec"] = spec,
            "describe" => value["view"] = json!(if svg { "svg" } else { "json" }),
            _ => {}
        }
        value
    })
}

/// Every place in a value, as JSON pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                let name = name.replace('~', "~0").replace('/', "~1");
                places(value, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(array) => {
            for (index, value) in array.iter().enumerate() {
                places(value, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn no_json_makes_it_panic(value in any_json()) {
        let _ = decode(&value);
    }

    #[test]
    fn no_change_to_a_request_makes_it_panic(
        mut value in valid_request(),
        place: prop::sample::Index,
        other in any_json(),
        name: String,
        added: bool,
    ) {
        let mut found = Vec::new();
        places(&value, "", &mut found);
        let at = value.pointer_mut(place.get(found.as_slice()).as_str()).unwrap();
        match at.as_object_mut() {
            Some(object) if added => { object.insert(name, other); }
            _ => *at = other,
        }
        if let Err(faults) = decode(&value) {
            prop_assert!(!faults.is_empty());
            for fault in &faults {
                let parent = fault.pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
                prop_assert!(value.pointer(parent).is_some(), "{} leads nowhere", fault.pointer);
            }
        }
    }

    #[test]
    fn the_canonical_request_is_the_same_request(value in valid_request()) {
        let request = environment_request(&value);
        let canonical: Value = serde_json::from_str(&request.canonical()).unwrap();
        let again = environment_request(&canonical);
        prop_assert_eq!(again.order(), request.order());
        prop_assert_eq!(again.digest(), request.digest());
        prop_assert_eq!(again, request);
    }
}
