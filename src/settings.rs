//! The function's settings, from environment variables.

use std::{fmt, io, path::PathBuf};

use ipnet::Ipv4Net;

/// What a deployment decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `RINGFENCE_TABLE`: the DynamoDB table, which also is the name of this installation. Required.
    pub table: String,
    /// `RINGFENCE_EVENT_BUS`: where notifications and self-addressed requests go. Default: `default`.
    pub event_bus: String,
    /// `RINGFENCE_EXPORT_PREFIX`: what the names of published parameters begin with. Default: `/ringfence`.
    pub export_prefix: String,
    /// `RINGFENCE_CIDR_POOL`: the blocks to allocate from. Default: `10.0.0.0/8`.
    pub cidr_pool: Vec<Ipv4Net>,
    /// `RINGFENCE_PERMISSIONS_BOUNDARY`: the ARN of the policy put on every role. Default: none.
    pub permissions_boundary: Option<String>,
    /// `RINGFENCE_FLOW_LOG_ROLE`: the ARN of one role that all flow logs are delivered with. Default: a role for each
    /// environment.
    pub flow_log_role: Option<String>,
    /// `RINGFENCE_TRACE_FILE`: the file into which a trace is written, of each call to AWS and of the rounds that they
    /// are made in. Default: none.
    pub trace_file: Option<PathBuf>,
}

/// A setting that is missing or malformed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {problem}")]
pub struct SettingsError {
    variable: &'static str,
    problem: String,
}

const TABLE: &str = "RINGFENCE_TABLE";
const EVENT_BUS: &str = "RINGFENCE_EVENT_BUS";
const EXPORT_PREFIX: &str = "RINGFENCE_EXPORT_PREFIX";
const CIDR_POOL: &str = "RINGFENCE_CIDR_POOL";
const PERMISSIONS_BOUNDARY: &str = "RINGFENCE_PERMISSIONS_BOUNDARY";
const FLOW_LOG_ROLE: &str = "RINGFENCE_FLOW_LOG_ROLE";
const TRACE_FILE: &str = "RINGFENCE_TRACE_FILE";

impl Settings {
    /// Reads the settings with `lookup`, which gives the value of an environment variable. An empty value counts as
    /// unset: templates pass empty parameters on as such.
    ///
    /// # Errors
    ///
    /// Names the first variable that is missing or malformed, and what was expected.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let get = |variable: &'static str| lookup(variable).filter(|value| !value.trim().is_empty());
        let table = get(TABLE).ok_or_else(|| problem(TABLE, "is not set: it names the DynamoDB table"))?;
        let export_prefix = get(EXPORT_PREFIX).unwrap_or_else(|| "/ringfence".to_owned());
        let pool = get(CIDR_POOL).unwrap_or_else(|| "10.0.0.0/8".to_owned());
        Ok(Self {
            table: checked(TABLE, table, is_table, "3 to 255 of letters, digits, _ . and -")?,
            event_bus: checked(
                EVENT_BUS,
                get(EVENT_BUS).unwrap_or_else(|| "default".to_owned()),
                is_bus,
                "the name or ARN of an event bus",
            )?,
            export_prefix: checked(
                EXPORT_PREFIX,
                export_prefix,
                is_prefix,
                "a path such as /ringfence: a slash before each part, none at the end, letters, digits, _ . and -, and not /aws or /ssm",
            )?,
            cidr_pool: pool.split(',').map(|block| pool_block(block.trim())).collect::<Result<_, _>>()?,
            permissions_boundary: get(PERMISSIONS_BOUNDARY)
                .map(|arn| checked(PERMISSIONS_BOUNDARY, arn, is_policy_arn, "the ARN of an IAM policy"))
                .transpose()?,
            flow_log_role: get(FLOW_LOG_ROLE)
                .map(|arn| checked(FLOW_LOG_ROLE, arn, is_role_arn, "the ARN of an IAM role"))
                .transpose()?,
            trace_file: get(TRACE_FILE).map(PathBuf::from),
        })
    }

    /// What is wrong with [`Self::trace_file`], once it has turned out that it cannot be written.
    #[must_use]
    pub fn trace_file_problem(&self, error: &io::Error) -> SettingsError {
        let file = self.trace_file.as_deref().unwrap_or_else(|| "".as_ref());
        problem(TRACE_FILE, format!("is {file:?}, which cannot be written: {error}"))
    }
}

fn problem(variable: &'static str, problem: impl fmt::Display) -> SettingsError {
    SettingsError { variable, problem: problem.to_string() }
}

fn checked(
    variable: &'static str,
    value: String,
    is_right: impl Fn(&str) -> bool,
    expected: &str,
) -> Result<String, SettingsError> {
    if is_right(&value) { Ok(value) } else { Err(problem(variable, format!("is {value:?}, expected {expected}"))) }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|each| each.is_ascii_alphanumeric() || "_.-".contains(each))
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>
fn is_table(text: &str) -> bool {
    is_word(text) && (3..=255).contains(&text.len())
}

/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html>
fn is_bus(text: &str) -> bool {
    text.len() <= 1600 && text.chars().all(|each| each.is_ascii_alphanumeric() || "/_.-:".contains(each))
}

