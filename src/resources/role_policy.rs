//! The inline policy of each role. A kind of its own, since it names the VPC while the role does not have to wait for it.

use std::{fmt, sync::Arc};

use super::{Act, Draft, Manage, Refusal, Removal, Run};
use crate::aws::{CallError, Named};
use ringfence_model::{
    plan::{Reference, Refers},
    stack::{self, Purpose, Stack},
};

pub(crate) struct RolePolicies;

/// Writes the inline policy of a role.
pub(crate) struct PutPolicy {
    role: Reference,
    /// The VPC, where the policy names it.
    vpc: Option<Reference>,
    /// The step that puts the boundary on the role, where it lacks one: no role without it may be given a policy.
    bound: Option<Reference>,
    /// The last step that takes others' inline policies off the role, which count against one bound with it
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>).
    surplus: Option<Reference>,
    purpose: Purpose,
    stack: Arc<Stack>,
}

impl fmt::Debug for PutPolicy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PutPolicy").field("role", &self.role).finish_non_exhaustive()
    }
}

impl Manage for RolePolicies {
    const TYPE: &'static str = "AWS::IAM::RolePolicy";

    fn draft(draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let stack = draft.stack.clone();
        for purpose in stack.purposes() {
            let role = draft.reference(purpose.role())?;
            let vpc = match purpose {
                Purpose::Training => Some(draft.reference(stack::VPC)?),
                Purpose::FlowLogs => None,
            };
            let standing = match &role {
                Reference::Present(name) => {
                    let role = draft.observed.roles.iter().find(|role| role.name == *name);
                    role.and_then(|role| role.inline_policies.get(purpose.policy_name()))
                }
                Reference::Made(_) => None,
            };
            let vpc_id = match &vpc {
                Some(Reference::Present(id)) => Some(id.as_str()),
                None => Some(""),
                Some(Reference::Made(_)) => None,
            };
            let right = standing
                .zip(vpc_id)
                .is_some_and(|(standing, vpc_id)| stack::permissions(&stack, purpose, vpc_id).same_as(standing));
            if !right {
                let bound = draft.reference(purpose.boundary()).ok();
                let surplus = draft.reference(purpose.surplus()).ok();
                let resource = purpose.policy();
                let change = PutPolicy { role: role.clone(), vpc, bound, surplus, purpose, stack: stack.clone() };
                let step = if standing.is_some() {
                    draft.update(&*resource, &role, change)
                } else {
                    draft.create_part(&*resource, change, &[])
                };
                draft.done(resource, step);
            }
        }
        Ok(())
    }

    fn draft_removal(_: &mut Removal<'_>) {
        // It goes with its role: `role.rs`.
    }
}

impl Refers for PutPolicy {
    fn resource_type(&self) -> &'static str {
        RolePolicies::TYPE
    }

    fn references(&self) -> Vec<&Reference> {
        std::iter::once(&self.role).chain(&self.vpc).chain(&self.bound).chain(&self.surplus).collect()
    }
}

impl Act for PutPolicy {
    async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
        let vpc = match &self.vpc {
            Some(vpc) => run.id(vpc)?,
            None => "",
        };
        let document = stack::permissions(&self.stack, self.purpose, vpc).to_json();
        let call = run.aws.iam.put_role_policy().role_name(run.id(&self.role)?);
        let call = call.policy_name(self.purpose.policy_name()).policy_document(document);
        call.send().await.named("iam:PutRolePolicy")?;
        Ok(None)
    }
}
