//! `delete`: nothing of it is left.

use super::{Controller, accept::order_of, work::Work};
use crate::{
    answer::Answer,
    registry::{Precedence, Record},
};
use ringfence_model::{
    failure::{Failure, FailureKind},
    request::{Action, EnvironmentRequest, Order},
};
use ringfence_observed::Observed;

/// What is to be done for a request.
enum Decided<'a> {
    /// Nothing: it is answered already.
    Answered(Box<Answer>),
    /// What was seen is to be removed.
    Work(Box<Work<'a>>, Box<Observed>),
}

impl<'a> Controller<'a> {
    /// Removes the environment. One that never was is deleted already.
    pub(super) async fn delete(&self, request: &EnvironmentRequest) -> Result<Answer, Failure> {
        let order = order_of(request)?;
        match self.until_first(|_| self.accept_delete(request, &order)).await? {
            Decided::Answered(answer) => Ok(*answer),
            Decided::Work(mut work, observed) => {
                let outcome = work.tear_down(*observed).await;
                work.finish(Action::Delete, &order, outcome).await
            }
        }
    }

    async fn accept_delete(&self, request: &EnvironmentRequest, order: &Order) -> Result<Option<Decided<'a>>, Failure> {
        let seen = self.see_to_delete(&request.environment).await?;
        if Precedence::of(order, seen.record.as_ref()) == Precedence::Earlier {
            let answer = self.superseded(Action::Delete, seen.record.as_ref(), request);
            return Ok(Some(Decided::Answered(Box::new(answer))));
        }
        if let Some(record) = seen.record.as_ref().filter(|record| record.is_protected()) {
            return Err(protected(record));
        }
        let work = self.accept(request, order, &seen, None).await?;
        Ok(work.map(|work| Decided::Work(Box::new(work), Box::new(seen.observed))))
    }
}

pub(super) fn protected(record: &Record) -> Failure {
    let message = format!(
        "{} has deletion_protection on; send a create with deletion_protection false first",
        record.environment
    );
    Failure::new(FailureKind::Protected, message)
}
