//! One invocation from event to answer.

use std::time::Duration;

use aws_lambda_events::sqs::SqsBatchResponse;
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde::Serialize;
use serde_json::Value;
use tracing::{Instrument, Span, error, field::Empty, info, info_span, warn};

use super::{
    carried::Carried,
    carrier::Carrier,
    decode::{Incoming, decode},
    http::{self, Asked, HttpRequest, Problem, Response},
    sqs::{Message, is_to_be_sent_again, left_over},
};
use crate::{
    answer::Answer,
    aws::{Aws, OwnAws, Tally, connect},
    clock,
    controller::{Controller, Reply, Sweep},
    deadline::Deadline,
    settings::Settings,
    telemetry::{self, Metric},
};
use ringfence_model::{
    failure::{Failure, FailureKind},
    request::{Action, EnvironmentRequest, Request},
    status::Status,
};

/// How long a caller over HTTP waits: API Gateway gives up after
/// [29 seconds](https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html) of a REST API.
const HTTP_WAITS: Duration = Duration::from_secs(25);

/// How many messages of a queue are worked on at once, as many as a sweep works on: AWS throttles by account and
/// region, not by environment.
const AT_ONCE: usize = 4;

/// A failure as Lambda reports it.
fn diagnostic(failure: Failure) -> Diagnostic {
    Diagnostic { error_type: failure.kind.as_str().to_owned(), error_message: failure.message }
}

/// Handles one invocation.
///
/// # Errors
///
/// The failure, whose kind is the `errorType` that Lambda reports.
pub async fn handle(service: &Service, event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    let request_id = event.context.request_id.as_str();
    let trace = event.context.xray_trace_id.as_deref();
    let span = info_span!(
        "request",
        request_id,
        trace,
        environment = Empty,
        action = Empty,
        carrier = Empty,
        requested_by = Empty
    );
    let now = clock::now();
    let deadline = i64::try_from(event.context.deadline).ok().and_then(|at| Timestamp::from_millisecond(at).ok());
    let deadline = Deadline::new(deadline.unwrap_or(now), now);
    let owner = format!("{request_id}/{}", service.nonce);
    let invocation = Invocation { service, owner, trace, deadline, now };
    let (answered, tally) = Tally::of(Box::pin(invocation.answer(&event.payload))).instrument(span).await;
    telemetry::add(Metric::ApiCalls, tally.calls());
    telemetry::add(Metric::Throttles, tally.throttles());
    telemetry::write_metrics();
    answered.map_err(diagnostic)
}

#[derive(Debug)]
struct Invocation<'a> {
    service: &'a Service,
    /// Who holds the leases that it takes.
    owner: String,
    /// What it is a part of, as X-Ray knows it.
    trace: Option<&'a str>,
    deadline: Deadline,
    /// When it began.
    now: Timestamp,
}

