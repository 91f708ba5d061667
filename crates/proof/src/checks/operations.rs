//! Names and records: DNS and flow logs.

use super::super::evaluation::View;
use super::super::findings::Findings;
use super::super::{Check, CheckName};
use ringfence_observed::FlowLog;

/// The VPC resolves names, and gives hosts names of their own, which private DNS of endpoints needs. These attributes
/// cost a call each: when they were not read this time the check says so and is not required.
pub(crate) fn dns_works(view: &View<'_>) -> Check {
    let mut findings = Findings::of(CheckName::DnsWorks);
    let vpc = &view.vpc.id;
    let attributes = [("enableDnsSupport", view.vpc.dns_support), ("enableDnsHostnames", view.vpc.dns_hostnames)];
    for (attribute, value) in attributes {
        match value {
            Some(true) => {}
            Some(false) => findings.fault(format!("{attribute} of {vpc} is off")),
            None => findings.fault(format!("{attribute} of {vpc} was not read this time")),
        }
    }
    let off = attributes.iter().any(|(_, value)| *value == Some(false));
    let read = attributes.iter().all(|(_, value)| value.is_some());
    findings.judge(off || read, format!("enableDnsSupport and enableDnsHostnames of {vpc} are on"))
}

/// A flow log records all traffic of the VPC to the environment's log group. That AWS could not deliver of late is told
/// and takes nothing away: it drops records of its own accord where there are many, and after a repair of the role it
/// goes on saying so until it delivers again. `None` when none is wanted.
pub(crate) fn flow_logs_on(view: &View<'_>) -> Option<Check> {
    let wanted = view.expectation.flow_log_group.as_deref()?;
    let mut findings = Findings::of(CheckName::FlowLogsOn);
    let vpc = &view.vpc.id;
    let logs = view.observed.flow_logs.iter().filter(|log| log.resource == *vpc && log.log_group == wanted);
    let logs: Vec<_> = logs.collect();
    let role = view.expectation.flow_log_role.as_deref();
    let is_other = |log: &FlowLog| role.is_some_and(|role| log.role_arn != role);
    let complete = logs.iter().find(|log| log.traffic_type == "ALL" && log.active && !is_other(log));
    if let Some(log) = complete
        && let Some(reason) = &log.undelivered
    {
        findings.degradation(format!("{} could not deliver to {wanted} of late: {reason}", log.id));
    }
    if complete.is_none() {
        if logs.is_empty() {
            findings.fault(format!("no flow log of {vpc} writes to {wanted}"));
        }
        for log in &logs {
            let fault = if log.active && is_other(log) {
                format!("is delivered with {} and not with {}", log.role_arn, role.unwrap_or_default())
            } else if log.active {
                format!("records {} traffic alone", log.traffic_type)
            } else {
                "is not active".to_owned()
            };
            findings.fault(format!("{} {fault}", log.id));
        }
    }
    if !view.observed.log_groups.iter().any(|group| group.name == wanted) {
        findings.fault(format!("the log group {wanted} is not there"));
    }
    let id = complete.map_or("", |log| &log.id);
    Some(findings.conclude(format!("{id} records all traffic of {vpc} to {wanted}")))
}
