//! What a piece of work asks of AWS: how many calls it makes, and which of them AWS throttles.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{task_local, time::Instant};

task_local! {
    static CURRENT: Arc<Tally>;
}

/// Of how many calls the IDs are kept, the latest.
const REQUEST_IDS: usize = 10;

/// The calls of one piece of work. Work inside it has a tally of its own, and counts here as well.
#[derive(Debug)]
pub(crate) struct Tally {
    began: Instant,
    counts: Mutex<Counts>,
    /// By which AWS knows its calls; not those of the work inside it.
    request_ids: Mutex<Vec<String>>,
    /// What AWS said when a call failed last, also one that is tried again; not those of the work inside it.
    last_error: Mutex<Option<String>>,
    /// The tally of the work that this is a part of.
    outer: Option<Arc<Self>>,
}

#[derive(Debug, Default)]
struct Counts {
    calls: u64,
    throttles: u64,
    /// The actions with calls that AWS throttled when they were last tried and that have not ended since.
    held_up: BTreeMap<String, usize>,
}

impl Tally {
    /// Does `work`, and counts its calls. They are those made in the task itself: nothing here spawns another.
    pub(crate) async fn of<T>(work: impl Future<Output = T>) -> (T, Arc<Self>) {
        let tally = Self::begin();
        (tally.count(work).await, tally)
    }

    /// A tally of a part of the work under way.
    pub(crate) fn begin() -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            counts: Mutex::default(),
            request_ids: Mutex::default(),
            last_error: Mutex::default(),
            outer: CURRENT.try_with(Arc::clone).ok(),
        })
    }

    /// Does `work`, and counts its calls here.
    pub(crate) fn count<T>(self: &Arc<Self>, work: impl Future<Output = T>) -> impl Future<Output = T> {
        CURRENT.scope(Arc::clone(self), work)
    }

    /// How many calls were made; trying one again is another.
    pub(crate) fn calls(&self) -> u64 {
        self.counts().calls
    }

    /// How many of them AWS throttled.
    pub(crate) fn throttles(&self) -> u64 {
        self.counts().throttles
    }

    /// The milliseconds since it began.
    pub(crate) fn milliseconds(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// By which AWS knows its calls, the latest ten: what its support asks for.
    pub(crate) fn request_ids(&self) -> String {
        self.request_ids.lock().unwrap_or_else(PoisonError::into_inner).join(" ")
    }

    /// What AWS said when a call failed last, if one did: the SDK tries again for a while before it hands an error on.
    pub(crate) fn last_error(&self) -> Option<String> {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The calls so far of the work under way, and how many of them AWS throttled.
    pub(crate) fn so_far() -> (u64, u64) {
        CURRENT.try_with(|tally| (tally.calls(), tally.throttles())).unwrap_or_default()
    }

    /// The actions that the work under way waits for because AWS throttles them. A call that is given up while it
    /// waits stays: so who runs out of time learns what it was that took it.
    pub(crate) fn held_up_now() -> Vec<String> {
        CURRENT.try_with(|tally| tally.counts().held_up.keys().cloned().collect()).unwrap_or_default()
    }

    pub(super) fn add_call() {
        Self::alter(|counts| counts.calls += 1);
    }

    pub(super) fn add_throttle() {
        Self::alter(|counts| counts.throttles += 1);
    }

    pub(super) fn add_request_id(id: &str) {
        let Ok(tally) = CURRENT.try_with(Arc::clone) else { return };
        let mut ids = tally.request_ids.lock().unwrap_or_else(PoisonError::into_inner);
        if ids.len() == REQUEST_IDS {
            ids.remove(0);
        }
        ids.push(id.to_owned());
    }

    pub(super) fn note_error(error: String) {
        let Ok(tally) = CURRENT.try_with(Arc::clone) else { return };
        *tally.last_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    pub(super) fn is_held_up(action: &str) {
        Self::alter(|counts| *counts.held_up.entry(action.to_owned()).or_default() += 1);
    }

    pub(super) fn goes_on(action: &str) {
        Self::alter(|counts| {
            if let Some(calls) = counts.held_up.get_mut(action) {
                *calls -= 1;
                if *calls == 0 {
                    counts.held_up.remove(action);
                }
            }
        });
    }

    /// Alters the counts of the work under way, and of all that it is a part of.
    fn alter(alter: impl Fn(&mut Counts)) {
        let mut next = CURRENT.try_with(Arc::clone).ok();
        while let Some(tally) = next {
            alter(&mut tally.counts());
            next = tally.outer.clone();
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_counted_inside_counts_outside() {
        let ((_, inner), outer) = Tally::of(async {
            Tally::add_call();
            Tally::of(async {
                Tally::add_call();
                Tally::add_throttle();
            })
            .await
        })
        .await;
        assert_eq!((inner.calls(), inner.throttles()), (1, 1));
        assert_eq!((outer.calls(), outer.throttles()), (2, 1));
    }

    #[tokio::test]
    async fn what_is_given_up_while_it_waits_is_known() {
        let (held_up, _) = Tally::of(async {
            Tally::is_held_up("ec2:CreateVpc");
            Tally::is_held_up("ec2:DescribeVpcs");
            Tally::is_held_up("ec2:CreateVpc");
            Tally::goes_on("ec2:DescribeVpcs");
            Tally::goes_on("ec2:CreateVpc");
            Tally::held_up_now()
        })
        .await;
        assert_eq!(held_up, ["ec2:CreateVpc"]);
        assert!(Tally::held_up_now().is_empty());
    }
}