impl Invocation<'_> {
    async fn answer(&self, event: &Value) -> Result<Value, Failure> {
        match decode(event, self.now) {
            Ok(Incoming::Request(carried)) => to_json(&self.carry_out(carried, &self.owner).await?),
            Ok(Incoming::Messages(messages)) => to_json(&self.carry_out_all(messages).await),
            Ok(Incoming::Http(request)) => to_json(&self.exchange(&request).await),
            Err(failure) => {
                self.log_end(Err(&failure));
                Err(failure)
            }
        }
    }

    /// Does what a request asks, in the span of its own.
    async fn carry_out(&self, carried: Carried, owner: &str) -> Result<Reply, Failure> {
        let Carried { carrier, request, requested_by } = carried;
        self.log_begin(carrier, &request, requested_by.as_deref());
        let controller = self.controller(owner, requested_by.as_deref(), self.deadline);
        let outcome = match controller.handle(request.clone()).await {
            Err(failure) if failure.kind == FailureKind::Busy && carrier == Carrier::EventBridge => {
                Ok(busy(&request, failure))
            }
            outcome => outcome,
        };
        self.log_end(outcome.as_ref().map(Reply::status));
        outcome
    }

    /// Does what messages ask, and says which are to be sent again.
    async fn carry_out_all(&self, messages: Vec<Message>) -> SqsBatchResponse {
        Span::current().record("carrier", Carrier::Sqs.as_str());
        let outcomes = stream::iter(messages).map(|message| async move {
            let span = info_span!(
                "message",
                message_id = message.id,
                environment = Empty,
                action = Empty,
                requested_by = Empty
            );
            let (again, _) = Tally::of(self.is_left_over(message.carried, &message.id)).instrument(span).await;
            (message.id, again)
        });
        let outcomes: Vec<(String, bool)> = outcomes.buffered(AT_ONCE).collect().await;
        left_over(outcomes.into_iter().filter(|(_, again)| *again).map(|(id, _)| id))
    }

    /// Does what one message asks, and says whether it is to be sent again.
    async fn is_left_over(&self, carried: Result<Carried, Failure>, id: &str) -> bool {
        if self.deadline.is_near() {
            warn!("the deadline is near: not begun");
            return true;
        }
        match carried {
            Ok(carried) => {
                // Two messages of a batch may be about one environment: each is an owner of its own.
                let owner = format!("{}/{id}", self.owner);
                is_to_be_sent_again(&self.carry_out(carried, &owner).await)
            }
            Err(failure) => {
                self.log_end(Err(&failure));
                true
            }
        }
    }

    /// Answers a request over HTTP.
    async fn exchange(&self, request: &HttpRequest) -> Response {
        Span::current().record("carrier", Carrier::Http.as_str());
        let answered = self.exchanged(request).await;
        let milliseconds = self.milliseconds();
        let (calls, throttles) = Tally::so_far();
        match &answered {
            Ok(response) => info!(milliseconds, calls, throttles, http_status = response.status(), "answered"),
            Err(problem) if problem.is_ours() => {
                error!(milliseconds, calls, throttles, error_type = problem.error_type(), "{}", problem.detail());
            }
            Err(problem) => {
                warn!(milliseconds, calls, throttles, error_type = problem.error_type(), "{}", problem.detail());
            }
        }
        http::finished(request, answered)
    }

    async fn exchanged(&self, request: &HttpRequest) -> Result<Response, Problem> {
        let deadline = self.deadline.sooner(HTTP_WAITS);
        let requested_by = request.requested_by.as_deref();
        let controller = self.controller(&self.owner, requested_by, deadline);
        let in_time = |failure: Failure| match failure.kind {
            FailureKind::Internal if deadline.left().is_zero() => Problem::out_of_time(),
            _ => Problem::from(failure),
        };
        match http::asked(request, self.now)? {
            Asked::Nothing(response) => Ok(response),
            Asked::Look(asked) => {
                self.log_begin(Carrier::Http, &asked, requested_by);
                let reply = controller.handle(asked).await.map_err(in_time)?;
                http::answered(request, &to_json(&reply)?)
            }
            Asked::Change(asked, precondition) => {
                let EnvironmentRequest { environment, .. } = &asked;
                self.log_begin(Carrier::Http, &Request::Environment(asked.clone()), requested_by);
                let enqueued = controller.enqueue(&asked, precondition).await.map_err(in_time)?;
                http::recorded(request, environment, enqueued)
            }
        }
    }

    fn controller<'c>(&'c self, owner: &'c str, requested_by: Option<&'c str>, deadline: Deadline) -> Controller<'c> {
        let Service { own, aws, settings, .. } = self.service;
        Controller { own, aws, settings, owner, requested_by, trace: self.trace, deadline }
    }

    fn log_begin(&self, carrier: Carrier, request: &Request, requested_by: Option<&str>) {
        let span = Span::current();
        span.record("action", request.action().as_str());
        span.record("carrier", carrier.as_str());
        if let Some(environment) = request.environment() {
            span.record("environment", environment.as_str());
        }
        if let Some(requested_by) = requested_by {
            span.record("requested_by", requested_by);
        }
        info!("requested");
    }

    fn log_end(&self, outcome: Result<Option<Status>, &Failure>) {
        let milliseconds = self.milliseconds();
        let (calls, throttles) = Tally::so_far();
        match outcome {
            Ok(status) => info!(milliseconds, calls, throttles, status = status.map(Status::as_str), "answered"),
            Err(failure) => error!(milliseconds, calls, throttles, error_type = %failure.kind, "{failure}"),
        }
    }

    fn milliseconds(&self) -> u64 {
        u64::try_from(clock::now().duration_since(self.now).as_millis()).unwrap_or_default()
    }
}

fn to_json(answer: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(answer)
        .map_err(|error| Failure::new(FailureKind::Internal, format!("the answer cannot be written: {error}")))
}

/// The answer that stands for being busy.
fn busy(request: &Request, failure: Failure) -> Reply {
    let Request::Environment(request) = request else {
        return Reply::Sweep(Sweep::left_to_another());
    };
    let action = request.ask.action();
    let status = if action == Action::Delete { Status::Deleting } else { Status::Provisioning };
    let mut answer = Answer::new(request.environment.clone(), action, status);
    answer.requested_at = Some(request.requested_at);
    answer.waiting_for = vec![failure.message];
    Reply::Environment(Box::new(answer))
}

/// What lives as long as the process.
#[derive(Debug)]
pub struct Service {
    own: OwnAws,
    aws: Aws,
    settings: Settings,
    /// Tells the leases of this process from those of another that handles an invocation of the same ID.
    nonce: String,
}

impl Service {
    /// Makes the clients. Makes no call.
    pub async fn start(settings: Settings) -> Self {
        let nonce = format!("{}-{}", std::process::id(), clock::now().as_millisecond());
        let (own, aws) = connect().await;
        Self { own, aws, settings, nonce }
    }
}
