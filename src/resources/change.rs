//! What can be done to AWS, whatever it concerns.

use std::{any::Any, fmt, future::Future};

use futures_util::future::BoxFuture;

use super::Run;
use crate::aws::CallError;
use ringfence_model::plan::{Reference, Refers};

/// Something that can be done to AWS.
pub(crate) trait Act: Refers + Any + fmt::Debug + Send + Sync {
    /// Does it. Answers with the ID of what it made. Doing it again after a lost answer does no harm: either the call
    /// is idempotent, or AWS answers that it is done already.
    fn run(&self, run: &Run<'_>) -> impl Future<Output = Result<Option<String>, CallError>> + Send;
}

/// What a step of a plan does. Plans hold changes of all kinds side by side.
#[derive(Debug)]
pub(crate) struct Change(Box<dyn AnyAct>);

impl Change {
    pub(crate) async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
        self.0.run(run).await
    }

    /// The change itself, where it is one of these.
    pub(super) fn is_a<A: Act>(&self) -> Option<&A> {
        let change: &dyn Any = &*self.0;
        change.downcast_ref()
    }
}

impl<A: Act> From<A> for Change {
    fn from(act: A) -> Self {
        Self(Box::new(act))
    }
}

impl Refers for Change {
    fn resource_type(&self) -> &'static str {
        self.0.resource_type()
    }

    fn references(&self) -> Vec<&Reference> {
        self.0.references()
    }
}

/// [`Act`], made such that one value may be any of them.
trait AnyAct: Refers + Any + fmt::Debug + Send + Sync {
    fn run<'a>(&'a self, run: &'a Run<'a>) -> BoxFuture<'a, Result<Option<String>, CallError>>;
}

impl<A: Act> AnyAct for A {
    fn run<'a>(&'a self, run: &'a Run<'a>) -> BoxFuture<'a, Result<Option<String>, CallError>> {
        Box::pin(Act::run(self, run))
    }
}
