//! `sweep`: looks at every environment, carries on what stopped, repairs drift, removes what expired.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered, try_join};
use tracing::{Instrument, info, info_span, warn};

use super::{
    Controller,
    measure::Measures,
    orphans::orphans,
    resolve::Circumstances,
    swept::Sweep,
    triage::{self, Need},
    work::{LastSeen, Work},
};
use crate::{
    answer::Answer,
    deadline::Idle,
    notify,
    registry::{Accepted, Desired, Record, Records},
    resources::{Census, Fleet, KnownVpc, census},
    telemetry::{self, Metric},
};
use ringfence_model::{
    failure::{Failure, FailureKind},
    name::EnvironmentName,
    partition,
    request::Action,
    scope::Scope,
    spec::Spec,
    stack::{Stack, is_gateway_service},
    status::Status,
};
use ringfence_observed::Observed;

/// How many environments are worked on at once: AWS throttles by account and region, not by environment.
const AT_ONCE: usize = 4;

/// How long a piece of work may well take: with less left, it is handed to the bus instead.
const WORK_TAKES: Duration = Duration::from_secs(10);

/// How long a sweep stays with one environment, so that it keeps nobody else from being looked after. What is not
/// finished by then is carried on by the next sweep.
const STAYS: Duration = Duration::from_secs(60);

/// How long a sweep stays with an environment of which nothing comes about any more: it waits on AWS, and what it waits
/// for is written down.
const WAITS: Duration = Duration::from_secs(10);

/// What is kept of a sweep's time for what it has to announce.
const ANNOUNCING: Duration = Duration::from_secs(3);

/// How many environments are looked at whole in one sweep, though nothing is wrong with them. A sweep every five
/// minutes gets through 1,440 of them in a day.
const LOOKS: usize = 5;

/// An environment that needs work, and what the census saw of it.
struct Needy {
    record: Record,
    last_seen: Option<LastSeen>,
}

