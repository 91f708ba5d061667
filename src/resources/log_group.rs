//! The log group that flow logs go to.

use futures_util::try_join;

use super::{Act, Bulk, Draft, Home, Look, Manage, Observe, Refusal, Removal, Run, Stage, look::Extent};
use crate::aws::{CallError, Class, Named};
use ringfence_model::{
    plan::{Reference, Refers},
    stack::{self, MANAGED_BY, MANAGED_BY_VALUE, missing},
};
use ringfence_observed::{LogGroup, Observed, Tags};

pub(crate) struct LogGroups;

/// What can be done to a log group.
#[derive(Debug)]
pub(crate) enum LogGroupChange {
    /// Makes it. Its name is its natural key.
    Create {
        name: String,
        kms_key: Option<String>,
        tags: Tags,
    },
    /// Says how many days events are kept.
    Retain {
        group: Reference,
        days: u16,
    },
    /// Encrypts it with another key.
    Encrypt {
        group: Reference,
        kms_key: String,
    },
    /// Puts tags on it.
    Tag {
        arn: String,
        tags: Tags,
    },
    /// Takes tags off it.
    Untag {
        arn: String,
        keys: Vec<String>,
    },
    /// Lets CloudWatch Logs encrypt it with a key of its own again.
    Decrypt {
        group: Reference,
    },
    /// Lets go of it: it stays, and is nobody's.
    Release {
        arn: String,
    },
    Delete {
        name: String,
    },
}

impl Observe for LogGroups {
    type Seen = LogGroup;

    const BULK: Bulk<Self::Seen> = Bulk::Partly;

    async fn read(look: &Look<'_>) -> Result<Vec<(Home, LogGroup)>, CallError> {
        let Extent::Environment(subject) = look.extent else {
            let groups = describe(look, stack::FLOW_LOG_GROUPS).await?;
            let groups = groups.iter().map(|group| from_sdk(group, None));
            let ours = groups.filter_map(|group| {
                Some((Home::Environment(stack::environment_of_log_group(&group.name)?.to_owned()), group))
            });
            return Ok(ours.collect());
        };
        let environment = &subject.owner.environment;
        let name = stack::flow_log_group(environment);
        let (groups, tags) = if look.stands() {
            let tags = async { tags_of(look, look.log_group_arn(&name).await?).await };
            try_join!(describe(look, &name), tags)?
        } else {
            let groups = describe(look, &name).await?;
            let tags = match groups.iter().find(|group| group.log_group_name() == Some(&name)) {
                Some(group) => tags_of(look, from_sdk(group, None).arn).await?,
                None => None,
            };
            (groups, tags)
        };
        let found = groups.iter().find(|group| group.log_group_name() == Some(&name));
        let found = found.map(|group| from_sdk(group, tags));
        Ok(found.into_iter().map(|group| (Home::Environment(environment.clone()), group)).collect())
    }

    fn place(observed: &mut Observed, seen: LogGroup) {
        observed.log_groups.push(seen);
    }
}

impl Manage for LogGroups {
    const TYPE: &'static str = "AWS::Logs::LogGroup";

    fn draft(draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let stack = draft.stack.clone();
        let name = stack.flow_log_group();
        let days = stack.spec.flow_logs.retention_days.get();
        let kms_key = stack.spec.flow_logs.kms_key.as_ref().map(ToString::to_string);
        let tags = stack.tags(stack::FLOW_LOG_GROUP);
        let observed = draft.observed;
        let Some(group) = observed.log_groups.iter().find(|group| group.name == name) else {
            let create = LogGroupChange::Create { name, kms_key, tags };
            let group = draft.create(stack::FLOW_LOG_GROUP, create);
            let change = LogGroupChange::Retain { group: group.clone(), days };
            draft.update(stack::FLOW_LOG_GROUP, &group, change);
            return Ok(());
        };
        let reference = draft.stands(stack::FLOW_LOG_GROUP, &group.name);
        if let Some(seen) = &group.tags {
            // One that an earlier life of this environment left behind on request is taken up again: it lost one tag.
            let mut claimed = seen.clone();
            claimed.entry(MANAGED_BY.to_owned()).or_insert_with(|| MANAGED_BY_VALUE.to_owned());
            draft.ours(stack::FLOW_LOG_GROUP, &group.name, &claimed)?;
            let keys = stack.retired(seen);
            let untagged = (!keys.is_empty()).then(|| {
                let change = LogGroupChange::Untag { arn: group.arn.clone(), keys };
                draft.update(stack::FLOW_LOG_GROUP, &reference, change)
            });
            let lacking = missing(&tags, seen);
            if !lacking.is_empty() {
                let change = LogGroupChange::Tag { arn: group.arn.clone(), tags: lacking };
                draft.update_after(stack::FLOW_LOG_GROUP, &reference, change, untagged.as_slice());
            }
        }
        if group.retention_days != Some(days) {
            let change = LogGroupChange::Retain { group: reference.clone(), days };
            draft.update(stack::FLOW_LOG_GROUP, &reference, change);
        }
        if kms_key != group.kms_key {
            let group = reference.clone();
            let change = match kms_key {
                Some(kms_key) => LogGroupChange::Encrypt { group, kms_key },
                None => LogGroupChange::Decrypt { group },
            };
            draft.update(stack::FLOW_LOG_GROUP, &reference, change);
        }
        Ok(())
    }