/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html>: at most 15
/// levels, of which the environment and the export's own name take two.
fn is_prefix(text: &str) -> bool {
    let Some(path) = text.strip_prefix('/') else { return false };
    let first = path.split('/').next().unwrap_or_default().to_ascii_lowercase();
    path.split('/').all(is_word)
        && path.split('/').count() <= 13
        && text.len() <= 900
        && !first.starts_with("aws")
        && !first.starts_with("ssm")
}

fn is_policy_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    matches!(parts.as_slice(), ["arn", _, "iam", "", _, resource] if resource.strip_prefix("policy/").is_some_and(|name| !name.is_empty()))
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>: the path of a role is part of its ARN,
/// and its name has 64 letters at most.
fn is_role_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, "iam", "", account, resource] = parts.as_slice() else { return false };
    let Some(path) = resource.strip_prefix("role/") else { return false };
    let name = path.rsplit('/').next().unwrap_or_default();
    let is_letter = |each: char| each.is_ascii_alphanumeric() || "+=,.@_-".contains(each);
    partition.starts_with("aws")
        && account.len() == 12
        && account.chars().all(|digit| digit.is_ascii_digit())
        && (1..=64).contains(&name.len())
        && name.chars().all(is_letter)
        && path.chars().all(|each| each.is_ascii_graphic())
}

fn pool_block(text: &str) -> Result<Ipv4Net, SettingsError> {
    let expected =
        "expected blocks within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16 (RFC 1918), /8 to /24, comma-separated";
    let wrong = || problem(CIDR_POOL, format!("holds {text:?}, {expected}"));
    let block: Ipv4Net = text.parse().map_err(|_| wrong())?;
    let private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
    let within = private.iter().filter_map(|range| range.parse::<Ipv4Net>().ok()).any(|range| range.contains(&block));
    if within && block.trunc() == block && block.prefix_len() <= 24 { Ok(block) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        Settings::read(|variable| {
            pairs.iter().find(|(name, _)| *name == variable).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn defaults_are_the_documented_ones() {
        let settings = read(&[(TABLE, "ringfence"), (PERMISSIONS_BOUNDARY, "")]).unwrap();
        assert_eq!(settings.event_bus, "default");
        assert_eq!(settings.export_prefix, "/ringfence");
        assert_eq!(settings.cidr_pool, ["10.0.0.0/8".parse().unwrap()]);
        assert_eq!((settings.permissions_boundary, settings.flow_log_role, settings.trace_file), (None, None, None));
    }

    #[rstest]
    #[case(&[], TABLE)]
    #[case(&[(TABLE, "a b")], TABLE)]
    #[case(&[(TABLE, "table"), (EXPORT_PREFIX, "ringfence")], EXPORT_PREFIX)]
    #[case(&[(TABLE, "table"), (EXPORT_PREFIX, "/aws/x")], EXPORT_PREFIX)]
    #[case(&[(TABLE, "table"), (EXPORT_PREFIX, "/x/")], EXPORT_PREFIX)]
    #[case(&[(TABLE, "table"), (CIDR_POOL, "8.8.8.0/24")], CIDR_POOL)]
    #[case(&[(TABLE, "table"), (CIDR_POOL, "10.0.0.1/8")], CIDR_POOL)]
    #[case(&[(TABLE, "table"), (CIDR_POOL, "10.0.0.0/8,")], CIDR_POOL)]
    #[case(&[(TABLE, "table"), (PERMISSIONS_BOUNDARY, "policy")], PERMISSIONS_BOUNDARY)]
    #[case(&[(TABLE, "table"), (FLOW_LOG_ROLE, "flow-logs")], FLOW_LOG_ROLE)]
    #[case(&[(TABLE, "table"), (FLOW_LOG_ROLE, "arn:aws:iam::123456789012:policy/flow-logs")], FLOW_LOG_ROLE)]
    #[case(&[(TABLE, "table"), (FLOW_LOG_ROLE, "arn:aws:iam::1234:role/flow-logs")], FLOW_LOG_ROLE)]
    #[case(&[(TABLE, "table"), (FLOW_LOG_ROLE, "arn:aws:iam::123456789012:role/")], FLOW_LOG_ROLE)]
    #[case(&[(TABLE, "table"), (FLOW_LOG_ROLE, "arn:aws:iam::123456789012:role/flow logs")], FLOW_LOG_ROLE)]
    fn a_wrong_setting_is_named(#[case] pairs: &[(&str, &str)], #[case] variable: &str) {
        assert_eq!(read(pairs).unwrap_err().variable, variable);
    }

    #[rstest]
    #[case("arn:aws:iam::123456789012:role/ringfence-FlowLogRole-1ABC")]
    #[case("arn:aws-cn:iam::123456789012:role/service-role/flow+logs")]
    #[case("arn:aws-eusc:iam::123456789012:role/flow.logs@all")]
    fn a_role_for_all_flow_logs_is_taken(#[case] arn: &str) {
        let settings = read(&[(TABLE, "table"), (FLOW_LOG_ROLE, arn)]).unwrap();
        assert_eq!(settings.flow_log_role.as_deref(), Some(arn));
    }
}
