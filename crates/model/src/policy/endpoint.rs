//! Endpoint policies: what may pass through an endpoint, whoever asks.

use super::{Document, Operator, Principal, Statement};
use crate::{partition::of_region, scope::Scope};

/// What may pass through the endpoints of an environment.
///
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>
#[derive(Clone, Copy, Debug)]
pub struct EndpointAccess<'a> {
    /// Where the environment stands.
    pub scope: &'a Scope,
    /// All endpoints of the environment, as the spec names them: `s3`, `ecr.api`, `logs`, …
    pub endpoints: &'a [&'a str],
}

/// What pulling an image takes.
pub(super) const PULL_IMAGES: [&str; 3] =
    ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

impl EndpointAccess<'_> {
    /// The policy of the endpoint for the service.
    ///
    /// Principals of this account reach resources of this account. Both halves are needed: without the
    /// first, a host could bring another account's credentials and carry data off with them; without
    /// the second, it could write to another account's bucket with its own. Both keys must be there,
    /// so that what AWS does not attribute to an account does not pass.
    ///
    /// `aws:ResourceAccount` is there also for actions without a resource of their own, such as
    /// `sts:GetCallerIdentity`, `ecr:GetAuthorizationToken` and the channels of `ssmmessages`: it is
    /// the account that the request is made in. The exceptions stand in
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceaccount>;
    /// the one that covers a whole service is what [`why_unbindable`] knows of.
    ///
    /// Beside that, `s3` and the registry admit what AWS owns, read-only and by name.
    pub fn policy(&self, service: &str) -> Document {
        let account = &*self.scope.account;
        let own = Statement::allow("OnlyThisAccountsPrincipalsAndResources", "*")
            .by(Principal::Anyone)
            .on("*")
            .when(Operator::STRING_EQUALS, "aws:PrincipalAccount", account)
            .when(Operator::STRING_EQUALS, "aws:ResourceAccount", account);
        let mut statements = vec![own];
        match service {
            "s3" => statements.extend(self.aws_buckets()),
            "ecr.api" | "ecr.dkr" => statements.extend(self.aws_images()),
            _ => {}
        }
        Document::new(statements)
    }

    /// Buckets that AWS owns, by their full names: a wildcard in the name of a bucket would admit
    /// whoever registers a name that matches.
    ///
    /// Neither is read in the name of a principal of this account. Amazon Linux 2023 fetches packages
    /// unsigned: <https://docs.aws.amazon.com/linux/al2023/ug/live-patching.html>. Image layers come by
    /// URLs that Amazon ECR signs:
    /// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-minimum-s3-perms>.
    fn aws_buckets(&self) -> Vec<Statement> {
        let region = &*self.scope.region;
        let read = |sid: &str, bucket: String| {
            Statement::allow(sid, "s3:GetObject")
                .by(Principal::Anyone)
                .on(format!("arn:{}:s3:::{bucket}/*", self.scope.partition))
        };
        let mut statements = vec![read("ReadAmazonLinuxPackages", format!("al2023-repos-{region}-de612dc2"))];
        if pulls_images(self.endpoints) {
            let bucket = format!("prod-{region}-starport-layer-bucket");
            statements.push(read("ReadImageLayers", bucket));
        }
        statements
    }

    /// Images that AWS publishes for training. AWS advises one policy for both endpoints of the
    /// registry: <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>
    fn aws_images(&self) -> Option<Statement> {
        let aws = deep_learning_containers(&self.scope.region)?;
        let pull = Statement::allow("PullDeepLearningContainers", PULL_IMAGES)
            .by(Principal::Anyone)
            .on(self.scope.arn_of("ecr", aws, "repository/*"))
            .when(Operator::STRING_EQUALS, "aws:PrincipalAccount", &*self.scope.account);
        Some(pull)
    }
}

/// Whether the environment was given the registry.
pub(super) fn pulls_images(endpoints: &[&str]) -> bool {
    endpoints.iter().any(|endpoint| matches!(*endpoint, "ecr.api" | "ecr.dkr"))
}

/// Why an endpoint for the service cannot be bound to this account, if it cannot.
///
/// This is what AWS documents of services that say so. It is the early answer, not the whole one: which
/// services take a policy changes with time and region, and `VpcEndpointPolicySupported` of
/// `DescribeVpcEndpointServices` has the last word.
pub fn why_unbindable(service: &str) -> Option<&'static str> {
    match service {
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceaccount
        "ebs" => Some("the EBS direct APIs do not tell whose snapshot a request is about"),
        // https://docs.aws.amazon.com/inspector/latest/user/vpc-interface-endpoints.html
        "inspector2" => Some("Amazon Inspector does not support endpoint policies"),
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sts_oidc_vpc_endpoint_create.html
        "sts-oidc" => Some("the OIDC discovery of AWS STS does not support endpoint policies"),
        _ => None,
    }
}

