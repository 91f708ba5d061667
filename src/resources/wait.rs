//! Waiting for what AWS does in its own time. Nothing here ends a wait: the deadline of the invocation does, which
//! whoever runs the steps keeps.

use std::{future::Future, time::Duration};

use crate::aws::CallError;

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Asks again and again, ever more slowly, until the answer is yes.
pub(super) async fn until<F, A>(mut ask: F) -> Result<(), CallError>
where
    F: FnMut() -> A,
    A: Future<Output = Result<bool, CallError>>,
{
    let mut pause = FIRST_PAUSE;
    while !ask().await? {
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    Ok(())
}
