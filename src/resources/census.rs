//! All environments of a region in one look: as many calls as there are pages, not as there are environments.

use std::collections::BTreeMap;

use super::{Home, Look, Region, kinds};
use crate::aws::{Aws, CallError};
use ringfence_model::stack::{ENVIRONMENT, Owner, StackOption};
use ringfence_observed::{Observed, Vpc};

/// What a region holds.
pub(crate) struct Census {
    /// What is there of each environment of this installation, also of those without a record.
    pub(crate) environments: BTreeMap<String, Observed>,
    /// Every VPC of the region.
    pub(crate) vpcs: Vec<Vpc>,
}

/// Takes the census. `recorded` says which VPC a record names, for environments that have several.
///
/// What no bulk read tells is taken as it should be: the DNS attributes of VPCs, tags of log groups and instance
/// profiles, and all parameters but the whole sets.
pub(crate) async fn census(
    aws: &Aws,
    region: &Region,
    recorded: &BTreeMap<String, String>,
) -> Result<Census, CallError> {
    let look = Look::at_region(aws, region);
    let mut homes = kinds::read_all(&look).await?;
    let everywhere = homes.remove(&Home::Everywhere).unwrap_or_default();
    let mut environments: BTreeMap<String, Observed> = BTreeMap::new();
    let (within, named): (Vec<_>, Vec<_>) = homes.into_iter().partition(|(home, _)| matches!(home, Home::Vpc(_)));
    for observed in within.into_iter().map(|(_, observed)| observed) {
        let Some(vpc) = &observed.vpc else { continue };
        let Some(environment) = owner(vpc, &region.installation) else { continue };
        let is_recorded = recorded.get(&environment) == Some(&vpc.id);
        match environments.remove(&environment) {
            None => environments.insert(environment, observed),
            Some(other) if is_recorded => environments.insert(environment, with_spare(observed, other)),
            // Homes come in the order of their IDs: the first is the one that counts.
            Some(first) => environments.insert(environment, with_spare(first, observed)),
        };
    }
    for (home, seen) in named {
        if let Home::Environment(environment) = home {
            let observed = environments.entry(environment).or_default();
            observed.roles = seen.roles;
            observed.instance_profiles = seen.instance_profiles;
            observed.log_groups = seen.log_groups;
            observed.parameters = seen.parameters;
        }
    }
    for observed in environments.values_mut() {
        observed.prefix_lists.clone_from(&everywhere.prefix_lists);
        observed.service_zones.clone_from(&everywhere.service_zones);
        observed.service_names.clone_from(&everywhere.service_names);
        observed.unread = unread(&everywhere, observed.vpc.as_ref());
        if let Some(vpc) = &mut observed.vpc {
            (vpc.dns_support, vpc.dns_hostnames) = (Some(true), Some(true));
        }
    }
    Ok(Census { environments, vpcs: look.vpcs().await?.to_vec() })
}

/// What could not be read of the options that a VPC names.
fn unread(everywhere: &Observed, vpc: Option<&Vpc>) -> BTreeMap<String, String> {
    let named = StackOption::ALL.into_iter().filter(|option| vpc.is_some_and(|vpc| option.is_named(&vpc.tags)));
    let unread = named.filter_map(|option| everywhere.unread.get_key_value(option.as_str()));
    unread.map(|(option, why)| (option.clone(), why.clone())).collect()
}

/// The environment of this installation that a VPC belongs to.
fn owner(vpc: &Vpc, installation: &str) -> Option<String> {
    let environment = vpc.tags.get(ENVIRONMENT)?.clone();
    let owner = Owner { environment, installation: installation.to_owned() };
    owner.owns(&vpc.tags).then_some(owner.environment)
}

fn with_spare(mut observed: Observed, spare: Observed) -> Observed {
    observed.spare_vpcs.extend(spare.vpc);
    observed.spare_vpcs.extend(spare.spare_vpcs);
    observed
}
