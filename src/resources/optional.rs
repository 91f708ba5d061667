//! Kinds that only an option adds: read where somebody has the option, and never in the way of those who have not.

use std::future::Future;

use super::{Home, Look, look::Holder};
use crate::aws::CallError;
use ringfence_model::stack::StackOption;
use ringfence_observed::Observed;

/// What was found, or that it could not be read.
#[derive(Clone, Debug)]
pub(crate) enum Found<T> {
    Seen(T),
    /// The region refused to tell.
    Unread {
        option: StackOption,
        why: String,
    },
}

/// Reads what `option` adds, for those who have it. Where one environment is looked at, a failure is that of the look;
/// in a sweep it is that of the environments that have the option, and keeps nobody else waiting.
pub(super) async fn read<T, R, F>(
    look: &Look<'_>,
    option: StackOption,
    read: R,
) -> Result<Vec<(Home, Found<T>)>, CallError>
where
    R: FnOnce(Vec<Holder>) -> F,
    F: Future<Output = Result<Vec<(Home, T)>, CallError>>,
{
    let holders = look.holders(option).await?;
    if holders.is_empty() {
        return Ok(Vec::new());
    }
    let homes: Vec<Home> = holders.iter().map(Holder::home).collect();
    match read(holders).await {
        Ok(seen) => Ok(seen.into_iter().map(|(home, seen)| (home, Found::Seen(seen))).collect()),
        Err(error) if look.is_whole() => Err(error),
        Err(error) => {
            let why = error.to_string();
            Ok(homes.into_iter().map(|home| (home, Found::Unread { option, why: why.clone() })).collect())
        }
    }
}

impl<T> Found<T> {
    /// What was seen; that it could not be read is noted down.
    pub(super) fn noted(self, observed: &mut Observed) -> Option<T> {
        match self {
            Self::Seen(seen) => Some(seen),
            Self::Unread { option, why } => {
                observed.unread.insert(option.as_str().to_owned(), why);
                None
            }
        }
    }
}
