//! What `benches/` measures of rooms that are closed to the outside. The function itself uses nothing of it.

use std::{collections::BTreeSet, sync::Arc};

use ipnet::Ipv4Net;
use serde_json::Value;

use crate::{
    registry,
    resources::{plan_removal, plan_stack},
};
use ringfence_model::{
    scope::Scope,
    spec::Spec,
    stack::{Owner, Prescribed, ServiceNames, SshBlocks, Stack},
};
use ringfence_observed::{Observed, Tags};

/// An environment in two zones of us-east-1, to be planned.
#[derive(Clone, Debug)]
pub struct Environment {
    stack: Arc<Stack>,
}

impl Environment {
    /// The environment that a spec asks for, in a network with the block `cidr`.
    ///
    /// # Errors
    /// All that is wrong with the spec, in one text.
    pub fn new(name: &str, spec: &Value, cidr: Ipv4Net) -> Result<Self, String> {
        let spec = Spec::decode(spec).map_err(|faults| faults.to_string())?;
        let stack = Stack {
            scope: Scope {
                partition: "aws".to_owned(),
                region: "us-east-1".to_owned(),
                account: "123456789012".to_owned(),
            },
            prescribed: Prescribed {
                permissions_boundary: None,
                flow_log_role: None,
                export_prefix: "/ringfence".to_owned(),
            },
            owner: Owner { environment: name.to_owned(), installation: "ringfence".to_owned() },
            ssh_from: SshBlocks::of(&spec.access.ssh_from, &[]),
            spec,
            cidr,
            ipam_pool: None,
            zones: vec!["us-east-1a".to_owned(), "us-east-1b".to_owned()],
            retired_tags: BTreeSet::new(),
            service_names: ServiceNames::default(),
        };
        Ok(Self { stack: Arc::new(stack) })
    }

    /// How many steps lead from what is there to what is wanted.
    ///
    /// # Errors
    /// Why it cannot be planned.
    pub fn steps(&self, observed: &Observed) -> Result<usize, String> {
        let plan = plan_stack(&self.stack, observed).map_err(|refusal| refusal.to_string())?;
        Ok(plan.steps().len())
    }

    /// How many steps remove what is there.
    #[must_use]
    pub fn removal_steps(&self, observed: &Observed) -> usize {
        plan_removal(&self.stack.owner, observed, false).steps().len()
    }

    /// The tags of one of its resources.
    #[must_use]
    pub fn tags(&self, resource: &str) -> Tags {
        self.stack.tags(resource)
    }
}

/// A free block of `prefix_length` from `pool` that overlaps nothing in `taken`; `choice` picks one of the first few.
#[must_use]
pub fn allocate(pool: &[Ipv4Net], prefix_length: u8, taken: &[Ipv4Net], choice: usize) -> Option<Ipv4Net> {
    registry::allocate(pool, prefix_length, taken, choice)
}
