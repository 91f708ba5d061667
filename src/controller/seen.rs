//! What a request sees before it decides: the record, what stands, and the stack that both are judged and planned by.

use std::{collections::BTreeMap, future::Future, sync::Arc};

use futures_util::{join, try_join};
use ipnet::Ipv4Net;
use jiff::Timestamp;

use super::{
    Controller,
    resolve::{Circumstances, check_pool, check_sources, standing_zones},
    stale::may_be_stale,
};
use crate::{
    deadline::SeenAt,
    registry::{Claims, Record},
    resources::{Change, KnownVpc, Look, check_exports, ipam_pool, observe, plan_stack},
};
use ringfence_model::{failure::Failure, name::EnvironmentName, plan::Plan, spec::Spec, stack::Stack};
use ringfence_observed::{Observed, Vpc};

/// Everything that a request looks at before it decides.
pub(super) struct Seen {
    pub(super) record: Option<Record>,
    pub(super) observed: Observed,
    /// When that look was over.
    pub(super) at: SeenAt,
    /// Every VPC of the region. Left empty for a delete, as are the claims.
    pub(super) vpcs: Vec<Vpc>,
    pub(super) claims: BTreeMap<Ipv4Net, Claims>,
}

/// The stack that a spec asks for, and the plan that leads there from what was seen.
pub(super) struct Planned {
    pub(super) stack: Arc<Stack>,
    pub(super) plan: Plan<Change>,
}

impl Controller<'_> {
    /// The stack that `spec` asks for and the plan that leads there, or why there is none.
    pub(super) async fn planned(
        &self,
        environment: &EnvironmentName,
        spec: &Spec,
        seen: &Seen,
        round: usize,
    ) -> Result<Planned, Failure> {
        let stack = Arc::new(self.resolve(environment, spec, seen, round).await?);
        check_sources(&stack, &seen.observed)?;
        if let Some(pool) = &stack.ipam_pool {
            check_pool(pool, ipam_pool(self.aws, pool).await?.as_ref(), &stack)?;
        }
        let plan = plan_stack(&stack, &seen.observed)?;
        check_exports(&stack, &seen.observed)?;
        Ok(Planned { stack, plan })
    }

    /// Reads all that a create needs before it decides, all at once.
    pub(super) async fn see(&self, environment: &EnvironmentName, spec: &Spec) -> Result<Seen, Failure> {
        self.see_fresh(|| self.see_once(environment, spec)).await
    }

    /// Reads all that a delete needs before it decides, all at once.
    pub(super) async fn see_to_delete(&self, environment: &EnvironmentName) -> Result<Seen, Failure> {
        self.see_fresh(|| self.see_to_delete_once(environment)).await
    }

    /// Reads what `reading` does; once more where the record may be later than the look.
    async fn see_fresh<F: Future<Output = Result<(Seen, Timestamp), Failure>>>(
        &self,
        reading: impl Fn() -> F,
    ) -> Result<Seen, Failure> {
        let began = self.now();
        let (seen, read_at) = reading().await?;
        let is_stale = may_be_stale(&seen.observed, seen.record.as_ref(), began, read_at);
        if is_stale && !self.deadline.is_near() {
            return reading().await.map(|(seen, _)| seen);
        }
        Ok(seen)
    }

    /// What there is, and when the record was read.
    async fn see_once(&self, environment: &EnvironmentName, spec: &Spec) -> Result<(Seen, Timestamp), Failure> {
        let subject = self.subject(environment, Some(spec), KnownVpc::Unknown);
        let look = Look::new(self.aws, &subject);
        let registry = self.registry();
        let seeing = async {
            try_join!(
                async { Ok((registry.record(environment).await?, self.now())) },
                async { Ok(registry.claims().await?) },
                async { Ok((observe(&look).await?, SeenAt::now())) },
                async { Ok::<_, Failure>(look.vpcs().await?.to_vec()) },
            )
        };
        // Who calls, and the zones of the region where there are no subnets yet: asked for now to be known then. What
        // could not be had is asked for again by whoever needs it.
        let zones = async {
            if matches!(look.vpc().await, Ok(None)) {
                let _ = self.aws.zones().await;
            }
        };
        let (seen, _, ()) = join!(seeing, self.aws.caller(), zones);
        let ((record, read_at), claims, (observed, at), vpcs) = seen?;
        let recorded = record.as_ref().and_then(|record| record.vpc_id.clone());
        let mut seen = Seen { record, observed, at, vpcs, claims };
        // Of several VPCs the recorded one counts, and only the record tells which that is.
        if let Some(recorded) = recorded.filter(|_| !seen.observed.spare_vpcs.is_empty()) {
            let subject = self.subject(environment, Some(spec), KnownVpc::Recorded(recorded));
            seen.observed = observe(&Look::new(self.aws, &subject)).await?;
            seen.at = SeenAt::now();
        }
        Ok((seen, read_at))
    }

    async fn see_to_delete_once(&self, environment: &EnvironmentName) -> Result<(Seen, Timestamp), Failure> {
        let subject = self.subject(environment, None, KnownVpc::Unknown);
        let look = Look::new(self.aws, &subject);
        let registry = self.registry();
        let ((record, read_at), (observed, at)) =
            try_join!(async { Ok::<_, Failure>((registry.record(environment).await?, self.now())) }, async {
                Ok((observe(&look).await?, SeenAt::now()))
            })?;
        Ok((Seen { record, observed, at, vpcs: Vec::new(), claims: BTreeMap::new() }, read_at))
    }

    async fn resolve(
        &self,
        environment: &EnvironmentName,
        spec: &Spec,
        seen: &Seen,
        round: usize,
    ) -> Result<Stack, Failure> {
        match self.stack_to_judge(environment, spec, seen, round).await? {
            (stack, None) => Ok(stack),
            (_, Some(refusal)) => Err(refusal),
        }
    }

    /// The stack to judge what was seen by, and why it is refused where it is.
    pub(super) async fn stack_to_judge(
        &self,
        environment: &EnvironmentName,
        spec: &Spec,
        seen: &Seen,
        round: usize,
    ) -> Result<(Stack, Option<Failure>), Failure> {
        let standing = standing_zones(spec, &seen.observed);
        let zones = async { if standing.is_some() { Ok(&[][..]) } else { Ok(self.aws.zones().await?) } };
        let (scope, zones) = try_join!(async { Ok::<_, Failure>(self.aws.scope().await?) }, zones)?;
        let zones = standing.as_deref().unwrap_or(zones);
        let circumstances = Circumstances {
            environment,
            owner: &self.owner_of(environment),
            scope,
            prescribed: &self.prescribed(),
            record: seen.record.as_ref(),
            observed: &seen.observed,
            vpcs: &seen.vpcs,
            claims: &seen.claims,
            zones,
            pool: &self.settings.cidr_pool,
            round,
        };
        circumstances.stack_to_judge(spec)
    }
}
