//! The role that flow logs are delivered with, where the installation has one for all of them.

use aws_sdk_iam::types::PolicyEvaluationDecisionType;
use percent_encoding::percent_decode_str;

use super::{
    commands::aws as aws_command,
    questions::Installation,
    report::{CheckName, Examined, Finding},
};
use crate::aws::{Aws, CallError, Class, Named, missing_field};
use ringfence_model::policy::{Document, Effect, OneOrMany, Operator, Principal, Statement};

const CHECK: CheckName = CheckName::FlowLogRole;
/// Who assumes it: <https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html>
const SERVICE: &str = "vpc-flow-logs.amazonaws.com";
/// What it does to log groups that are there.
const DELIVERY: [&str; 3] = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"];

/// Looks at the role, who may assume it, and what it may do.
pub(super) async fn examine(aws: &Aws, installation: &Installation<'_>) -> Examined {
    let Some(arn) = installation.flow_log_role else {
        return Examined::default()
            .saw(CHECK, "RINGFENCE_FLOW_LOG_ROLE is empty: each environment has a role of its own");
    };
    match look(aws, arn, installation).await {
        Ok(None) => {
            let seen = format!("{SERVICE} may assume {arn}, which may write to the log groups of environments");
            Examined::default().saw(CHECK, seen)
        }
        Ok(Some(finding)) => Examined::default().saw(CHECK, finding.what.clone()).found([finding]),
        Err(error) => Examined::default().missed(CHECK, error.to_string()),
    }
}

/// What is wrong with the role, if anything is.
async fn look(aws: &Aws, arn: &str, installation: &Installation<'_>) -> Result<Option<Finding>, CallError> {
    const ACTION: &str = "iam:GetRole";
    let (path, name) = place(arn);
    let role = match aws.iam.get_role().role_name(name).send().await.named(ACTION) {
        Ok(answer) => answer.role.ok_or_else(|| missing_field(ACTION, "Role"))?,
        Err(error) if error.class == Class::NotFound => {
            let trust = trust(installation);
            let words =
                ["iam", "create-role", "--role-name", name, "--path", path, "--assume-role-policy-document", &trust];
            return Ok(Some(finding(format!("the role for flow logs {arn} is not there"), aws_command(words))));
        }
        Err(error) => return Err(error),
    };
    let document = percent_decode_str(role.assume_role_policy_document().unwrap_or_default()).decode_utf8_lossy();
    if !document.parse::<Document>().is_ok_and(|trust| trust.statement.iter().any(lets_in)) {
        let trust = trust(installation);
        let words = ["iam", "update-assume-role-policy", "--role-name", name, "--policy-document", &trust];
        return Ok(Some(finding(format!("{SERVICE} may not assume {arn}"), aws_command(words))));
    }
    let lacking = lacking(aws, arn, installation).await?;
    if lacking.is_empty() {
        return Ok(None);
    }
    let policy = delivery(installation);
    let words =
        ["iam", "put-role-policy", "--role-name", name, "--policy-name", "delivery", "--policy-document", &policy];
    let what = format!("{arn} may not do {} to the log groups of environments", lacking.join(", "));
    Ok(Some(finding(what, aws_command(words))))
}

/// What of the delivery the role may not do, as IAM's policy simulator has it.
async fn lacking(aws: &Aws, arn: &str, installation: &Installation<'_>) -> Result<Vec<String>, CallError> {
    let simulation = aws.iam.simulate_principal_policy().policy_source_arn(arn);
    let simulation = simulation.set_action_names(Some(DELIVERY.map(ToOwned::to_owned).to_vec()));
    let pages = simulation.resource_arns(log_streams(installation, "doctor")).into_paginator().items().send();
    let results = pages.collect::<Result<Vec<_>, _>>().await.named("iam:SimulatePrincipalPolicy")?;
    let refused = results.iter().filter(|result| *result.eval_decision() != PolicyEvaluationDecisionType::Allowed);
    Ok(refused.map(|result| result.eval_action_name().to_owned()).collect())
}

/// A policy that allows the delivery to the log groups of all environments and to no other.
fn delivery(installation: &Installation<'_>) -> String {
    let actions: OneOrMany = DELIVERY.into_iter().collect();
    let deliver = Statement::allow("DeliverFlowLogs", actions).on(log_streams(installation, "*"));
    Document::new([deliver, Statement::allow("FindingLogGroupsTakesNoResource", "logs:DescribeLogGroups").on("*")])
        .to_json()
}

fn log_streams(installation: &Installation<'_>, environment: &str) -> String {
    installation.scope.arn("logs", &format!("log-group:/ringfence/{environment}/flow-logs:*"))
}

fn trust(installation: &Installation<'_>) -> String {
    let assume = Statement::allow("FlowLogsAssumeForThisAccount", "sts:AssumeRole").by(Principal::services(SERVICE));
    Document::new([assume.when(Operator::STRING_EQUALS, "aws:SourceAccount", &*installation.scope.account)]).to_json()
}

fn lets_in(statement: &Statement) -> bool {
    let written = serde_json::to_value(statement).unwrap_or_default();
    let services = written.get("Principal").and_then(|principal| principal.get("Service"));
    let named = services.is_some_and(|services| match services.as_array() {
        Some(several) => several.iter().any(|one| one == SERVICE),
        None => services == SERVICE,
    });
    named && statement.effect == Effect::Allow
}

/// The path and the name in the ARN of a role.
fn place(arn: &str) -> (&str, &str) {
    let within = arn.split_once(":role").map_or("/", |(_, within)| within);
    within.rfind('/').map_or(("/", within), |slash| within.split_at(slash + 1))
}

fn finding(what: String, mend: String) -> Finding {
    let why = "ec2:CreateFlowLogs answers \"Unable to assume given IAM role\", or nothing is delivered: no environment becomes ready";
    Finding { check: CHECK, required: true, what, why: why.to_owned(), mend }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringfence_model::scope::Scope;

    #[test]
    fn a_role_has_its_place() {
        assert_eq!(place("arn:aws:iam::123456789012:role/flow"), ("/", "flow"));
        assert_eq!(place("arn:aws:iam::123456789012:role/a/b/flow"), ("/a/b/", "flow"));
    }

    #[test]
    fn the_trust_that_is_written_lets_the_service_in() {
        let installation = Installation {
            scope: &Scope {
                partition: "aws".to_owned(),
                region: "eu-central-1".to_owned(),
                account: "123456789012".to_owned(),
            },
            table: "ringfence",
            bus: "default",
            export_prefix: "/ringfence",
            boundary: None,
            flow_log_role: None,
        };
        let right: Document = trust(&installation).parse().unwrap_or_else(|error| panic!("{error}"));
        assert!(right.statement.iter().all(lets_in));
        let ec2 = Statement::allow("x", "sts:AssumeRole").by(Principal::services("ec2.amazonaws.com"));
        assert!(!lets_in(&ec2));
        let both = Statement::allow("x", "sts:AssumeRole").by(Principal::services(["ec2.amazonaws.com", SERVICE]));
        assert!(lets_in(&both));
    }
}
