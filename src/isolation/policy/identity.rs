//! What the policies of a role may allow.

use super::super::expectation::RoleExpectation;
use super::document::{Document, Statement};
use super::pattern::{Arn, covers, is_open};
use super::perimeter::{Perimeter, pulls_images};

/// Actions for which AWS defines no resources, or which its services ask for on all of them, so that `*` is what a
/// policy says. None of them reaches data or another account:
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html>
const WITHOUT_RESOURCES: [&str; 18] = [
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
];

/// S3 actions that read. Every other one counts as writing.
const S3_READS: [&str; 8] = [
    "s3:GetBucketLocation",
    "s3:GetObject",
    "s3:GetObjectAttributes",
    "s3:GetObjectTagging",
    "s3:GetObjectVersion",
    "s3:GetObjectVersionTagging",
    "s3:ListBucket",
    "s3:ListBucketVersions",
];

/// What in a role's policy allows more than was asked for. `Deny` statements only take away.
pub(crate) fn objections_to_role_policy(
    document: &Document,
    role: &RoleExpectation,
    perimeter: Perimeter<'_>,
) -> Vec<String> {
    let judged = document.allowing().flat_map(|statement| {
        let objections = objections_to_statement(statement, role, perimeter);
        objections.into_iter().map(|objection| format!("{} {objection}", statement.name))
    });
    judged.collect()
}

fn objections_to_statement(statement: &Statement, role: &RoleExpectation, perimeter: Perimeter<'_>) -> Vec<String> {
    let Some(actions) = statement.actions.patterns() else {
        return vec!["allows all actions but some".to_owned()];
    };
    let Some(resources) = statement.resources.as_ref().and_then(|resources| resources.patterns()) else {
        return vec!["allows its actions on all resources but some".to_owned()];
    };
    let mut objections = Vec::new();
    let by_s3: Vec<&str> = perimeter.s3_callers.iter().map(String::as_str).collect();
    for action in actions {
        let service = action.split(':').next().unwrap_or_default().to_ascii_lowercase();
        if is_open(action) || !action.contains(':') {
            objections.push(format!("allows the wildcard {action}"));
        } else if service == "iam" || service == "sts" {
            // Another role, or another policy, is bound by nothing that is proved here.
            objections.push(format!("allows {action}, by which the role could become another"));
        } else if service == "kms" && !statement.binds("kms:viaservice", &by_s3) {
            objections.push(format!("allows {action} without binding it to S3 by kms:ViaService"));
        }
    }
    for resource in resources {
        objections.extend(objection_to_resource(resource, actions, role, perimeter));
    }
    objections
}

fn objection_to_resource(
    resource: &str,
    actions: &[String],
    role: &RoleExpectation,
    perimeter: Perimeter<'_>,
) -> Option<String> {
    if resource == "*" {
        let narrower = actions.iter().find(|action| !contains(&WITHOUT_RESOURCES, action))?;
        return Some(format!("allows {narrower} on every resource"));
    }
    let Some(arn) = Arn::parse(resource) else {
        return Some(format!("names the resource {resource}, which is no ARN"));
    };
    if arn.partition != perimeter.partition || is_open(arn.service) {
        return Some(format!("reaches beyond its partition and service with {resource}"));
    }
    if let Some((bucket, key)) = arn.bucket() {
        return objection_to_data(bucket, key, actions, role).map(|why| format!("{why} {resource}"));
    }
    if arn.service == "kms" {
        let named = role.kms_keys.iter().any(|key| key == resource);
        return (!named).then(|| format!("uses the key {resource}, which training.kms_keys does not name"));
    }
    let images = arn.service == "ecr" && perimeter.is_image_account(arn.account) && pulls_images(actions);
    if arn.account != perimeter.account && !images {
        return Some(format!("reaches beyond account {} with {resource}", perimeter.account));
    }
    let here = arn.region.is_empty() || arn.region == perimeter.region;
    (!here).then(|| format!("reaches beyond {} with {resource}", perimeter.region))
}

