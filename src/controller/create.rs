//! `create`: make it so. Creates, updates and repairs.

use std::{sync::Arc, time::Duration};

use futures_util::{join, try_join};
use jiff::Timestamp;
use tracing::{Instrument, debug_span, info};

use super::{
    Controller,
    announce::is_news,
    proof,
    publish::{as_it_should_be, unproved},
    resolve::{Circumstances, check_pool, check_sources, standing_zones},
    settle::write_down,
    stale::may_be_stale,
    work::{Ended, LastSeen, Work},
};
use crate::{
    answer::Answer,
    aws::{Tally, out_of_time},
    deadline::SeenAt,
    registry::{Accepted, Claim, Record, Standing, Wish},
    resources::{KnownVpc, Look, check_exports, ipam_pool, observe, plan_stack},
};
use ringfence_model::{
    failure::{Failure, FailureKind},
    name::EnvironmentName,
    request::{Action, EnvironmentRequest, Order},
    spec::Spec,
    stack::Stack,
    status::Status,
};
use ringfence_observed::{Observed, Vpc};
use ringfence_proof::prove;

/// How long to let others write, for each time that they wrote first.
pub(super) const LOST_RACE: Duration = Duration::from_millis(20);

/// Everything that a create looks at before it decides.
pub(super) struct Seen {
    pub(super) record: Option<Record>,
    pub(super) observed: Observed,
    /// When that look was over.
    pub(super) at: SeenAt,
    pub(super) vpcs: Vec<Vpc>,
    pub(super) claims: std::collections::BTreeMap<ipnet::Ipv4Net, crate::registry::Claims>,
}

impl<'a> Controller<'a> {
    /// Makes the environment as the request says.
    pub(super) async fn create(&self, request: &EnvironmentRequest, spec: &Spec) -> Result<Answer, Failure> {
        let order = order_of(request)?;
        let mut round = 0;
        let (mut work, stack, observed) = loop {
            let seen = self.see(&request.environment, spec).instrument(debug_span!("observe")).await?;
            match Standing::of(&order, seen.record.as_ref()) {
                Standing::Earlier => return Ok(self.superseded(Action::Create, seen.record.as_ref(), request)),
                Standing::Same | Standing::Later => {}
            }
            // What is refused is refused before anything is written. What builds nothing needs no block and no zones.
            let stack = match wish_of(request, spec, self.now()) {
                Wish::Present => {
                    let planning = self.plannable(&request.environment, spec, &seen, round);
                    match planning.instrument(debug_span!("plan")).await {
                        Ok(stack) => Some(stack),
                        Err(refusal) => return self.refuse(request, &order, spec, seen, refusal).await,
                    }
                }
                Wish::Absent => None,
            };
            if let Some(stack) = &stack
                && let Some(answer) = self.leave_as_it_is(request, &order, spec, &seen, stack).await?
            {
                return Ok(answer);
            }
            if let Some(work) = self.accept(request, &order, spec, &seen, stack.as_deref()).await? {
                break (work, stack, seen.observed);
            }
            self.deadline.pause(LOST_RACE * u32::try_from(round).unwrap_or(u32::MAX)).await;
            round += 1;
            if self.deadline.is_near() {
                return Err(overtaken());
            }
        };
        let ended = if let Some(stack) = stack {
            work.build(&stack, observed).await
        } else {
            info!("the request arrived after its own expiry");
            work.tear_down(observed).await
        };
        work.finish(Action::Create, &order, ended).await
    }

    /// The stack that `spec` asks for, once it is known that a plan leads there.
    pub(super) async fn plannable(
        &self,
        environment: &EnvironmentName,
        spec: &Spec,
        seen: &Seen,
        round: usize,
    ) -> Result<Arc<Stack>, Failure> {
        let stack = Arc::new(self.resolve(environment, spec, seen, round).await?);
        check_sources(&stack, &seen.observed)?;
        if let Some(pool) = &stack.ipam_pool {
            check_pool(pool, ipam_pool(self.aws, pool).await?.as_ref(), &stack)?;
        }
        plan_stack(&stack, &seen.observed)?;
        check_exports(&stack, &seen.observed)?;
        Ok(stack)
    }

