//! The `Principal` element: who a statement is about.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::OneOrMany;
use crate::partition::dns_suffix;

/// Who a statement is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// `"*"`: anyone, also who has not signed the request; conditions must narrow it.
    Anyone,
    /// Principals by their kind.
    Named(BTreeMap<PrincipalKind, OneOrMany>),
}

impl Principal {
    /// AWS services, by their service principals such as `ec2.amazonaws.com`.
    pub fn services(services: impl Into<OneOrMany>) -> Self {
        Self::Named(BTreeMap::from([(PrincipalKind::Service, services.into())]))
    }
}

/// The service principal of an AWS service, by which it assumes roles in a partition.
///
/// Most go by `amazonaws.com` everywhere. Amazon EC2 goes by the suffix of its partition in China and in two of the
/// isolated ones: <https://docs.amazonaws.cn/en_us/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html>,
/// <https://github.com/eksctl-io/eksctl/blob/main/pkg/apis/eksctl.io/v1alpha5/partitions.go>. Amazon EKS refuses a node's
/// role there that trusts the other name: <https://github.com/awslabs/cdk-eks-blueprints/issues/558>. That the others
/// do not, AWS's CDK knows: <https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/region-info/lib/default.ts>.
pub fn service_principal(partition: &str, service: &str) -> String {
    let suffix = match (service, partition) {
        ("ec2", "aws-cn" | "aws-iso" | "aws-iso-b") => dns_suffix(partition),
        _ => "amazonaws.com",
    };
    format!("{service}.{suffix}")
}

/// What kind of principal a name in a [`Principal`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PrincipalKind {
    /// Accounts, roles, users and sessions.
    #[serde(rename = "AWS")]
    Aws,
    /// AWS services.
    Service,
    /// Identity providers.
    Federated,
    /// Canonical user IDs of Amazon S3.
    CanonicalUser,
}

impl Serialize for Principal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Anyone => serializer.serialize_str("*"),
            Self::Named(names) => names.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Principal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;

        impl<'de> Visitor<'de> for Names {
            type Value = Principal;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("\"*\" or principals by their kind")
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Principal, E> {
                match value {
                    "*" => Ok(Principal::Anyone),
                    other => Err(E::invalid_value(Unexpected::Str(other), &self)),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, names: A) -> Result<Principal, A::Error> {
                BTreeMap::deserialize(MapAccessDeserializer::new(names)).map(Principal::Named)
            }
        }

        deserializer.deserialize_any(Names)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::service_principal;

    #[rstest]
    #[case("aws", "ec2", "ec2.amazonaws.com")]
    #[case("aws-us-gov", "ec2", "ec2.amazonaws.com")]
    #[case("aws-eusc", "ec2", "ec2.amazonaws.com")]
    #[case("aws-cn", "ec2", "ec2.amazonaws.com.cn")]
    #[case("aws-cn", "sagemaker", "sagemaker.amazonaws.com")]
    #[case("aws-cn", "batch", "batch.amazonaws.com")]
    #[case("aws-cn", "ecs-tasks", "ecs-tasks.amazonaws.com")]
    #[case("aws-cn", "vpc-flow-logs", "vpc-flow-logs.amazonaws.com")]
    #[case("aws-iso", "ec2", "ec2.c2s.ic.gov")]
    #[case("aws-iso-b", "ec2", "ec2.sc2s.sgov.gov")]
    #[case("aws-iso-e", "ec2", "ec2.amazonaws.com")]
    fn services_are_called_as_in_their_partition(#[case] partition: &str, #[case] service: &str, #[case] name: &str) {
        assert_eq!(service_principal(partition, service), name);
    }
}
