//! What it means that AWS makes no endpoint for there are as many as there may be.

use super::{Run, endpoint_name::read, endpoint_seen::from_sdk};
use crate::aws::{CallError, Class};

/// Those that go make room, minutes later: AWS says nowhere whether they count until then, so it is waited for.
/// `others_go` where the same plan removes some, or has seen some go: they may be gone since AWS refused this one.
pub(super) async fn refused(run: &Run<'_>, vpc: &str, others_go: bool, error: CallError) -> CallError {
    let found = read(run, vpc).await.unwrap_or_default();
    let mut found = found.iter().map(|endpoint| from_sdk(endpoint).1);
    let room = match found.find(|endpoint| endpoint.is_deleting()) {
        Some(going) => format!("{} is {}, and may count until it is gone", going.id, going.state),
        None if others_go => "others are on their way out, and may count until they are gone".to_owned(),
        None => return error,
    };
    let message = format!("{}; {room}", error.message);
    CallError { message, ..error.seen_as(Class::InUse) }
}
