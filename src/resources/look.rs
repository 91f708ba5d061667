//! Where to look, and what several kinds look at together.

use tokio::sync::OnceCell;

use super::{Home, vpc};
use crate::{
    aws::{Aws, CallError},
    observed::Vpc,
    stack::Owner,
};

/// One look at AWS.
pub(crate) struct Look<'a> {
    pub(crate) aws: &'a Aws,
    pub(crate) subject: &'a Subject,
    vpcs: OnceCell<Vec<Vpc>>,
}

/// What is looked at.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    /// Whose resources.
    pub(crate) owner: Owner,
    /// The region, which names of IAM things hold.
    pub(crate) region: String,
    /// What the names of published parameters begin with.
    pub(crate) export_prefix: String,
    /// The services whose gateway endpoints are wanted: `s3`, `dynamodb`.
    pub(crate) gateway_services: Vec<String>,
    /// The full names of the services whose interface endpoints are wanted.
    pub(crate) interface_services: Vec<String>,
    /// The VPC, where it is known already.
    pub(crate) vpc: KnownVpc,
}

/// What is known of the VPC before looking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KnownVpc {
    /// Nothing: it is found by its tags.
    Unknown,
    /// The record names it; it may be gone.
    Recorded(String),
    /// It was made or seen in this invocation: where reads do not show it, they lag.
    Certain(String),
}

impl<'a> Look<'a> {
    pub(crate) fn new(aws: &'a Aws, subject: &'a Subject) -> Self {
        Self { aws, subject, vpcs: OnceCell::new() }
    }

    /// Every VPC of the region. Read once in a look.
    pub(crate) async fn vpcs(&self) -> Result<&[Vpc], CallError> {
        self.vpcs.get_or_try_init(|| vpc::read_all(self.aws)).await.map(Vec::as_slice)
    }

    /// The environment's VPC, if it has one. Of several that carry its tags it is the recorded one, else the one with
    /// the smallest ID, so that everybody who looks picks the same.
    pub(crate) async fn vpc(&self) -> Result<Option<String>, CallError> {
        if let KnownVpc::Certain(id) = &self.subject.vpc {
            return Ok(Some(id.clone()));
        }
        let ours = self.vpcs().await?.iter().filter(|vpc| self.subject.owner.owns(&vpc.tags));
        let recorded = match &self.subject.vpc {
            KnownVpc::Recorded(id) => Some(id),
            KnownVpc::Unknown | KnownVpc::Certain(_) => None,
        };
        Ok(ours.map(|vpc| &vpc.id).min_by_key(|id| (Some(*id) != recorded, *id)).cloned())
    }

    /// The ARN of a log group of this account.
    pub(super) async fn log_group_arn(&self, name: &str) -> Result<String, CallError> {
        let caller = self.aws.caller().await?;
        Ok(format!("arn:{}:logs:{}:{}:log-group:{name}", caller.partition, self.subject.region, caller.account))
    }

    /// The home under which to keep what belongs to `home`: in a look at one environment, all in one place.
    #[expect(clippy::unused_self, reason = "a look at a whole region keeps the homes apart")]
    pub(super) fn within(&self, _home: Home) -> Home {
        Home::Everywhere
    }

    /// Where things named after the environment belong.
    pub(super) fn home(&self) -> Home {
        Home::Environment(self.subject.owner.environment.clone())
    }
}
