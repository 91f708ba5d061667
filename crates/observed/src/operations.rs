//! Flow logs, log groups and published parameters as observed.

use super::Tags;

/// A flow log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowLog {
    /// `fl-…`
    pub id: String,
    /// The VPC, subnet or interface whose traffic it records.
    pub resource: String,
    /// `ALL`, `ACCEPT` or `REJECT`
    pub traffic_type: String,
    /// The CloudWatch Logs group that it writes to, empty for another destination.
    pub log_group: String,
    /// The ARN of the role that it writes with.
    pub role_arn: String,
    /// Seconds of traffic in a record: 60 or 600.
    pub aggregation_interval: u32,
    /// Whether AWS reports it active.
    pub active: bool,
    /// Why AWS could not deliver of late, where `DeliverLogsStatus` is `FAILED`: `Rate limited`, `Access error` or
    /// `Unknown error` (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_FlowLog.html>).
    pub undelivered: Option<String>,
    /// Tags.
    pub tags: Tags,
}

/// A CloudWatch Logs group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogGroup {
    /// Its name.
    pub name: String,
    /// Its ARN, without the trailing `:*`.
    pub arn: String,
    /// Days that events are kept; `None`: for ever.
    pub retention_days: Option<u16>,
    /// ARN of the key that encrypts it.
    pub kms_key: Option<String>,
    /// Tags; `None` when they were not asked for.
    pub tags: Option<Tags>,
}

/// A published SSM parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its full name, `/ringfence/fraud-v3/vpc_id`.
    pub name: String,
    /// `String` or `StringList`
    pub parameter_type: String,
    /// Its value.
    pub value: String,
    /// Tags; `None` when they were not asked for: SSM tells those of one parameter a call.
    pub tags: Option<Tags>,
}
