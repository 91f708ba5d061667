//! IAM roles: the one that training runs with and the one that flow logs are delivered with.

use futures_util::{future::try_join_all, try_join};

use super::{
    Act, Bulk, Draft, Home, Look, Manage, Observe, Refusal, Removal, Run, Stage, ec2::gone, iam, look::Extent,
    role_census, role_policy::RolePolicies,
};
use crate::aws::{Aws, CallError, Class, Named, missing_field};
use ringfence_model::{
    plan::{Handle, Reference, Refers},
    stack::{self, Purpose, missing},
};
use ringfence_observed::{InstanceProfile, Observed, Role, Tags};

pub(crate) struct Roles;

/// What can be done to a role.
#[derive(Debug)]
pub(crate) enum RoleChange {
    /// Makes it. Its name is its natural key.
    Create { name: String, path: String, trust: String, boundary: Option<String>, tags: Tags },
    /// Says who may assume it, once it is bound where it was not: nothing may be said of a role without its boundary.
    Trust { name: String, trust: String, bound: Option<Reference> },
    /// Puts the permissions boundary on it.
    Bound { name: String, boundary: String },
    /// Puts tags on it.
    Tag { name: String, tags: Tags },
    /// Takes tags off it.
    Untag { name: String, keys: Vec<String> },
    /// Takes an inline policy away.
    DeletePolicy { name: String, policy: String },
    /// Takes a managed policy away.
    DetachPolicy { name: String, policy_arn: String },
    /// Removes it, once nothing is attached to it. `profiles` are those of ours that it is taken out of.
    Delete { name: String, profiles: Vec<String> },
}

impl Observe for Roles {
    /// A role, and the instance profiles that hold it, as far as a bulk read tells.
    type Seen = (Role, Vec<InstanceProfile>);
    const BULK: Bulk<Self::Seen> = Bulk::Whole;

    async fn read(look: &Look<'_>) -> Result<Vec<(Home, Self::Seen)>, CallError> {
        let subject = match look.extent {
            Extent::Environment(subject) => subject,
            Extent::Fleet(fleet) => return role_census::read(look.aws, fleet).await,
        };
        let owner = &subject.owner;
        let reads = Purpose::ALL.map(|purpose| {
            let name = stack::identity_name(&owner.environment, &subject.region, purpose);
            let is_left_over = purpose == Purpose::FlowLogs && subject.shares_flow_log_role;
            async move {
                let role = read(look, &name, purpose.policy_name(), look.stands() && !is_left_over).await?;
                // Where none is wanted, one that is not ours is nobody's business here.
                Ok::<_, CallError>(role.filter(|role| !is_left_over || owner.owns(&role.tags)))
            }
        });
        let roles = try_join_all(reads).await?;
        let home = || Home::Environment(owner.environment.clone());
        Ok(roles.into_iter().flatten().map(|role| (home(), (role, Vec::new()))).collect())
    }

    fn place(observed: &mut Observed, (role, profiles): Self::Seen) {
        observed.roles.push(role);
        observed.instance_profiles.extend(profiles);
    }
}

impl Manage for Roles {
    const TYPE: &'static str = "AWS::IAM::Role";

    fn draft(draft: &mut Draft<'_>) -> Result<(), Refusal> {
        for purpose in draft.stack.clone().purposes() {
            draft_role(draft, purpose)?;
        }
        Ok(())
    }

    fn draft_removal(removal: &mut Removal<'_>) {
        for role in removal.observed.roles.iter().filter(|role| removal.owner.owns(&role.tags)) {
            let resource = removal.name_of(&role.tags, &role.name);
            for (part, change) in parts(role) {
                removal.delete(Stage::RoleParts, format!("{resource}/{part}"), part, change);
            }
            let profiles = removal.observed.instance_profiles.iter();
            let ours = profiles.filter(|profile| profile.tags.as_ref().is_some_and(|tags| removal.owner.owns(tags)));
            let profiles = ours.map(|profile| profile.name.clone()).collect();
            let change = RoleChange::Delete { name: role.name.clone(), profiles };
            removal.delete(Stage::Roles, resource, &role.name, change);
        }
    }
}

/// What a role loses before it goes.
fn parts(role: &Role) -> impl Iterator<Item = (&String, RoleChange)> {
    let name = &role.name;
    let inline = role.inline_policies.keys();
    let inline = inline.map(|policy| (policy, RoleChange::DeletePolicy { name: name.clone(), policy: policy.clone() }));
    let attached = role.attached_policies.iter();
    let attached = attached.map(|policy_arn| {
        (policy_arn, RoleChange::DetachPolicy { name: name.clone(), policy_arn: policy_arn.clone() })
    });
    inline.chain(attached)
}

