//! The record of an environment, and what it says about a request. Pure.

use std::collections::BTreeSet;

use ipnet::Ipv4Net;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::attribute::{
    is_true, json, json_or_default, json_or_none, millisecond, millisecond_or_none, text, text_or_none,
};
use ringfence_model::{failure::Failure, name::EnvironmentName, request::Order, spec::Spec, status::Status};

/// How far the clocks of two functions may be apart before a lease that has run out counts as run out.
const CLOCK_MARGIN: SignedDuration = SignedDuration::from_secs(2);

/// How long a VPC is looked for after a CreateVpc that it may have come from. AWS bounds nowhere how far reads may
/// lag behind; should a first VPC show up even later than a second, the recorded one stays and the other is removed.
const READS_LAG: SignedDuration = SignedDuration::from_secs(20);

/// What is wanted of an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Desired {
    /// It should be there, as its spec says.
    Present,
    /// It should not be there.
    Absent,
}

/// Who works on an environment, and for how long at most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lease {
    #[serde(rename = "lease_owner", deserialize_with = "text")]
    pub(crate) owner: String,
    /// The invocation's own deadline.
    #[serde(rename = "lease_until", with = "millisecond")]
    pub(crate) until: Timestamp,
}

/// A try at making the VPC, written down before it is made: CreateVpc takes no client token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempt {
    /// Counts the tries.
    #[serde(rename = "attempt_number", deserialize_with = "text")]
    pub(crate) number: u64,
    /// When it began.
    #[serde(rename = "attempt_at", with = "millisecond")]
    pub(crate) at: Timestamp,
}

/// What was last announced of an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Announced {
    /// How it was.
    #[serde(rename = "announced_status", with = "json")]
    pub(crate) status: Status,
    /// The generation of the request that it came of.
    #[serde(rename = "announced_generation", deserialize_with = "text")]
    pub(crate) generation: u64,
}

/// What was denied when work on an environment stopped, and may be allowed yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Denied {
    /// By their names within the environment.
    #[serde(rename = "denied", with = "json")]
    pub(crate) resources: BTreeSet<String>,
    /// Since when all of it was.
    #[serde(rename = "denied_since", with = "millisecond")]
    pub(crate) since: Timestamp,
}

/// An announcement that could not be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unsent {
    /// `Training Environment Ready` and the like.
    pub(crate) detail_type: String,
    /// The answer that it carries, as JSON.
    pub(crate) detail: String,
}

/// How many announcements wait to be sent at most; of more, the latest. An item of DynamoDB holds 400 KB
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>), and an announcement may
/// well have 20.
const MOST_UNSENT: usize = 8;