    /// Reads all that a create needs before it decides, all at once; once more where the record may be later than the
    /// look.
    pub(super) async fn see(&self, environment: &EnvironmentName, spec: &Spec) -> Result<Seen, Failure> {
        let began = self.now();
        let (seen, read_at) = self.see_once(environment, spec).await?;
        let is_stale = may_be_stale(&seen.observed, seen.record.as_ref(), began, read_at);
        if is_stale && !self.deadline.is_near() {
            return self.see_once(environment, spec).await.map(|(seen, _)| seen);
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
        let (place, zones) = try_join!(self.place(), zones)?;
        let zones = standing.as_deref().unwrap_or(zones);
        let circumstances = Circumstances {
            environment,
            record: seen.record.as_ref(),
            observed: &seen.observed,
            vpcs: &seen.vpcs,
            claims: &seen.claims,
            zones,
            pool: &self.settings.cidr_pool,
            round,
        };
        circumstances.stack_to_judge(spec, self.owner_of(environment), place)
    }

    /// A request that is refused leaves no trace. But where it is the one in force, whose spec was accepted once and would
    /// not be by now, and what stands is open, that is withdrawn and said.
    async fn refuse(
        &self,
        request: &EnvironmentRequest,
        order: &Order,
        spec: &Spec,
        seen: Seen,
        refusal: Failure,
    ) -> Result<Answer, Failure> {
        if Standing::of(order, seen.record.as_ref()) != Standing::Same {
            return Err(refusal);
        }
        let Ok((stack, Some(_))) = self.stack_to_judge(&request.environment, spec, &seen, 0).await else {
            return Err(refusal);
        };
        let isolation = prove(&seen.observed, &proof::expectation(&stack, &seen.observed));
        if unproved(&isolation).is_none_or(|failure| failure.kind != FailureKind::Exposed) {
            return Err(refusal);
        }
        // Whoever wrote first meanwhile, or the next sweep, judges it as well.
        let Some(mut work) = self.accept(request, order, spec, &seen, None).await? else { return Err(refusal) };
        work.last_seen = Some(LastSeen { stack: Arc::new(stack), observed: seen.observed });
        work.finish(Action::Create, order, Ended::Failed(refusal)).await
    }

    /// Settles in one conditional write a request that finds everything as it should be, proved and published. With
    /// nothing to do there is nothing to hold a lease for: that nobody wrote since the record was read is enough.
    ///
    /// `None` when there is something to do or to say, or somebody else wrote or holds the environment.
    async fn leave_as_it_is(
        &self,
        request: &EnvironmentRequest,
        order: &Order,
        spec: &Spec,
        seen: &Seen,
        stack: &Arc<Stack>,
    ) -> Result<Option<Answer>, Failure> {
        let now = self.now();
        let (Some(record), Some(vpc)) = (&seen.record, &seen.observed.vpc) else { return Ok(None) };
        if record.is_held(self.owner, now) || !seen.observed.spare_vpcs.is_empty() {
            return Ok(None);
        }
        let claims = Claim::only(&seen.claims, &request.environment, stack.known_cidr());
        let Some(ended) = as_it_should_be(stack, &seen.observed)?.filter(|_| claims.is_empty()) else {
            return Ok(None);
        };
        let mut record = record.clone();
        if Standing::of(order, Some(&record)) == Standing::Later {
            record.wants(*order, Some(Box::new(spec.clone())), self.requested_by);
        }
        if is_news(record.announced, record.generation, &ended, false) {
            return Ok(None);
        }
        record.lease = None;
        record.cidr = stack.known_cidr();
        record.status = Status::Ready;
        write_down(&mut record, &ended, Some(&vpc.id), now);
        if self.registry().write(&mut record, &[], now).await? == Accepted::Overtaken {
            return Ok(None);
        }
        let subject = self.subject(&request.environment, Some(spec), KnownVpc::Certain(vpc.id.clone()));
        Ok(Some(Work::new(*self, record, subject).answer(Action::Create, ended, false)))
    }

    /// Writes the request down and takes the lease, in one conditional write; `None` when somebody else wrote first.
    async fn accept(
        &self,
        request: &EnvironmentRequest,
        order: &Order,
        spec: &Spec,
        seen: &Seen,
        stack: Option<&Stack>,
    ) -> Result<Option<Work<'a>>, Failure> {
        let now = self.now();
        let environment = &request.environment;
        let mut record = seen.record.clone().unwrap_or_else(|| Record::first(environment.clone(), *order));
        let is_later = seen.record.is_none() || Standing::of(order, Some(&record)) == Standing::Later;
        if is_later {
            record.wants(*order, Some(Box::new(spec.clone())), self.requested_by);
        }
        if record.is_held(self.owner, now) {
            return self.leave_to_holder(record, is_later).await;
        }
        record.lease = Some(self.lease());
        let mut attempt_is_fresh = false;
        let mut claims = Vec::new();
        if let Some(stack) = stack {
            claims = Claim::only(&seen.claims, environment, stack.known_cidr());
            record.cidr = stack.known_cidr();
            attempt_is_fresh = seen.observed.vpc.is_none() && record.begin_attempt(now);
        }
        let vpc = match &seen.observed.vpc {
            Some(vpc) => KnownVpc::Certain(vpc.id.clone()),
            None => KnownVpc::Unknown,
        };
        match self.registry().write(&mut record, &claims, now).await? {
            Accepted::Overtaken => Ok(None),
            Accepted::Yes => {
                let work = Work::new(*self, record, self.subject(environment, Some(spec), vpc));
                Ok(Some(Work { attempt_is_fresh, seen_at: Some(seen.at), ..work }))
            }
        }
    }

