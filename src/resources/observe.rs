//! What controllers ask of all kinds together.

use std::sync::Arc;

use super::{
    Change, Draft, Look, Manage, Observe, Refusal, Removal, endpoint::Endpoints, kinds, parameter::Parameters,
    security_group, vpc,
};
use crate::aws::CallError;
use ringfence_model::{
    plan::Plan,
    stack::{Owner, Stack},
};
use ringfence_observed::{Observed, Parameter};

/// Reads everything of one environment.
pub(crate) async fn observe(look: &Look<'_>) -> Result<Observed, CallError> {
    let mut observed = Observed::default();
    kinds::read_all(look).await?.into_iter().for_each(|read| read.place(&mut observed));
    Ok(observed)
}

/// Reads what is published of one environment.
pub(crate) async fn observe_exports(look: &Look<'_>) -> Result<Vec<Parameter>, CallError> {
    Ok(Parameters::read(look).await?.into_iter().map(|(_, parameter)| parameter).collect())
}

/// The steps that lead from what there is to what is wanted, all but the publishing.
pub(crate) fn plan_stack(stack: &Arc<Stack>, observed: &Observed) -> Result<Plan<Change>, Refusal> {
    let mut draft = Draft::new(stack.clone(), observed);
    kinds::draft_all(&mut draft)?;
    Ok(draft.finish())
}

/// The steps that remove the VPCs that an earlier, lost creation made beside the one that counts, each by itself. AWS
/// refuses where somebody put something into one.
pub(crate) fn plan_spares(observed: &Observed) -> Plan<Change> {
    let mut plan = Plan::default();
    for spare in &observed.spare_vpcs {
        vpc::plan_spare(&mut plan, spare);
    }
    plan
}

/// The steps that can be taken while somebody else's resources hold the VPC: endpoints, which cost by the hour, and
/// rules of ours that name what is not ours. Those keep their owners from removing it, and it keeps the VPC.
pub(crate) fn plan_held_removal(owner: &Owner, observed: &Observed) -> Plan<Change> {
    let mut removal = Removal::new(owner, observed, true);
    Endpoints::draft_removal(&mut removal);
    security_group::draft_letting_go(&mut removal);
    removal.finish()
}

/// The steps that remove what there is.
pub(crate) fn plan_removal(owner: &Owner, observed: &Observed, retain_logs: bool) -> Plan<Change> {
    let mut removal = Removal::new(owner, observed, retain_logs);
    kinds::draft_removal_all(&mut removal);
    removal.finish()
}
