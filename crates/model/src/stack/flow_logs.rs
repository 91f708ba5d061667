//! The names of the log groups that flow logs are delivered to.

/// The name of the log group of an environment's flow log.
#[must_use]
pub fn flow_log_group(environment: &str) -> String {
    format!("{FLOW_LOG_GROUPS}{environment}{FLOW_LOG_SUFFIX}")
}

/// What the names of all flow logs' log groups begin with.
pub const FLOW_LOG_GROUPS: &str = "/ringfence/";
const FLOW_LOG_SUFFIX: &str = "/flow-logs";

/// The environment whose flow log writes to the log group of this name.
#[must_use]
pub fn environment_of_log_group(name: &str) -> Option<&str> {
    name.strip_prefix(FLOW_LOG_GROUPS)?.strip_suffix(FLOW_LOG_SUFFIX)
}
