//! From a request over HTTP to what is asked, and from what came of it to the answer. Pure.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    HttpRequest, Problem, Response,
    message::UnreadableBody,
    page,
    response::RETRY_AFTER,
    route::{ROOT, Route, Target},
};
use crate::{
    controller::{Enqueued, Precondition},
    event::{carried::request, json},
};
use ringfence_model::{
    failure::{Failure, FailureKind},
    name::EnvironmentName,
    request::{Defaults, EnvironmentRequest, Request},
};

/// What a request over HTTP comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::event) enum Asked {
    /// Nothing that the environments are needed for.
    Nothing(Response),
    /// A look, while the caller waits.
    Look(Request),
    /// A change: recorded while the caller waits, and done by others.
    Change(EnvironmentRequest, Precondition),
}

/// What is asked.
pub(in crate::event) fn asked(http: &HttpRequest, now: Timestamp) -> Result<Asked, Problem> {
    let Some((route, name)) = Route::find(&http.path) else { return Err(Problem::no_route(&http.path)) };
    if http.method == "OPTIONS" {
        return Ok(Asked::Nothing(Response::new(204).with("allow", route.allow())));
    }
    if !route.takes(&http.method) {
        return Err(Problem::no_method(&http.method, route.allow()));
    }
    if route.target == Target::Page {
        return Ok(Asked::Nothing(page::page().tagged(http.header("if-none-match"))));
    }
    let mut fields = Map::from_iter([("action".to_owned(), action(route.target, &http.method).into())]);
    fields.extend(query(http, route.target)?);
    if !matches!(route.target, Target::Environments | Target::Doctor) {
        fields.insert("environment".to_owned(), name.into());
    }
    if route.target == Target::Diagram {
        fields.insert("view".to_owned(), "svg".into());
    }
    if matches!(http.method.as_str(), "PUT" | "POST") {
        fields.extend(body(http)?.map(|spec| ("spec".to_owned(), spec)));
    }
    let defaults = Defaults { requested_at: http.received_at, now };
    match request(&Value::Object(fields), defaults)? {
        Request::Environment(request) if matches!(http.method.as_str(), "PUT" | "DELETE") => {
            precondition(http).map(|precondition| Asked::Change(request, precondition))
        }
        request => Ok(Asked::Look(request)),
    }
}

/// The answer to a look.
pub(in crate::event) fn answered(http: &HttpRequest, reply: &Value) -> Result<Response, Problem> {
    let known = http.header("if-none-match").filter(|_| http.method != "POST");
    let response = match reply.get("svg").and_then(Value::as_str) {
        Some(drawing) => Response::new(200)
            .with("content-type", "image/svg+xml")
            .with("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
            .body(drawing.to_owned()),
        None => Response::new(200).with("content-type", "application/json").body(reply.to_string()),
    };
    Ok(response.tagged(known))
}

/// The answer to a change that was recorded, or was not.
pub(in crate::event) fn recorded(
    http: &HttpRequest,
    environment: &EnvironmentName,
    enqueued: Enqueued,
) -> Result<Response, Problem> {
    let answer = match enqueued {
        Enqueued::Recorded(answer) => answer,
        Enqueued::Superseded => return Err(Problem::superseded(environment.as_str())),
        Enqueued::Exists => return Err(Problem::precondition_failed(environment.as_str())),
    };
    let body = serde_json::to_string(&answer)
        .map_err(|error| Problem::internal(format!("the answer cannot be written: {error}")))?;
    let response = Response::new(202)
        .with("content-type", "application/json")
        .with("location", format!("{}{ROOT}/{environment}", http.prefix))
        .with("retry-after", RETRY_AFTER);
    Ok(response.body(body))
}

/// The answer as it is sent: HEAD has no body.
pub(in crate::event) fn finished(http: &HttpRequest, answered: Result<Response, Problem>) -> Response {
    let response = answered.unwrap_or_else(|problem| problem.response());
    if http.method == "HEAD" { response.without_body() } else { response }
}

fn action(target: Target, method: &str) -> &'static str {
    match (target, method) {
        (Target::Environments, _) => "list",
        (Target::Doctor, _) => "doctor",
        (Target::Plan, _) => "plan",
        (_, "PUT") => "create",
        (_, "DELETE") => "delete",
        _ => "describe",
    }
}

/// The fields that stand in the query. What is unknown or given twice is refused, as it is in a body.
fn query(http: &HttpRequest, target: Target) -> Result<Map<String, Value>, Problem> {
    let known: &[&str] = if target == Target::Environments { &["limit", "next_token"] } else { &[] };
    let mut fields = Map::new();
    let mut errors = Vec::new();
    for (name, value) in &http.query {
        let shown: String = name.chars().take(60).collect();
        if !known.contains(&name.as_str()) {
            errors.push((shown, "the query has no such parameter here".to_owned()));
            continue;
        }
        let number = value.parse::<u16>().ok().filter(|_| name == "limit");
        if fields.insert(name.clone(), number.map_or_else(|| json!(value), |number| json!(number))).is_some() {
            errors.push((shown, "it is given more than once".to_owned()));
        }
    }
    errors.truncate(ringfence_model::fault::Faults::MOST);
    if errors.is_empty() { Ok(fields) } else { Err(Problem::bad_parameters(errors)) }
}

/// The body as JSON; `None` where there is none.
fn body(http: &HttpRequest) -> Result<Option<Value>, Problem> {
    let body = http.body().map_err(|unreadable| match unreadable {
        UnreadableBody::TooLarge => Problem::body_too_large(),
        UnreadableBody::NotBase64 => Problem::bad_request("the body is said to be base64, and is not"),
    })?;
    if body.is_empty() {
        return Ok(None);
    }
    if let Some(media_type) = http.header("content-type").filter(|media_type| !is_json(media_type)) {
        return Err(Problem::not_json(media_type));
    }
    json::read(&body).map(Some).map_err(|error| {
        let message = format!("the body cannot be read as JSON: {error}");
        Problem::from(Failure::new(FailureKind::InvalidRequest, message))
    })
}

/// Whether a media type is JSON in UTF-8.
fn is_json(media_type: &str) -> bool {
    let media_type = media_type.to_ascii_lowercase();
    let mut parts = media_type.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let is_json = essence == "application/json" || essence.starts_with("application/") && essence.ends_with("+json");
    is_json && parts.filter_map(|part| part.strip_prefix("charset=")).all(|set| set.trim_matches('"') == "utf-8")
}

/// What a change is held to.
fn precondition(http: &HttpRequest) -> Result<Precondition, Problem> {
    if http.header("if-match").is_some() {
        return Err(Problem::bad_request("If-Match is not understood here; leave it out"));
    }
    match (http.method.as_str(), http.header("if-none-match")) {
        (_, None) => Ok(Precondition::None),
        ("PUT", Some("*")) => Ok(Precondition::Absent),
        _ => Err(Problem::bad_request("of If-None-Match only * is understood, and for PUT alone; leave it out")),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