    fn draft_removal(removal: &mut Removal<'_>) {
        for group in &removal.observed.log_groups {
            if !group.tags.as_ref().is_some_and(|tags| removal.owner.owns(tags)) {
                continue;
            }
            let change = if removal.retain_logs {
                LogGroupChange::Release { arn: group.arn.clone() }
            } else {
                LogGroupChange::Delete { name: group.name.clone() }
            };
            removal.delete(Stage::Logs, stack::FLOW_LOG_GROUP, &group.name, change);
        }
    }
}

async fn describe(look: &Look<'_>, prefix: &str) -> Result<Vec<aws_sdk_cloudwatchlogs::types::LogGroup>, CallError> {
    /// The most groups in a page.
    const PAGE: i32 = 50;
    let call = look.aws.logs.describe_log_groups().log_group_name_prefix(prefix).limit(PAGE);
    let pages = call.into_paginator().items().send();
    pages.collect::<Result<Vec<_>, _>>().await.named("logs:DescribeLogGroups")
}

async fn tags_of(look: &Look<'_>, arn: String) -> Result<Option<Tags>, CallError> {
    let call = look.aws.logs.list_tags_for_resource().resource_arn(arn);
    match call.send().await.named("logs:ListTagsForResource") {
        Err(error) if error.class == Class::NotFound => Ok(None),
        answer => Ok(answer?.tags().map(|tags| tags.clone().into_iter().collect())),
    }
}

fn from_sdk(group: &aws_sdk_cloudwatchlogs::types::LogGroup, tags: Option<Tags>) -> LogGroup {
    LogGroup {
        name: group.log_group_name().unwrap_or_default().to_owned(),
        arn: group.arn().unwrap_or_default().trim_end_matches(":*").to_owned(),
        retention_days: group.retention_in_days().and_then(|days| u16::try_from(days).ok()),
        kms_key: group.kms_key_id().map(ToOwned::to_owned),
        tags,
    }
}

impl Refers for LogGroupChange {
    fn resource_type(&self) -> &'static str {
        LogGroups::TYPE
    }

    fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Retain { group, .. } | Self::Encrypt { group, .. } | Self::Decrypt { group } => vec![group],
            Self::Create { .. }
            | Self::Tag { .. }
            | Self::Untag { .. }
            | Self::Release { .. }
            | Self::Delete { .. } => Vec::new(),
        }
    }
}

impl Act for LogGroupChange {
    async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
        let logs = &run.aws.logs;
        match self {
            Self::Create { name, kms_key, tags } => {
                let call = logs
                    .create_log_group()
                    .log_group_name(name)
                    .set_kms_key_id(kms_key.clone())
                    .set_tags(Some(tags.clone().into_iter().collect()));
                call.send().await.named("logs:CreateLogGroup")?;
                return Ok(Some(name.clone()));
            }
            Self::Retain { group, days } => {
                let call = logs.put_retention_policy().log_group_name(run.id(group)?);
                call.retention_in_days(i32::from(*days)).send().await.named("logs:PutRetentionPolicy")?;
            }
            Self::Encrypt { group, kms_key } => {
                let call = logs.associate_kms_key().log_group_name(run.id(group)?).kms_key_id(kms_key);
                call.send().await.named("logs:AssociateKmsKey")?;
            }
            Self::Tag { arn, tags } => {
                let call = logs.tag_resource().resource_arn(arn).set_tags(Some(tags.clone().into_iter().collect()));
                call.send().await.named("logs:TagResource")?;
            }
            Self::Untag { arn, keys } => {
                let call = logs.untag_resource().resource_arn(arn).set_tag_keys(Some(keys.clone()));
                call.send().await.named("logs:UntagResource")?;
            }
            Self::Decrypt { group } => {
                let call = logs.disassociate_kms_key().log_group_name(run.id(group)?);
                call.send().await.named("logs:DisassociateKmsKey")?;
            }
            Self::Release { arn } => {
                let call = logs.untag_resource().resource_arn(arn).tag_keys(MANAGED_BY);
                return super::ec2::gone(call.send().await.named("logs:UntagResource"));
            }
            Self::Delete { name } => {
                let call = logs.delete_log_group().log_group_name(name);
                return super::ec2::gone(call.send().await.named("logs:DeleteLogGroup"));
            }
        }
        Ok(None)
    }
}
