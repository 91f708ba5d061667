//! One client a service, sharing one connection pool.

use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_ec2::types::Filter;
use tokio::sync::{Mutex, OnceCell, Semaphore};

use ringfence_model::scope::Scope;

use super::{CallError, Named, counting::Counting, known::KnownIds, missing_field, passing::Passing};

/// Tries of one call before its error is handed on. The SDK backs off between them, which is what a throttled action
/// needs; its own default of 3 gives up within two seconds.
const ATTEMPTS: u32 = 6;

/// The longest that one try may take before it counts as lost.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);

/// How many endpoints are made at once: as many calls as AWS takes without a pause. It refills that bucket with [less
/// than one call a second](https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html), so that more at
/// once would only be throttled, time and again.
const ENDPOINTS_AT_ONCE: usize = 4;

/// The client of a service, whose calls are counted, and tried again where that helps.
macro_rules! client {
    ($service:ident, $config:expr) => {
        $service::Client::from_conf(
            $service::config::Builder::from($config).interceptor(Counting).retry_classifier(Passing).build(),
        )
    };
}

/// The clients of the account and region that the function itself runs in: those of the installation's own table and bus,
/// wherever an environment stands.
#[derive(Debug)]
pub(crate) struct OwnAws {
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    pub(crate) events: aws_sdk_eventbridge::Client,
}

/// The clients of one scope, an account and a region: whoever has them speaks to no other.
#[derive(Debug)]
pub(crate) struct Aws {
    pub(crate) ec2: aws_sdk_ec2::Client,
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) ssm: aws_sdk_ssm::Client,
    pub(crate) logs: aws_sdk_cloudwatchlogs::Client,
    pub(crate) quotas: aws_sdk_servicequotas::Client,
    pub(crate) route53resolver: aws_sdk_route53resolver::Client,
    sts: aws_sdk_sts::Client,
    /// What every call that makes an endpoint waits for: see [`ENDPOINTS_AT_ONCE`].
    pub(crate) endpoints_at_once: Semaphore,
    /// What every such call waits for, too, once AWS has throttled it: side by side they would only take each other's
    /// places in that bucket.
    pub(crate) throttled_endpoints: Mutex<()>,
    /// The IDs of the managed prefix lists of AWS's own services, by their names.
    pub(crate) service_prefix_lists: KnownIds,
    region: String,
    caller: OnceCell<Caller>,
    zones: OnceCell<Vec<String>>,
}

/// Whom AWS takes this function for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// Where its calls go.
    pub(crate) scope: Scope,
    /// The ARN of its session.
    pub(crate) arn: String,
}

/// Makes the clients from the environment that Lambda sets. Makes no call.
pub(crate) async fn connect() -> (OwnAws, Aws) {
    let config = aws_config::defaults(BehaviorVersion::latest())
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).build())
        .load()
        .await;
    let own = OwnAws { dynamodb: client!(aws_sdk_dynamodb, &config), events: client!(aws_sdk_eventbridge, &config) };
    (own, Aws::new(&config))
}

impl Aws {
    fn new(config: &SdkConfig) -> Self {
        Self {
            ec2: client!(aws_sdk_ec2, config),
            iam: client!(aws_sdk_iam, config),
            ssm: client!(aws_sdk_ssm, config),
            logs: client!(aws_sdk_cloudwatchlogs, config),
            quotas: client!(aws_sdk_servicequotas, config),
            route53resolver: client!(aws_sdk_route53resolver, config),
            sts: client!(aws_sdk_sts, config),
            endpoints_at_once: Semaphore::new(ENDPOINTS_AT_ONCE),
            throttled_endpoints: Mutex::new(()),
            service_prefix_lists: KnownIds::default(),
            region: config.region().map(ToString::to_string).unwrap_or_default(),
            caller: OnceCell::new(),
            zones: OnceCell::new(),
        }
    }

    /// The region of the scope, which is known before AWS has told the account.
    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// The names of the region's availability zones that are up, in order; asked for once in the life of the process.
    /// Local and Wavelength Zones are left out: what trains and its endpoints do not run there.
    pub(crate) async fn zones(&self) -> Result<&[String], CallError> {
        let zones = self.zones.get_or_try_init(|| async {
            let filter = |name: &str, value: &str| Filter::builder().name(name).values(value).build();
            let call = self
                .ec2
                .describe_availability_zones()
                .filters(filter("zone-type", "availability-zone"))
                .filters(filter("state", "available"));
            let answer = call.send().await.named("ec2:DescribeAvailabilityZones")?;
            let names = answer.availability_zones().iter().filter_map(|zone| zone.zone_name());
            let mut names: Vec<String> = names.map(ToOwned::to_owned).collect();
            names.sort();
            Ok(names)
        });
        zones.await.map(Vec::as_slice)
    }

    /// The scope that every call goes to; asked for once in the life of the process.
    pub(crate) async fn scope(&self) -> Result<&Scope, CallError> {
        self.caller().await.map(|caller| &caller.scope)
    }

    /// Whom AWS takes this function for, and where; asked for once in the life of the process.
    pub(crate) async fn caller(&self) -> Result<&Caller, CallError> {
        const ACTION: &str = "sts:GetCallerIdentity";
        self.caller
            .get_or_try_init(|| async {
                let identity = self.sts.get_caller_identity().send().await.named(ACTION)?;
                let account = identity.account().ok_or_else(|| missing_field(ACTION, "Account"))?;
                let partition = identity.arn().and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws");
                let arn = identity.arn().unwrap_or_default().to_owned();
                let scope =
                    Scope { partition: partition.to_owned(), region: self.region.clone(), account: account.to_owned() };
                Ok(Caller { scope, arn })
            })
            .await
    }
}