/// What is known of one environment beside what AWS reports: an attribute of its item for each field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    #[serde(rename = "name", deserialize_with = "text")]
    pub(crate) environment: EnvironmentName,
    #[serde(rename = "wish")]
    pub(crate) desired: Desired,
    /// The spec in force; after a delete that of the environment that was.
    #[serde(default, with = "json_or_none", skip_serializing_if = "Option::is_none")]
    pub(crate) spec: Option<Box<Spec>>,
    /// The order of the request in force.
    #[serde(rename = "request_order", deserialize_with = "text")]
    pub(crate) order: Order,
    /// Who made the request in force, as far as its carrier said.
    #[serde(default, deserialize_with = "text_or_none")]
    pub(crate) requested_by: Option<String>,
    /// When that request was first written down; `None` until it is.
    #[serde(default, with = "millisecond_or_none")]
    pub(crate) wanted_since: Option<Timestamp>,
    /// Counts the requests that changed what is wanted.
    #[serde(deserialize_with = "text")]
    pub(crate) generation: u64,
    /// The generation that was last carried out to its end.
    #[serde(deserialize_with = "text")]
    pub(crate) settled_generation: u64,
    #[serde(flatten)]
    pub(crate) lease: Option<Lease>,
    #[serde(default, deserialize_with = "text_or_none")]
    pub(crate) vpc_id: Option<String>,
    /// The block that is claimed for the VPC.
    #[serde(default, deserialize_with = "text_or_none")]
    pub(crate) cidr: Option<Ipv4Net>,
    #[serde(flatten)]
    pub(crate) attempt: Option<Attempt>,
    /// Moves on each time the environment settles; client tokens are derived from it.
    #[serde(deserialize_with = "text")]
    pub(crate) epoch: u64,
    /// When parameters were last removed.
    #[serde(default, with = "millisecond_or_none")]
    pub(crate) withdrawn_at: Option<Timestamp>,
    /// When everything of it was last looked at, also what no bulk read tells.
    #[serde(default, with = "millisecond_or_none")]
    pub(crate) looked_at: Option<Timestamp>,
    /// The expiry that was announced.
    #[serde(default, with = "millisecond_or_none")]
    pub(crate) announced_expiry: Option<Timestamp>,
    /// What was last announced.
    #[serde(flatten)]
    pub(crate) announced: Option<Announced>,
    /// What is still to be announced, the oldest first.
    #[serde(default, with = "json_or_default", skip_serializing_if = "Vec::is_empty")]
    pub(crate) unsent: Vec<Unsent>,
    /// The keys of tags that earlier requests asked for and the one in force does not: they are to go.
    #[serde(default, with = "json_or_default", skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) retired_tags: BTreeSet<String>,
    /// What unfinished work waited for when it stopped, each with what AWS said last of it.
    #[serde(default, with = "json_or_default", skip_serializing_if = "Vec::is_empty")]
    pub(crate) waiting_for: Vec<String>,
    /// What was denied when it stopped.
    #[serde(flatten)]
    pub(crate) denied: Option<Denied>,
    /// Whether the environment that stands was whole and published once.
    #[serde(default, deserialize_with = "is_true")]
    pub(crate) published: bool,
    #[serde(with = "json")]
    pub(crate) status: Status,
    #[serde(default, with = "json_or_default", skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<Failure>,
    /// Counts the writes of the whole record, so that none is lost.
    #[serde(deserialize_with = "text")]
    pub(crate) revision: u64,
}

/// How a request stands to the one in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precedence {
    /// No request was seen before, or only earlier ones.
    Later,
    /// It is the one in force.
    Same,
    /// A later one was seen.
    Earlier,
}

impl Precedence {
    /// How a request with `order` stands to the record.
    pub(crate) fn of(order: &Order, record: Option<&Record>) -> Self {
        match record.map(|record| order.cmp(&record.order)) {
            None | Some(std::cmp::Ordering::Greater) => Self::Later,
            Some(std::cmp::Ordering::Equal) => Self::Same,
            Some(std::cmp::Ordering::Less) => Self::Earlier,
        }
    }
}

impl Record {
    /// The record of an environment that was never asked for, once this request for it is.
    pub(crate) fn first(environment: EnvironmentName, order: Order) -> Self {
        Self {
            environment,
            desired: Desired::Absent,
            spec: None,
            order,
            requested_by: None,
            wanted_since: None,
            generation: 0,
            settled_generation: 0,
            lease: None,
            vpc_id: None,
            cidr: None,
            attempt: None,
            epoch: 0,
            withdrawn_at: None,
            looked_at: None,
            announced_expiry: None,
            announced: None,
            unsent: Vec::new(),
            retired_tags: BTreeSet::new(),
            waiting_for: Vec::new(),
            denied: None,
            published: false,
            status: Status::Deleted,
            error: None,
            revision: 0,
        }
    }

    /// Takes up a later request: `spec` is `None` for a delete, `requested_by` where nobody knows who asked.
    pub(crate) fn wants(&mut self, order: Order, spec: Option<Box<Spec>>, requested_by: Option<&str>) {
        self.order = order;
        self.requested_by = requested_by.map(ToOwned::to_owned);
        self.wanted_since = None;
        self.waiting_for.clear();
        self.denied = None;
        self.generation += 1;
        (self.desired, self.status) = match spec {
            Some(_) => (Desired::Present, Status::Provisioning),
            None => (Desired::Absent, Status::Deleting),
        };
        if let Some(spec) = spec {
            self.retired_tags = self.retired_tags_with(&spec);
            self.spec = Some(spec);
        }
    }

