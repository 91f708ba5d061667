//! What Amazon GuardDuty put into the environment's VPC. It goes with the VPC, once nothing else is in the way: GuardDuty
//! leaves it behind, and AWS deletes no VPC with it
//! (<https://github.com/hashicorp/terraform-provider-aws/issues/46747>). GuardDuty may put it there again while the delete
//! is under way: then the next look finds it again.

use super::{
    Act, Draft, Manage, Refusal, Removal, Run, Stage, endpoint::Endpoints, endpoint_delete,
    security_group::SecurityGroupChange,
};
use crate::aws::CallError;
use ringfence_model::{
    plan::{Reference, Refers},
    stack::{is_endpoint_of_guardduty, is_group_of_guardduty},
};

pub(crate) struct GuardDuty;

/// Removes GuardDuty's endpoints, and waits until their interfaces have let go. No change of endpoints, since those go
/// also while somebody holds the VPC, and GuardDuty watches whoever does.
#[derive(Debug)]
pub(crate) struct GuardDutyChange {
    vpc: String,
    ids: Vec<String>,
}

impl Manage for GuardDuty {
    const TYPE: &'static str = Endpoints::TYPE;

    fn draft(_: &mut Draft<'_>) -> Result<(), Refusal> {
        // GuardDuty makes it.
        Ok(())
    }

    fn draft_removal(removal: &mut Removal<'_>) {
        let observed = removal.observed;
        let Some(vpc) = observed.vpc.as_ref().filter(|vpc| removal.owner.owns(&vpc.tags)) else { return };
        let endpoints = observed.endpoints.iter().filter(|endpoint| is_endpoint_of_guardduty(endpoint));
        let ids: Vec<String> = endpoints.map(|endpoint| endpoint.id.clone()).collect();
        if !ids.is_empty() {
            let all = ids.join(",");
            let change = GuardDutyChange { vpc: vpc.id.clone(), ids };
            removal.delete(Stage::Endpoints, "guardduty-endpoint", &all, change);
        }
        for group in observed.security_groups.iter().filter(|group| is_group_of_guardduty(group)) {
            let change = SecurityGroupChange::Delete { id: group.id.clone() };
            removal.delete(Stage::Groups, "guardduty-security-group", &group.id, change);
        }
    }
}

impl Refers for GuardDutyChange {
    fn resource_type(&self) -> &'static str {
        GuardDuty::TYPE
    }

    fn references(&self) -> Vec<&Reference> {
        Vec::new()
    }
}

impl Act for GuardDutyChange {
    async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
        endpoint_delete::delete(run, &self.vpc, &self.ids).await
    }
}
