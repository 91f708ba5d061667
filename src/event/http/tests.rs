//! What requests over HTTP come to.

use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::answer::Answer;
use ringfence_model::{
    request::{Action, Ask, ListRequest},
    spec::strategy::any_json,
    status::Status,
};

const AT: i64 = 1_748_849_400_250;

fn now() -> Timestamp {
    Timestamp::from_millisecond(AT + 30).unwrap()
}

fn http(method: &str, path: &str) -> Value {
    json!({
        "version": "2.0", "rawPath": path, "headers": {},
        "requestContext": {"http": {"method": method}, "stage": "$default", "timeEpoch": AT},
    })
}

fn with_body(body: &str, media_type: &str) -> Value {
    let mut event = http("PUT", "/environments/fraud-v3");
    (event["body"], event["headers"]) = (json!(body), json!({"content-type": media_type}));
    event
}

fn ask(event: &Value) -> Result<Asked, Problem> {
    asked(&HttpRequest::read(event).unwrap(), now())
}

fn problem(event: &Value) -> Value {
    let problem = ask(event).unwrap_err();
    serde_json::to_value(problem).unwrap()
}

#[rstest]
#[case("GET", "/environments/fraud-v3", Action::Describe)]
#[case("HEAD", "/environments/fraud-v3", Action::Describe)]
#[case("GET", "/environments", Action::List)]
#[case("POST", "/environments/fraud-v3/plan", Action::Plan)]
fn looks(#[case] method: &str, #[case] path: &str, #[case] action: Action) {
    let Asked::Look(request) = ask(&http(method, path)).unwrap() else { panic!("not a look") };
    assert_eq!(request.action(), action);
}

#[rstest]
#[case("PUT", Action::Create)]
#[case("DELETE", Action::Delete)]
fn changes_were_made_when_the_api_received_them(#[case] method: &str, #[case] action: Action) {
    let Asked::Change(request, precondition) = ask(&http(method, "/environments/fraud-v3")).unwrap() else {
        panic!("not a change")
    };
    assert_eq!((request.ask.action(), precondition), (action, Precondition::None));
    assert_eq!(request.requested_at.as_millisecond(), AT);
}

#[test]
fn a_page_of_the_list() {
    let mut event = http("GET", "/environments/");
    event["rawQueryString"] = json!("limit=7&next_token=fraud-v3");
    let list = ListRequest { limit: 7, next_token: Some("fraud-v3".to_owned()) };
    assert_eq!(ask(&event).unwrap(), Asked::Look(Request::List(list)));
}

#[rstest]
#[case("limit=0", "limit")]
#[case("limit=x", "limit")]
#[case("limit=", "limit")]
#[case("limit=99999999999", "limit")]
#[case("limit=5&limit=6", "limit")]
#[case("next_token=", "next_token")]
#[case("offset=5", "offset")]
fn a_bad_query_names_its_parameter(#[case] query: &str, #[case] parameter: &str) {
    let mut event = http("GET", "/environments");
    event["rawQueryString"] = json!(query);
    let problem = problem(&event);
    assert_eq!((&problem["status"], &problem["errors"][0]["parameter"]), (&json!(400), &json!(parameter)));
}