    /// The keys of tags that are to go once `spec` is in force.
    pub(crate) fn retired_tags_with(&self, spec: &Spec) -> BTreeSet<String> {
        let before = self.spec.iter().flat_map(|before| before.tags.keys()).map(ToOwned::to_owned);
        let mut retired: BTreeSet<String> = self.retired_tags.iter().cloned().chain(before).collect();
        retired.retain(|key| spec.tags.keys().all(|asked| asked != key));
        retired
    }

    /// Adds what could not be sent.
    pub(crate) fn keep_unsent(&mut self, unsent: &[Unsent]) {
        self.unsent.extend_from_slice(unsent);
        let surplus = self.unsent.len().saturating_sub(MOST_UNSENT);
        self.unsent.drain(..surplus);
    }

    /// Whether somebody other than `owner` works on the environment at `now`.
    pub(crate) fn is_held(&self, owner: &str, now: Timestamp) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.owner != owner && now < lease.until + CLOCK_MARGIN)
    }

    /// Whether nothing is left of the environment, on request or because it expired.
    pub(crate) fn is_gone(&self) -> bool {
        self.is_settled() && self.status == Status::Deleted
    }

    /// Whether what is wanted has been carried out to its end.
    pub(crate) const fn is_settled(&self) -> bool {
        self.settled_generation == self.generation
    }

    /// When the environment is removed by itself.
    pub(crate) fn expires_at(&self) -> Option<Timestamp> {
        match self.desired {
            Desired::Present => self.spec.as_ref()?.expires_at(self.order.requested_at()),
            Desired::Absent => None,
        }
    }

    /// Since when the environment is on its way to what is wanted; `None` when it has arrived.
    pub(crate) fn on_its_way_since(&self, now: Timestamp) -> Option<Timestamp> {
        if self.is_gone() {
            return None;
        }
        match self.expires_at().filter(|_| self.desired_at(now) != self.desired) {
            Some(expiry) => Some(expiry),
            None if self.is_settled() => None,
            None => self.wanted_since,
        }
    }

    /// Takes note of the VPC that it stands in. Whether one before it was whole says nothing of this one.
    pub(crate) fn stands_in(&mut self, vpc: Option<&String>) {
        self.published &= vpc.is_none() || self.vpc_id.as_ref() == vpc;
        self.vpc_id = vpc.cloned().or_else(|| self.vpc_id.take());
    }

    /// Whether the VPC may be there although no read shows it yet.
    pub(crate) fn vpc_may_show_up(&self, now: Timestamp) -> bool {
        self.attempt.is_some_and(|attempt| now < attempt.at + READS_LAG)
    }

    /// Writes down that a VPC is about to be made, unless one that does not show yet may be there already. Says
    /// whether it may be made now.
    pub(crate) fn begin_attempt(&mut self, now: Timestamp) -> bool {
        if self.vpc_may_show_up(now) {
            return false;
        }
        let number = self.attempt.map_or(0, |attempt| attempt.number) + 1;
        self.attempt = Some(Attempt { number, at: now });
        true
    }

    /// Whether neither a delete nor its expiry may remove the environment.
    pub(crate) fn is_protected(&self) -> bool {
        self.desired == Desired::Present && self.spec.as_ref().is_some_and(|spec| spec.deletion_protection)
    }

    /// What is wanted at `now`: expiry is derived, never written down.
    pub(crate) fn desired_at(&self, now: Timestamp) -> Desired {
        match self.expires_at() {
            Some(expiry) if expiry <= now && !self.is_protected() => Desired::Absent,
            _ => self.desired,
        }
    }
}

#[cfg(test)]
mod tests;
