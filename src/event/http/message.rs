//! A request over HTTP, from either payload format of API Gateway. Function URLs send the second.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;

use ringfence_model::failure::{Failure, FailureKind};

/// The largest body, in bytes. A spec is far smaller, and what it becomes must fit into an event of 256 KB.
const LARGEST_BODY: usize = 64 * 1024;

/// The longest name of who asked that is written down, in characters.
const LONGEST_NAME: usize = 512;

/// The stage that leaves no trace in the path.
const DEFAULT_STAGE: &str = "$default";

/// A request over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::event) struct HttpRequest {
    /// The method, in upper case.
    pub(super) method: String,
    /// The path from the root of the API, as it was sent.
    pub(super) path: String,
    /// What stands before the path where the caller sees it: the stage, or nothing.
    pub(super) prefix: String,
    /// The parameters of the query, decoded, in order.
    pub(super) query: Vec<(String, String)>,
    /// When the API received it, to the millisecond.
    pub(super) received_at: Option<Timestamp>,
    /// Who sent it, where the API knows.
    pub(in crate::event) requested_by: Option<String>,
    headers: BTreeMap<String, String>,
    body: String,
    is_base64: bool,
}

/// What is wrong with a body before anybody reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnreadableBody {
    /// It is larger than 64 KiB.
    TooLarge,
    /// It is said to be base64, and is not.
    NotBase64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Format2 {
    raw_path: String,
    raw_query_string: Option<String>,
    headers: Option<BTreeMap<String, String>>,
    request_context: Context2,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context2 {
    http: Method,
    stage: Option<String>,
    time_epoch: Option<i64>,
    authorizer: Option<Value>,
}

#[derive(Deserialize)]
struct Method {
    method: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Format1 {
    http_method: String,
    path: String,
    query_string_parameters: Option<BTreeMap<String, String>>,
    multi_value_query_string_parameters: Option<BTreeMap<String, Vec<String>>>,
    headers: Option<BTreeMap<String, String>>,
    request_context: Context1,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context1 {
    path: Option<String>,
    stage: Option<String>,
    request_time_epoch: Option<i64>,
    identity: Option<Value>,
    authorizer: Option<Value>,
}

impl HttpRequest {
    /// Reads a request from an event with a `requestContext`.
    ///
    /// # Errors
    ///
    /// `InvalidRequest` where it is of neither payload format: then there is nobody to answer over HTTP.
    pub(in crate::event) fn read(event: &Value) -> Result<Self, Failure> {
        let refused = |error: &dyn std::fmt::Display| {
            let message = format!("the event is no request of API Gateway or a function URL: {error}");
            Failure::new(FailureKind::InvalidRequest, message)
        };
        let is_format_2 = event.pointer("/requestContext/http").is_some();
        match (is_format_2, event.get("httpMethod").is_some()) {
            (true, false) => Format2::deserialize(event).map(Self::from).map_err(|error| refused(&error)),
            (false, true) => Format1::deserialize(event).map(Self::from).map_err(|error| refused(&error)),
            _ => Err(refused(&"expected either requestContext.http or httpMethod")),
        }
    }

    /// A header, by its name in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The body as it was sent; empty where there is none.
    pub(super) fn body(&self) -> Result<Vec<u8>, UnreadableBody> {
        let largest = if self.is_base64 { LARGEST_BODY.div_ceil(3) * 4 } else { LARGEST_BODY };
        if self.body.len() > largest {
            return Err(UnreadableBody::TooLarge);
        }
        if !self.is_base64 {
            return Ok(self.body.clone().into_bytes());
        }
        match STANDARD.decode(&self.body) {
            Ok(body) if body.len() > LARGEST_BODY => Err(UnreadableBody::TooLarge),
            Ok(body) => Ok(body),
            Err(_) => Err(UnreadableBody::NotBase64),
        }
    }
}

impl From<Format2> for HttpRequest {
    fn from(event: Format2) -> Self {
        let Context2 { http, stage, time_epoch, authorizer } = event.request_context;
        // The stage is a part of the path, but for the default one.
        let (prefix, path) = split_stage(&event.raw_path, stage.as_deref());
        let query = event.raw_query_string.as_deref().map(parameters).unwrap_or_default();
        let claims = ["/iam/userArn", "/jwt/claims/sub", "/lambda/principalId"];
        Self {
            method: http.method.to_ascii_uppercase(),
            path: path.to_owned(),
            prefix: prefix.to_owned(),
            query,
            received_at: time_epoch.and_then(|at| Timestamp::from_millisecond(at).ok()),
            requested_by: name_of(authorizer.as_ref(), &claims),
            headers: lower_case(event.headers),
            body: event.body.unwrap_or_default(),
            is_base64: event.is_base64_encoded.unwrap_or_default(),
        }
    }
}

impl From<Format1> for HttpRequest {
    fn from(event: Format1) -> Self {
        let Context1 { path: seen, stage, request_time_epoch, identity, authorizer } = event.request_context;
        // What the caller sees ends with the path; before it stands the stage, or what a domain of one's own maps.
        let seen = seen.unwrap_or_default();
        let (within, path) = match split_stage(&event.path, stage.as_deref()) {
            (prefix, path) if !prefix.is_empty() && prefix != super::route::ROOT => (prefix, path),
            _ => ("", event.path.as_str()),
        };
        let prefix = seen.strip_suffix(path).filter(|prefix| !prefix.is_empty()).unwrap_or(within).to_owned();
        let query = match (event.multi_value_query_string_parameters, event.query_string_parameters) {
            (Some(many), _) => many
                .into_iter()
                .flat_map(|(name, values)| values.into_iter().map(move |value| (name.clone(), value)))
                .collect(),
            (None, single) => single.into_iter().flatten().collect(),
        };
        let identity = name_of(identity.as_ref(), &["/userArn"]);
        Self {
            method: event.http_method.to_ascii_uppercase(),
            path: path.to_owned(),
            prefix,
            query,
            received_at: request_time_epoch.and_then(|at| Timestamp::from_millisecond(at).ok()),
            requested_by: identity.or_else(|| name_of(authorizer.as_ref(), &["/claims/sub", "/principalId"])),
            headers: lower_case(event.headers),
            body: event.body.unwrap_or_default(),
            is_base64: event.is_base64_encoded.unwrap_or_default(),
        }
    }
}

/// The stage with its slash, if the path begins with it, and the rest.
fn split_stage<'a>(path: &'a str, stage: Option<&str>) -> (&'a str, &'a str) {
    let Some(stage) = stage.filter(|stage| !stage.is_empty() && *stage != DEFAULT_STAGE) else { return ("", path) };
    let rest = path.strip_prefix('/').and_then(|path| path.strip_prefix(stage));
    match rest {
        Some("") => (path, "/"),
        Some(rest) if rest.starts_with('/') => (&path[..path.len() - rest.len()], rest),
        _ => ("", path),
    }
}

/// Reads a query as forms write it.
fn parameters(query: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

fn lower_case(headers: Option<BTreeMap<String, String>>) -> BTreeMap<String, String> {
    headers.into_iter().flatten().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect()
}

/// The first of these values that is a text.
fn name_of(context: Option<&Value>, pointers: &[&str]) -> Option<String> {
    let context = context?;
    let name = pointers.iter().find_map(|pointer| context.pointer(pointer)?.as_str())?;
    Some(name.chars().take(LONGEST_NAME).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use ringfence_model::spec::strategy::any_json;

    fn format_2(path: &str, stage: &str) -> Value {
        json!({
            "version": "2.0", "rawPath": path, "rawQueryString": "limit=5&next_token=a%2Bb+c&x",
            "headers": {"Content-Type": "application/json"}, "isBase64Encoded": false, "body": "{}",
            "requestContext": {
                "http": {"method": "get", "path": path}, "stage": stage, "timeEpoch": 1_748_849_400_250_i64,
                "authorizer": {"iam": {"userArn": "arn:aws:iam::123456789012:user/ada"}},
            },
        })
    }

    fn format_1(path: &str, seen: &str, stage: &str) -> Value {
        json!({
            "httpMethod": "PUT", "path": path, "headers": null, "body": null, "isBase64Encoded": false,
            "queryStringParameters": null, "multiValueQueryStringParameters": {"limit": ["5", "6"]},
            "requestContext": {
                "path": seen, "stage": stage, "requestTimeEpoch": 1_748_849_400_250_i64,
                "identity": {"userArn": null}, "authorizer": {"claims": {"sub": "ada"}},
            },
        })
    }

    #[rstest]
    #[case("/environments/a", "$default", "", "/environments/a")]
    #[case("/prod/environments/a", "prod", "/prod", "/environments/a")]
    #[case("/prod", "prod", "/prod", "/")]
    #[case("/prod/", "prod", "/prod", "/")]
    #[case("/production/environments", "prod", "", "/production/environments")]
    #[case("/environments/environments/a", "environments", "/environments", "/environments/a")]
    fn stages_of_format_2(#[case] raw: &str, #[case] stage: &str, #[case] prefix: &str, #[case] path: &str) {
        let request = HttpRequest::read(&format_2(raw, stage)).unwrap();
        assert_eq!((request.prefix.as_str(), request.path.as_str()), (prefix, path));
    }

    #[rstest]
    #[case("/environments/a", "/prod/environments/a", "/prod", "/environments/a")]
    #[case("/environments/a", "/environments/a", "", "/environments/a")]
    #[case("/prod/environments/a", "/prod/environments/a", "/prod", "/environments/a")]
    #[case("/", "/prod/", "/prod", "/")]
    fn stages_of_format_1(#[case] own: &str, #[case] seen: &str, #[case] prefix: &str, #[case] path: &str) {
        let request = HttpRequest::read(&format_1(own, seen, "prod")).unwrap();
        assert_eq!((request.prefix.as_str(), request.path.as_str()), (prefix, path));
    }

    #[test]
    fn both_formats_tell_the_same() {
        let request = HttpRequest::read(&format_2("/", "$default")).unwrap();
        assert_eq!(request.method, "GET");
        assert_eq!(request.header("content-type"), Some("application/json"));
        let pairs: Vec<_> = request.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("limit", "5"), ("next_token", "a+b c"), ("x", "")]);
        assert_eq!(request.requested_by.as_deref(), Some("arn:aws:iam::123456789012:user/ada"));
        let other = HttpRequest::read(&format_1("/", "/", "prod")).unwrap();
        assert_eq!((other.received_at, other.query.len()), (request.received_at, 2));
        assert_eq!(other.requested_by.as_deref(), Some("ada"));
        assert_eq!(other.received_at.unwrap().as_millisecond(), 1_748_849_400_250);
    }

    #[rstest]
    #[case("{}".to_owned(), false, Ok(2))]
    #[case("e30=".to_owned(), true, Ok(2))]
    #[case("e30".to_owned(), true, Err(UnreadableBody::NotBase64))]
    #[case("x".repeat(LARGEST_BODY), false, Ok(LARGEST_BODY))]
    #[case("x".repeat(LARGEST_BODY + 1), false, Err(UnreadableBody::TooLarge))]
    #[case(STANDARD.encode("x".repeat(LARGEST_BODY)), true, Ok(LARGEST_BODY))]
    #[case(STANDARD.encode("x".repeat(LARGEST_BODY + 1)), true, Err(UnreadableBody::TooLarge))]
    fn bodies(#[case] body: String, #[case] is_base64: bool, #[case] length: Result<usize, UnreadableBody>) {
        let mut event = format_2("/", "$default");
        (event["body"], event["isBase64Encoded"]) = (json!(body), json!(is_base64));
        assert_eq!(HttpRequest::read(&event).unwrap().body().map(|body| body.len()), length);
    }

    proptest! {
        #[test]
        fn no_event_makes_it_panic(value in any_json(), key in "(rawPath|headers|body|requestContext|httpMethod|path)") {
            for mut event in [format_2("/", "prod"), format_1("/", "/", "prod")] {
                event[key.as_str()] = value.clone();
                if let Ok(request) = HttpRequest::read(&event) {
                    let _ = request.body();
                }
            }
        }

        #[test]
        fn no_path_or_query_makes_it_panic(path in ".*", stage in ".*", query in ".*") {
            let mut event = format_2(&path, &stage);
            event["rawQueryString"] = json!(query);
            let request = HttpRequest::read(&event).unwrap();
            prop_assert_eq!(request.path.is_empty(), path.is_empty());
        }
    }
}
