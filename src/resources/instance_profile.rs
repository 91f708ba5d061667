//! The instance profile, which hands the training role to EC2 instances.

use super::{
    Act, Bulk, Draft, Home, Look, Manage, Observe, Refusal, Removal, Run, Stage, ec2::gone, iam, look::Extent,
};
use crate::aws::{CallError, Named, missing_field};
use ringfence_model::{
    plan::{Reference, Refers},
    stack::{self, Purpose, missing},
};
use ringfence_observed::{InstanceProfile, Observed, Tags};

pub(crate) struct InstanceProfiles;

/// What can be done to an instance profile.
#[derive(Debug)]
pub(crate) enum InstanceProfileChange {
    /// Makes it. Its name is its natural key.
    Create { name: String, path: String, tags: Tags },
    /// Puts the role into it.
    AddRole { profile: Reference, role: Reference },
    /// Takes a role out of it.
    RemoveRole { profile: String, role: String },
    /// Puts tags on it.
    Tag { name: String, tags: Tags },
    /// Takes tags off it.
    Untag { name: String, keys: Vec<String> },
    /// Removes it, once no role is in it.
    Delete { name: String },
}

impl Observe for InstanceProfiles {
    type Seen = InstanceProfile;

    /// Roles are read with the profiles that they are in.
    const BULK: Bulk<Self::Seen> = Bulk::Nothing;

    async fn read(look: &Look<'_>) -> Result<Vec<(Home, InstanceProfile)>, CallError> {
        const ACTION: &str = "iam:GetInstanceProfile";
        // A look at a region finds profiles with the roles in them.
        let Extent::Environment(subject) = look.extent else { return Ok(Vec::new()) };
        let environment = &subject.owner.environment;
        let name = stack::identity_name(environment, &subject.region, Purpose::Training);
        let call = look.aws.iam.get_instance_profile().instance_profile_name(name);
        let Some(answer) = iam::found(call.send().await.named(ACTION))? else { return Ok(Vec::new()) };
        let profile = answer.instance_profile().ok_or_else(|| missing_field(ACTION, "InstanceProfile"))?;
        let seen = InstanceProfile {
            name: profile.instance_profile_name().to_owned(),
            path: profile.path().to_owned(),
            arn: profile.arn().to_owned(),
            roles: profile.roles().iter().map(|role| role.role_name().to_owned()).collect(),
            tags: Some(iam::from_tags(profile.tags())),
        };
        Ok(vec![(Home::Environment(environment.clone()), seen)])
    }

    fn place(observed: &mut Observed, seen: InstanceProfile) {
        observed.instance_profiles.push(seen);
    }
}

impl Manage for InstanceProfiles {
    const TYPE: &'static str = "AWS::IAM::InstanceProfile";

    fn draft(draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let stack = draft.stack.clone();
        let resource = stack::TRAINING_INSTANCE_PROFILE;
        let name = stack.identity_name(Purpose::Training);
        let role = draft.reference(Purpose::Training.role())?;
        let tags = stack.tags(resource);
        let observed = draft.observed;
        let Some(profile) = observed.instance_profiles.iter().find(|profile| profile.name == name) else {
            let create = InstanceProfileChange::Create { name, path: stack.identity_path(), tags };
            let profile = draft.create(resource, create);
            let add = InstanceProfileChange::AddRole { profile: profile.clone(), role };
            draft.update(resource, &profile, add);
            return Ok(());
        };
        if let Some(seen) = &profile.tags {
            draft.ours(resource, &profile.name, seen)?;
        }
        let reference = draft.stands(resource, &profile.name);
        let lacking = profile.tags.as_ref().map(|seen| missing(&tags, seen)).unwrap_or_default();
        let keys = profile.tags.as_ref().map(|seen| stack.retired(seen)).unwrap_or_default();
        let untagged = (!keys.is_empty()).then(|| {
            let change = InstanceProfileChange::Untag { name: name.clone(), keys };
            draft.update(resource, &reference, change)
        });
        if !lacking.is_empty() {
            let change = InstanceProfileChange::Tag { name: name.clone(), tags: lacking };
            draft.update_after(resource, &reference, change, untagged.as_slice());
        }
        // A profile holds one role: another one has to leave first. The roles are called as their profile.
        let mut after = Vec::new();
        for other in profile.roles.iter().filter(|role| **role != name) {
            let change = InstanceProfileChange::RemoveRole { profile: name.clone(), role: other.clone() };
            after.push(draft.delete(format!("{resource}/{other}"), other, change, &[]));
        }
        let holds = matches!(&role, Reference::Present(id) if profile.roles.contains(id));
        if !holds {
            let add = InstanceProfileChange::AddRole { profile: reference, role };
            draft.create_part(format!("{resource}/{name}"), add, &after);
        }
        Ok(())
    }

    fn draft_removal(removal: &mut Removal<'_>) {
        for profile in &removal.observed.instance_profiles {
            if let Some(tags) = profile.tags.as_ref().filter(|tags| removal.owner.owns(tags)) {
                let resource = removal.name_of(tags, &profile.name);
                for role in &profile.roles {
                    let remove =
                        InstanceProfileChange::RemoveRole { profile: profile.name.clone(), role: role.clone() };
                    let part = format!("{resource}/{role}");
                    removal.delete(Stage::RoleParts, part, role, remove);
                }
                let change = InstanceProfileChange::Delete { name: profile.name.clone() };
                removal.delete(Stage::InstanceProfiles, resource, &profile.name, change);
            }
        }
    }
}

impl Refers for InstanceProfileChange {
    fn resource_type(&self) -> &'static str {
        InstanceProfiles::TYPE
    }

    fn references(&self) -> Vec<&Reference> {
        match self {
            Self::AddRole { profile, role } => vec![profile, role],
            Self::Create { .. }
            | Self::RemoveRole { .. }
            | Self::Tag { .. }
            | Self::Untag { .. }
            | Self::Delete { .. } => Vec::new(),
        }
    }
}

impl Act for InstanceProfileChange {
    async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
        const TAG: &str = "iam:TagInstanceProfile";
        const CREATE: &str = "iam:CreateInstanceProfile";
        let client = &run.aws.iam;
        match self {
            Self::Create { name, path, tags } => {
                let call = client.create_instance_profile().instance_profile_name(name).path(path);
                call.set_tags(Some(iam::to_tags(CREATE, tags)?)).send().await.named(CREATE)?;
                return Ok(Some(name.clone()));
            }
            Self::AddRole { profile, role } => {
                let call = client.add_role_to_instance_profile().instance_profile_name(run.id(profile)?);
                call.role_name(run.id(role)?).send().await.named("iam:AddRoleToInstanceProfile")?;
            }
            Self::RemoveRole { profile, role } => {
                let call = client.remove_role_from_instance_profile().instance_profile_name(profile).role_name(role);
                return gone(call.send().await.named("iam:RemoveRoleFromInstanceProfile"));
            }
            Self::Tag { name, tags } => {
                let call = client.tag_instance_profile().instance_profile_name(name);
                call.set_tags(Some(iam::to_tags(TAG, tags)?)).send().await.named(TAG)?;
            }
            Self::Untag { name, keys } => {
                let call = client.untag_instance_profile().instance_profile_name(name);
                call.set_tag_keys(Some(keys.clone())).send().await.named("iam:UntagInstanceProfile")?;
            }
            Self::Delete { name } => {
                let call = client.delete_instance_profile().instance_profile_name(name);
                return gone(call.send().await.named("iam:DeleteInstanceProfile"));
            }
        }
        Ok(None)
    }
}
