//! Where to look, and what several kinds look at together.

use aws_sdk_ec2::types::Filter;
use tokio::sync::OnceCell;

use super::{Home, ec2, firewall::list_firewall_associations, vpc_list};
use crate::aws::{Aws, CallError};
use ringfence_model::stack::{ENVIRONMENT, Owner, StackOption};
use ringfence_observed::{FirewallAssociation, Observed, Tags, Vpc};

/// One look at AWS.
pub(crate) struct Look<'a> {
    pub(crate) aws: &'a Aws,
    pub(super) extent: Extent<'a>,
    /// What an earlier look of the same work saw.
    before: Option<&'a Observed>,
    vpcs: OnceCell<Vec<Vpc>>,
    firewall_associations: OnceCell<Vec<(String, FirewallAssociation)>>,
}

/// An environment that has, or is to have, what an option adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Holder {
    pub(super) owner: Owner,
    /// Its VPC, if it has one.
    pub(super) vpc: Option<String>,
}

/// How far a look goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Extent<'a> {
    /// One environment, everything of it.
    Environment(&'a Subject),
    /// All environments of a region, as far as AWS tells in bulk.
    Fleet(&'a Fleet),
}

/// One environment to look at.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) owner: Owner,
    /// The tags that everything of it must carry: the owner's, and those that are asked for.
    pub(crate) shared_tags: Tags,
    /// The region, which names of IAM things hold.
    pub(crate) region: String,
    /// What the names of published parameters begin with.
    pub(crate) export_prefix: String,
    /// The services whose gateway endpoints are wanted: `s3`, `dynamodb`.
    pub(crate) gateway_services: Vec<String>,
    /// The full names that the services whose interface endpoints are wanted may have.
    pub(crate) interface_services: Vec<String>,
    /// The prefix lists that SSH may come from.
    pub(crate) ssh_prefix_lists: Vec<String>,
    /// The options that are asked for. Those that the VPC's tag names are looked at as well.
    pub(crate) options: Vec<StackOption>,
    /// Whether all flow logs of the installation are delivered with one role, and none of the environment's own.
    pub(crate) shares_flow_log_role: bool,
    /// The VPC, where it is known already.
    pub(crate) vpc: KnownVpc,
}

/// A region to look at.
#[derive(Clone, Debug)]
pub(crate) struct Fleet {
    /// The name of this installation.
    pub(crate) installation: String,
    /// The region's name.
    pub(crate) region: String,
    /// What the names of published parameters begin with.
    pub(crate) export_prefix: String,
    /// The environments whose published parameters are asked for.
    pub(crate) environments: Vec<String>,
    /// The services that any of them wants gateway endpoints of: `s3`, `dynamodb`.
    pub(crate) gateway_services: Vec<String>,
    /// The full names that the services may have that any of them wants interface endpoints of.
    pub(crate) interface_services: Vec<String>,
    /// The prefix lists that any of them names as where SSH may come from.
    pub(crate) ssh_prefix_lists: Vec<String>,
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

impl Holder {
    /// Where what it has belongs.
    pub(super) fn home(&self) -> Home {
        self.vpc.clone().map_or_else(|| Home::Environment(self.owner.environment.clone()), Home::Vpc)
    }
}

impl<'a> Look<'a> {
    /// A look at one environment.
    pub(crate) fn new(aws: &'a Aws, subject: &'a Subject) -> Self {
        Self::over(aws, Extent::Environment(subject))
    }

    /// Another look at one environment, by whoever has its lease and saw `before`. What a region offers is not asked
    /// for again, nor is what is published, which nobody but the holder of the lease alters, and only after its looks.
    pub(crate) fn again(aws: &'a Aws, subject: &'a Subject, before: &'a Observed) -> Self {
        Self { before: Some(before), ..Self::new(aws, subject) }
    }

    /// A look at all environments of a region.
    pub(crate) fn at_fleet(aws: &'a Aws, fleet: &'a Fleet) -> Self {
        Self::over(aws, Extent::Fleet(fleet))
    }

    fn over(aws: &'a Aws, extent: Extent<'a>) -> Self {
        Self { aws, extent, before: None, vpcs: OnceCell::new(), firewall_associations: OnceCell::new() }
    }

    /// What an earlier look of the same work saw, for those kinds that need not be read again.
    pub(super) const fn before(&self) -> Option<&'a Observed> {
        self.before
    }

    /// Whether this look reads prefix lists, and does not take them over from the one before it: nothing may be published
    /// on a look that did not. Where all is published already, there is most likely nothing to publish.
    pub(crate) fn reads_prefix_lists(&self) -> bool {
        self.before.is_none_or(|before| before.parameters.is_empty())
    }

    /// Whether there is anything that could be proved: the environment's VPC, or a whole region.
    pub(super) async fn proves(&self) -> Result<bool, CallError> {
        Ok(matches!(self.extent, Extent::Fleet(_)) || self.vpc().await?.is_some())
    }

    /// Whether the environment is known to stand, so that all of it is asked for at once. Otherwise its VPC has to be
    /// found first, and meanwhile other kinds find out whether there is anything more to ask for.
    pub(super) const fn stands(&self) -> bool {
        matches!(self.extent, Extent::Environment(Subject { vpc: KnownVpc::Certain(_), .. }))
    }

