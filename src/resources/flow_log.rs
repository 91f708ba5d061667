//! The flow log of the VPC: all traffic, accepted or not.

use aws_sdk_ec2::types::{FlowLogsResourceType, LogDestinationType, ResourceType, TrafficType};

use super::{Act, Bulk, Draft, Home, Look, Manage, Observe, Refusal, Removal, Run, Stage, ec2, look::Extent, role};
use crate::aws::{CallError, Class, Named, missing_field};
use ringfence_model::{
    plan::{Reference, Refers},
    stack::{self, Purpose},
};
use ringfence_observed::{FlowLog, Observed, Tags};

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
    Create(Box<NewFlowLog>),
    Delete {
        id: String,
    },
}

/// A flow log to be made.
#[derive(Debug)]
pub(crate) struct NewFlowLog {
    vpc: Reference,
    log_group: Reference,
    /// The role that it is delivered with and the role's policy, where they are the environment's own: AWS assumes the
    /// role before it makes a flow log.
    role: Vec<Reference>,
    role_arn: String,
    tags: Tags,
    /// Those in whose place it comes. They go as soon as it is there, or before, where AWS wants no two beside each other.
    instead_of: Vec<String>,
}

impl Observe for FlowLogs {
    type Seen = FlowLog;
    const BULK: Bulk<Self::Seen> = Bulk::Whole;

    async fn read(look: &Look<'_>) -> Result<Vec<(Home, FlowLog)>, CallError> {
        // By tag, since a flow log outlives its VPC.
        let filters = match look.extent {
            Extent::Environment(subject) => vec![ec2::filter(OWNER_FILTER, &subject.owner.environment)],
            Extent::Fleet(_) => Vec::new(),
        };
        let pages = look.aws.ec2.describe_flow_logs().set_filter(Some(filters)).into_paginator();
        let found = pages.items().send().collect::<Result<Vec<_>, _>>().await.named("ec2:DescribeFlowLogs")?;
        Ok(found.iter().map(from_sdk).collect())
    }

    fn place(observed: &mut Observed, seen: FlowLog) {
        observed.flow_logs.push(seen);
    }
}

impl Manage for FlowLogs {
    const TYPE: &'static str = "AWS::EC2::FlowLog";

    fn draft(draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let stack = draft.stack.clone();
        let role_arn = stack.flow_log_role_arn();
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
            draft.retag(Self::TYPE, stack::FLOW_LOG, &log.id, &log.tags);
        } else {
            let mut role = Vec::new();
            if stack.purposes().any(|purpose| purpose == Purpose::FlowLogs) {
                role.push(draft.reference(Purpose::FlowLogs.role())?);
                // Known only while it is being written.
                role.extend(draft.reference(&Purpose::FlowLogs.policy()).ok());
            }
            let create = NewFlowLog {
                vpc: draft.reference(stack::VPC)?,
                log_group: draft.reference(stack::FLOW_LOG_GROUP)?,
                role,
                role_arn,
                tags: stack.tags(stack::FLOW_LOG),
                instead_of: wrong.iter().filter(|log| Some(&log.resource) == vpc).map(|log| log.id.clone()).collect(),
            };
            let create = FlowLogChange::Create(Box::new(create));
            if let Reference::Made(handle) = draft.create(stack::FLOW_LOG, create) {
                made.push(handle);
            }
        }
        let mut settled = made.clone();
        for log in wrong.into_iter().chain(right.into_iter().skip(1)) {
            let change = FlowLogChange::Delete { id: log.id.clone() };
            settled.push(draft.delete(stack::FLOW_LOG, &log.id, change, &made));
        }
        role::draft_left_over(draft, &settled);
        Ok(())
    }

    fn draft_removal(removal: &mut Removal<'_>) {
        for log in removal.observed.flow_logs.iter().filter(|log| removal.owner.owns(&log.tags)) {
            let change = FlowLogChange::Delete { id: log.id.clone() };
            removal.delete(Stage::FlowLogs, stack::FLOW_LOG, &log.id, change);
        }
    }
}

impl Refers for FlowLogChange {
    fn resource_type(&self) -> &'static str {
        FlowLogs::TYPE
    }

    fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Create(new) => [&new.vpc, &new.log_group].into_iter().chain(&new.role).collect(),
            Self::Delete { .. } => Vec::new(),
        }
    }
}

impl Act for FlowLogChange {
    async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
        match self {
            Self::Create(new) => match create(run, new).await {
                // Two that differ in no more than AWS compares cannot stand beside each other: the one before has to go
                // first, and traffic is not recorded until the next is there.
                Err(error) if error.code == "FlowLogAlreadyExists" && !new.instead_of.is_empty() => {
                    for id in &new.instead_of {
                        delete(run, id).await?;
                    }
                    named(run, new, create(run, new).await).await
                }
                answer => named(run, new, answer).await,
            },
            Self::Delete { id } => delete(run, id).await.map(|()| None),
        }
    }
}

