//! What the function's own role may do, as IAM's policy simulator has it.

use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    asked::QUESTIONS,
    commands::{aws as aws_command, deploy},
    questions::{Circumstance, Installation, Question, policy},
    report::{CheckName, Examined, Finding},
};
use crate::aws::{Aws, CallError, Class, Named};

const CHECK: CheckName = CheckName::Permissions;

/// How many questions are asked at once. IAM is one service for all regions, and throttles an account early.
const AT_ONCE: usize = 4;

/// Who or what keeps a role from an action.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    /// No policy of the role allows it.
    NotAllowed,
    /// A policy of the role denies it, by the simulator's names for it.
    Denied(String),
    /// The boundary of the role does not admit it.
    Boundary,
    /// A service control policy of the organization does not admit it.
    Organization,
}

/// An action that a role may not do.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refusal {
    question: usize,
    action: String,
    reason: Reason,
}

/// Asks about every action that the function calls.
pub(super) async fn examine(aws: &Aws, caller_arn: &str, installation: &Installation<'_>) -> Examined {
    let Some(name) = role_name(caller_arn) else {
        return Examined::default()
            .missed(CHECK, format!("{caller_arn} is no session of a role; only a role's permissions are simulated"));
    };
    let arn = match arn_of(aws, name, installation).await {
        Ok(arn) => arn,
        Err(error) => return missed(&error),
    };
    let mut asked = Vec::with_capacity(QUESTIONS.len());
    for (index, question) in QUESTIONS.iter().enumerate() {
        asked.push(ask(aws, &arn, index, question, installation));
    }
    let answers = stream::iter(asked).buffered(AT_ONCE);
    match answers.try_concat().await {
        Ok(refusals) if refusals.is_empty() => Examined::default()
            .saw(CHECK, format!("IAM's policy simulator allows {arn} every action that Ringfence calls")),
        Ok(refusals) => judged(&arn, name, &refusals, installation),
        Err(error) => missed(&error),
    }
}

fn missed(error: &CallError) -> Examined {
    let denied = "the role may not have its own permissions simulated; what it may do is not known";
    let why = if error.class == Class::Denied { format!("{denied} ({error})") } else { error.to_string() };
    Examined::default().missed(CHECK, why)
}

/// The name of the role that a session is of: `arn:aws:sts::123456789012:assumed-role/NAME/SESSION`.
fn role_name(caller_arn: &str) -> Option<&str> {
    let resource = caller_arn.splitn(6, ':').nth(5)?;
    resource.strip_prefix("assumed-role/")?.split('/').next().filter(|name| !name.is_empty())
}

/// The ARN of a role. A session does not tell the path of its role; where the role may not be looked at it is taken to
/// have none, as those that CloudFormation makes have none.
async fn arn_of(aws: &Aws, name: &str, installation: &Installation<'_>) -> Result<String, CallError> {
    match aws.iam.get_role().role_name(name).send().await.named("iam:GetRole") {
        Ok(answer) => Ok(answer.role().map(|role| role.arn().to_owned()).unwrap_or_default()),
        Err(error) if error.class == Class::Denied => {
            Ok(format!("arn:{}:iam::{}:role/{name}", installation.scope.partition, installation.scope.account))
        }
        Err(error) => Err(error),
    }
}

/// What of one question the role may not do.
async fn ask(
    aws: &Aws,
    role: &str,
    index: usize,
    question: &Question,
    installation: &Installation<'_>,
) -> Result<Vec<Refusal>, CallError> {
    let resources = question.resources(installation, role);
    if resources.is_empty() {
        return Ok(Vec::new());
    }
    let mut simulation = aws.iam.simulate_principal_policy().policy_source_arn(role);
    simulation = simulation.set_action_names(Some(question.actions.iter().map(ToString::to_string).collect()));
    simulation = simulation.set_resource_arns(Some(resources));
    let circumstances = question.circumstances(installation);
    simulation = simulation.set_context_entries(Some(circumstances.into_iter().map(entry).collect()));
    let pages = simulation.into_paginator().items().send();
    let results = pages.collect::<Result<Vec<_>, _>>().await.named("iam:SimulatePrincipalPolicy")?;
    let refusals = results.iter().filter_map(|result| {
        Some(Refusal { question: index, action: result.eval_action_name().to_owned(), reason: reason(result)? })
    });
    Ok(refusals.collect())
}

fn entry(Circumstance { key, value, is_list }: Circumstance) -> ContextEntry {
    let kind = if is_list { ContextKeyTypeEnum::StringList } else { ContextKeyTypeEnum::String };
    ContextEntry::builder().context_key_name(key).context_key_values(value).context_key_type(kind).build()
}

