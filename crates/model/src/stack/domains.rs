//! The names that DNS may resolve where it is filtered.

use std::collections::BTreeSet;

use super::{Stack, is_gateway_service};

/// The names that DNS may resolve, in ascending order; `None` where it is not filtered. `service_names` gives the
/// private names of an interface endpoint by the full name of its service, as AWS reports them.
///
/// Nothing wider: below `amazonaws.com` anybody may have a name of their own.
#[must_use]
pub fn allowed_domains<'a, F, N>(stack: &Stack, service_names: F) -> Option<Vec<String>>
where
    F: Fn(&str) -> N,
    N: IntoIterator<Item = &'a String>,
{
    let asked = stack.spec.egress.allow_domains.as_ref()?;
    let mut all: BTreeSet<String> = asked.iter().map(ToString::to_string).collect();
    for (service, _) in stack.endpoints() {
        if is_gateway_service(service) {
            all.extend(of_gateway(stack, service));
        } else {
            all.extend(service_names(&stack.service_name(service)).into_iter().map(|name| normal(name)));
        }
    }
    all.extend(internal(stack));
    Some(all.into_iter().collect())
}

/// A name as it is compared: in lower case, without the final dot with which AWS gives it back.
#[must_use]
pub fn normal(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// The names under which a service with a gateway endpoint is called. The repositories of Amazon Linux are buckets
/// under their dual-stack names; SDKs call DynamoDB by a name for each account.
fn of_gateway(stack: &Stack, service: &str) -> Vec<String> {
    let (region, suffix) = (&stack.scope.region, stack.scope.dns_suffix());
    let mut names = vec![format!("{service}.{region}.{suffix}")];
    if service == "dynamodb" {
        names.push(format!("*.ddb.{region}.{suffix}"));
    } else if service == "s3express" {
        // Buckets of a zone have names of the zone, whose ID is not known here: a spec names those that it uses
        // (https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-Regions-and-Zones.html).
        return vec![format!("s3express-control.{region}.{suffix}")];
    } else {
        names.push(format!("*.s3.{region}.{suffix}"));
        names.push(format!("*.s3.dualstack.{region}.{suffix}"));
    }
    names
}

/// The names that the VPC gives to its own hosts
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html>), and those by which addresses are looked up: no
/// VPC is larger than a /16, so the first two numbers of its addresses are always the same.
fn internal(stack: &Stack) -> [String; 2] {
    let [first, second, ..] = stack.cidr.network().octets();
    let region = &stack.scope.region;
    let hosts =
        if region == "us-east-1" { "*.ec2.internal".to_owned() } else { format!("*.{region}.compute.internal") };
    [hosts, format!("*.{second}.{first}.in-addr.arpa")]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{spec::Spec, stack::wanted::some_stack};

    fn allowed(egress: serde_json::Value) -> Option<Vec<String>> {
        let mut stack = some_stack("10.42.0.0/16");
        stack.spec = Spec::decode(&serde_json::json!({"egress": egress})).unwrap();
        let private = ["*.dkr.ecr.us-east-1.amazonaws.com.".to_owned()];
        allowed_domains(&stack, |service| if service.ends_with(".ecr.dkr") { &private[..] } else { &[] })
    }

    #[test]
    fn what_is_not_asked_for_is_not_filtered() {
        assert_eq!(allowed(serde_json::json!({})), None);
    }

    #[test]
    fn endpoints_and_the_vpc_itself_have_their_names() {
        let names = allowed(serde_json::json!({"endpoints": ["s3", "ecr.dkr"], "allow_domains": ["PyPI.org"]}));
        let expected = [
            "*.42.10.in-addr.arpa",
            "*.dkr.ecr.us-east-1.amazonaws.com",
            "*.ec2.internal",
            "*.s3.dualstack.us-east-1.amazonaws.com",
            "*.s3.us-east-1.amazonaws.com",
            "pypi.org",
            "s3.us-east-1.amazonaws.com",
        ];
        assert_eq!(names.unwrap(), expected);
    }

    #[test]
    fn nothing_is_allowed_but_what_is_needed() {
        let names = allowed(serde_json::json!({"endpoints": [], "allow_domains": []})).unwrap();
        assert_eq!(names, ["*.42.10.in-addr.arpa", "*.ec2.internal"]);
    }
}
