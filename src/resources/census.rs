//! All environments of a region in one look: as many calls as there are pages, not as there are environments.

use std::collections::BTreeMap;

use super::{Fleet, Home, Look, home::Homes, kinds};
use crate::aws::{Aws, CallError};
use ringfence_model::stack::{ENVIRONMENT, Owner};
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
/// What no bulk read tells is taken as it should be: each kind says what that is (`Bulk`).
pub(crate) async fn census(aws: &Aws, fleet: &Fleet, recorded: &BTreeMap<String, String>) -> Result<Census, CallError> {
    let look = Look::at_fleet(aws, fleet);
    let readings = kinds::read_all(&look).await?;
    let vpcs = look.vpcs().await?.to_vec();
    let mut environments = Environments::of(&vpcs, &fleet.installation, recorded);
    // All are known before anything is placed that belongs to every one.
    environments.add(readings.iter().flat_map(|reading| reading.homes()));
    readings.into_iter().for_each(|reading| reading.place(&mut environments));
    Ok(Census { environments: environments.observed, vpcs })
}

/// The environments that things are put into, by where the things belong.
#[derive(Debug, Default)]
struct Environments {
    observed: BTreeMap<String, Observed>,
    /// Whose the VPCs are: those that count, one for each environment.
    counting: BTreeMap<String, String>,
}

impl Environments {
    /// The environments of this installation that have VPCs. Of several VPCs of one environment the recorded one counts,
    /// else the one with the smallest ID; nothing is asked of the others but that they are there.
    fn of(vpcs: &[Vpc], installation: &str, recorded: &BTreeMap<String, String>) -> Self {
        let mut of_environments: BTreeMap<String, Vec<&Vpc>> = BTreeMap::new();
        for vpc in vpcs {
            if let Some(environment) = owner(vpc, installation) {
                of_environments.entry(environment).or_default().push(vpc);
            }
        }
        let mut environments = Self::default();
        for (environment, mut vpcs) in of_environments {
            let recorded = recorded.get(&environment);
            vpcs.sort_by_key(|vpc| (Some(&vpc.id) != recorded, &vpc.id));
            let mut vpcs = vpcs.into_iter();
            environments.counting.extend(vpcs.next().map(|vpc| (vpc.id.clone(), environment.clone())));
            let spare_vpcs = vpcs.cloned().collect();
            environments.observed.insert(environment, Observed { spare_vpcs, ..Observed::default() });
        }
        environments
    }

    /// Adds the environments that have something and no VPC.
    fn add<'h>(&mut self, homes: impl Iterator<Item = &'h Home>) {
        for home in homes {
            if let Home::Environment(environment) = home {
                self.observed.entry(environment.clone()).or_default();
            }
        }
    }
}

impl Homes for Environments {
    fn at(&mut self, home: &Home) -> Vec<&mut Observed> {
        let environment = match home {
            Home::Vpc(vpc) => self.counting.get(vpc),
            Home::Environment(environment) => Some(environment),
            Home::Everywhere => return self.observed.values_mut().collect(),
        };
        environment.and_then(|environment| self.observed.get_mut(environment)).into_iter().collect()
    }
}

/// The environment of this installation that a VPC belongs to.
fn owner(vpc: &Vpc, installation: &str) -> Option<String> {
    let environment = vpc.tags.get(ENVIRONMENT)?.clone();
    let owner = Owner { environment, installation: installation.to_owned() };
    owner.owns(&vpc.tags).then_some(owner.environment)
}

#[cfg(test)]
mod tests;