#[rstest]
#[case("application/json")]
#[case("Application/JSON; charset=UTF-8")]
#[case("application/merge-patch+json;charset=\"utf-8\"")]
fn a_body_is_the_spec(#[case] media_type: &str) {
    let event = with_body(r#"{"network": {"prefix_length": 20}}"#, media_type);
    let Asked::Change(request, _) = ask(&event).unwrap() else { panic!("not a change") };
    let Ask::Create(spec) = request.ask else { panic!("not a create") };
    assert_eq!(spec.network.prefix_length.get(), 20);
}

#[rstest]
#[case::form("{}", "application/x-www-form-urlencoded", 415)]
#[case::latin("{}", "application/json; charset=latin1", 415)]
#[case::cut("{", "application/json", 400)]
#[case::null("null", "application/json", 400)]
#[case::list("[]", "application/json", 400)]
#[case::field(r#"{"vpc": 1}"#, "application/json", 400)]
fn bodies_that_are_no_spec(#[case] body: &str, #[case] media_type: &str, #[case] status: u16) {
    assert_eq!(problem(&with_body(body, media_type))["status"], status);
}

#[test]
fn a_large_body_is_refused_before_it_is_read() {
    assert_eq!(problem(&with_body(&"[".repeat(65_537), "application/json"))["status"], 413);
}

#[test]
fn the_pointers_lead_from_the_body() {
    let problem = problem(&with_body(r#"{"network": {"cidr": "8.8.0.0/16"}}"#, "application/json"));
    assert_eq!(problem["errors"][0]["pointer"], "/network/cidr");
    assert!(problem["detail"].as_str().unwrap().starts_with("/network/cidr: "));
}

#[rstest]
#[case("GET", "/environments/Fraud", 400)]
#[case("GET", "/environments/..%2Ffraud", 400)]
#[case("GET", "/nothing", 404)]
#[case("POST", "/environments/fraud-v3", 405)]
#[case("DELETE", "/", 405)]
#[case("TRACE", "/environments", 405)]
fn refusals(#[case] method: &str, #[case] path: &str, #[case] status: u16) {
    assert_eq!(problem(&http(method, path))["status"], status);
}

#[rstest]
#[case("PUT", "if-none-match", "*", Some(Precondition::Absent))]
#[case("PUT", "If-None-Match", "\"tag\"", None)]
#[case("DELETE", "if-none-match", "*", None)]
#[case("PUT", "if-match", "\"tag\"", None)]
fn preconditions(#[case] method: &str, #[case] header: &str, #[case] value: &str, #[case] held: Option<Precondition>) {
    let mut event = http(method, "/environments/fraud-v3");
    event["headers"] = json!({header: value});
    match ask(&event) {
        Ok(Asked::Change(_, precondition)) => assert_eq!(Some(precondition), held),
        refused => assert!(held.is_none() && refused.is_err()),
    }
}

#[test]
fn options_are_told_of_every_route() {
    let Asked::Nothing(response) = ask(&http("OPTIONS", "/environments/fraud-v3/plan")).unwrap() else {
        panic!("not answered")
    };
    let answer = serde_json::to_value(response).unwrap();
    assert_eq!((&answer["statusCode"], &answer["headers"]["allow"]), (&json!(204), &json!("POST, OPTIONS")));
}

#[test]
fn a_recorded_change_says_where_to_look() {
    let mut event = http("PUT", "/prod/environments/fraud-v3");
    event["requestContext"]["stage"] = json!("prod");
    let http = HttpRequest::read(&event).unwrap();
    let name: EnvironmentName = "fraud-v3".parse().unwrap();
    let answer = Box::new(Answer::new(name.clone(), Action::Create, Status::Provisioning));
    let response = serde_json::to_value(recorded(&http, &name, Enqueued::Recorded(answer)).unwrap()).unwrap();
    assert_eq!(response["statusCode"], 202);
    assert_eq!(response["headers"]["location"], "/prod/environments/fraud-v3");
    let status =
        |enqueued| serde_json::to_value(recorded(&http, &name, enqueued).unwrap_err()).unwrap()["status"].clone();
    assert_eq!((status(Enqueued::Superseded), status(Enqueued::Exists)), (json!(409), json!(412)));
}

#[test]
fn a_drawing_is_sent_as_one() {
    let http = HttpRequest::read(&http("GET", "/environments/fraud-v3/diagram.svg")).unwrap();
    let response = serde_json::to_value(answered(&http, &json!({"svg": "<svg/>"})).unwrap()).unwrap();
    assert_eq!((&response["headers"]["content-type"], &response["body"]), (&json!("image/svg+xml"), &json!("<svg/>")));
}

proptest! {
    #[test]
    fn no_body_makes_it_panic_or_ours(body in any_json(), text in ".*") {
        for body in [body.to_string(), text] {
            let problem = ask(&with_body(&body, "application/json")).err();
            prop_assert!(problem.is_none_or(|problem| !problem.is_ours()));
        }
    }

    #[test]
    fn no_request_makes_it_panic_or_ours(method in "[A-Za-z]{0,9}", path in "/(environments|[a-z%]*|/)*", query in ".*") {
        let mut event = http(&method, &path);
        event["rawQueryString"] = json!(query);
        prop_assert!(ask(&event).err().is_none_or(|problem| !problem.is_ours()));
    }
}
