//! The EC2 Instance Connect Endpoint that `access.instance_connect` asks for: SSH for whom IAM lets through it.

use aws_sdk_ec2::types::ResourceType;

use super::{
    Act, Bulk, Draft, Home, Look, Manage, Observe, Refusal, Removal, Run, Stage, ec2, look::Extent, optional, wait,
};
use crate::aws::{CallError, Class, Named, missing_field};
use ringfence_model::{
    plan::{Handle, Reference, Refers},
    stack::{INSTANCE_CONNECT_ENDPOINT, INSTANCE_CONNECT_SECURITY_GROUP, StackOption, Tier, VPC, same_owner},
};
use ringfence_observed::{InstanceConnectEndpoint, Observed, Tags};

/// The filters for the tags of an environment and of this installation.
const ENVIRONMENT_FILTER: &str = "tag:ringfence:environment";
const INSTALLATION_FILTER: &str = "tag:ringfence:installation";

pub(crate) struct InstanceConnectEndpoints;

/// What can be done to an EC2 Instance Connect Endpoint.
#[derive(Debug)]
pub(crate) enum InstanceConnectEndpointChange {
    /// Makes it, with a client token.
    Create { vpc: Reference, subnet: Reference, group: Reference, after: Vec<Reference>, tags: Tags },
    /// Gives it its one group, and has hosts see its own address.
    Modify { id: String, group: Reference },
    /// Removes it, and waits until its interface has let go.
    Delete { id: String },
}

impl Observe for InstanceConnectEndpoints {
    type Seen = optional::Found<InstanceConnectEndpoint>;
    const BULK: Bulk<Self::Seen> = Bulk::Whole;

    async fn read(look: &Look<'_>) -> Result<Vec<(Home, Self::Seen)>, CallError> {
        optional::read(look, StackOption::InstanceConnect, async |_| {
            // By tag, so that a region that knows no such thing says so before the VPC is made.
            let filter = match look.extent {
                Extent::Environment(subject) => ec2::filter(ENVIRONMENT_FILTER, &subject.owner.environment),
                Extent::Fleet(fleet) => ec2::filter(INSTALLATION_FILTER, &fleet.installation),
            };
            let pages = look.aws.ec2.describe_instance_connect_endpoints().filters(filter).into_paginator().items();
            let found =
                pages.send().collect::<Result<Vec<_>, _>>().await.named("ec2:DescribeInstanceConnectEndpoints")?;
            Ok(found.iter().map(from_sdk).filter(|(_, endpoint)| endpoint.state != GONE).collect())
        })
        .await
    }

    fn place(observed: &mut Observed, seen: Self::Seen) {
        if let Some(endpoint) = seen.noted(observed) {
            observed.instance_connect_endpoints.push(endpoint);
        }
    }
}

impl Manage for InstanceConnectEndpoints {
    const TYPE: &'static str = "AWS::EC2::InstanceConnectEndpoint";

    fn draft(draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let stack = draft.stack.clone();
        let observed = draft.observed;
        let ours = observed.instance_connect_endpoints.iter().filter(|endpoint| stack.owner.owns(&endpoint.tags));
        let ours: Vec<&InstanceConnectEndpoint> = ours.collect();
        let first_zone = stack.zones.first().map(String::as_str).unwrap_or_default();
        if !StackOption::InstanceConnect.is_asked(&stack.spec) {
            let gone: Vec<Handle> = ours.into_iter().filter_map(|endpoint| draft_deletion(draft, endpoint)).collect();
            draft_group_deletion(draft, &gone);
            return Ok(());
        }
        let subnet = draft.reference(&Tier::Services.subnet(first_zone))?;
        let group = draft.reference(INSTANCE_CONNECT_SECURITY_GROUP)?;
        let stands = |reference: &Reference, id: &String| *reference == Reference::Present(id.clone());
        if ours.is_empty() {
            let tags = stack.tags(INSTANCE_CONNECT_ENDPOINT);
            let (vpc, after) = (draft.reference(VPC)?, draft.before_options()?);
            let create = InstanceConnectEndpointChange::Create { vpc, subnet, group, after, tags };
            draft.create(INSTANCE_CONNECT_ENDPOINT, create);
            return Ok(());
        }
        for endpoint in ours {
            if endpoint.is_changing() {
                // A VPC has one at most: what AWS makes of this one decides.
                continue;
            }
            if !endpoint.is_up() || !stands(&subnet, &endpoint.subnet) {
                draft_deletion(draft, endpoint);
                continue;
            }
            draft.retag(Self::TYPE, INSTANCE_CONNECT_ENDPOINT, &endpoint.id, &endpoint.tags);
            let is_dressed = matches!(&*endpoint.security_groups, [only] if stands(&group, only));
            if !is_dressed || endpoint.preserve_client_ip {
                let reference = Reference::Present(endpoint.id.clone());
                let change = InstanceConnectEndpointChange::Modify { id: endpoint.id.clone(), group: group.clone() };
                draft.update(INSTANCE_CONNECT_ENDPOINT, &reference, change);
            }
        }
        Ok(())
    }

