//! `egress`: what of the outside can be reached from the environment.

use std::fmt;
use std::str::FromStr;

use super::fields::fields;
#[cfg(any(test, feature = "testing"))]
use super::schema;
use crate::fault::{Malformed, Node};
use crate::text::{text_type, through_text, words};

/// The most endpoints: as many interface endpoints as a VPC may have
/// ([quotas](https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html)).
const MOST_ENDPOINTS: usize = 50;
/// The most names: one `UpdateFirewallDomains` takes
/// [1,000](https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_UpdateFirewallDomains.html),
/// those of the endpoints included, and a request must fit into an event of 256 KB.
const MOST_DOMAINS: usize = 500;
/// The longest name of a service, in letters. The longest of AWS is shorter.
const LONGEST_SERVICE: usize = 64;

/// The longest name that DNS takes, in letters ([RFC 1035](https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4), less
/// what the root takes).
const LONGEST_DOMAIN: usize = 253;

fields! {
    /// What of the outside can be reached from the environment.
    #[cfg_attr(any(test, feature = "testing"), schemars(default))]
    pub struct Egress(given): "an object: the egress" {
        /// At most 50 AWS services that can be reached: `s3`, `dynamodb` and `s3express` (S3's directory buckets)
        /// through gateway endpoints, any other (`ecr.api`, `ecr.dkr`, `logs`, `sts`, `ssm`, `sagemaker.api`, …)
        /// through an interface endpoint with private DNS in the services subnet of each zone that offers it, which
        /// takes an address there: a /24 has 11.
        #[cfg_attr(any(test, feature = "testing"), schemars(length(max = MOST_ENDPOINTS), extend("uniqueItems" = true)))]
        pub endpoints: Vec<EndpointService> = vec![EndpointService("s3".to_owned())]
            => |node, faults| node.set("names of AWS services", 0..=MOST_ENDPOINTS, faults, Node::parse),
        /// Left out, DNS is not filtered. At most 500 names that it may resolve, such as `pypi.org`, or `*.pypi.org`
        /// for what is below it. Given, also as `[]`, a Route 53 Resolver DNS Firewall answers all others with NXDOMAIN
        /// and fails closed; the names of the endpoints asked for and of the VPC's own hosts are allowed beside them
        /// (of directory buckets the region's alone: name their zones, `*.s3express-use1-az4.us-east-1.amazonaws.com`),
        /// and CNAME chains that begin with an allowed name are trusted.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(any(test, feature = "testing"), schemars(length(max = MOST_DOMAINS), extend("uniqueItems" = true)))]
        pub allow_domains: Option<Vec<DomainName>>
            => |node, faults| node.set("domain names", 0..=MOST_DOMAINS, faults, Node::parse),
        /// Amazon GuardDuty puts an endpoint of its own and a security group into the VPCs of an account or
        /// organization whose runtimes it watches. `allow`: they are known and no exposure, as long as the endpoint
        /// leads to `guardduty-data` of this region, its policy admits this account alone, and the group lets in TCP
        /// 443 from inside the VPC and nothing else; a `delete` removes them once nothing else holds the VPC. `refuse`:
        /// they are exposure (a `delete` removes them all the same).
        pub guardduty: GuardDuty = GuardDuty::Allow => Node::parse,
    }
}

words! {
    /// What is made of the endpoint and the group that Amazon GuardDuty puts into the VPCs of whoever has it watch
    /// runtimes.
    GuardDuty {
        /// They are known, checked, and go with the environment.
        Allow = "allow",
        /// They are exposure.
        Refuse = "refuse",
    }
}

