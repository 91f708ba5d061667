//! The difference between what is wanted and what is observed, as steps in dependency order. Pure.
//!
//! A step can only name a resource that stands already or that an earlier step of the same plan makes: a
//! [`Reference`] to one in the making is handed out by the plan alone. So a plan cannot hold a step without its
//! dependencies, and its steps are in an order in which they can run.

use serde::{Deserialize, Serialize};

/// What a step does to its resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(any(test, feature = "testing"), derive(schemars::JsonSchema))]
pub enum Operation {
    /// Makes it.
    Create,
    /// Alters it in place.
    Update,
    /// Removes it.
    Delete,
}

impl Operation {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// A resource that a step needs: one that stands, or one that an earlier step makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// It stands and has this ID.
    Present(String),
    /// This step makes it.
    Made(Handle),
}

/// The place of a step in its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle(usize);

impl Handle {
    /// The index of the step.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0
    }
}

/// What a step calls: what that is done to, and the resources that it names in doing so.
pub trait Refers {
    /// The CloudFormation type of what the change makes, alters or removes, such as `AWS::EC2::Subnet`.
    fn resource_type(&self) -> &'static str;

    /// The resources that the change names.
    fn references(&self) -> Vec<&Reference>;
}

/// One change of one resource.
#[derive(Clone, Debug)]
pub struct Step<C> {
    /// What it does; `None` where it changes nothing and looks up what later steps need.
    pub operation: Option<Operation>,
    /// The CloudFormation type of the resource, such as `AWS::EC2::VPC`.
    pub resource_type: &'static str,
    /// The resource's name within the environment.
    pub resource: String,
    /// The resource's ID, where it stands already.
    pub id: Option<String>,
    /// The indices of the steps that must have succeeded before this one starts; all smaller than its own.
    pub needs: Vec<usize>,
    /// What it calls.
    pub change: C,
}

/// Steps in dependency order.
#[derive(Clone, Debug)]
pub struct Plan<C> {
    steps: Vec<Step<C>>,
}

impl<C> Default for Plan<C> {
    fn default() -> Self {
        Self { steps: Vec::new() }
    }
}

impl<C: Refers> Plan<C> {
    /// Adds a step that starts when all that `change` refers to is there and the steps `after` are done.
    pub fn push(
        &mut self,
        operation: Operation,
        resource: impl Into<String>,
        id: Option<String>,
        change: impl Into<C>,
        after: &[Handle],
    ) -> Handle {
        self.add(Some(operation), resource.into(), id, change.into(), after)
    }

    /// Adds a step that changes nothing and looks up what later steps need.
    pub fn look_up(&mut self, resource: impl Into<String>, change: impl Into<C>) -> Handle {
        self.add(None, resource.into(), None, change.into(), &[])
    }

    fn add(
        &mut self,
        operation: Option<Operation>,
        resource: String,
        id: Option<String>,
        change: C,
        after: &[Handle],
    ) -> Handle {
        let made = change.references().into_iter().filter_map(|reference| match reference {
            Reference::Made(handle) => Some(handle.0),
            Reference::Present(_) => None,
        });
        let mut needs: Vec<usize> = made.chain(after.iter().map(|handle| handle.0)).collect();
        needs.sort_unstable();
        needs.dedup();
        let resource_type = change.resource_type();
        self.steps.push(Step { operation, resource_type, resource, id, needs, change });
        Handle(self.steps.len() - 1)
    }

    /// The steps that `wanted` says yes to and that need no others.
    #[must_use]
    pub fn only(self, wanted: impl Fn(&Step<C>) -> bool) -> Self {
        Self { steps: self.steps.into_iter().filter(|step| step.needs.is_empty() && wanted(step)).collect() }
    }

    /// The steps but those that `unwanted` says yes to, and those that need them.
    #[must_use]
    pub fn without(self, unwanted: impl Fn(&Step<C>) -> bool) -> Self {
        let mut places: Vec<Option<usize>> = Vec::with_capacity(self.steps.len());
        let mut steps: Vec<Step<C>> = Vec::with_capacity(self.steps.len());
        for mut step in self.steps {
            let needs: Option<Vec<usize>> =
                step.needs.iter().map(|need| places.get(*need).copied().flatten()).collect();
            let needs = needs.filter(|_| !unwanted(&step));
            places.push(needs.is_some().then_some(steps.len()));
            if let Some(needs) = needs {
                step.needs = needs;
                steps.push(step);
            }
        }
        Self { steps }
    }

    /// The steps, each after all that it needs.
    #[must_use]
    pub fn steps(&self) -> &[Step<C>] {
        &self.steps
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The length of the longest chain of steps that need one another.
    #[cfg(any(test, feature = "testing"))]
    pub fn depth(&self) -> usize {
        let mut depths: Vec<usize> = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let before = step.needs.iter().filter_map(|need| depths.get(*need)).max().copied().unwrap_or(0);
            depths.push(before + 1);
        }
        depths.into_iter().max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Naming(&'static str, Vec<Reference>);

    impl Refers for Naming {
        fn resource_type(&self) -> &'static str {
            self.0
        }

        fn references(&self) -> Vec<&Reference> {
            self.1.iter().collect()
        }
    }

    #[test]
    fn a_step_needs_what_it_refers_to_and_what_it_comes_after() {
        let mut plan: Plan<Naming> = Plan::default();
        let vpc = plan.push(Operation::Create, "vpc", None, Naming("AWS::EC2::VPC", vec![]), &[]);
        let role = plan.push(Operation::Create, "role", None, Naming("AWS::IAM::Role", vec![]), &[]);
        let named = vec![Reference::Made(vpc), Reference::Made(vpc), Reference::Present("rtb-1".into())];
        plan.push(Operation::Create, "subnet", None, Naming("AWS::EC2::Subnet", named), &[role]);
        let types: Vec<&str> = plan.steps().iter().map(|step| step.resource_type).collect();
        assert_eq!(types, ["AWS::EC2::VPC", "AWS::IAM::Role", "AWS::EC2::Subnet"]);
        assert_eq!(plan.steps()[2].needs, [0, 1]);
        assert_eq!(plan.depth(), 2);
    }
}
