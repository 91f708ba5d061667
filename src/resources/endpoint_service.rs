//! Which zones offer the services that are asked for as interface endpoints, and under which names. Only read.

use futures_util::future::try_join_all;

use super::{Bulk, Home, Look, Observe};
use crate::aws::{CallError, Class, Named, limits};
use ringfence_observed::Observed;

pub(crate) struct EndpointServices;

impl Observe for EndpointServices {
    /// The service's full name, its zones and its private names.
    type Seen = (String, Vec<String>, Vec<String>);
    const BULK: Bulk<Self::Seen> = Bulk::Whole;

    async fn read(look: &Look<'_>) -> Result<Vec<(Home, Self::Seen)>, CallError> {
        if let Some(before) = look.before() {
            return Ok(again(before));
        }
        let names = look.interface_services();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let some = names.chunks(limits::VALUES_A_FILTER).map(|names| read_some(look, names));
        Ok(try_join_all(some).await?.into_iter().flatten().collect())
    }

    fn place(observed: &mut Observed, (name, zones, private): Self::Seen) {
        observed.service_names.entry(name.clone()).or_default().extend(private);
        observed.service_zones.entry(name).or_default().extend(zones);
    }
}

async fn read_some(
    look: &Look<'_>,
    names: &[String],
) -> Result<Vec<(Home, <EndpointServices as Observe>::Seen)>, CallError> {
    let filter = aws_sdk_ec2::types::Filter::builder().name("service-name").set_values(Some(names.to_vec())).build();
    let call = look.aws.ec2.describe_vpc_endpoint_services().filters(filter);
    let answer = match call.send().await.named("ec2:DescribeVpcEndpointServices") {
        // AWS refuses a name that it does not know instead of leaving it out.
        Err(error) if matches!(error.class, Class::NotFound) || error.code == "InvalidServiceName" => {
            return Ok(Vec::new());
        }
        answer => answer?,
    };
    let details = answer.service_details();
    let found = details.iter().filter_map(|service| {
        let name = service.service_name()?.to_owned();
        let private = service.private_dns_names().iter().filter_map(|private| private.private_dns_name());
        let private = private.map(ToOwned::to_owned).collect();
        Some((Home::Everywhere, (name, service.availability_zones().to_vec(), private)))
    });
    // GovCloud has been known to answer with names alone:
    // https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/vpc_endpoint_service_data_source.go
    let told = |name: &&String| details.iter().any(|service| service.service_name() == Some(name.as_str()));
    let names_alone = answer.service_names.iter().flatten().filter(|name| names.contains(name) && !told(name));
    let names_alone = names_alone.map(|name| (Home::Everywhere, (name.clone(), Vec::new(), Vec::new())));
    Ok(found.chain(names_alone).collect())
}

/// What was seen before, as it was read then.
fn again(before: &Observed) -> Vec<(Home, <EndpointServices as Observe>::Seen)> {
    let seen = before.service_zones.iter().map(|(name, zones)| {
        let private = before.service_names.get(name).cloned().unwrap_or_default();
        (Home::Everywhere, (name.clone(), zones.clone(), private))
    });
    seen.collect()
}