/// The steps that remove the role that an environment had for its flow logs before all of them were given one role,
/// once `after` is done: nothing is delivered with it any more.
pub(super) fn draft_left_over(draft: &mut Draft<'_>, after: &[Handle]) {
    if draft.stack.purposes().any(|purpose| purpose == Purpose::FlowLogs) {
        return;
    }
    let resource = Purpose::FlowLogs.role();
    let name = draft.stack.identity_name(Purpose::FlowLogs);
    let owner = draft.stack.owner.clone();
    let Some(role) = draft.observed.roles.iter().find(|role| role.name == name && owner.owns(&role.tags)) else {
        return;
    };
    let mut before = after.to_vec();
    for (part, change) in parts(role) {
        before.push(draft.delete(format!("{resource}/{part}"), part, change, after));
    }
    draft.delete(resource, &role.name, RoleChange::Delete { name: name.clone(), profiles: Vec::new() }, &before);
}

fn draft_role(draft: &mut Draft<'_>, purpose: Purpose) -> Result<(), Refusal> {
    let stack = draft.stack.clone();
    let resource = purpose.role();
    let name = stack.identity_name(purpose);
    let trust = stack::trust_policy(&stack, purpose);
    let boundary = stack.prescribed.permissions_boundary.clone();
    let tags = stack.tags(resource);
    let observed = draft.observed;
    let Some(role) = observed.roles.iter().find(|role| role.name == name) else {
        let create = RoleChange::Create { name, path: stack.identity_path(), trust: trust.to_json(), boundary, tags };
        draft.create(resource, create);
        return Ok(());
    };
    draft.ours(resource, &role.name, &role.tags)?;
    let reference = draft.stands(resource, &role.name);
    let lacking = missing(&tags, &role.tags);
    let keys = stack.retired(&role.tags);
    let untagged = (!keys.is_empty()).then(|| {
        let change = RoleChange::Untag { name: name.clone(), keys };
        draft.update(resource, &reference, change)
    });
    if !lacking.is_empty() {
        let change = RoleChange::Tag { name: name.clone(), tags: lacking };
        draft.update_after(resource, &reference, change, untagged.as_slice());
    }
    if let Some(boundary) = boundary.filter(|wanted| role.permissions_boundary.as_ref() != Some(wanted)) {
        let change = RoleChange::Bound { name: name.clone(), boundary };
        let bounding = draft.update(resource, &reference, change);
        draft.done(purpose.boundary(), bounding);
    }
    if !trust.same_as(&role.trust_policy) {
        let bound = draft.reference(purpose.boundary()).ok();
        let change = RoleChange::Trust { name: name.clone(), trust: trust.to_json(), bound };
        draft.update(resource, &reference, change);
    }
    // All inline policies of a role have one bound together: what is surplus goes before ours is written.
    let mut gone: Option<Handle> = None;
    for policy in role.inline_policies.keys().filter(|policy| *policy != purpose.policy_name()) {
        let change = RoleChange::DeletePolicy { name: name.clone(), policy: policy.clone() };
        let part = format!("{resource}/{policy}");
        gone = Some(draft.delete(part, policy, change, gone.as_slice()));
    }
    if let Some(step) = gone {
        draft.done(purpose.surplus(), step);
    }
    for policy_arn in &role.attached_policies {
        let change = RoleChange::DetachPolicy { name: name.clone(), policy_arn: policy_arn.clone() };
        draft.delete(format!("{resource}/{policy_arn}"), policy_arn, change, &[]);
    }
    Ok(())
}

impl Refers for RoleChange {
    fn resource_type(&self) -> &'static str {
        match self {
            Self::DeletePolicy { .. } | Self::DetachPolicy { .. } => RolePolicies::TYPE,
            Self::Create { .. }
            | Self::Trust { .. }
            | Self::Bound { .. }
            | Self::Tag { .. }
            | Self::Untag { .. }
            | Self::Delete { .. } => Roles::TYPE,
        }
    }

    fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Trust { bound, .. } => bound.iter().collect(),
            _ => Vec::new(),
        }
    }
}

impl Act for RoleChange {
    async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
        let client = &run.aws.iam;
        match self {
            Self::Create { name, path, trust, boundary, tags } => {
                let call = client
                    .create_role()
                    .role_name(name)
                    .path(path)
                    .assume_role_policy_document(trust)
                    .description("Made and kept by Ringfence")
                    .set_permissions_boundary(boundary.clone())
                    .set_tags(Some(iam::to_tags("iam:CreateRole", tags)?));
                call.send().await.named("iam:CreateRole")?;
                return Ok(Some(name.clone()));
            }
            Self::Trust { name, trust, .. } => {
                let call = client.update_assume_role_policy().role_name(name).policy_document(trust);
                call.send().await.named("iam:UpdateAssumeRolePolicy")?;
            }
            Self::Bound { name, boundary } => {
                let call = client.put_role_permissions_boundary().role_name(name).permissions_boundary(boundary);
                call.send().await.named("iam:PutRolePermissionsBoundary")?;
            }
            Self::Tag { name, tags } => {
                let call = client.tag_role().role_name(name).set_tags(Some(iam::to_tags("iam:TagRole", tags)?));
                call.send().await.named("iam:TagRole")?;
            }
            Self::Untag { name, keys } => {
                let call = client.untag_role().role_name(name).set_tag_keys(Some(keys.clone()));
                call.send().await.named("iam:UntagRole")?;
            }
            Self::DeletePolicy { name, policy } => return delete_policy(run.aws, name, policy).await,
            Self::DetachPolicy { name, policy_arn } => return detach_policy(run.aws, name, policy_arn).await,
            Self::Delete { name, profiles } => return delete(run.aws, name, profiles).await,
        }
        Ok(None)
    }
}

