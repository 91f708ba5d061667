//! The partitions of AWS, and what differs between them.
//!
//! Names, DNS suffixes and regions are those of the SDKs:
//! <https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json>

/// The names of the partitions: commercial, China, the European Sovereign Cloud, the isolated ones, GovCloud.
pub const PARTITIONS: [&str; 8] =
    ["aws", "aws-cn", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-us-gov"];

/// What the names of VPC endpoint services begin with in most partitions.
const SERVICES: &str = "com.amazonaws";

/// The partition of a region.
#[must_use]
pub fn of_region(region: &str) -> &'static str {
    const BEGINNINGS: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("eusc-", "aws-eusc"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
        ("us-gov-", "aws-us-gov"),
    ];
    BEGINNINGS.iter().find(|(beginning, _)| region.starts_with(beginning)).map_or("aws", |(_, partition)| partition)
}

/// What the names of AWS services end in.
#[must_use]
pub fn dns_suffix(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "amazonaws.com.cn",
        "aws-eusc" => "amazonaws.eu",
        "aws-iso" => "c2s.ic.gov",
        "aws-iso-b" => "sc2s.sgov.gov",
        "aws-iso-e" => "cloud.adc-e.uk",
        "aws-iso-f" => "csp.hci.ic.gov",
        _ => "amazonaws.com",
    }
}

/// The names under which VPC endpoints may know a service of a region, the usual one first. Where the suffix of a
/// partition is not `amazonaws.com`, some services go by it, turned round, and some do not: in China `s3` as a gateway
/// is `com.amazonaws.cn-north-1.s3`, and `ecr.api` is `cn.com.amazonaws.cn-north-1.ecr.api`
/// (<https://docs.amazonaws.cn/en_us/AmazonECR/latest/userguide/vpc-endpoints.html>,
/// <https://github.com/eksctl-io/eksctl/blob/main/pkg/apis/eksctl.io/v1alpha5/partitions.go>). Which of them there is,
/// only AWS can say.
#[must_use]
pub fn endpoint_service_names(region: &str, service: &str) -> Vec<String> {
    let suffix: Vec<&str> = dns_suffix(of_region(region)).split('.').rev().collect();
    let turned = suffix.join(".");
    let beginnings = std::iter::once(SERVICES).chain((turned != SERVICES).then_some(turned.as_str()));
    beginnings.map(|beginning| format!("{beginning}.{region}.{service}")).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("us-east-1", "aws", "amazonaws.com")]
    #[case("eu-central-1", "aws", "amazonaws.com")]
    #[case("mx-central-1", "aws", "amazonaws.com")]
    #[case("cn-northwest-1", "aws-cn", "amazonaws.com.cn")]
    #[case("eusc-de-east-1", "aws-eusc", "amazonaws.eu")]
    #[case("us-gov-east-1", "aws-us-gov", "amazonaws.com")]
    #[case("us-iso-east-1", "aws-iso", "c2s.ic.gov")]
    #[case("us-isob-west-1", "aws-iso-b", "sc2s.sgov.gov")]
    #[case("eu-isoe-west-1", "aws-iso-e", "cloud.adc-e.uk")]
    #[case("us-isof-south-1", "aws-iso-f", "csp.hci.ic.gov")]
    fn regions(#[case] region: &str, #[case] partition: &str, #[case] suffix: &str) {
        assert_eq!(of_region(region), partition);
        assert!(PARTITIONS.contains(&partition));
        assert_eq!(dns_suffix(partition), suffix);
    }

    #[rstest]
    #[case("eu-west-1", &["com.amazonaws.eu-west-1.logs"])]
    #[case("us-gov-west-1", &["com.amazonaws.us-gov-west-1.logs"])]
    #[case("cn-north-1", &["com.amazonaws.cn-north-1.logs", "cn.com.amazonaws.cn-north-1.logs"])]
    #[case("eusc-de-east-1", &["com.amazonaws.eusc-de-east-1.logs", "eu.amazonaws.eusc-de-east-1.logs"])]
    #[case("us-iso-east-1", &["com.amazonaws.us-iso-east-1.logs", "gov.ic.c2s.us-iso-east-1.logs"])]
    fn services(#[case] region: &str, #[case] names: &[&str]) {
        assert_eq!(endpoint_service_names(region, "logs"), names);
    }
}