/// Why S3 data is not what was asked for: another bucket or prefix, or written where it may only be read.
fn objection_to_data(
    bucket: &str,
    key: Option<&str>,
    actions: &[String],
    role: &RoleExpectation,
) -> Option<&'static str> {
    let within = |allowed: &[String]| allowed.iter().any(|allowed| is_within(bucket, key, allowed));
    if within(&role.write) {
        return None;
    }
    match (within(&role.read), actions.iter().all(|action| contains(&S3_READS, action))) {
        (true, true) => None,
        (true, false) => Some("writes where training.read alone names"),
        (false, _) => Some("touches data that neither training.read nor training.write names:"),
    }
}

/// Whether a bucket, or the objects of a key pattern in it, are within an S3 ARN of a bucket or prefix. A prefix ends
/// in `/` or `*`; any other key is the object of that name and the folder of that name, not what merely begins so.
fn is_within(bucket: &str, key: Option<&str>, allowed: &str) -> bool {
    let Some((allowed_bucket, allowed_key)) = Arn::parse(allowed).and_then(|arn| arn.bucket()) else { return false };
    let (Some(key), Some(allowed_key)) = (key, allowed_key) else { return bucket == allowed_bucket };
    // Before its first wildcard or variable the pattern must already be within.
    let certain = key.split(['*', '?', '$']).next().unwrap_or_default();
    let folder = || certain.strip_prefix(allowed_key).is_some_and(|rest| rest.starts_with('/'));
    let within = match allowed_key.strip_suffix('*').unwrap_or(allowed_key) {
        prefix if allowed_key.is_empty() || allowed_key.ends_with(['/', '*']) => certain.starts_with(prefix),
        name => key == name || folder(),
    };
    bucket == allowed_bucket && within
}

fn contains(actions: &[&str], action: &str) -> bool {
    actions.iter().any(|known| known.eq_ignore_ascii_case(action))
}

/// The S3 permissions in a role's policies that hold outside the VPC too: neither bound to it by `aws:SourceVpc`, nor
/// denied unless they come through it. Stolen credentials of the role would read the data from anywhere.
pub(crate) fn data_around_vpc(documents: &[Document], vpc: &str) -> Vec<String> {
    let mut found = Vec::new();
    for statement in documents.iter().flat_map(Document::allowing) {
        if statement.binds("aws:sourcevpc", &[vpc]) {
            continue;
        }
        let actions = statement.actions.patterns().unwrap_or_default();
        let resources = statement.resources.as_ref().and_then(|resources| resources.patterns()).unwrap_or_default();
        for action in actions.iter().filter(|action| reaches_s3(action)) {
            let denied = |resource: &String| {
                let mut all = documents.iter().flat_map(|document| &document.statements);
                all.any(|deny| denies_outside(deny, action, resource, vpc))
            };
            if !resources.iter().all(denied) {
                found.push(format!("{} allows {action} from outside {vpc} as well", statement.name));
            }
        }
    }
    found
}

/// Whether an action, or pattern of actions, may be one of S3.
fn reaches_s3(action: &str) -> bool {
    let service = action.split(':').next().unwrap_or_default().to_ascii_lowercase();
    covers(&service, "s3")
}

/// Whether a statement denies `action` on `resource` to whatever does not come through the VPC. A second condition
/// would leave a gap.
fn denies_outside(statement: &Statement, action: &str, resource: &str, vpc: &str) -> bool {
    let covered = |patterns: Option<&[String]>, text: &str| {
        let text = text.to_ascii_lowercase();
        patterns.is_some_and(|patterns| patterns.iter().any(|pattern| covers(&pattern.to_ascii_lowercase(), &text)))
    };
    let by_vpc = |statement: &Statement| {
        statement.conditions.iter().all(|condition| condition.catches_all_but("aws:sourcevpc", vpc))
    };
    !statement.allows
        && by_vpc(statement)
        && covered(statement.actions.patterns(), action)
        && statement.resources.as_ref().is_some_and(|resources| {
            resources.patterns().is_some_and(|patterns| patterns.iter().any(|pattern| covers(pattern, resource)))
        })
}
