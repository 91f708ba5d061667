//! Everything that is looked at, at once.

use std::{future::Future, pin::Pin, time::Duration};

use futures_util::future::join_all;
use tokio::time::timeout;

use super::{
    boundary, bus, flow_log_role, network, permissions,
    questions::Installation,
    quotas,
    report::{CheckName, Diagnosis, Examined},
    table,
};
use crate::{
    aws::{Aws, CallError, Caller, OwnAws},
    deadline::Deadline,
    settings::Settings,
};

/// How much of the time is kept for the answer.
const KEPT: Duration = Duration::from_secs(1);

type Look<'a> = Pin<Box<dyn Future<Output = Examined> + Send + 'a>>;

/// Looks at everything that an installation needs before its first environment. Changes nothing. What does not answer
/// in time was not looked at, and keeps nothing else from being told.
pub(crate) async fn examine(own: &OwnAws, aws: &Aws, settings: &Settings, deadline: Deadline) -> Diagnosis {
    let roles = quotas::ROLES_OF_ITS_OWN - u64::from(settings.flow_log_role.is_some());
    let span = deadline.keeping(KEPT).left();
    let looks: [Look<'_>; 10] = [
        Box::pin(table::examine(own, &settings.table)),
        Box::pin(bus::examine(own, &settings.event_bus)),
        Box::pin(bus::examine_trail(own)),
        Box::pin(as_caller(aws, settings, CheckName::PermissionsBoundary)),
        Box::pin(as_caller(aws, settings, CheckName::Permissions)),
        Box::pin(as_caller(aws, settings, CheckName::FlowLogRole)),
        Box::pin(network::examine_vpcs(aws, settings)),
        Box::pin(network::examine_endpoints(aws)),
        Box::pin(network::examine_zones(aws)),
        Box::pin(quotas::examine_identities(aws, roles)),
    ];
    let parameters: Look<'_> = Box::pin(as_caller(aws, settings, CheckName::QuotaParameters));
    let examined = join_all(looks.into_iter().chain([parameters]).map(|look| timeout(span, look))).await;
    Diagnosis::of(examined.into_iter().flatten().collect())
}

/// A look for which it has to be known who the caller is.
async fn as_caller(aws: &Aws, settings: &Settings, check: CheckName) -> Examined {
    let Caller { scope, arn } = match aws.caller().await {
        Ok(caller) => caller,
        Err(error) => return nobody(check, &error),
    };
    let boundary = settings.permissions_boundary.as_deref();
    let installation = Installation {
        scope,
        table: &settings.table,
        bus: bus::name_of(&settings.event_bus),
        export_prefix: &settings.export_prefix,
        boundary,
        flow_log_role: settings.flow_log_role.as_deref(),
    };
    match check {
        CheckName::PermissionsBoundary => boundary::examine(aws, boundary, &scope.account).await,
        CheckName::FlowLogRole => flow_log_role::examine(aws, &installation).await,
        CheckName::QuotaParameters => quotas::examine_parameters(aws, scope).await,
        _ => permissions::examine(aws, arn, &installation).await,
    }
}

fn nobody(check: CheckName, error: &CallError) -> Examined {
    Examined::default().missed(check, error.to_string())
}
