//! The proof that an environment is isolated: routes, network ACLs, security groups and policies, evaluated as AWS
//! evaluates them over everything that AWS reports of the VPC, whoever made it.
//!
//! Rules cut addresses, protocols and ports into cells that no rule can tell apart, so that one packet for each cell is
//! an exact answer for all of them. No call to AWS, no clock and no chance is in this room; it knows neither what was
//! asked for nor how it was built, but what an [`Expectation`] says.

mod answer;
mod checks;
mod evaluation;
mod expectation;
mod findings;
mod policy;
mod ports;
mod prove;
mod space;
#[cfg(test)]
mod tests;

pub use answer::{Check, CheckName, Isolation, Purpose, Verdict};
pub use evaluation::{Standing, endpoint_stands};
pub use expectation::{Expectation, RoleExpectation, Tier};
pub use prove::prove;
