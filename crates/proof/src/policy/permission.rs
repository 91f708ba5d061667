//! The actions that a role of an environment may have, and on what. Whatever is not in the list is more than was asked
//! for: AWS has thousands of actions and adds some every day, and many of them lead out of a VPC.
//!
//! Actions, resource types and condition keys:
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>

use super::super::expectation::RoleExpectation;
use super::document::Statement;
use super::pattern::{Arn, is_open};
use super::perimeter::Perimeter;

/// What a role is held to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds<'a> {
    pub(super) role: &'a RoleExpectation,
    /// The environment's VPC.
    pub(super) vpc: &'a str,
    pub(super) perimeter: Perimeter<'a>,
}

/// Actions that a role may have.
#[derive(Debug)]
pub(super) struct Permission {
    actions: &'static [&'static str],
    on: On,
    condition: Option<Condition>,
}

/// What actions may be allowed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum On {
    /// AWS defines no resources, or its services ask for all of them, so that `*` is what a policy says. None of these
    /// actions reaches data or another account.
    Anything,
    /// Resources of this account and region, by service and by how they begin.
    Own(&'static [(&'static str, &'static str)]),
    /// S3 data that may be read.
    Read,
    /// S3 data that may be written.
    Written,
    /// Listings of buckets that hold such data, as far as it goes.
    Listings,
    /// KMS keys of the data.
    Keys,
    /// Repositories of this account, and of those whose images may be pulled.
    Images,
}

/// Under which condition alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    /// Through S3: <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service>
    ThroughS3,
    /// In this VPC, where SageMaker was asked for, which makes the interfaces of its jobs so. With `if_exists`, a
    /// resource that is in no VPC yet is no objection.
    InterfacesInThisVpc { if_exists: bool },
}

const INTERFACE: (&str, &str) = ("ec2", "network-interface/");

