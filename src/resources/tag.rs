//! Tags of EC2 resources that lack them.

use std::convert::Infallible;

use super::{Act, Home, Kind, Look, Run, ec2};
use crate::{
    aws::{CallError, Named},
    observed::{Observed, Tags},
    plan::{Reference, Refers},
};

pub(crate) struct Tagging;

/// Puts tags on EC2 resources, in one call.
#[derive(Debug)]
pub(crate) struct PutTags {
    pub(super) resources: Vec<Reference>,
    pub(super) tags: Tags,
}

impl Kind for Tagging {
    type Seen = Infallible;
    type Change = PutTags;

    async fn read(_look: &Look<'_>) -> Result<Vec<(Home, Infallible)>, CallError> {
        Ok(Vec::new())
    }

    fn place(_observed: &mut Observed, seen: Infallible) {
        match seen {}
    }
}

impl Refers for PutTags {
    fn references(&self) -> Vec<&Reference> {
        self.resources.iter().collect()
    }
}

impl Act for PutTags {
    async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
        let mut ids = Vec::with_capacity(self.resources.len());
        for resource in &self.resources {
            ids.push(run.id(resource)?.to_owned());
        }
        let call = run.aws.ec2.create_tags().set_resources(Some(ids)).set_tags(Some(ec2::to_tags(&self.tags)));
        call.send().await.named("ec2:CreateTags")?;
        Ok(None)
    }
}