    fn draft_removal(removal: &mut Removal<'_>) {
        let ours = removal.observed.instance_connect_endpoints.iter();
        for endpoint in ours.filter(|endpoint| removal.owner.owns(&endpoint.tags)) {
            let change = InstanceConnectEndpointChange::Delete { id: endpoint.id.clone() };
            removal.delete(Stage::Endpoints, INSTANCE_CONNECT_ENDPOINT, &endpoint.id, change);
        }
    }
}

/// The state of one that AWS lists for a while after it is gone.
const GONE: &str = "delete-complete";

fn draft_deletion(draft: &mut Draft<'_>, endpoint: &InstanceConnectEndpoint) -> Option<Handle> {
    if endpoint.state == "delete-in-progress" {
        return None;
    }
    let change = InstanceConnectEndpointChange::Delete { id: endpoint.id.clone() };
    Some(draft.delete(INSTANCE_CONNECT_ENDPOINT, &endpoint.id, change, &[]))
}

/// The endpoint's group goes after it, and after the rule of the training group that names it, which goes at the same
/// time: until then AWS says that the group is in use.
fn draft_group_deletion(draft: &mut Draft<'_>, gone: &[Handle]) {
    let name = draft.stack.full_name(INSTANCE_CONNECT_SECURITY_GROUP);
    let owner = draft.stack.owner.clone();
    let ours = draft.observed.security_groups.iter().find(|group| group.name == name && owner.owns(&group.tags));
    if let Some(group) = ours {
        super::security_group::draft_deletion(draft, INSTANCE_CONNECT_SECURITY_GROUP, &group.id, gone);
    }
}

impl Refers for InstanceConnectEndpointChange {
    fn resource_type(&self) -> &'static str {
        InstanceConnectEndpoints::TYPE
    }

    fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Create { vpc, subnet, group, after, .. } => [vpc, subnet, group].into_iter().chain(after).collect(),
            Self::Modify { group, .. } => vec![group],
            Self::Delete { .. } => Vec::new(),
        }
    }
}

impl Act for InstanceConnectEndpointChange {
    async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
        const CREATE: &str = "ec2:CreateInstanceConnectEndpoint";
        let ec2 = &run.aws.ec2;
        match self {
            Self::Create { vpc, subnet, group, tags, .. } => {
                let subnet = run.id(subnet)?;
                let call = ec2
                    .create_instance_connect_endpoint()
                    .subnet_id(subnet)
                    .security_group_ids(run.id(group)?)
                    .preserve_client_ip(false)
                    .client_token(run.token(INSTANCE_CONNECT_ENDPOINT, subnet))
                    .tag_specifications(ec2::tagged(ResourceType::InstanceConnectEndpoint, tags));
                let made = match call.send().await.named(CREATE) {
                    Err(error) if error.class == Class::Quota => {
                        return Err(full(run.aws, run.id(vpc)?, tags, error).await);
                    }
                    answer => answer?,
                };
                let id = made.instance_connect_endpoint().and_then(|endpoint| endpoint.instance_connect_endpoint_id());
                Ok(Some(id.ok_or_else(|| missing_field(CREATE, "InstanceConnectEndpointId"))?.to_owned()))
            }
            Self::Modify { id, group } => {
                let call = ec2
                    .modify_instance_connect_endpoint()
                    .instance_connect_endpoint_id(id)
                    .security_group_ids(run.id(group)?)
                    .preserve_client_ip(false);
                call.send().await.named("ec2:ModifyInstanceConnectEndpoint")?;
                Ok(None)
            }
            Self::Delete { id } => {
                delete(run, id).await?;
                Ok(None)
            }
        }
    }
}