async fn create(run: &Run<'_>, new: &NewFlowLog) -> Result<Option<String>, CallError> {
    const ACTION: &str = "ec2:CreateFlowLogs";
    let vpc = run.id(&new.vpc)?;
    let call = run
        .aws
        .ec2
        .create_flow_logs()
        .resource_ids(vpc)
        .resource_type(FlowLogsResourceType::Vpc)
        .traffic_type(TrafficType::All)
        .log_destination_type(LogDestinationType::CloudWatchLogs)
        .log_group_name(run.id(&new.log_group)?)
        .deliver_logs_permission_arn(&new.role_arn)
        .max_aggregation_interval(AGGREGATION_INTERVAL.cast_signed())
        .client_token(run.token(stack::FLOW_LOG, vpc))
        .tag_specifications(ec2::tagged(ResourceType::VpcFlowLog, &new.tags));
    let made = call.send().await.named(ACTION)?;
    if let Some(error) = made.unsuccessful().first().and_then(|failed| failed.error()) {
        let (code, message) = (error.code().unwrap_or_default(), error.message().unwrap_or_default());
        return Err(CallError::answered(ACTION, code, message));
    }
    let id = made.flow_log_ids().first().ok_or_else(|| missing_field(ACTION, "FlowLogIds"))?;
    Ok(Some(id.clone()))
}

/// Names who has the place of the one to be made, where that is nobody of ours: AWS makes none beside one "with the same
/// configuration and log destination" (`FlowLogAlreadyExists` in
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>), and says neither which that is nor what
/// else it compares. Looks at flow logs go by tags, so that one without ours shows only here.
async fn named(
    run: &Run<'_>,
    new: &NewFlowLog,
    answer: Result<Option<String>, CallError>,
) -> Result<Option<String>, CallError> {
    let error = match answer {
        Err(error) if error.code == "FlowLogAlreadyExists" => error,
        answer => return answer,
    };
    let (vpc, group) = (run.id(&new.vpc)?, run.id(&new.log_group)?);
    let pages = run.aws.ec2.describe_flow_logs().filter(ec2::filter("resource-id", vpc)).into_paginator();
    // Without an answer it is not known who it is: the next look decides.
    let found = pages.items().send().collect::<Result<Vec<_>, _>>().await.named("ec2:DescribeFlowLogs");
    let found = found.unwrap_or_default();
    let mut there = found.iter().filter(|log| {
        let destination = log.log_destination().unwrap_or_default().trim_end_matches(":*");
        log.log_group_name() == Some(group) || destination.ends_with(&format!(":log-group:{group}"))
    });
    let is_foreign = |log: &&aws_sdk_ec2::types::FlowLog| !stack::same_owner(&new.tags, &ec2::from_tags(log.tags()));
    let Some(id) = there.find(is_foreign).and_then(|log| log.flow_log_id()) else { return Err(error) };
    let message = format!(
        "{}; {id} records the traffic of {vpc} to {group} already and does not carry this environment's tags: remove it \
         (aws ec2 delete-flow-logs --flow-log-ids {id})",
        error.message
    );
    Err(CallError { message, ..error.seen_as(Class::Taken) })
}

async fn delete(run: &Run<'_>, id: &str) -> Result<(), CallError> {
    const ACTION: &str = "ec2:DeleteFlowLogs";
    let answer = match run.aws.ec2.delete_flow_logs().flow_log_ids(id).send().await.named(ACTION) {
        Err(error) if error.class == Class::NotFound => return Ok(()),
        answer => answer?,
    };
    match answer.unsuccessful().first().and_then(|failed| failed.error()) {
        Some(error) if !error.code().unwrap_or_default().ends_with(".NotFound") => {
            let message = error.message().unwrap_or_default();
            Err(CallError::answered(ACTION, error.code().unwrap_or_default(), message))
        }
        _ => Ok(()),
    }
}

fn from_sdk(log: &aws_sdk_ec2::types::FlowLog) -> (Home, FlowLog) {
    let resource = log.resource_id().unwrap_or_default().to_owned();
    let has_failed = log.deliver_logs_status().is_some_and(|status| status == "FAILED");
    let undelivered = has_failed.then(|| log.deliver_logs_error_message().unwrap_or("for no reason given").to_owned());
    let seen = FlowLog {
        id: log.flow_log_id().unwrap_or_default().to_owned(),
        resource: resource.clone(),
        traffic_type: log.traffic_type().map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        log_group: log.log_group_name().unwrap_or_default().to_owned(),
        role_arn: log.deliver_logs_permission_arn().unwrap_or_default().to_owned(),
        aggregation_interval: log.max_aggregation_interval().map_or(600, i32::unsigned_abs),
        active: log.flow_log_status().is_none_or(|status| status == "ACTIVE"),
        undelivered,
        tags: ec2::from_tags(log.tags()),
    };
    (Home::Vpc(resource), seen)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::of_the_call("InvalidParameter")]
    #[case::within_the_answer("400")]
    fn a_role_that_cannot_be_assumed_yet_is_another_try(#[case] code: &str) {
        let message = "Unable to assume given IAM role: 'arn:aws:iam::123456789012:role/flow-logs'";
        let error = CallError::answered("ec2:CreateFlowLogs", code, message);
        assert!(error.is_transient());
    }

    #[test]
    fn what_else_is_wrong_with_a_flow_log_does_not_pass() {
        for code in ["InvalidParameter", "400"] {
            let error = CallError::answered("ec2:CreateFlowLogs", code, "LogDestination does not exist");
            assert!(!error.is_transient(), "{code}");
        }
    }
}