const PERMISSIONS: [Permission; 12] = [
    Permission {
        actions: &[
            "cloudwatch:PutMetricData",
            "ec2:DescribeDhcpOptions",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
            "ec2messages:AcknowledgeMessage",
            "ec2messages:DeleteMessage",
            "ec2messages:FailMessage",
            "ec2messages:GetEndpoint",
            "ec2messages:GetMessages",
            "ec2messages:SendReply",
            "ecr:GetAuthorizationToken",
            "logs:DescribeLogGroups",
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
        ],
        on: On::Anything,
        condition: None,
    },
    Permission { actions: &["s3:GetObject"], on: On::Read, condition: None },
    Permission {
        actions: &["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:ListMultipartUploadParts", "s3:PutObject"],
        on: On::Written,
        condition: None,
    },
    Permission { actions: &["s3:ListBucket"], on: On::Listings, condition: None },
    Permission {
        actions: &["kms:Decrypt", "kms:GenerateDataKey"],
        on: On::Keys,
        condition: Some(Condition::ThroughS3),
    },
    Permission {
        actions: &[
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:DescribeImages",
            "ecr:DescribeRepositories",
            "ecr:GetDownloadUrlForLayer",
        ],
        on: On::Images,
        condition: None,
    },
    Permission {
        actions: &["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        on: On::Own(&[("logs", "log-group:")]),
        condition: None,
    },
    Permission {
        actions: &["ssm:UpdateInstanceInformation"],
        on: On::Own(&[("ec2", "instance/"), ("ssm", "managed-instance/")]),
        condition: None,
    },
    Permission {
        actions: &["ec2:CreateNetworkInterface"],
        on: On::Own(&[INTERFACE, ("ec2", "security-group/"), ("ec2", "subnet/")]),
        condition: Some(Condition::InterfacesInThisVpc { if_exists: true }),
    },
    // To whom an interface is handed no policy can say in AWS's terms but by the service that takes it over.
    Permission {
        actions: &[
            "ec2:CreateNetworkInterfacePermission",
            "ec2:DeleteNetworkInterface",
            "ec2:DeleteNetworkInterfacePermission",
        ],
        on: On::Own(&[INTERFACE]),
        condition: Some(Condition::InterfacesInThisVpc { if_exists: false }),
    },
    Permission {
        actions: &["sagemaker:DescribeTrainingJob"],
        on: On::Own(&[("sagemaker", "training-job/")]),
        condition: None,
    },
    Permission {
        actions: &[
            "sagemaker:InvokeEndpoint",
            "sagemaker:InvokeEndpointAsync",
            "sagemaker:InvokeEndpointWithResponseStream",
        ],
        on: On::Own(&[("sagemaker", "endpoint/"), ("sagemaker", "inference-component/")]),
        condition: None,
    },
];

impl Permission {
    /// What an action is allowed by; IAM does not distinguish cases in actions.
    pub(super) fn of(action: &str) -> Option<&'static Self> {
        PERMISSIONS.iter().find(|permission| permission.actions.iter().any(|known| known.eq_ignore_ascii_case(action)))
    }

    /// The condition that a statement lacks.
    pub(super) fn unbound(&self, statement: &Statement, action: &str, bounds: Bounds<'_>) -> Option<String> {
        let Perimeter { partition, region, account, .. } = bounds.perimeter;
        match self.condition? {
            Condition::ThroughS3 => {
                let by_s3: Vec<&str> = bounds.perimeter.s3_callers.iter().map(String::as_str).collect();
                let bound = statement.binds("kms:viaservice", &by_s3);
                (!bound).then(|| format!("allows {action} without binding it to S3 by kms:ViaService"))
            }
            Condition::InterfacesInThisVpc { .. } if !serves_sagemaker(bounds.role) => {
                Some(format!("allows {action}, which SageMaker alone needs, and that was not asked for"))
            }
            Condition::InterfacesInThisVpc { if_exists } => {
                let vpc = format!("arn:{partition}:ec2:{region}:{account}:vpc/{}", bounds.vpc);
                let mut conditions = statement.conditions.iter();
                let bound = conditions.any(|condition| condition.binds_arn("ec2:vpc", &vpc, if_exists));
                (!bound).then(|| format!("allows {action} without binding it to {} by ec2:Vpc", bounds.vpc))
            }
        }
    }

    /// Why a resource is none that these actions may be allowed on.
    pub(super) fn beyond(
        &self,
        statement: &Statement,
        action: &str,
        resource: &str,
        bounds: Bounds<'_>,
    ) -> Option<String> {
        let Bounds { role, perimeter, .. } = bounds;
        if self.on == On::Anything {
            return None;
        }
        if resource == "*" {
            return Some(format!("allows {action} on every resource"));
        }
        let Some(arn) = Arn::parse(resource) else {
            return Some(format!("names the resource {resource}, which is no ARN"));
        };
        if arn.partition != perimeter.partition || is_open(arn.service) {
            return Some(format!("reaches beyond its partition and service with {resource}"));
        }
        match self.on {
            On::Anything => None,
            On::Own(kinds) => elsewhere(&arn, resource, &[perimeter.account], perimeter)
                .or_else(|| (!is_of(&arn, kinds)).then(|| misplaced(action, resource))),
            On::Images => {
                let accounts: Vec<&str> = std::iter::once(perimeter.account)
                    .chain(perimeter.image_accounts.iter().map(String::as_str))
                    .collect();
                elsewhere(&arn, resource, &accounts, perimeter)
                    .or_else(|| (!is_of(&arn, &[("ecr", "repository/")])).then(|| misplaced(action, resource)))
            }
            On::Keys => {
                let named = role.kms_keys.iter().any(|key| key == resource);
                (!named).then(|| format!("uses the key {resource}, which training.kms_keys does not name"))
            }
            On::Read | On::Written | On::Listings => self.beyond_data(statement, &arn, resource, role),
        }
    }

    /// Why S3 data is not what was asked for: another bucket or prefix, written where it may only be read, or reached by
    /// what is no bucket, such as an access point, which may stand before any.
    fn beyond_data(
        &self,
        statement: &Statement,
        arn: &Arn<'_>,
        resource: &str,
        role: &RoleExpectation,
    ) -> Option<String> {
        let Some((bucket, key)) = arn.bucket() else {
            return Some(format!("touches {resource}, which is neither a bucket nor an object of one"));
        };
        let parts = |allowed: &'_ [String]| -> Vec<String> {
            let named = allowed.iter().filter_map(|allowed| Arn::parse(allowed)?.bucket());
            named.filter(|(named, _)| *named == bucket).map(|(_, key)| key.unwrap_or_default().to_owned()).collect()
        };
        let (read, written) = (parts(&role.read), parts(&role.write));
        let within = |parts: &[String], key: &str| parts.iter().any(|part| is_within(key, part));
        // Of a bucket alone nothing is an object: it is named at all, or not.
        let reaches = |parts: &[String]| key.map_or(!parts.is_empty(), |key| within(parts, key));
        if reaches(&written) && self.on != On::Listings {
            return None;
        }
        match (reaches(&read) || reaches(&written), self.on) {
            (true, On::Written) => Some(format!("writes where training.read alone names {resource}")),
            (true, On::Listings) => {
                let all = [read, written].concat();
                let narrow = listed(statement).is_some_and(|prefixes| {
                    prefixes.iter().all(|prefix| within(&all, prefix) || all.iter().any(|part| is_folder(prefix, part)))
                });
                let whole = all.iter().any(|part| matches!(part.as_str(), "" | "*"));
                let why = format!("lists all of {resource}, of which training.read and training.write name a part");
                (!whole && !narrow).then_some(why)
            }
            (true, _) => None,
            (false, _) => Some(format!("touches data that neither training.read nor training.write names: {resource}")),
        }
    }
}

