//! The policy that bounds every role that is made.

use percent_encoding::percent_decode_str;

use super::{
    bounds::{self, Difference},
    commands::{aws as aws_command, deploy},
    report::{CheckName, Examined, Finding},
};
use crate::aws::{Aws, CallError, Class, Named, missing_field};
use ringfence_model::policy::Document;

const CHECK: CheckName = CheckName::PermissionsBoundary;

/// What is read of the policy.
enum Read {
    Missing,
    Unreadable(String),
    Policy(Document),
}

/// Reads the policy that the setting names, and judges it.
pub(super) async fn examine(aws: &Aws, boundary: Option<&str>, account: &str) -> Examined {
    let Some(arn) = boundary else { return unset(account) };
    match read(aws, arn).await {
        Err(error) => Examined::default().missed(CHECK, error.to_string()),
        Ok(Read::Missing) => missing(arn, account),
        Ok(Read::Unreadable(why)) => {
            let what = format!("the permissions boundary {arn} cannot be judged: {why}");
            let why =
                "whether it admits what roles of environments need, and nothing that leads out of it, is not known";
            told(arn, account, true, what, why)
        }
        Ok(Read::Policy(policy)) => judged(arn, account, &bounds::judge(&policy)),
    }
}

async fn read(aws: &Aws, arn: &str) -> Result<Read, CallError> {
    let policy = match aws.iam.get_policy().policy_arn(arn).send().await.named("iam:GetPolicy") {
        Ok(answer) => answer,
        Err(error) if error.class == Class::NotFound => return Ok(Read::Missing),
        Err(error) => return Err(error),
    };
    let version = policy.policy().and_then(|policy| policy.default_version_id());
    let version = version.ok_or_else(|| missing_field("iam:GetPolicy", "DefaultVersionId"))?;
    read_version(aws, arn, version).await
}

async fn read_version(aws: &Aws, arn: &str, version: &str) -> Result<Read, CallError> {
    const ACTION: &str = "iam:GetPolicyVersion";
    let answer = aws.iam.get_policy_version().policy_arn(arn).version_id(version).send().await.named(ACTION)?;
    let text = answer.policy_version().and_then(|version| version.document());
    // IAM gives it percent-encoded (RFC 3986): https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyVersion.html
    let text = percent_decode_str(text.ok_or_else(|| missing_field(ACTION, "Document"))?).decode_utf8_lossy();
    Ok(text.parse().map_or_else(|error: serde_json::Error| Read::Unreadable(error.to_string()), Read::Policy))
}

fn unset(account: &str) -> Examined {
    let what = "no permissions boundary is set: RINGFENCE_PERMISSIONS_BOUNDARY is empty";
    let finding = Finding {
        check: CHECK,
        required: false,
        what: format!("{what}. Once the policy is there, name it in that variable"),
        why:
            "the roles of environments are bounded by their own policies alone, which whoever may write them may widen"
                .to_owned(),
        mend: create("ringfence-boundary", "/", account),
    };
    Examined::default().saw(CHECK, what).found([finding])
}

fn missing(arn: &str, account: &str) -> Examined {
    let what = format!("the permissions boundary {arn} is not there");
    let finding = Finding {
        check: CHECK,
        required: true,
        what: what.clone(),
        why: "no role can be made: iam:CreateRole answers NoSuchEntity for a boundary that does not exist".to_owned(),
        mend: match place(arn) {
            Some((path, name)) => create(name, path, account),
            None => deploy("PermissionsBoundaryArn", ""),
        },
    };
    Examined::default().saw(CHECK, what).found([finding])
}

fn judged(arn: &str, account: &str, difference: &Difference) -> Examined {
    let Difference { lacking, excessive, outside } = difference;
    if lacking.is_empty() && excessive.is_empty() && outside.is_empty() {
        return Examined::default()
            .saw(CHECK, format!("{arn} admits what roles of environments can need, and nothing that leads out of it"));
    }
    let mut faults = Vec::new();
    let mut reasons = Vec::new();
    if !lacking.is_empty() {
        faults.push(format!("does not admit {}", lacking.join(", ")));
        reasons.push("what a boundary does not admit a role may not do, whatever its own policy says: jobs, or the delivery of flow logs, are denied");
    }
    if !excessive.is_empty() {
        faults.push(format!("admits {}", excessive.join(", ")));
        reasons.push("whoever changes a role's own policy could lead data out of the network with it");
    }
    if !outside.is_empty() {
        faults.push(format!("admits {} also outside of any VPC", outside.join(", ")));
        reasons.push("the credentials of a role would be of use anywhere, if its own policy said so");
    }
    let what = format!("the permissions boundary {arn} {}", faults.join(", and "));
    let is_required = !(lacking.is_empty() && excessive.is_empty());
    told(arn, account, is_required, what, &reasons.join("; "))
}

fn told(arn: &str, account: &str, required: bool, what: String, why: &str) -> Examined {
    let mend = match place(arn) {
        Some(_) => {
            let policy = bounds::right(account).to_json();
            let words =
                ["iam", "create-policy-version", "--policy-arn", arn, "--set-as-default", "--policy-document", &policy];
            aws_command(words)
        }
        None => deploy("PermissionsBoundaryArn", ""),
    };
    let finding = Finding { check: CHECK, required, what: what.clone(), why: why.to_owned(), mend };
    Examined::default().saw(CHECK, what).found([finding])
}

fn create(name: &str, path: &str, account: &str) -> String {
    let policy = bounds::right(account).to_json();
    aws_command(["iam", "create-policy", "--policy-name", name, "--path", path, "--policy-document", &policy])
}

/// The path and the name of a policy of the account; none of one that AWS keeps.
fn place(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.splitn(6, ':').skip(4);
    let (account, resource) = (parts.next()?, parts.next()?);
    let within = resource.strip_prefix("policy").filter(|_| account != "aws")?;
    within.rfind('/').map(|slash| within.split_at(slash + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_has_its_place() {
        assert_eq!(place("arn:aws:iam::123456789012:policy/bound"), Some(("/", "bound")));
        assert_eq!(place("arn:aws-cn:iam::123456789012:policy/a/b/bound"), Some(("/a/b/", "bound")));
        assert_eq!(place("arn:aws:iam::aws:policy/PowerUserAccess"), None);
    }
}
