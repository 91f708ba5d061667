//! The flow log of the VPC: all traffic, accepted or not.

use aws_sdk_ec2::types::{FlowLogsResourceType, LogDestinationType, ResourceType, TrafficType};

use super::{Act, Change, Draft, Home, Kind, Look, Refusal, Removal, Run, Stage, ec2, look::Scope};
use crate::{
    aws::{CallError, Class, Named, missing_field},
    observed::{FlowLog, Observed, Tags},
    plan::{Reference, Refers},
    stack::{self, Purpose},
};

const TYPE: &str = "AWS::EC2::FlowLog";

/// Seconds of traffic in a record: the shorter of the two that AWS offers
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-basics.html>).
const AGGREGATION_INTERVAL: u32 = 60;

/// The filter for the environment's tag.
const OWNER_FILTER: &str = "tag:ringfence:environment";

pub(crate) struct FlowLogs;

/// What can be done to a flow log. AWS lets nobody alter one: what differs is replaced.
#[derive(Debug)]
pub(crate) enum FlowLogChange {
    /// Makes it, with a client token.
    Create { vpc: Reference, log_group: Reference, role: Reference, role_arn: String, tags: Tags },
    /// Removes it.
    Delete { id: String },
}

impl Kind for FlowLogs {
    type Seen = FlowLog;
    type Change = FlowLogChange;

    async fn read(look: &Look<'_>) -> Result<Vec<(Home, FlowLog)>, CallError> {
        // By tag, since a flow log outlives its VPC.
        let filters = match look.scope {
            Scope::Environment(subject) => vec![ec2::filter(OWNER_FILTER, &subject.owner.environment)],
            Scope::Region(_) => Vec::new(),
        };
        let pages = look.aws.ec2.describe_flow_logs().set_filter(Some(filters)).into_paginator();
        let found = pages.items().send().collect::<Result<Vec<_>, _>>().await.named("ec2:DescribeFlowLogs")?;
        Ok(found.iter().map(from_sdk).collect())
    }

    fn place(observed: &mut Observed, seen: FlowLog) {
        observed.flow_logs.push(seen);
    }

    fn draft(draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let stack = draft.stack.clone();
        let role_arn = stack.role_arn(Purpose::FlowLogs);
        let group = stack.flow_log_group();
        let observed = draft.observed;
        let ours = observed.flow_logs.iter().filter(|log| stack.owner.owns(&log.tags));
        let vpc = observed.vpc.as_ref().map(|vpc| &vpc.id);
        // One of a VPC that somebody deleted may still be there.
        let (right, wrong): (Vec<&FlowLog>, Vec<&FlowLog>) = ours.partition(|log| {
            Some(&log.resource) == vpc
                && log.log_group == group
                && log.role_arn == role_arn
                && log.traffic_type == "ALL"
                && log.aggregation_interval == AGGREGATION_INTERVAL
        });
        let mut made = Vec::new();
        if let Some(log) = right.first() {
            draft.retag(TYPE, stack::FLOW_LOG, &log.id, &log.tags);
        } else {
            let create = FlowLogChange::Create {
                vpc: draft.reference(stack::VPC)?,
                log_group: draft.reference(stack::FLOW_LOG_GROUP)?,
                role: draft.reference(stack::FLOW_LOG_ROLE)?,
                role_arn,
                tags: stack.tags(stack::FLOW_LOG),
            };
            if let Reference::Made(handle) = draft.create(TYPE, stack::FLOW_LOG, Change::flow_log(create)) {
                made.push(handle);
            }
        }
        for log in wrong.into_iter().chain(right.into_iter().skip(1)) {
            let change = Change::flow_log(FlowLogChange::Delete { id: log.id.clone() });
            draft.delete(TYPE, stack::FLOW_LOG, &log.id, change, &made);
        }
        Ok(())
    }

    fn draft_removal(removal: &mut Removal<'_>) {
        for log in removal.observed.flow_logs.iter().filter(|log| removal.owner.owns(&log.tags)) {
            let change = Change::flow_log(FlowLogChange::Delete { id: log.id.clone() });
            removal.delete(Stage::FlowLogs, TYPE, stack::FLOW_LOG, &log.id, change);
        }
    }
}

impl Refers for FlowLogChange {
    fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Create { vpc, log_group, role, .. } => vec![vpc, log_group, role],
            Self::Delete { .. } => Vec::new(),
        }
    }
}

impl Act for FlowLogChange {
    async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
        const CREATE: &str = "ec2:CreateFlowLogs";
        let ec2 = &run.aws.ec2;
        match self {
            Self::Create { vpc, log_group, role_arn, tags, .. } => {
                let vpc = run.id(vpc)?;
                let call = ec2
                    .create_flow_logs()
                    .resource_ids(vpc)
                    .resource_type(FlowLogsResourceType::Vpc)
                    .traffic_type(TrafficType::All)
                    .log_destination_type(LogDestinationType::CloudWatchLogs)
                    .log_group_name(run.id(log_group)?)
                    .deliver_logs_permission_arn(role_arn)
                    .max_aggregation_interval(AGGREGATION_INTERVAL.cast_signed())
                    .client_token(run.token(stack::FLOW_LOG, vpc))
                    .tag_specifications(ec2::tagged(ResourceType::VpcFlowLog, tags));
                let made = call.send().await.named(CREATE)?;
                if let Some(error) = made.unsuccessful().first().and_then(|failed| failed.error()) {
                    let message = error.message().unwrap_or_default();
                    return Err(CallError::answered(CREATE, error.code().unwrap_or_default(), message));
                }
                let id = made.flow_log_ids().first().ok_or_else(|| missing_field(CREATE, "FlowLogIds"))?;
                Ok(Some(id.clone()))
            }
            Self::Delete { id } => {
                let answer = ec2.delete_flow_logs().flow_log_ids(id).send().await.named("ec2:DeleteFlowLogs");
                match answer {
                    Err(error) if error.class == Class::NotFound => Ok(None),
                    Err(error) => Err(error),
                    Ok(answer) => match answer.unsuccessful().first().and_then(|failed| failed.error()) {
                        Some(error) if !error.code().unwrap_or_default().ends_with(".NotFound") => {
                            let message = error.message().unwrap_or_default();
                            Err(CallError::answered("ec2:DeleteFlowLogs", error.code().unwrap_or_default(), message))
                        }
                        _ => Ok(None),
                    },
                }
            }
        }
    }
}

fn from_sdk(log: &aws_sdk_ec2::types::FlowLog) -> (Home, FlowLog) {
    let resource = log.resource_id().unwrap_or_default().to_owned();
    let delivering = log.flow_log_status().is_none_or(|status| status == "ACTIVE")
        && log.deliver_logs_status().is_none_or(|status| status != "FAILED");
    let seen = FlowLog {
        id: log.flow_log_id().unwrap_or_default().to_owned(),
        resource: resource.clone(),
        traffic_type: log.traffic_type().map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        log_group: log.log_group_name().unwrap_or_default().to_owned(),
        role_arn: log.deliver_logs_permission_arn().unwrap_or_default().to_owned(),
        aggregation_interval: log.max_aggregation_interval().map_or(600, i32::unsigned_abs),
        delivering,
        tags: ec2::from_tags(log.tags()),
    };
    (Home::Vpc(resource), seen)
}