fn serves_sagemaker(role: &RoleExpectation) -> bool {
    role.services.iter().any(|service| service.starts_with("sagemaker."))
}

fn misplaced(action: &str, resource: &str) -> String {
    format!("allows {action} on {resource}, which is none of what it is for")
}

/// Why an ARN is not one of these accounts' in this region.
fn elsewhere(arn: &Arn<'_>, resource: &str, accounts: &[&str], perimeter: Perimeter<'_>) -> Option<String> {
    if !accounts.contains(&arn.account) {
        return Some(format!("reaches beyond account {} with {resource}", perimeter.account));
    }
    (arn.region != perimeter.region).then(|| format!("reaches beyond {} with {resource}", perimeter.region))
}

fn is_of(arn: &Arn<'_>, kinds: &[(&str, &str)]) -> bool {
    kinds.iter().any(|(service, beginning)| arn.service == *service && arn.resource.starts_with(beginning))
}

/// The prefixes that a statement lets listings ask for; none where it lets them ask for any.
fn listed(statement: &Statement) -> Option<&[String]> {
    statement.conditions.iter().find_map(|condition| condition.required_values("s3:prefix"))
}

/// Whether a prefix is exactly what a folder is called, with or without its slash.
fn is_folder(prefix: &str, part: &str) -> bool {
    prefix == part.trim_end_matches('*') || prefix == part.trim_end_matches('*').trim_end_matches('/')
}

/// Whether the objects of a key pattern are within a part of their bucket. A prefix ends in `/` or `*`; any other key is
/// the object of that name and the folder of that name, not what merely begins so.
fn is_within(key: &str, part: &str) -> bool {
    // Before its first wildcard or variable the pattern must already be within.
    let certain = key.split(['*', '?', '$']).next().unwrap_or_default();
    let folder = || certain.strip_prefix(part).is_some_and(|rest| rest.starts_with('/'));
    match part.strip_suffix('*').unwrap_or(part) {
        prefix if part.is_empty() || part.ends_with(['/', '*']) => certain.starts_with(prefix),
        name => key == name || folder(),
    }
}
