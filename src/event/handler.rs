//! One invocation from event to answer.

use jiff::Timestamp;
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::Value;
use tracing::{Instrument, Span, error, field::Empty, info, info_span};

use super::decode::decode;
use crate::{
    answer::{Answer, Status},
    aws::Aws,
    clock,
    controller::{Controller, Reply, Sweep},
    deadline::Deadline,
    failure::{Failure, FailureKind},
    request::{Action, Request},
    settings::Settings,
};

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self { error_type: failure.kind.as_str().to_owned(), error_message: failure.message }
    }
}

/// Handles one invocation.
///
/// # Errors
///
/// The failure, whose kind is the `errorType` that Lambda reports.
pub async fn handle(service: &Service, event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    let request_id = event.context.request_id.as_str();
    let span = info_span!("request", request_id, environment = Empty, action = Empty, carrier = Empty);
    let now = clock::now();
    let deadline = i64::try_from(event.context.deadline).ok().and_then(|at| Timestamp::from_millisecond(at).ok());
    let deadline = Deadline::new(deadline.unwrap_or(now), now);
    let result = async {
        let answered = answer(service, &event.payload, request_id, deadline, now).await;
        let milliseconds = clock::now().duration_since(now).as_millis();
        match &answered {
            Ok(_) => info!(milliseconds, "answered"),
            Err(failure) => error!(milliseconds, error_type = %failure.kind, "{failure}"),
        }
        answered
    };
    result.instrument(span).await.map_err(Diagnostic::from)
}

async fn answer(
    service: &Service,
    event: &Value,
    request_id: &str,
    deadline: Deadline,
    now: Timestamp,
) -> Result<Value, Failure> {
    let (carrier, request) = decode(event, now)?;
    let span = Span::current();
    span.record("action", request.action().as_str());
    span.record("carrier", carrier.as_str());
    if let Some(environment) = request.environment() {
        span.record("environment", environment.as_str());
    }
    info!("requested");
    let owner = format!("{request_id}/{}", service.nonce);
    let controller = Controller { aws: &service.aws, settings: &service.settings, owner: &owner, deadline };
    let reply = match controller.handle(request.clone()).await {
        Err(failure) if failure.kind == FailureKind::Busy && carrier.takes_busy_as_answer() => busy(&request, failure)?,
        reply => reply?,
    };
    serde_json::to_value(reply)
        .map_err(|error| Failure::new(FailureKind::Internal, format!("the answer cannot be written: {error}")))
}

/// The answer that stands for being busy.
fn busy(request: &Request, failure: Failure) -> Result<Reply, Failure> {
    let Request::Environment(request) = request else {
        return Ok(Reply::Sweep(Sweep::left_to_another()));
    };
    let action = request.ask.action();
    let status = if action == Action::Delete { Status::Deleting } else { Status::Provisioning };
    let mut answer = Answer::new(request.environment.clone(), action, status);
    answer.requested_at = Some(request.requested_at);
    answer.waiting_for = vec![failure.message];
    Ok(Reply::Environment(Box::new(answer)))
}

/// What lives as long as the process.
#[derive(Debug)]
pub struct Service {
    aws: Aws,
    settings: Settings,
    /// Tells the leases of this process from those of another that handles an invocation of the same ID.
    nonce: String,
}

impl Service {
    /// Makes the clients. Makes no call.
    pub async fn start(settings: Settings) -> Self {
        let nonce = format!("{}-{}", std::process::id(), clock::now().as_millisecond());
        Self { aws: Aws::from_environment().await, settings, nonce }
    }
}