/// Why an action is refused; `None` where it is allowed, on every resource that was asked about.
fn reason(result: &EvaluationResult) -> Option<Reason> {
    let allowed = PolicyEvaluationDecisionType::Allowed;
    let of_resources = result.resource_specific_results();
    let all_allowed = of_resources.iter().all(|of_resource| *of_resource.eval_resource_decision() == allowed);
    if *result.eval_decision() == allowed && all_allowed {
        return None;
    }
    if result.organizations_decision_detail().is_some_and(|detail| !detail.allowed_by_organizations()) {
        return Some(Reason::Organization);
    }
    let bounds = result.permissions_boundary_decision_detail().into_iter();
    let mut bounds =
        bounds.chain(of_resources.iter().filter_map(|of_resource| of_resource.permissions_boundary_decision_detail()));
    if bounds.any(|detail| !detail.allowed_by_permissions_boundary()) {
        return Some(Reason::Boundary);
    }
    let denied = PolicyEvaluationDecisionType::ExplicitDeny;
    let is_denied = *result.eval_decision() == denied
        || of_resources.iter().any(|of_resource| *of_resource.eval_resource_decision() == denied);
    if is_denied {
        let statements = result.matched_statements().iter();
        let mut statements =
            statements.chain(of_resources.iter().flat_map(|of_resource| of_resource.matched_statements()));
        let policy = statements.find_map(|statement| statement.source_policy_id()).unwrap_or_default();
        return Some(Reason::Denied(policy.to_owned()));
    }
    Some(Reason::NotAllowed)
}

/// One finding for each reason, for each has another command.
fn judged(arn: &str, name: &str, refusals: &[Refusal], installation: &Installation<'_>) -> Examined {
    let mut reasons: Vec<&Reason> = refusals.iter().map(|refusal| &refusal.reason).collect();
    reasons.sort();
    reasons.dedup();
    let findings = reasons.into_iter().map(|reason| {
        let of_reason: Vec<&Refusal> = refusals.iter().filter(|refusal| refusal.reason == *reason).collect();
        let mut actions: Vec<&str> = of_reason.iter().map(|refusal| refusal.action.as_str()).collect();
        actions.sort_unstable();
        actions.dedup();
        let actions = actions.join(", ");
        let (whose, mend) = match reason {
            Reason::NotAllowed => ("no policy of the role allows it".to_owned(), allow(arn, name, &of_reason, installation)),
            Reason::Denied(policy) => (format!("its policy {policy} denies it"), undeny(name, policy)),
            Reason::Boundary => {
                let mend = deploy("ExecutionRoleBoundaryArn", "ARN_OF_A_POLICY_THAT_ADMITS_THEM");
                ("the boundary of the role does not admit it".to_owned(), mend)
            }
            Reason::Organization => {
                let words = ["organizations", "list-policies-for-target", "--filter", "SERVICE_CONTROL_POLICY", "--target-id", &installation.scope.account];
                let whose = "a service control policy of the organization does not admit it; the command, in its management account, lists those of this account";
                (whose.to_owned(), aws_command(words))
            }
        };
        Finding {
            check: CHECK,
            required: true,
            what: format!("{arn} may not do {actions}: {whose}"),
            why: "a request that comes to such a call ends as AccessDenied, and stays unfinished until it is allowed".to_owned(),
            mend,
        }
    });
    let refused = format!("IAM's policy simulator refuses {arn} some of the actions that Ringfence calls");
    Examined::default().saw(CHECK, refused).found(findings.collect::<Vec<_>>())
}

/// Puts a policy beside those of the role that allows what is missing, and nothing else.
fn allow(arn: &str, name: &str, refusals: &[&Refusal], installation: &Installation<'_>) -> String {
    let statements = QUESTIONS.iter().enumerate().filter_map(|(index, question)| {
        let of_question = refusals.iter().filter(|refusal| refusal.question == index);
        let actions: Vec<String> = of_question.map(|refusal| refusal.action.clone()).collect();
        (!actions.is_empty()).then(|| question.statement(index, &actions, installation, arn))
    });
    let policy = policy(statements.collect()).to_json();
    let words =
        ["iam", "put-role-policy", "--role-name", name, "--policy-name", "doctor", "--policy-document", &policy];
    aws_command(words)
}

/// The simulator calls an inline policy `role_ROLE_POLICY`, and a managed one by its name.
fn undeny(name: &str, policy: &str) -> String {
    match policy.strip_prefix(&format!("role_{name}_")) {
        Some(inline) => aws_command(["iam", "delete-role-policy", "--role-name", name, "--policy-name", inline]),
        None => aws_command(["iam", "list-attached-role-policies", "--role-name", name]),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        "arn:aws:sts::123456789012:assumed-role/ringfence-ExecutionRole-1/ringfence",
        Some("ringfence-ExecutionRole-1")
    )]
    #[case("arn:aws:iam::123456789012:user/ada", None)]
    #[case("arn:aws:iam::123456789012:role/ringfence", None)]
    #[case("", None)]
    fn a_session_names_its_role(#[case] arn: &str, #[case] name: Option<&str>) {
        assert_eq!(role_name(arn), name);
    }

    #[test]
    fn a_denial_by_an_inline_policy_is_taken_away() {
        assert_eq!(undeny("r", "role_r_no-vpcs"), "aws iam delete-role-policy --role-name r --policy-name no-vpcs");
        assert_eq!(undeny("r", "Guard"), "aws iam list-attached-role-policies --role-name r");
    }
}
