//! Counts each call that the SDK makes, also those that it makes by itself because one failed, and takes note of the
//! IDs that AWS gives them.

use aws_sdk_ec2::{
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef},
        retry::{ClassifyRetry, RetryAction},
    },
    error::BoxError,
    operation::RequestId,
};
use aws_smithy_runtime_api::client::{
    interceptors::dyn_dispatch_hint, orchestrator::Metadata, retries::classifiers::RetryReason,
};
use aws_smithy_types::{
    config_bag::{Storable, StoreReplace},
    retry::ErrorKind,
};

use super::{Tally, error::chain};

/// Counts calls in the [`Tally`] of the work that they are made for.
#[derive(Debug)]
pub(super) struct Counting;

/// Whether the call was throttled when it was last tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct HeldUp(bool);

impl Storable for HeldUp {
    type Storer = StoreReplace<Self>;
}

#[dyn_dispatch_hint]
impl Intercept for Counting {
    fn name(&self) -> &'static str {
        "Counting"
    }

    fn read_before_attempt(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        Tally::add_call();
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(id) = context.response().and_then(RequestId::request_id) {
            Tally::add_request_id(id);
        }
        if let Some(error) = failed(context, config) {
            Tally::note_error(error);
        }
        let throttled = is_throttled(context, components);
        if throttled {
            Tally::add_throttle();
        }
        hold_up(config, throttled);
        Ok(())
    }

    fn read_after_execution(
        &self,
        _context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        hold_up(config, false);
        Ok(())
    }
}

/// Takes note of whether the call waits because AWS throttled it.
fn hold_up(config: &mut ConfigBag, now: bool) {
    let before = config.load::<HeldUp>().is_some_and(|held_up| held_up.0);
    if before == now {
        return;
    }
    let action = config.load::<Metadata>().map(action).unwrap_or_default();
    if now {
        Tally::is_held_up(&action);
    } else {
        Tally::goes_on(&action);
    }
    config.interceptor_state().store_put(HeldUp(now));
}

/// What a failed try of a call was answered with, as far as there was an answer.
fn failed(context: &FinalizerInterceptorContextRef<'_>, config: &ConfigBag) -> Option<String> {
    let error = context.output_or_error()?.err()?;
    let said = error.as_operation_error().map(|error| chain(error)).or_else(|| {
        let status = context.response()?.status().as_u16();
        Some(format!("HTTP {status}"))
    });
    let action = config.load::<Metadata>().map(action).unwrap_or_default();
    Some(format!("{action} answered {}", said.unwrap_or_else(|| "nothing".to_owned())))
}

/// Whether the SDK itself takes what AWS answered for throttling.
fn is_throttled(context: &FinalizerInterceptorContextRef<'_>, components: &RuntimeComponents) -> bool {
    matches!(context.output_or_error(), Some(Err(_)))
        && components.retry_classifiers().any(|classifier| {
            matches!(
                classifier.classify_retry(context.inner()),
                RetryAction::RetryIndicated(RetryReason::RetryableError { kind: ErrorKind::ThrottlingError, .. })
            )
        })
}

/// The action as IAM writes it, `ec2:CreateVpc`.
fn action(metadata: &Metadata) -> String {
    let prefix = match metadata.service() {
        "CloudWatch Logs" => "logs".to_owned(),
        "EventBridge" => "events".to_owned(),
        "Service Quotas" => "servicequotas".to_owned(),
        service => service.to_ascii_lowercase(),
    };
    format!("{prefix}:{}", metadata.name())
}
