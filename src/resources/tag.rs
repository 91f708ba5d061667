//! Tags of EC2 resources that lack them.

use aws_sdk_ec2::types::Tag;

use super::{Act, Run, ec2};
use crate::aws::{CallError, Class, Named};
use ringfence_model::plan::{Reference, Refers};
use ringfence_observed::Tags;

/// What can be done to the tags of EC2 resources of one type, in one call.
#[derive(Debug)]
pub(crate) enum TagChange {
    /// Puts them on; `advice` says what to do where that is denied.
    Put { resource_type: &'static str, resources: Vec<Reference>, tags: Tags, advice: Option<String> },
    /// Takes them off.
    Remove { resource_type: &'static str, resource: Reference, keys: Vec<String> },
}

impl Refers for TagChange {
    fn resource_type(&self) -> &'static str {
        match self {
            Self::Put { resource_type, .. } | Self::Remove { resource_type, .. } => resource_type,
        }
    }

    fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Put { resources, .. } => resources.iter().collect(),
            Self::Remove { resource, .. } => vec![resource],
        }
    }
}

impl Act for TagChange {
    async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
        let ec2 = &run.aws.ec2;
        match self {
            Self::Put { resources, tags, advice, .. } => {
                let ids = resources.iter().map(|resource| run.id(resource).map(ToOwned::to_owned));
                let ids = ids.collect::<Result<Vec<_>, _>>()?;
                let call = ec2.create_tags().set_resources(Some(ids)).set_tags(Some(ec2::to_tags(tags)));
                match (call.send().await.named("ec2:CreateTags"), advice) {
                    (Err(error), Some(advice)) if error.class == Class::Denied => {
                        let message = format!("{}; {advice}", error.message);
                        return Err(CallError { message, ..error });
                    }
                    (answer, _) => answer.map(drop)?,
                }
            }
            Self::Remove { resource, keys, .. } => {
                let tags = keys.iter().map(|key| Tag::builder().key(key).build()).collect();
                let call = ec2.delete_tags().resources(run.id(resource)?).set_tags(Some(tags));
                call.send().await.named("ec2:DeleteTags")?;
            }
        }
        Ok(None)
    }
}