    /// The region's name.
    pub(super) fn region(&self) -> &'a str {
        match self.extent {
            Extent::Environment(subject) => &subject.region,
            Extent::Fleet(fleet) => &fleet.region,
        }
    }

    /// The full names that the services whose interface endpoints are wanted may have.
    pub(super) fn interface_services(&self) -> &'a [String] {
        match self.extent {
            Extent::Environment(subject) => &subject.interface_services,
            Extent::Fleet(fleet) => &fleet.interface_services,
        }
    }

    /// The services whose gateway endpoints are wanted.
    pub(super) fn gateway_services(&self) -> Vec<&'a str> {
        match self.extent {
            Extent::Environment(subject) => subject.gateway_services.iter().map(String::as_str).collect(),
            Extent::Fleet(fleet) => fleet.gateway_services.iter().map(String::as_str).collect(),
        }
    }

    /// The prefix lists that SSH may come from.
    pub(super) fn ssh_prefix_lists(&self) -> &'a [String] {
        match self.extent {
            Extent::Environment(subject) => &subject.ssh_prefix_lists,
            Extent::Fleet(fleet) => &fleet.ssh_prefix_lists,
        }
    }

    /// Every VPC of the region. Read once in a look.
    pub(crate) async fn vpcs(&self) -> Result<&[Vpc], CallError> {
        self.vpcs.get_or_try_init(|| vpc_list::read_all(self.aws)).await.map(Vec::as_slice)
    }

    /// The filter for what stands in the environment's VPC, under the name that a call gives it; `None` where there is
    /// no VPC. A look at the whole region filters nothing.
    pub(super) async fn in_vpc(&self, name: &str) -> Result<Option<Vec<Filter>>, CallError> {
        match self.extent {
            Extent::Fleet { .. } => Ok(Some(Vec::new())),
            Extent::Environment(_) => Ok(self.vpc().await?.map(|vpc| vec![ec2::filter(name, vpc)])),
        }
    }

    /// The VPC of the one environment that is looked at, if it has one. Of several that carry its tags it is the
    /// recorded one, else the one with the smallest ID, so that everybody who looks picks the same.
    pub(crate) async fn vpc(&self) -> Result<Option<String>, CallError> {
        let Extent::Environment(subject) = self.extent else { return Ok(None) };
        if let KnownVpc::Certain(id) = &subject.vpc {
            return Ok(Some(id.clone()));
        }
        let ours = self.vpcs().await?.iter().filter(|vpc| subject.owner.owns(&vpc.tags));
        let recorded = match &subject.vpc {
            KnownVpc::Recorded(id) => Some(id),
            KnownVpc::Unknown | KnownVpc::Certain(_) => None,
        };
        Ok(ours.map(|vpc| &vpc.id).min_by_key(|id| (Some(*id) != recorded, *id)).cloned())
    }

    /// The environments that have, or are to have, what an option adds: nobody else is asked about.
    pub(super) async fn holders(&self, option: StackOption) -> Result<Vec<Holder>, CallError> {
        let vpcs = self.vpcs().await?;
        match self.extent {
            Extent::Environment(subject) => {
                let vpc = self.vpc().await?;
                let tags = vpcs.iter().find(|seen| Some(&seen.id) == vpc.as_ref()).map(|seen| &seen.tags);
                let has = subject.options.contains(&option) || tags.is_some_and(|tags| option.is_named(tags));
                Ok(has.then(|| Holder { owner: subject.owner.clone(), vpc }).into_iter().collect())
            }
            Extent::Fleet(fleet) => {
                let holders = vpcs.iter().filter(|vpc| option.is_named(&vpc.tags)).filter_map(|vpc| {
                    let environment = vpc.tags.get(ENVIRONMENT)?.clone();
                    let owner = Owner { environment, installation: fleet.installation.clone() };
                    owner.owns(&vpc.tags).then(|| Holder { owner, vpc: Some(vpc.id.clone()) })
                });
                Ok(holders.collect())
            }
        }
    }

    /// The associations of VPCs with rule groups of DNS Firewall, those of the one environment or all of the region,
    /// each with its VPC. Read once in a look.
    pub(super) async fn firewall_associations(&self) -> Result<&[(String, FirewallAssociation)], CallError> {
        let read = || async {
            let vpc = self.vpc().await?;
            if vpc.is_none() && self.is_whole() {
                return Ok(Vec::new());
            }
            list_firewall_associations(self.aws, vpc).await
        };
        self.firewall_associations.get_or_try_init(read).await.map(Vec::as_slice)
    }

    /// Whether one environment is looked at, whole, and not a region in bulk.
    pub(super) const fn is_whole(&self) -> bool {
        matches!(self.extent, Extent::Environment(_))
    }

    /// The ARN of a log group of this account.
    pub(super) async fn log_group_arn(&self, name: &str) -> Result<String, CallError> {
        Ok(self.aws.scope().await?.arn("logs", &format!("log-group:{name}")))
    }
}
