//! Waiting for what AWS does in its own time. Nothing here ends a wait: the deadline of the invocation does, which
//! whoever runs the steps keeps.

use std::{future::Future, time::Duration};

use super::Run;
use crate::aws::CallError;

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Asks again and again, ever more slowly, until the answer is that there is nothing to wait for any more. Until then it
/// is how what is waited for stands, and whoever runs the step is told.
pub(super) async fn until<F, A>(run: &Run<'_>, mut ask: F) -> Result<(), CallError>
where
    F: FnMut() -> A,
    A: Future<Output = Result<Option<String>, CallError>>,
{
    let mut pause = FIRST_PAUSE;
    while let Some(said) = ask().await? {
        run.said.note(said);
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    Ok(())
}
