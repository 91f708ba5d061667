//! What a check collects on its way to a verdict.

use super::{Check, CheckName, Purpose};

/// How many faults a reason spells out.
const SPELLED_OUT: usize = 6;

/// The faults that a check has found so far.
#[derive(Debug)]
pub(crate) struct Findings {
    check: CheckName,
    faults: Vec<String>,
    /// What is worse than it should be, and keeps nobody from training.
    degradations: Vec<String>,
}

impl Findings {
    /// Begins a check.
    pub(crate) fn of(check: CheckName) -> Self {
        Self { check, faults: Vec::new(), degradations: Vec::new() }
    }

    /// Notes a reason why the check does not hold.
    pub(crate) fn fault(&mut self, fault: String) {
        self.faults.push(fault);
    }

    /// Notes what is degraded: the check does not hold, so that it is told, and is not required on its account.
    pub(crate) fn degradation(&mut self, degradation: String) {
        self.degradations.push(degradation);
    }

    /// Whether nothing was found so far.
    pub(crate) fn none(&self) -> bool {
        self.faults.is_empty()
    }

    /// Ends a check: it holds, for the reason given, when no fault was found. One that found nothing worse than
    /// degradations is not required.
    pub(crate) fn conclude(mut self, because: impl Into<String>) -> Check {
        let is_required = !self.faults.is_empty() || self.degradations.is_empty();
        self.faults.append(&mut self.degradations);
        self.judge(is_required, because)
    }

    /// Ends a check that is required or not. One that only tells never is.
    pub(crate) fn judge(mut self, required: bool, because: impl Into<String>) -> Check {
        let holds = self.faults.is_empty();
        let mut seen = std::collections::HashSet::new();
        self.faults.retain(|fault| seen.insert(fault.clone()));
        let more = self.faults.len().saturating_sub(SPELLED_OUT);
        self.faults.truncate(SPELLED_OUT);
        let mut reason = if holds { because.into() } else { self.faults.join("; ") };
        if more > 0 {
            reason.push_str(&format!("; and {more} more"));
        }
        let required = required && self.check.purpose() != Purpose::Tells;
        Check { check: self.check, required, holds, because: reason }
    }
}
