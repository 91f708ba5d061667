//! Tests of the proof: a healthy environment, single mistakes in it, policies in every way they can be written, a
//! brute-force packet walk to agree with, and the page that tells of the checks.

mod agreement;
mod answers;
mod builders;
mod cells;
mod degraded;
mod dns_mistakes;
mod documents;
mod fixture;
mod group_mistakes;
mod guardduty;
mod healthy;
mod mistakes;
mod network_mistakes;
mod packet_walk;
mod page;
mod policies;
mod random;
mod roles;
mod standing;
mod walker;
