//! The Lambda function: cold start only.

use std::process::ExitCode;

use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use ringfence::{
    event::{Service, TextLayer, handle},
    settings::Settings,
    telemetry,
};
use serde_json::Value;
use tracing::error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let settings = Settings::read(|variable| std::env::var(variable).ok());
    let trace_file = settings.as_ref().ok().and_then(|settings| settings.trace_file.as_deref());
    let started = telemetry::start(trace_file);
    let settings = settings.and_then(|settings| match started {
        Ok(()) => Ok(settings),
        Err(error) => Err(settings.trace_file_problem(&error)),
    });
    let settings = match settings {
        Ok(settings) => settings,
        Err(problem) => {
            error!("{problem}");
            return ExitCode::FAILURE;
        }
    };
    let service = Service::start(settings).await;
    let handler = service_fn(|event: LambdaEvent<Value>| handle(&service, event));
    match Runtime::new(handler).layer(TextLayer).run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            error!("{problem}");
            ExitCode::FAILURE
        }
    }
}
