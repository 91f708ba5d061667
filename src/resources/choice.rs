//! Which of several route tables or network ACLs of ours is that of a tier. They have no natural key: their `Name` tag
//! tells, and where somebody took that away, whom they serve. Pure.

use ringfence_model::stack::{NAME, Stack, Tier};
use ringfence_observed::{Observed, Tags};

/// A route table or network ACL that carries the environment's tags.
pub(super) struct Candidate<'a, T> {
    pub(super) seen: &'a T,
    pub(super) id: &'a str,
    pub(super) tags: &'a Tags,
    /// The subnets that it serves.
    pub(super) subnets: Vec<&'a String>,
}

/// The one of the tier, and the spares: what a creation that was tried again left behind, which bears the tier's `name`
/// and serves nobody. What bears no name and serves nobody is a spare of the training tier. What is the training tier's is
/// never that of the services tier as well.
pub(super) fn choose<'a, T>(
    mut candidates: Vec<Candidate<'a, T>>,
    tier: Tier,
    stack: &Stack,
    observed: &Observed,
    name: fn(Tier) -> String,
) -> (Option<&'a T>, Vec<&'a T>) {
    let mut chosen = None;
    for earlier in Tier::ALL {
        let suitability = Suitability::of(earlier, stack, observed, name);
        chosen = take_best(&mut candidates, &suitability);
        if earlier == tier {
            candidates.retain(|candidate| candidate.subnets.is_empty() && suitability.may_be_spare(candidate));
            break;
        }
    }
    (chosen, candidates.into_iter().map(|candidate| candidate.seen).collect())
}

/// What makes a candidate that of a tier.
struct Suitability<'a> {
    full_name: String,
    /// The tier's subnets.
    subnets: Vec<&'a str>,
    /// Whether what bears no name is a spare of this tier: of one alone, or it would be removed twice.
    takes_nameless: bool,
}

impl<'a> Suitability<'a> {
    fn of(tier: Tier, stack: &Stack, observed: &'a Observed, name: fn(Tier) -> String) -> Self {
        let blocks: Vec<_> = stack.subnets().into_iter().filter(|(of, _, _)| *of == tier).collect();
        let ours = observed.subnets.iter().filter(|seen| blocks.iter().any(|(_, _, block)| *block == seen.cidr));
        Self {
            full_name: stack.full_name(&name(tier)),
            subnets: ours.map(|subnet| subnet.id.as_str()).collect(),
            takes_nameless: tier == Tier::Training,
        }
    }

    fn is_named<T>(&self, candidate: &Candidate<'_, T>) -> bool {
        candidate.tags.get(NAME) == Some(&self.full_name)
    }

    fn serves<T>(&self, candidate: &Candidate<'_, T>) -> bool {
        candidate.subnets.iter().any(|subnet| self.subnets.contains(&subnet.as_str()))
    }

    fn may_be_spare<T>(&self, candidate: &Candidate<'_, T>) -> bool {
        self.is_named(candidate) || (self.takes_nameless && !candidate.tags.contains_key(NAME))
    }
}

/// Takes the one that bears the name, of several the one that serves; where none bears it, one that serves.
fn take_best<'a, T>(candidates: &mut Vec<Candidate<'a, T>>, suitability: &Suitability<'_>) -> Option<&'a T> {
    let suitable = |candidate: &Candidate<'a, T>| suitability.is_named(candidate) || suitability.serves(candidate);
    let suitable = candidates.iter().enumerate().filter(|(_, candidate)| suitable(candidate));
    let (best, _) = suitable.min_by_key(|(_, candidate)| {
        (!suitability.is_named(candidate), !suitability.serves(candidate), candidate.id)
    })?;
    Some(candidates.remove(best).seen)
}

#[cfg(test)]
mod tests;