/// Removes a role. While it sits in an instance profile of somebody else's AWS keeps it, however long anybody waits, and
/// does not say in which (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html>).
async fn delete(aws: &Aws, role: &str, ours: &[String]) -> Result<Option<String>, CallError> {
    let error = match gone(aws.iam.delete_role().role_name(role).send().await.named("iam:DeleteRole")) {
        Err(error) if error.code.starts_with("DeleteConflict") => error,
        answer => return answer,
    };
    let pages = aws.iam.list_instance_profiles_for_role().role_name(role).into_paginator().items().send();
    let profiles = pages.collect::<Result<Vec<_>, _>>().await.named("iam:ListInstanceProfilesForRole");
    let profiles = iam::found(profiles)?.unwrap_or_default();
    let names = profiles.iter().map(|profile| profile.instance_profile_name());
    let foreign: Vec<&str> = names.filter(|name| ours.iter().all(|own| own != name)).collect();
    // What keeps it otherwise was just taken away, and AWS has yet to notice.
    if foreign.is_empty() {
        return Err(error);
    }
    let message = format!(
        "{}; {role} is in the instance profile {}, which is not Ringfence's: take the role out of it",
        error.message,
        foreign.join(", ")
    );
    Err(CallError { message, ..error.seen_as(Class::Held) })
}

async fn delete_policy(aws: &Aws, role: &str, policy: &str) -> Result<Option<String>, CallError> {
    let call = aws.iam.delete_role_policy().role_name(role).policy_name(policy);
    gone(call.send().await.named("iam:DeleteRolePolicy"))
}

async fn detach_policy(aws: &Aws, role: &str, policy_arn: &str) -> Result<Option<String>, CallError> {
    let call = aws.iam.detach_role_policy().role_name(role).policy_arn(policy_arn);
    gone(call.send().await.named("iam:DetachRolePolicy"))
}

/// Reads a role with everything attached to it. Its own inline policy is asked for at once; any other, which somebody
/// else put there, once its name is known. Of a role that may not be there no more is asked before it is known to be.
async fn read(look: &Look<'_>, name: &str, policy: &str, stands: bool) -> Result<Option<Role>, CallError> {
    const ACTION: &str = "iam:GetRole";
    let aws = look.aws;
    let role = async { iam::found(aws.iam.get_role().role_name(name).send().await.named(ACTION)) };
    let names = async {
        let pages = aws.iam.list_role_policies().role_name(name).into_paginator().items().send();
        iam::found(pages.collect::<Result<Vec<_>, _>>().await.named("iam:ListRolePolicies"))
    };
    let attached = async {
        let pages = aws.iam.list_attached_role_policies().role_name(name).into_paginator().items().send();
        iam::found(pages.collect::<Result<Vec<_>, _>>().await.named("iam:ListAttachedRolePolicies"))
    };
    let parts = async { try_join!(names, attached, read_policy(aws, name, policy)) };
    let (role, (names, attached, own)) = if stands {
        try_join!(role, parts)?
    } else {
        let role = role.await?;
        if role.is_none() {
            return Ok(None);
        }
        (role, parts.await?)
    };
    let Some(role) = role else { return Ok(None) };
    let role = role.role().ok_or_else(|| missing_field(ACTION, "Role"))?;
    let others = names.unwrap_or_default().into_iter().filter(|other| other != policy);
    let others = try_join_all(others.map(|other| async move { read_policy(aws, name, &other).await })).await?;
    Ok(Some(Role {
        name: role.role_name().to_owned(),
        path: role.path().to_owned(),
        arn: role.arn().to_owned(),
        trust_policy: iam::decoded(role.assume_role_policy_document().unwrap_or_default()),
        inline_policies: own.into_iter().chain(others.into_iter().flatten()).collect(),
        attached_policies: attached
            .unwrap_or_default()
            .into_iter()
            .filter_map(|policy| policy.policy_arn().map(ToOwned::to_owned))
            .collect(),
        permissions_boundary: role
            .permissions_boundary()
            .and_then(|boundary| boundary.permissions_boundary_arn())
            .map(ToOwned::to_owned),
        tags: iam::from_tags(role.tags()),
    }))
}

async fn read_policy(aws: &Aws, role: &str, policy: &str) -> Result<Option<(String, String)>, CallError> {
    let call = aws.iam.get_role_policy().role_name(role).policy_name(policy);
    let answer = iam::found(call.send().await.named("iam:GetRolePolicy"))?;
    Ok(answer.map(|answer| (policy.to_owned(), iam::decoded(answer.policy_document()))))
}
