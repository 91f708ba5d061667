//! What is answered when a request is refused or fails: problem details, RFC 9457. Pure.

use serde::Serialize;

use super::response::{RETRY_AFTER, Response};
use ringfence_model::{
    failure::{Failure, FailureKind},
    fault::Fault,
};

/// What the pointers of a request lead through to the spec, which over HTTP is the whole body.
const SPEC: &str = "/spec";

/// The fields of a request that stand in the path or the query, each with the name that the parameter has there.
const PARAMETERS: [(&str, &str); 3] = [("/environment", "name"), ("/limit", "limit"), ("/next_token", "next_token")];

/// A refusal or failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::event) struct Problem {
    /// A URI that tells this kind of problem from others; `about:blank` where the status says all.
    #[serde(rename = "type")]
    kind: String,
    /// What kind of problem it is, for a person.
    title: &'static str,
    /// The status of the answer.
    #[cfg_attr(test, schemars(range(min = 400, max = 599)))]
    status: u16,
    /// What happened, to which resource, and what to do.
    detail: String,
    /// The fields at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// The methods that the route takes, where it does not take the one that was asked for.
    #[serde(skip)]
    allow: Option<String>,
}

/// What is wrong with one field: of the body, by its JSON pointer, or of path and query, by the parameter's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct FieldError {
    /// Where in the body it stands; empty for the whole of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    /// The parameter of path or query.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
    /// What was expected, and what stood there.
    detail: String,
}

impl Problem {
    /// A problem that the status says all about, with what to do.
    fn plain(status: u16, title: &'static str, detail: impl Into<String>) -> Self {
        let kind = "about:blank".to_owned();
        Self { kind, title, status, detail: detail.into(), errors: Vec::new(), allow: None }
    }

    /// 400, for no field in particular.
    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Self::plain(400, "Bad Request", detail)
    }

    /// 400, for parameters of the query.
    pub(super) fn bad_parameters(errors: Vec<(String, String)>) -> Self {
        let listed: Vec<String> = errors.iter().map(|(name, detail)| format!("{name}: {detail}")).collect();
        let errors = errors
            .into_iter()
            .map(|(name, detail)| FieldError { pointer: None, parameter: Some(name), detail })
            .collect();
        Self { errors, ..Self::bad_request(listed.join("; ")) }
    }

    /// 404, for a path that is no route.
    pub(super) fn no_route(path: &str) -> Self {
        let path: String = path.chars().take(100).collect();
        Self::plain(404, "Not Found", format!("there is no route {path}; environments are below /environments"))
    }

    /// 405, with the methods that the route takes.
    pub(super) fn no_method(method: &str, allow: String) -> Self {
        let method: String = method.chars().take(20).collect();
        let detail = format!("{method} is not for this route; it takes {allow}");
        Self { allow: Some(allow), ..Self::plain(405, "Method Not Allowed", detail) }
    }

    /// 412, for a PUT that is to make what is there.
    pub(super) fn precondition_failed(name: &str) -> Self {
        let detail = format!("there is an environment {name}; leave If-None-Match out to change it");
        Self::plain(412, "Precondition Failed", detail)
    }

    /// 413.
    pub(super) fn body_too_large() -> Self {
        Self::plain(413, "Content Too Large", "the body is larger than 64 KiB, and no spec needs as much")
    }

    /// 415.
    pub(super) fn not_json(found: &str) -> Self {
        let found: String = found.chars().take(60).collect();
        let detail = format!("the body is {found:?}; send the spec with Content-Type: application/json, in UTF-8");
        Self::plain(415, "Unsupported Media Type", detail)
    }

    /// 409, for a request that a later one has overtaken.
    pub(super) fn superseded(name: &str) -> Self {
        Self {
            kind: kind("Superseded"),
            title: "A later request has been seen",
            ..Self::plain(409, "", format!("a later request for {name} has been seen; nothing was done"))
        }
    }

    /// 503, for what AWS did not answer in time.
    pub(in crate::event) fn out_of_time() -> Self {
        Self::plain(503, "Service Unavailable", "AWS did not answer in time; send the request again")
    }

    /// 500, for what ought not to happen.
    pub(super) fn internal(detail: impl Into<String>) -> Self {
        Self { kind: kind(FailureKind::Internal.as_str()), ..Self::plain(500, "Internal Server Error", detail) }
    }

    /// The problem as it is sent.
    pub(super) fn response(&self) -> Response {
        let body = serde_json::to_string(self).unwrap_or_default();
        let mut response = Response::new(self.status).with("content-type", "application/problem+json").body(body);
        if let Some(allow) = &self.allow {
            response = response.with("allow", allow.clone());
        }
        if matches!(self.status, 429 | 503) { response.with("retry-after", RETRY_AFTER) } else { response }
    }

    /// What the log calls it.
    pub(in crate::event) fn error_type(&self) -> &str {
        self.kind.rsplit(':').next().filter(|_| self.kind != "about:blank").unwrap_or(self.title)
    }

    /// The sentence for a person.
    pub(in crate::event) fn detail(&self) -> &str {
        &self.detail
    }

    /// Whether the fault is not the caller's.
    pub(in crate::event) const fn is_ours(&self) -> bool {
        self.status >= 500
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let (status, title) = match failure.kind {
            FailureKind::InvalidRequest => (400, "The request is wrong"),
            FailureKind::NotFound => (404, "There is no such environment"),
            FailureKind::Conflict => (409, "The request conflicts with what is there"),
            FailureKind::Protected => (409, "The environment is protected"),
            FailureKind::Blocked => (409, "Resources of others stand in the way"),
            FailureKind::QuotaExceeded => (409, "A quota is used up"),
            FailureKind::Throttled => (429, "AWS throttles"),
            FailureKind::Busy => (503, "The environment is being worked on"),
            FailureKind::AccessDenied => (500, "AWS denied an action to the function"),
            FailureKind::Exposed => (500, "The environment is not isolated"),
            FailureKind::Unusable => (500, "The environment is not usable"),
            FailureKind::Internal => (500, "Something went wrong"),
        };
        let name = kind(failure.kind.as_str());
        if failure.faults.is_empty() {
            return Self { kind: name, title, ..Self::plain(status, title, failure.message) };
        }
        let faults = failure.faults.into_iter().map(|fault| Fault { pointer: from_body(fault.pointer), ..fault });
        let faults: Vec<Fault> = faults.collect();
        let detail = Failure::of_faults(failure.kind, faults.clone()).message;
        Self {
            kind: name,
            errors: faults.into_iter().map(FieldError::from).collect(),
            ..Self::plain(status, title, detail)
        }
    }
}

