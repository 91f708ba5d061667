//! Names under which an interface endpoint answers in its VPC, where AWS does not give it those of its service.

use aws_sdk_ec2::types::VpcEndpoint;

use super::{Run, ec2, endpoint_seen::from_sdk};
use crate::aws::{CallError, Class, Named};
use ringfence_model::stack::{ENVIRONMENT, INSTALLATION};
use ringfence_observed::Tags;

/// What an answer to a change that asks for private names means. That the VPC's DNS attributes, which were just turned
/// on, do not count yet passes by itself, and so does that a former endpoint still holds the names.
pub(super) async fn refused(run: &Run<'_>, error: CallError) -> CallError {
    if error.code != "InvalidParameter" {
        return error;
    }
    if error.message.contains("private DNS requires") {
        return error.seen_as(Class::InUse);
    }
    // https://github.com/hashicorp/terraform-provider-aws/issues/17535
    if error.message.contains("conflicting DNS domain") {
        return taken(run, error).await;
    }
    error
}

/// Names who holds the private DNS name of a service, as far as the VPC's endpoints tell. AWS takes minutes to let go of
/// the name of one that was deleted, also where that shows no more: so this is waited for.
async fn taken(run: &Run<'_>, error: CallError) -> CallError {
    let message = &error.message;
    let between = |begin: &str, end: &str| Some(message.split_once(begin)?.1.split_once(end)?.0.to_owned());
    let domain = between("conflicting DNS domain for ", " in the VPC").unwrap_or_default();
    let vpc = message.rsplit(' ').next().unwrap_or_default().trim_end_matches('.');
    let found = if vpc.starts_with("vpc-") { read(run, vpc).await.unwrap_or_default() } else { Vec::new() };
    let holder = found.iter().find(|endpoint| {
        let mut names = endpoint.dns_entries().iter().filter_map(|entry| entry.dns_name());
        names.any(|name| name.trim_end_matches('.') == domain)
    });
    let holder = holder.map(|holder| from_sdk(holder).1);
    // One of ours, or one that is going, lets go of it; one of somebody else's that stands does not.
    let is_of_the_environment = |tags: &Tags| tags.get(ENVIRONMENT) == Some(&run.seed.environment);
    let stays = holder.as_ref().is_some_and(|holder| {
        let is_ours = is_of_the_environment(&holder.tags) && holder.tags.contains_key(INSTALLATION);
        !is_ours && !holder.is_going()
    });
    let who = match holder {
        Some(holder) if stays => format!(
            "{} of {} holds that name and does not carry this environment's tags: remove it \
             (aws ec2 delete-vpc-endpoints --vpc-endpoint-ids {}), or turn its private DNS off",
            holder.id, holder.service_name, holder.id
        ),
        Some(holder) => format!("{} of {}, which is {}, holds that name", holder.id, holder.service_name, holder.state),
        None => {
            "no endpoint of the VPC holds that name: AWS lets go of it minutes after an endpoint was deleted; if it \
                 does not, a private hosted zone of Route 53 holds it: dissociate it from the VPC"
                .to_owned()
        }
    };
    let message = format!("{message}; {who}");
    CallError { message, ..error.seen_as(if stays { Class::Taken } else { Class::InUse }) }
}

/// The endpoints of a VPC.
pub(super) async fn read(run: &Run<'_>, vpc: &str) -> Result<Vec<VpcEndpoint>, CallError> {
    let pages = run.aws.ec2.describe_vpc_endpoints().filters(ec2::filter("vpc-id", vpc)).into_paginator();
    pages.items().send().collect::<Result<Vec<_>, _>>().await.named("ec2:DescribeVpcEndpoints")
}