    /// Records a request for an environment that another invocation works on, which will do it.
    pub(super) async fn leave_to_holder<T>(&self, mut record: Record, is_later: bool) -> Result<Option<T>, Failure> {
        if is_later && self.registry().write(&mut record, &[], self.now()).await? == Accepted::Overtaken {
            return Ok(None);
        }
        let until = record.lease.as_ref().map(|lease| lease.until.to_string()).unwrap_or_default();
        let message = format!(
            "another invocation works on {} until {until} at the latest; the request is recorded and will be done",
            record.environment
        );
        Err(Failure::new(FailureKind::Busy, message))
    }

    /// The answer to a request that a later one has overtaken.
    pub(super) fn superseded(&self, action: Action, record: Option<&Record>, request: &EnvironmentRequest) -> Answer {
        match record {
            Some(record) => self.answer(action, Status::Superseded, record),
            None => Answer::new(request.environment.clone(), action, Status::Superseded),
        }
    }
}

/// What a create asks for at `now`: nothing, once it has expired.
pub(super) fn wish_of(request: &EnvironmentRequest, spec: &Spec, now: Timestamp) -> Wish {
    let expired = spec.expires_at(request.requested_at).is_some_and(|expiry| expiry <= now);
    if expired && !spec.deletion_protection { Wish::Absent } else { Wish::Present }
}

/// Others wrote first until the time was up. Not `Busy`: the request is recorded nowhere.
pub(super) fn overtaken() -> Failure {
    Failure::new(
        FailureKind::Internal,
        "others kept writing the record of this environment in the table; send the request again",
    )
}

/// The order of a request that changes what is wanted.
pub(super) fn order_of(request: &EnvironmentRequest) -> Result<Order, Failure> {
    request.order().ok_or_else(|| {
        Failure::new(FailureKind::Internal, "the request cannot be put in an order: report it with the log of this one")
    })
}

impl Work<'_> {
    /// Does what the record now wants.
    pub(super) async fn carry_on(&mut self) -> Ended {
        match self.try_carry_on().await {
            Ok(ended) => ended,
            Err(failure) => Ended::Failed(failure),
        }
    }

    async fn try_carry_on(&mut self) -> Result<Ended, Failure> {
        let controller = self.controller;
        self.generation = self.record.generation;
        let environment = self.record.environment.clone();
        let spec = self.record.spec.clone().unwrap_or_default();
        let mut seen = self.see_in_time(&environment, &spec).await?;
        if self.record.wish_at(controller.now()) == Wish::Absent {
            return Ok(self.tear_down(seen.observed).await);
        }
        let mut round = 0;
        let stack = loop {
            let (stack, refusal) = controller.stack_to_judge(&environment, &spec, &seen, round).await?;
            let stack = Arc::new(stack);
            if let Some(refusal) = refusal {
                self.last_seen = Some(LastSeen { stack, observed: seen.observed });
                return Err(refusal);
            }
            let claims = Claim::only(&seen.claims, &environment, stack.known_cidr());
            let now = controller.now();
            let mut record = self.record.clone();
            record.cidr = stack.known_cidr();
            self.attempt_is_fresh = seen.observed.vpc.is_none() && record.begin_attempt(now);
            match controller.registry().write(&mut record, &claims, now).await? {
                Accepted::Yes => {
                    self.record = record;
                    break stack;
                }
                Accepted::Overtaken => self.read_again().await?,
            }
            round += 1;
            seen = self.see_in_time(&environment, &spec).await?;
        };
        let vpc = match &seen.observed.vpc {
            Some(vpc) => KnownVpc::Certain(vpc.id.clone()),
            None => KnownVpc::Unknown,
        };
        self.subject = controller.subject(&environment, Some(&spec), vpc);
        self.seen_at = Some(seen.at);
        Ok(self.build(&stack, seen.observed).await)
    }

    /// Reads all that there is, as far as time allows: what AWS does not tell must not cost the time to judge what was
    /// seen before.
    async fn see_in_time(&self, environment: &EnvironmentName, spec: &Spec) -> Result<Seen, Failure> {
        let Controller { deadline, .. } = self.controller;
        let left = self.idle.left().map_or(deadline.left(), |left| left.min(deadline.left()));
        let tally = Tally::begin();
        let seeing = tokio::time::timeout(left, tally.count(self.controller.see(environment, spec)));
        let late = || {
            let failure = out_of_time();
            // Which call it was, and what AWS said, where it said anything.
            let said = tally.last_error().map(|said| format!("{said}; ")).unwrap_or_default();
            Failure { message: format!("{said}{}", failure.message), ..failure }
        };
        seeing.await.unwrap_or_else(|_| Err(late()))
    }
}
