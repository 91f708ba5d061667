//! What a resource kind has to say for itself. All but reading is pure.
//!
//! A kind that is only looked at implements [`Observe`], one that is also made and kept [`Manage`] as well. What other
//! kinds read implements [`Manage`] alone.

use std::future::Future;

use super::{Draft, Home, Look, Refusal, Removal};
use crate::aws::CallError;
use ringfence_observed::Observed;

/// How a kind is seen.
pub(crate) trait Observe: 'static {
    /// What is read of it.
    type Seen: Clone + Send + 'static;

    /// How much of it a look at a whole region tells.
    const BULK: Bulk<Self::Seen>;

    /// Reads what there is of it in the scope of `look`, each thing with where it belongs: by that alone a sweep knows
    /// whose it is.
    fn read(look: &Look<'_>) -> impl Future<Output = Result<Vec<(Home, Self::Seen)>, CallError>> + Send;

    /// Puts one thing that was read where it belongs.
    fn place(observed: &mut Observed, seen: Self::Seen);
}

/// How much a look at a whole region tells of the things of a kind. What it does not tell is taken as it should be, and
/// found by a look at the environment alone.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bulk<Seen> {
    /// All that a look at one environment does.
    Whole,
    /// Not all: what would cost a call for each of them is left out, and nothing is made of that.
    Partly,
    /// Not all: this puts in place of what is lacking what it should be.
    Assumed(fn(&mut Seen)),
    /// Nothing: it is not asked. Another kind's read tells of them.
    Nothing,
}

/// What is wanted of a kind, and how it goes.
pub(crate) trait Manage {
    /// Its CloudFormation type, such as `AWS::EC2::Subnet`, or the like where CloudFormation knows none.
    const TYPE: &'static str;

    /// Adds the steps that make it as wanted.
    fn draft(draft: &mut Draft<'_>) -> Result<(), Refusal>;

    /// Adds the steps that remove it.
    fn draft_removal(removal: &mut Removal<'_>);
}
