//! Resources of this installation that belong to no record: what a lost table, or a table restored to an earlier
//! moment, leaves behind.

use jiff::SignedDuration;
use tracing::{Instrument, info_span, warn};

use super::{
    Controller,
    swept::{Orphan, Sweep},
    work::Work,
};
use crate::{
    answer::Answer,
    registry::{Accepted, Record},
    resources::{Census, KnownVpc},
};
use ringfence_model::{
    failure::Failure,
    name::EnvironmentName,
    request::{Action, Ask, EnvironmentRequest},
    stack::interfaces_beside_guardduty,
    status::Status,
};
use ringfence_observed::Observed;

/// How long ago an orphan must have been seen first before it is removed.
const AGE: SignedDuration = SignedDuration::from_hours(24);

/// Everything of this installation without a record.
pub(super) fn orphans(records: &[Record], census: &Census) -> Vec<Orphan> {
    let recorded = |environment: &str| records.iter().any(|record| record.environment.as_str() == environment);
    let unrecorded = census.environments.iter().filter(|(environment, _)| !recorded(environment));
    let orphans = unrecorded
        .map(|(environment, observed)| Orphan { environment: environment.clone(), resources: resources(observed) });
    // A retained log group is nobody's on purpose, and a bulk read does not tell: it alone makes no orphan.
    orphans.filter(|orphan| orphan.resources.iter().any(|resource| !resource.starts_with('/'))).collect()
}

fn resources(observed: &Observed) -> Vec<String> {
    let vpcs = observed.vpc.iter().chain(&observed.spare_vpcs).map(|vpc| vpc.id.clone());
    let roles = observed.roles.iter().map(|role| role.name.clone());
    let groups = observed.log_groups.iter().map(|group| group.name.clone());
    vpcs.chain(roles).chain(groups).collect()
}

impl Controller<'_> {
    /// Removes orphans that nobody can be using: never published, without interfaces, and first seen over a day ago.
    /// All others are only reported, so that a lost table costs nobody an environment.
    pub(super) async fn remove_old_orphans(&self, census: &Census, sweep: &mut Sweep) {
        for orphan in sweep.orphans() {
            let Ok(environment) = EnvironmentName::try_from(orphan.environment.as_str()) else { continue };
            let observed = census.environments.get(environment.as_str());
            let in_use = observed.is_some_and(|observed| interfaces_beside_guardduty(observed).next().is_some());
            match self.is_old(&orphan).await {
                Ok(true) if !in_use => {}
                Ok(_) => continue,
                Err(failure) => {
                    warn!(%environment, "{failure}");
                    continue;
                }
            }
            let span = info_span!("environment", %environment);
            match self.remove_orphan(&environment).instrument(span).await {
                Ok(Some(answer)) => sweep.take_up(answer),
                Ok(None) => {}
                Err(failure) => sweep.fail(environment, Status::Failed, failure),
            }
        }
    }

    /// Those that have no record by now: one may have been written since the sweep read them.
    pub(super) async fn unrecorded(&self, candidates: Vec<Orphan>) -> Result<Vec<Orphan>, Failure> {
        let mut orphans = Vec::with_capacity(candidates.len());
        for orphan in candidates {
            let Ok(environment) = EnvironmentName::try_from(orphan.environment.as_str()) else { continue };
            // One that cannot be read is a record all the same.
            if matches!(self.registry().record(&environment).await, Ok(None)) {
                orphans.push(orphan);
            }
        }
        Ok(orphans)
    }

    async fn is_old(&self, orphan: &Orphan) -> Result<bool, Failure> {
        let now = self.now();
        // Another one of the same name has its own day.
        let name = format!("{}/{}", orphan.environment, orphan.resources.first().map_or("", String::as_str));
        let first_seen = self.registry().first_seen(&name, now).await?;
        Ok(now.duration_since(first_seen) >= AGE)
    }

    /// Removes an orphan as a delete of now would, once a full look shows that it was never published.
    async fn remove_orphan(&self, environment: &EnvironmentName) -> Result<Option<Answer>, Failure> {
        let now = self.now();
        let request = EnvironmentRequest { environment: environment.clone(), ask: Ask::Delete, requested_at: now };
        let order = super::accept::order_of(&request)?;
        let subject = self.subject(environment, None, KnownVpc::Unknown);
        let mut record = Record::first(environment.clone(), order);
        record.wants(order, None, None);
        record.lease = Some(self.lease());
        let mut work = Work::new(*self, record, subject);
        let Some(observed) = work.look().await? else { return Ok(None) };
        if !observed.parameters.is_empty() || interfaces_beside_guardduty(&observed).next().is_some() {
            return Ok(None);
        }
        let written = self.registry().write(&mut work.record, &[], now).await?;
        if written == Accepted::Overtaken {
            return Ok(None);
        }
        let outcome = work.tear_down(observed).await;
        work.conclude(Action::Delete, &order, outcome).await.map(Some)
    }
}
