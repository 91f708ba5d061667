//! What Amazon GuardDuty puts into a VPC by itself, in an account or organization that has it watch runtimes: an
//! endpoint of its own service and a security group, both tagged `GuardDutyManaged`.
//!
//! <https://docs.aws.amazon.com/guardduty/latest/ug/how-does-runtime-monitoring-work.html>,
//! <https://docs.aws.amazon.com/guardduty/latest/ug/runtime-monitoring-shared-vpc.html>

use crate::partition;
use ringfence_observed::{NetworkInterface, Observed, SecurityGroup, Tags, VpcEndpoint};

/// The tag that GuardDuty puts on what it makes, with the value `true`.
const MANAGED: &str = "GuardDutyManaged";
/// How the names of its groups begin; the ID of the VPC follows
/// (<https://github.com/hashicorp/terraform-provider-aws/pull/46953>).
const GROUP: &str = "GuardDutyManagedSecurityGroup-";
/// Its service, and the one that takes its place in GovCloud: GuardDuty's own role is let to make endpoints of both
/// (<https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonGuardDutyServiceRolePolicy.html>,
/// <https://docs.aws.amazon.com/guardduty/latest/ug/creating-vpc-endpoint-ec2-agent-manually.html>).
const SERVICES: [&str; 2] = ["guardduty-data", "guardduty-data-fips"];

/// The full names that the service may have in a region.
pub fn guardduty_services(region: &str) -> Vec<String> {
    SERVICES.iter().flat_map(|service| partition::endpoint_service_names(region, service)).collect()
}

/// Whether this is the full name of its service in some region.
pub fn is_service_of_guardduty(name: &str) -> bool {
    name.rsplit('.').next().is_some_and(|service| SERVICES.contains(&service))
}

/// Whether GuardDuty made the endpoint.
pub fn is_endpoint_of_guardduty(endpoint: &VpcEndpoint) -> bool {
    is_managed(&endpoint.tags) && is_service_of_guardduty(&endpoint.service_name)
}

/// Whether GuardDuty made the security group.
pub fn is_group_of_guardduty(group: &SecurityGroup) -> bool {
    is_managed(&group.tags) && group.name.starts_with(GROUP)
}

/// The interfaces in the VPC, less those of GuardDuty's endpoint. An interface is told by its endpoint: what its
/// description says is nobody's promise.
pub fn interfaces_beside_guardduty(observed: &Observed) -> impl Iterator<Item = &NetworkInterface> {
    let endpoints = observed.endpoints.iter().filter(|endpoint| is_endpoint_of_guardduty(endpoint));
    let own: Vec<&String> = endpoints.flat_map(|endpoint| &endpoint.interfaces).collect();
    observed.interfaces.iter().filter(move |interface| !own.contains(&&interface.id))
}

fn is_managed(tags: &Tags) -> bool {
    tags.get(MANAGED).is_some_and(|value| value == "true")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_is_that_of_the_region() {
        let own = ["com.amazonaws.eu-west-1.guardduty-data", "com.amazonaws.eu-west-1.guardduty-data-fips"];
        assert_eq!(guardduty_services("eu-west-1"), own);
        assert_eq!(guardduty_services("cn-north-1")[1], "cn.com.amazonaws.cn-north-1.guardduty-data");
        assert!(own.iter().all(|name| is_service_of_guardduty(name)));
        assert!(!is_service_of_guardduty("com.amazonaws.eu-west-1.guardduty"));
    }

    #[test]
    fn a_name_without_the_tag_is_nobody_s_group() {
        let mut group = SecurityGroup {
            id: "sg-1".to_owned(),
            name: format!("{GROUP}vpc-1"),
            description: String::new(),
            rules: Vec::new(),
            tags: Tags::new(),
        };
        assert!(!is_group_of_guardduty(&group));
        group.tags.insert(MANAGED.to_owned(), "false".to_owned());
        assert!(!is_group_of_guardduty(&group));
        group.tags.insert(MANAGED.to_owned(), "true".to_owned());
        assert!(is_group_of_guardduty(&group));
        group.name = "training".to_owned();
        assert!(!is_group_of_guardduty(&group));
    }
}
