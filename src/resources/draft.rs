//! A plan in the making.

use std::{collections::BTreeMap, sync::Arc};

use super::{Change, Refusal, tag::TagChange};
use ringfence_model::{
    plan::{Handle, Operation, Plan, Reference},
    stack::{OPTIONS, Stack, VPC, missing},
};
use ringfence_observed::{Observed, Tags};

/// The plan that makes an environment as wanted, while the kinds add to it one after the other.
pub(crate) struct Draft<'a> {
    pub(crate) stack: Arc<Stack>,
    pub(crate) observed: &'a Observed,
    plan: Plan<Change>,
    known: BTreeMap<String, Reference>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(stack: Arc<Stack>, observed: &'a Observed) -> Self {
        Self { stack, observed, plan: Plan::default(), known: BTreeMap::new() }
    }

    /// A step that makes `resource`, which later steps can then name.
    pub(super) fn create(&mut self, resource: impl Into<String>, change: impl Into<Change>) -> Reference {
        let resource = resource.into();
        let handle = self.plan.push(Operation::Create, resource.clone(), None, change, &[]);
        self.known.insert(resource, Reference::Made(handle));
        Reference::Made(handle)
    }

    /// A step that makes a part of `resource` that nobody names later: a rule, an entry, an association.
    pub(super) fn create_part(
        &mut self,
        resource: impl Into<String>,
        change: impl Into<Change>,
        after: &[Handle],
    ) -> Handle {
        self.plan.push(Operation::Create, resource, None, change, after)
    }

    /// A step that looks up parts of a resource in the making, for later steps.
    pub(super) fn look_up(&mut self, resource: &str, change: impl Into<Change>) -> Handle {
        self.plan.look_up(resource, change)
    }

    /// A step that alters `resource` in place.
    pub(super) fn update(&mut self, resource: impl Into<String>, id: &Reference, change: impl Into<Change>) -> Handle {
        self.update_after(resource, id, change, &[])
    }

    /// The same, once the steps `after` are done.
    pub(super) fn update_after(
        &mut self,
        resource: impl Into<String>,
        id: &Reference,
        change: impl Into<Change>,
        after: &[Handle],
    ) -> Handle {
        self.plan.push(Operation::Update, resource, present(id), change, after)
    }

    /// A step that removes `resource`, which is ours and not wanted.
    pub(super) fn delete(
        &mut self,
        resource: impl Into<String>,
        id: &str,
        change: impl Into<Change>,
        after: &[Handle],
    ) -> Handle {
        self.plan.push(Operation::Delete, resource, Some(id.to_owned()), change, after)
    }

    /// A step that removes parts of a resource that may itself be in the making.
    pub(super) fn delete_part(
        &mut self,
        resource: impl Into<String>,
        id: &Reference,
        change: impl Into<Change>,
        after: &[Handle],
    ) -> Handle {
        self.plan.push(Operation::Delete, resource, present(id), change, after)
    }

    /// The ID of the prefix list of a service that is reached through a gateway endpoint.
    pub(super) fn prefix_list_of(&self, service: &str) -> Result<String, Refusal> {
        let name = self.stack.service_name(service);
        let list = self.observed.prefix_lists.iter().find(|list| list.name == name);
        list.map(|list| list.id.clone()).ok_or_else(|| Refusal::NotOffered {
            what: format!("the prefix list {name}"),
            region: self.stack.scope.region.clone(),
        })
    }

    /// Lets later kinds wait for a step that makes nothing.
    pub(super) fn done(&mut self, resource: impl Into<String>, step: Handle) {
        self.known.insert(resource.into(), Reference::Made(step));
    }

    /// Lets later kinds name a resource that stands.
    pub(super) fn stands(&mut self, resource: impl Into<String>, id: &str) -> Reference {
        let reference = Reference::Present(id.to_owned());
        self.known.insert(resource.into(), reference.clone());
        reference
    }

    /// The resource called `resource`, which an earlier kind found or makes.
    pub(super) fn reference(&self, resource: &str) -> Result<Reference, Refusal> {
        self.known.get(resource).cloned().ok_or_else(|| Refusal::Unplanned(resource.to_owned()))
    }

    /// Refuses when what stands in the place of `resource` is not ours.
    pub(super) fn ours(&self, resource: &str, id: &str, tags: &Tags) -> Result<(), Refusal> {
        if self.stack.owner.owns(tags) {
            Ok(())
        } else {
            Err(Refusal::Foreign { resource: resource.to_owned(), id: id.to_owned() })
        }
    }

    /// Takes the tags off an EC2 resource that are not wanted any more, and puts those on that it lacks.
    pub(super) fn retag(&mut self, resource_type: &'static str, resource: &str, id: &str, observed: &Tags) {
        let lacking = missing(&self.stack.tags(resource), observed);
        let untagged = self.untag(resource_type, resource, id, observed);
        self.put_tags(resource_type, resource, id, lacking, untagged);
    }

    /// Takes the tags off an EC2 resource that are not wanted any more. Whoever puts tags on it waits for that, of
    /// every service: a resource holds 50 tags (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html>),
    /// and two calls at once that alter its tags are refused as `ConcurrentTagAccess`
    /// (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>). The tags that say whose it is
    /// are never among those that go, so that it is ours in between as well.
    pub(super) fn untag(
        &mut self,
        resource_type: &'static str,
        resource: &str,
        id: &str,
        observed: &Tags,
    ) -> Option<Handle> {
        let keys = self.stack.retired(observed);
        if keys.is_empty() {
            return None;
        }
        let reference = Reference::Present(id.to_owned());
        let change = TagChange::Remove { resource_type, resource: reference.clone(), keys };
        Some(self.update(resource, &reference, change))
    }

    /// A step that puts tags on an EC2 resource, if there are any to put, once others are off.
    pub(super) fn put_tags(
        &mut self,
        resource_type: &'static str,
        resource: &str,
        id: &str,
        tags: Tags,
        untagged: Option<Handle>,
    ) -> Option<Handle> {
        if tags.is_empty() {
            return None;
        }
        let reference = Reference::Present(id.to_owned());
        let change = TagChange::Put { resource_type, resources: vec![reference.clone()], tags, advice: None };
        Some(self.update_after(resource, &reference, change, untagged.as_slice()))
    }

    /// What must be there before a resource that only an option adds is made: the VPC, and its tag that names the
    /// option.
    pub(super) fn before_options(&self) -> Result<Vec<Reference>, Refusal> {
        let vpc = self.reference(VPC)?;
        Ok(std::iter::once(vpc).chain(self.reference(OPTIONS).ok()).collect())
    }

    /// The finished plan.
    pub(crate) fn finish(self) -> Plan<Change> {
        self.plan
    }
}

fn present(reference: &Reference) -> Option<String> {
    match reference {
        Reference::Present(id) => Some(id.clone()),
        Reference::Made(_) => None,
    }
}

#[cfg(test)]
mod tests;
