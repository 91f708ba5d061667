//! VPC endpoints as AWS tells of them.

use aws_sdk_ec2::types::VpcEndpointType as SdkType;

use super::{Home, ec2};
use ringfence_observed::{VpcEndpoint, VpcEndpointType};

/// An endpoint, and the VPC that it is in.
pub(super) fn from_sdk(endpoint: &aws_sdk_ec2::types::VpcEndpoint) -> (Home, VpcEndpoint) {
    // In GovCloud endpoints have been known to have no type:
    // https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/vpc_endpoint.go
    let endpoint_type = match endpoint.vpc_endpoint_type() {
        Some(SdkType::Gateway) => VpcEndpointType::Gateway,
        Some(SdkType::Interface) => VpcEndpointType::Interface,
        Some(other) if !other.as_str().is_empty() => VpcEndpointType::Other,
        _ if endpoint.subnet_ids().is_empty() => VpcEndpointType::Gateway,
        _ => VpcEndpointType::Interface,
    };
    let seen = VpcEndpoint {
        id: endpoint.vpc_endpoint_id().unwrap_or_default().to_owned(),
        service_name: endpoint.service_name().unwrap_or_default().to_owned(),
        endpoint_type,
        state: endpoint.state().map(|state| state.as_str().to_lowercase()).unwrap_or_default(),
        last_error: endpoint.last_error().map(|error| {
            let (code, message) = (error.code().unwrap_or_default(), error.message().unwrap_or_default());
            format!("{code}: {message}")
        }),
        policy: endpoint.policy_document().unwrap_or_default().to_owned(),
        route_tables: endpoint.route_table_ids().to_vec(),
        subnets: endpoint.subnet_ids().to_vec(),
        security_groups: endpoint.groups().iter().filter_map(|group| group.group_id().map(ToOwned::to_owned)).collect(),
        interfaces: endpoint.network_interface_ids().to_vec(),
        private_dns: endpoint.private_dns_enabled().unwrap_or(false),
        tags: ec2::from_tags(endpoint.tags()),
    };
    (Home::Vpc(endpoint.vpc_id().unwrap_or_default().to_owned()), seen)
}