/// The account that publishes AWS's deep learning containers in the region. Most regions share one; the
/// later ones and other partitions have their own, and of some partitions AWS names none:
/// <https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/sagemaker-algo-docker-registry-paths.html>
pub fn deep_learning_containers(region: &str) -> Option<&'static str> {
    let account = match region {
        "af-south-1" => "626614931356",
        "ap-east-1" => "871362719292",
        "ap-east-2" => "975050140332",
        "ap-northeast-3" => "364406365360",
        "ap-south-2" => "772153158452",
        "ap-southeast-3" => "907027046896",
        "ap-southeast-4" => "457447274322",
        "ap-southeast-5" => "550225433462",
        "ap-southeast-6" => "633930458069",
        "ap-southeast-7" => "590183813437",
        "ca-west-1" => "204538143572",
        "cn-north-1" | "cn-northwest-1" => "727897471807",
        "eu-central-2" => "380420809688",
        "eu-south-1" => "692866216735",
        "eu-south-2" => "503227376785",
        "il-central-1" => "780543022126",
        "me-central-1" => "914824155844",
        "me-south-1" => "217643126080",
        "mx-central-1" => "637423239942",
        "us-gov-east-1" => "446045086412",
        "us-gov-west-1" => "442386744353",
        // The same digits are somebody else's account in another partition.
        _ if of_region(region) != "aws" => return None,
        _ => "763104351884",
    };
    Some(account)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::{EndpointAccess, why_unbindable};
    use crate::{
        policy::{Limit, check_size},
        scope::some_scope,
    };

    fn some_access() -> EndpointAccess<'static> {
        EndpointAccess { scope: some_scope("aws", "eu-central-1"), endpoints: &["s3", "ecr.api", "ecr.dkr"] }
    }

    fn statements(access: EndpointAccess<'_>, service: &str) -> Vec<Value> {
        let text = access.policy(service).to_json();
        let mut document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["Version"], "2012-10-17");
        serde_json::from_value(document["Statement"].take()).unwrap()
    }

    fn own() -> Value {
        json!({
            "Sid": "OnlyThisAccountsPrincipalsAndResources",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "*",
            "Resource": "*",
            "Condition": {"StringEquals": {
                "aws:PrincipalAccount": "123456789012",
                "aws:ResourceAccount": "123456789012",
            }},
        })
    }

    fn packages() -> Value {
        json!({
            "Sid": "ReadAmazonLinuxPackages",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::al2023-repos-eu-central-1-de612dc2/*",
        })
    }

    #[rstest]
    #[case("dynamodb")]
    #[case("logs")]
    #[case("sts")]
    #[case("ssmmessages")]
    #[case("sagemaker.api")]
    fn an_endpoint_is_bound_to_the_account(#[case] service: &str) {
        assert_eq!(statements(some_access(), service), [own()]);
        assert_eq!(why_unbindable(service), None);
    }

    #[test]
    fn s3_admits_packages_and_the_layers_of_images_that_may_be_pulled() {
        let layers = json!({
            "Sid": "ReadImageLayers",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::prod-eu-central-1-starport-layer-bucket/*",
        });
        assert_eq!(statements(some_access(), "s3"), [own(), packages(), layers]);
    }

    #[test]
    fn s3_admits_no_layers_without_a_registry() {
        let access = EndpointAccess { endpoints: &["s3", "logs"], ..some_access() };
        assert_eq!(statements(access, "s3"), [own(), packages()]);
    }

    #[rstest]
    #[case("ecr.api")]
    #[case("ecr.dkr")]
    fn the_registry_lets_this_account_pull_what_aws_publishes(#[case] service: &str) {
        let images = json!({
            "Sid": "PullDeepLearningContainers",
            "Effect": "Allow",
            "Principal": "*",
            "Action": [
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
            ],
            "Resource": "arn:aws:ecr:eu-central-1:763104351884:repository/*",
            "Condition": {"StringEquals": {"aws:PrincipalAccount": "123456789012"}},
        });
        assert_eq!(statements(some_access(), service), [own(), images]);
    }

    #[rstest]
    #[case("aws-cn", "cn-north-1", "arn:aws-cn:ecr:cn-north-1:727897471807:repository/*")]
    #[case("aws-us-gov", "us-gov-west-1", "arn:aws-us-gov:ecr:us-gov-west-1:442386744353:repository/*")]
    #[case("aws", "eu-south-2", "arn:aws:ecr:eu-south-2:503227376785:repository/*")]
    fn images_come_from_the_account_of_the_region(#[case] partition: &str, #[case] region: &str, #[case] arn: &str) {
        let scope = some_scope(partition, region);
        let access = EndpointAccess { scope, ..some_access() };
        assert_eq!(statements(access, "ecr.api")[1]["Resource"], arn);
    }

    #[test]
    fn where_aws_names_no_account_there_are_no_images_of_its() {
        let scope = some_scope("aws-eusc", "eusc-de-east-1");
        let access = EndpointAccess { scope, ..some_access() };
        assert_eq!(statements(access, "ecr.api"), [own()]);
    }

    #[test]
    fn the_longest_policy_fits() {
        assert_eq!(check_size(&[some_access().policy("s3")], Limit::EndpointPolicy), Ok(()));
    }

    #[rstest]
    #[case("ebs")]
    #[case("inspector2")]
    #[case("sts-oidc")]
    fn what_cannot_be_bound_says_why(#[case] service: &str) {
        assert!(why_unbindable(service).is_some());
    }
}
