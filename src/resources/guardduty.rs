//! What Amazon GuardDuty put into the environment's VPC. It goes with the VPC, once nothing else is in the way: GuardDuty
//! leaves it behind, and AWS deletes no VPC with it
//! (<https://github.com/hashicorp/terraform-provider-aws/issues/46747>). GuardDuty may put it there again while the delete
//! is under way: then the next look finds it again.

use super::{
    Act, Change, Home, Kind, Look, Removal, Run, Stage, endpoint, endpoint_delete, security_group,
    security_group::SecurityGroupChange,
};
use crate::aws::CallError;
use ringfence_model::{
    plan::{Reference, Refers},
    stack::{is_endpoint_of_guardduty, is_group_of_guardduty},
};
use ringfence_observed::Observed;

pub(crate) struct GuardDuty;

/// Removes GuardDuty's endpoints, and waits until their interfaces have let go. No change of endpoints, since those go
/// also while somebody holds the VPC, and GuardDuty watches whoever does.
#[derive(Debug)]
pub(crate) struct GuardDutyChange {
    vpc: String,
    ids: Vec<String>,
}

impl Kind for GuardDuty {
    type Seen = std::convert::Infallible;
    type Change = GuardDutyChange;

    /// Endpoints and groups are read by kinds of their own, whoever made them.
    async fn read(_look: &Look<'_>) -> Result<Vec<(Home, Self::Seen)>, CallError> {
        Ok(Vec::new())
    }

    fn place(_observed: &mut Observed, seen: Self::Seen) {
        match seen {}
    }

    fn draft_removal(removal: &mut Removal<'_>) {
        let observed = removal.observed;
        let Some(vpc) = observed.vpc.as_ref().filter(|vpc| removal.owner.owns(&vpc.tags)) else { return };
        let endpoints = observed.endpoints.iter().filter(|endpoint| is_endpoint_of_guardduty(endpoint));
        let ids: Vec<String> = endpoints.map(|endpoint| endpoint.id.clone()).collect();
        if !ids.is_empty() {
            let all = ids.join(",");
            let change = Change::guardduty(GuardDutyChange { vpc: vpc.id.clone(), ids });
            removal.delete(Stage::Endpoints, endpoint::TYPE, "guardduty-endpoint", &all, change);
        }
        for group in observed.security_groups.iter().filter(|group| is_group_of_guardduty(group)) {
            let change = Change::security_group(SecurityGroupChange::Delete { id: group.id.clone() });
            removal.delete(Stage::Groups, security_group::TYPE, "guardduty-security-group", &group.id, change);
        }
    }
}

impl Refers for GuardDutyChange {
    fn references(&self) -> Vec<&Reference> {
        Vec::new()
    }
}

impl Act for GuardDutyChange {
    async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
        endpoint_delete::delete(run, &self.vpc, &self.ids).await
    }
}