impl From<Fault> for FieldError {
    fn from(fault: Fault) -> Self {
        let parameter = PARAMETERS.iter().find(|(pointer, _)| *pointer == fault.pointer);
        match parameter {
            Some((_, name)) => Self { pointer: None, parameter: Some((*name).to_owned()), detail: fault.message },
            None => Self { pointer: Some(fault.pointer), parameter: None, detail: fault.message },
        }
    }
}

/// A pointer into the request as one into the body.
fn from_body(pointer: String) -> String {
    match pointer.strip_prefix(SPEC) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => rest.to_owned(),
        _ => pointer,
    }
}

fn kind(name: &str) -> String {
    format!("urn:ringfence:problem:{name}")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_schema_is_committed() {
        ringfence_model::schema::assert_committed::<Problem>("problem", ringfence_model::schema::written());
    }

    fn fault(pointer: &str) -> Fault {
        Fault { pointer: pointer.to_owned(), message: "bad".to_owned() }
    }

    #[test]
    fn pointers_lead_from_the_body() {
        let faults = vec![fault("/spec/network/cidr"), fault("/spec"), fault("/environment"), fault("/limit")];
        let problem = Problem::from(Failure::of_faults(FailureKind::InvalidRequest, faults));
        assert_eq!(
            serde_json::to_value(&problem).unwrap(),
            json!({
                "type": "urn:ringfence:problem:InvalidRequest", "title": "The request is wrong", "status": 400,
                "detail": "/network/cidr: bad; the request: bad; /environment: bad; /limit: bad",
                "errors": [
                    {"pointer": "/network/cidr", "detail": "bad"}, {"pointer": "", "detail": "bad"},
                    {"parameter": "name", "detail": "bad"}, {"parameter": "limit", "detail": "bad"},
                ],
            })
        );
    }

    #[rstest]
    #[case(FailureKind::NotFound, 404)]
    #[case(FailureKind::Conflict, 409)]
    #[case(FailureKind::Protected, 409)]
    #[case(FailureKind::Throttled, 429)]
    #[case(FailureKind::Busy, 503)]
    #[case(FailureKind::Internal, 500)]
    fn statuses(#[case] kind: FailureKind, #[case] status: u16) {
        let problem = Problem::from(Failure::new(kind, "because"));
        assert_eq!((problem.status, problem.error_type()), (status, kind.as_str()));
        let answer = serde_json::to_value(problem.response()).unwrap();
        assert_eq!(answer["headers"]["content-type"], "application/problem+json");
        assert_eq!(answer["headers"].get("retry-after").is_some(), matches!(status, 429 | 503));
    }

    #[test]
    fn a_method_that_is_not_taken_says_which_are() {
        let answer = serde_json::to_value(Problem::no_method("PATCH", "GET, OPTIONS".to_owned()).response()).unwrap();
        assert_eq!((&answer["statusCode"], &answer["headers"]["allow"]), (&json!(405), &json!("GET, OPTIONS")));
    }
}
