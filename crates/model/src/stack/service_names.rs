//! The full names of the services whose endpoints are wanted.

use std::collections::BTreeMap;

use crate::{partition, spec::Spec};
use ringfence_observed::Observed;

/// The full names of services, as VPC endpoints of the region know them: by the names that a spec has for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceNames(BTreeMap<String, String>);

impl ServiceNames {
    /// The names that `observed` tells of: of a gateway that of its prefix list, of any other service the one that the
    /// region offers, else that of an endpoint which stands. A service that AWS tells nothing of has its usual name.
    pub fn of(spec: &Spec, region: &str, observed: &Observed) -> Self {
        let named = spec.egress.endpoints.iter().map(|service| {
            let service = service.as_str();
            let names = partition::endpoint_service_names(region, service);
            let is_offered = |name: &&String| {
                if is_gateway_service(service) {
                    observed.prefix_lists.iter().any(|list| list.name == **name)
                } else {
                    observed.service_zones.contains_key(*name)
                }
            };
            let stands = |name: &&String| observed.endpoints.iter().any(|endpoint| endpoint.service_name == **name);
            let found = names.iter().find(is_offered).or_else(|| names.iter().find(stands));
            (service.to_owned(), found.or_else(|| names.first()).cloned().unwrap_or_default())
        });
        Self(named.collect())
    }

    /// The full name of a service, where the spec asks for it.
    pub fn get(&self, service: &str) -> Option<&str> {
        self.0.get(service).map(String::as_str)
    }
}

/// Whether a service is reached by a gateway endpoint rather than by interfaces.
#[must_use]
pub fn is_gateway_service(service: &str) -> bool {
    matches!(service, "s3" | "dynamodb" | "s3express")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use ringfence_observed::PrefixList;

    fn observed(services: &[&str], lists: &[&str]) -> Observed {
        let list = |name: &&str| PrefixList { id: format!("pl-{name}"), name: (*name).to_owned(), entries: Vec::new() };
        Observed {
            service_zones: services.iter().map(|name| ((*name).to_owned(), Vec::new())).collect(),
            prefix_lists: lists.iter().map(list).collect(),
            ..Observed::default()
        }
    }

    #[rstest]
    #[case::by_the_suffix("ecr.api", "cn.com.amazonaws.cn-north-1.ecr.api")]
    #[case::as_everywhere("logs", "com.amazonaws.cn-north-1.logs")]
    #[case::a_gateway_by_its_list("s3", "com.amazonaws.cn-north-1.s3")]
    #[case::not_offered("sts", "com.amazonaws.cn-north-1.sts")]
    fn a_service_goes_by_the_name_that_aws_tells(#[case] service: &str, #[case] full: &str) {
        let spec = Spec::decode(&json!({"egress": {"endpoints": ["s3", "ecr.api", "logs", "sts"]}})).unwrap();
        let services =
            ["cn.com.amazonaws.cn-north-1.ecr.api", "com.amazonaws.cn-north-1.logs", "cn.com.amazonaws.cn-north-1.s3"];
        let observed = observed(&services, &["com.amazonaws.cn-north-1.s3", "com.amazonaws.cn-north-1.dynamodb"]);
        let names = ServiceNames::of(&spec, "cn-north-1", &observed);
        assert_eq!(names.get(service), Some(full));
        assert_eq!(names.get("kms"), None);
    }
}
