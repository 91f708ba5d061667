//! Which of several route tables or network ACLs of ours is that of a tier. They have no natural key: their `Name` tag
//! tells, and where somebody took that away, whom they serve. Pure.

use crate::{
    observed::{Observed, Tags},
    stack::{NAME, Stack, Tier},
};

/// A route table or network ACL that carries the environment's tags.
pub(super) struct Candidate<'a, T> {
    pub(super) seen: &'a T,
    pub(super) id: &'a str,
    pub(super) tags: &'a Tags,
    /// The subnets that it serves.
    pub(super) subnets: Vec<&'a String>,
}

/// The one of the tier, and the spares: what a creation that was tried again left behind, which bears the name `name`
/// within the environment or none, and serves nobody.
pub(super) fn choose<'a, T>(
    mut candidates: Vec<Candidate<'a, T>>,
    tier: Tier,
    stack: &Stack,
    observed: &Observed,
    name: &str,
) -> (Option<&'a T>, Vec<&'a T>) {
    let full_name = stack.full_name(name);
    let blocks: Vec<_> = stack.subnets().into_iter().filter(|(of, _, _)| *of == tier).collect();
    let ours = |subnet: &str| {
        let block = observed.subnets.iter().find(|seen| seen.id == subnet).map(|seen| seen.cidr);
        blocks.iter().any(|(_, _, wanted)| Some(*wanted) == block)
    };
    let serves = |candidate: &Candidate<'a, T>| candidate.subnets.iter().any(|subnet| ours(subnet));
    let is_named = |candidate: &Candidate<'a, T>| candidate.tags.get(NAME) == Some(&full_name);
    let is_nameless = |candidate: &Candidate<'a, T>| !candidate.tags.contains_key(NAME);
    candidates.retain(|candidate| is_named(candidate) || serves(candidate) || is_nameless(candidate));
    candidates.sort_by_key(|candidate| (!serves(candidate), !is_named(candidate), candidate.id));
    let chosen = candidates.iter().position(|candidate| is_named(candidate) || serves(candidate));
    let chosen = chosen.map(|index| candidates.remove(index).seen);
    let spares = candidates.into_iter().filter(|candidate| candidate.subnets.is_empty());
    (chosen, spares.map(|candidate| candidate.seen).collect())
}