/// Names the endpoint that a VPC has already: it takes one, and no quota helps
/// (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/eice-quotas.html>). One that is going is waited for.
async fn full(aws: &crate::aws::Aws, vpc: &str, tags: &Tags, error: CallError) -> CallError {
    let pages = aws.ec2.describe_instance_connect_endpoints().filters(ec2::filter("vpc-id", vpc)).into_paginator();
    let found = pages.items().send().collect::<Result<Vec<_>, _>>().await;
    let found = found.named("ec2:DescribeInstanceConnectEndpoints").unwrap_or_default();
    let mut found = found.iter().map(|endpoint| from_sdk(endpoint).1).filter(|endpoint| endpoint.state != GONE);
    let Some(other) = found.next() else { return error };
    let mut message = format!("{}; {} in {vpc} is {}", error.message, other.id, other.state);
    let class = if other.state == "delete-in-progress" {
        Class::InUse
    } else if same_owner(tags, &other.tags) {
        error.class
    } else {
        message.push_str(&format!(
            " and does not carry this environment's tags: remove it \
             (aws ec2 delete-instance-connect-endpoint --instance-connect-endpoint-id {})",
            other.id
        ));
        Class::Taken
    };
    CallError { message, ..error.seen_as(class) }
}

/// Deleting takes minutes on AWS, while its interface still holds the subnet and the group: it is done only then.
async fn delete(run: &Run<'_>, id: &str) -> Result<(), CallError> {
    let aws = run.aws;
    let call = aws.ec2.delete_instance_connect_endpoint().instance_connect_endpoint_id(id);
    match call.send().await.named("ec2:DeleteInstanceConnectEndpoint") {
        Err(error) if error.class == Class::NotFound => return Ok(()),
        // Somebody is deleting it already.
        Err(error) if error.class == Class::InUse => {}
        answer => {
            answer?;
        }
    }
    wait::until(run, || async {
        let call = aws.ec2.describe_instance_connect_endpoints().instance_connect_endpoint_ids(id);
        match call.send().await.named("ec2:DescribeInstanceConnectEndpoints") {
            Err(error) if error.class == Class::NotFound => Ok(None),
            Err(error) => Err(error),
            Ok(answer) => {
                let mut found = answer.instance_connect_endpoints().iter().map(from_sdk);
                let standing = found.find(|(_, endpoint)| endpoint.state == "delete-in-progress" || endpoint.is_up());
                Ok(standing.map(|(_, endpoint)| format!("{id} is {}", endpoint.state)))
            }
        }
    })
    .await
}

fn from_sdk(endpoint: &aws_sdk_ec2::types::Ec2InstanceConnectEndpoint) -> (Home, InstanceConnectEndpoint) {
    let owned = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let seen = InstanceConnectEndpoint {
        id: owned(endpoint.instance_connect_endpoint_id()),
        state: endpoint.state().map(|state| state.as_str().to_owned()).unwrap_or_default(),
        subnet: owned(endpoint.subnet_id()),
        security_groups: endpoint.security_group_ids().to_vec(),
        interfaces: endpoint.network_interface_ids().to_vec(),
        preserve_client_ip: endpoint.preserve_client_ip().unwrap_or(false),
        tags: ec2::from_tags(endpoint.tags()),
    };
    (Home::Vpc(owned(endpoint.vpc_id())), seen)
}