impl Controller<'_> {
    /// Sweeps. Fails only when it could not look.
    pub(super) async fn sweep(&self) -> Result<Sweep, Failure> {
        if !self.registry().take_sweep(&self.lease(), self.now()).await? {
            return Err(Failure::new(
                FailureKind::Busy,
                "another invocation is sweeping; the next sweep comes by itself",
            ));
        }
        let swept = self.sweep_all().await;
        if let Err(error) = self.registry().end_sweep(self.owner).await {
            warn!(%error, "giving up the lease failed: it ends with this invocation");
        }
        swept
    }

    async fn sweep_all(&self) -> Result<Sweep, Failure> {
        let registry = self.registry();
        let (Records { readable: records, unreadable }, scope, zones) =
            try_join!(registry.records(), async { Ok(self.aws.scope().await?) }, async {
                Ok(self.aws.zones().await?)
            })?;
        let census = self.census(&records).await?;
        let needy = self.triage(&records, &census, scope, zones);
        let environments = records.iter().filter(|record| !record.is_gone()).count() + unreadable.len();
        let mut sweep = Sweep::of(environments, self.unrecorded(orphans(&records, &census)).await?);
        let lost = unreadable.len();
        for (name, failure) in unreadable {
            warn!(environment = name, "{failure}");
            if let Ok(environment) = EnvironmentName::try_from(name.as_str()) {
                sweep.fail(environment, Status::Failed, failure);
            }
        }
        self.attend_all(needy, &mut sweep).await;
        self.remove_old_orphans(&census, &mut sweep).await;
        // After the work, so that no repair waits for the bus.
        for record in records.iter().filter(|record| triage::expiry_to_announce(record, self.now()).is_some()) {
            self.announce_expiry(&record.environment).await;
        }
        for record in records.iter().filter(|record| !record.unsent.is_empty()) {
            self.send_unsent(&record.environment).await;
        }
        let mut measures = Measures::of(&records, &sweep.statuses, self.now());
        (0..lost).for_each(|_| measures.add(Status::Failed));
        measures.record();
        Ok(sweep)
    }

    async fn census(&self, records: &[Record]) -> Result<Census, Failure> {
        let specs: Vec<&Spec> = records.iter().filter_map(|record| record.spec.as_deref()).collect();
        let services = specs.iter().flat_map(|spec| &spec.egress.endpoints);
        let (gateways, interfaces): (BTreeSet<_>, BTreeSet<_>) =
            services.map(ToString::to_string).partition(|service| is_gateway_service(service));
        let region = self.aws.region();
        let interface_services =
            interfaces.iter().flat_map(|service| partition::endpoint_service_names(region, service)).collect();
        let mut ssh_prefix_lists: Vec<String> = specs.iter().flat_map(|spec| spec.ssh_prefix_lists()).collect();
        ssh_prefix_lists.sort();
        ssh_prefix_lists.dedup();
        let fleet = Fleet {
            installation: self.settings.table.clone(),
            region: region.to_owned(),
            export_prefix: self.settings.export_prefix.clone(),
            environments: records
                .iter()
                .filter(|record| !record.is_gone())
                .map(|record| record.environment.to_string())
                .collect(),
            gateway_services: gateways.into_iter().collect(),
            interface_services,
            ssh_prefix_lists,
        };
        let recorded =
            records.iter().filter_map(|record| Some((record.environment.to_string(), record.vpc_id.clone()?)));
        Ok(census(self.aws, &fleet, &recorded.collect()).await?)
    }

    /// The environments that need work, those first that wait for it longest.
    fn triage(&self, records: &[Record], census: &Census, scope: &Scope, zones: &[String]) -> Vec<Needy> {
        let now = self.now();
        let nothing = Observed::default();
        let mut needy = Vec::new();
        let mut looks: Vec<&Record> = Vec::new();
        // What the census saw is what was last seen of an environment, until a look at it alone succeeds.
        let in_need = |record: &Record| {
            let observed = census.environments.get(record.environment.as_str());
            let stack = observed.and_then(|observed| self.stack_of(record, observed, census, scope, zones).ok());
            let last_seen = stack.zip(observed).map(|((stack, _), observed)| {
                let observed = observed.clone();
                LastSeen { stack, observed }
            });
            Needy { record: record.clone(), last_seen }
        };
        for record in records {
            let observed = census.environments.get(record.environment.as_str()).unwrap_or(&nothing);
            let need = triage::by_record(record, observed, self.owner, now).unwrap_or_else(|| {
                match self.stack_of(record, observed, census, scope, zones) {
                    Ok((stack, None)) => triage::by_observation(record, observed, &stack, now),
                    // Its refusal is written down, and what stands is judged.
                    Ok((_, Some(_))) | Err(_) => Need::Work("refused"),
                }
            });
            match need {
                Need::Nothing => {}
                Need::Work(why) => {
                    info!(environment = %record.environment, why, "needs work");
                    needy.push(in_need(record));
                }
                Need::Look => looks.push(record),
            }
        }
        looks.sort_by_key(|record| record.looked_at);
        needy.extend(looks.into_iter().take(LOOKS).map(in_need));
        needy
    }

    fn stack_of(
        &self,
        record: &Record,
        observed: &Observed,
        census: &Census,
        scope: &Scope,
        zones: &[String],
    ) -> Result<(Arc<Stack>, Option<Failure>), Failure> {
        let circumstances = Circumstances {
            environment: &record.environment,
            owner: &self.owner_of(&record.environment),
            scope,
            prescribed: &self.prescribed(),
            record: Some(record),
            observed,
            vpcs: &census.vpcs,
            claims: &BTreeMap::new(),
            zones,
            pool: &self.settings.cidr_pool,
            round: 0,
        };
        let spec = record.spec.clone().unwrap_or_default();
        let stack = circumstances.stack_to_judge(&spec);
        stack.map(|(stack, refusal)| (Arc::new(stack), refusal))
    }

    /// Works on the environments in need, a few at once. What time does not allow goes out on the bus.
    async fn attend_all(&self, needy: Vec<Needy>, sweep: &mut Sweep) {
        let mut waiting = needy.into_iter();
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < AT_ONCE && self.deadline.has(WORK_TAKES) {
                let Some(needy) = waiting.next() else { break };
                running.push(self.attend(needy));
            }
            let Some((record, result)) = running.next().await else { break };
            match result {
                Ok(Some(answer)) => sweep.take_up(answer),
                Ok(None) => {}
                Err(failure) => sweep.fail(record.environment, Status::Failed, failure),
            }
        }
        let rest: Vec<Record> = waiting.map(|needy| needy.record).collect();
        if rest.is_empty() {
            return;
        }
        match self.bus().hand_over(&rest).await {
            Ok(()) => sweep.handed_over = rest.into_iter().map(|record| record.environment).collect(),
            // They stay unfinished, and the next sweep finds them again.
            Err(error) => {
                telemetry::add(Metric::Undelivered, rest.len() as u64);
                warn!(%error, "handing environments over to the bus failed");
            }
        }
    }

    /// Takes the lease of an environment and brings about what is wanted; `None` when somebody else has it by now.
    async fn attend(&self, needy: Needy) -> (Record, Result<Option<Answer>, Failure>) {
        let record = needy.record.clone();
        let span = info_span!("environment", environment = %record.environment);
        (record, self.try_attend(needy).instrument(span).await)
    }

    async fn try_attend(&self, needy: Needy) -> Result<Option<Answer>, Failure> {
        let Needy { mut record, last_seen } = needy;
        let order = record.order;
        record.lease = Some(self.lease());
        if self.registry().write(&mut record, &[], self.now()).await? == Accepted::Overtaken {
            return Ok(None);
        }
        let action = if record.desired == Desired::Present { Action::Create } else { Action::Delete };
        let vpc = record.vpc_id.clone().map_or(KnownVpc::Unknown, KnownVpc::Recorded);
        let subject = self.subject(&record.environment, record.spec.as_deref(), vpc);
        let patience = Self { deadline: self.deadline.keeping(ANNOUNCING).sooner(STAYS), ..*self };
        let work = Work::new(patience, record, subject);
        let mut work = Work { last_seen, idle: Idle::new(Some(WAITS)), ..work };
        let outcome = work.carry_on().await;
        work.conclude(action, &order, outcome).await.map(Some)
    }

    /// Says once that an environment is about to expire. What cannot be sent is sent by the next sweep.
    async fn announce_expiry(&self, environment: &EnvironmentName) {
        if self.deadline.is_near() {
            return;
        }
        let announcing = tokio::time::timeout(self.deadline.left(), self.try_announce_expiry(environment));
        match announcing.await {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => warn!(%environment, "announcing the expiry failed: {failure}"),
            Err(_) => {
                telemetry::add(Metric::Undelivered, 1);
                warn!(%environment, "announcing the expiry took too long");
            }
        }
    }

    async fn try_announce_expiry(&self, environment: &EnvironmentName) -> Result<(), Failure> {
        // The work of this very sweep may have written the record.
        let Some(mut record) = self.registry().record(environment).await? else { return Ok(()) };
        let now = self.now();
        let Some(expiry) = triage::expiry_to_announce(&record, now) else { return Ok(()) };
        let answer = self.answer(Action::Sweep, record.status, &record);
        let detail = serde_json::to_string(&answer).map_err(|error| {
            Failure::new(FailureKind::Internal, format!("the announcement cannot be written: {error}"))
        })?;
        if let Err(error) = self.bus().send(notify::EXPIRING, detail).await {
            telemetry::add(Metric::Undelivered, 1);
            return Err(error.into());
        }
        record.announced_expiry = Some(expiry);
        self.registry().write(&mut record, &[], now).await?;
        Ok(())
    }
}