text_type! {
    /// The name of an AWS service as the names of its endpoints end: `ecr.api` of `com.amazonaws.us-east-1.ecr.api`
    /// ([list](https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html)). At most 64
    /// letters. Whether the region has it is not known here.
    EndpointService,
    "the name of an AWS service as its endpoints have it after the region, such as s3, ecr.api or logs",
    {
        "pattern": "^[a-z0-9]+(?:[.-][a-z0-9]+)*$", "maxLength": LONGEST_SERVICE,
        "not": {"pattern": "^(?:com|cn\\.com|aws)\\."}
    },
    |text| {
        let word = |word: &str| {
            !word.is_empty()
                && word.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9'))
        };
        let full = ["com.", "cn.com.", "aws."].iter().any(|prefix| text.starts_with(prefix));
        text.len() <= LONGEST_SERVICE && !full && text.split(['.', '-']).all(word)
    }
}

impl EndpointService {
    /// Whether its endpoint is a gateway, a route to a prefix list: S3, its directory buckets, and
    /// DynamoDB ([list](https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html)). All others are
    /// interfaces.
    #[must_use]
    pub fn is_gateway(&self) -> bool {
        matches!(self.as_str(), "s3" | "dynamodb" | "s3express")
    }
}

/// A name that DNS may resolve, in lower case and without a final dot: labels of letters, digits and hyphens
/// ([RFC 1035](https://www.rfc-editor.org/rfc/rfc1035#section-2.3.1), with the digits first that RFC 1123 allows),
/// after a `*.` everything below it. All of DNS (`*`) is none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainName(String);

impl FromStr for DomainName {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let labels = name.strip_prefix("*.").unwrap_or(&name);
        if labels.len() <= LONGEST_DOMAIN && labels.split('.').all(label) {
            Ok(Self(name))
        } else {
            Err(Malformed::new(<Self as crate::text::Text>::EXPECTED))
        }
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

through_text!(
    DomainName,
    "a domain name such as pypi.org, or *.pypi.org for what is below it",
    {"pattern": schema::domain(), "maxLength": "*.".len() + LONGEST_DOMAIN + ".".len()}
);

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("s3", true)]
    #[case("ecr.api", true)]
    #[case("bedrock-runtime", true)]
    #[case("s3-global.accesspoint", true)]
    #[case("ec2messages", true)]
    #[case("S3", false)]
    #[case("com.amazonaws.us-east-1.s3", false)]
    #[case("cn.com.amazonaws.cn-north-1.ecr.api", false)]
    #[case("aws.sagemaker.us-east-1.notebook", false)]
    #[case("ecr..api", false)]
    #[case(".s3", false)]
    #[case("s3-", false)]
    #[case("s3*", false)]
    #[case("", false)]
    fn services(#[case] text: &str, #[case] is_one: bool) {
        assert_eq!(text.parse::<EndpointService>().is_ok(), is_one);
    }

    #[test]
    fn three_services_have_gateways() {
        let gateways =
            ["s3", "dynamodb", "logs", "s3express"].map(|name| name.parse::<EndpointService>().unwrap().is_gateway());
        assert_eq!(gateways, [true, true, false, true]);
    }

    #[rstest]
    #[case("pypi.org", "pypi.org")]
    #[case("*.PyPI.org.", "*.pypi.org")]
    #[case("3m.com", "3m.com")]
    #[case("xn--bcher-kva.example", "xn--bcher-kva.example")]
    fn domains(#[case] text: &str, #[case] written: &str) {
        assert_eq!(text.parse::<DomainName>().unwrap().to_string(), written);
    }

    #[rstest]
    #[case("")]
    #[case(".")]
    #[case("*")]
    #[case("*.")]
    #[case("**.pypi.org")]
    #[case("a.*.org")]
    #[case("pypi..org")]
    #[case("pypi.org..")]
    #[case("-pypi.org")]
    #[case("_dmarc.pypi.org")]
    #[case("https://pypi.org")]
    #[case("bücher.example")]
    #[case("a234567890123456789012345678901234567890123456789012345678901234.org")]
    fn no_domains(#[case] text: &str) {
        assert!(text.parse::<DomainName>().is_err());
    }
}
