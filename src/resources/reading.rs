//! What was read of kinds, until it is put where it belongs.

use futures_util::future::BoxFuture;

use super::{
    Home, Look,
    home::Homes,
    kind::{Bulk, Observe},
};
use crate::aws::CallError;

/// What was read of one kind, whichever it is.
pub(super) trait Reading: Send {
    /// Where the things belong.
    fn homes(&self) -> Vec<&Home>;

    /// Puts them there.
    fn place(self: Box<Self>, homes: &mut dyn Homes);
}

/// What was read of a kind.
pub(super) struct Things<K: Observe>(pub(super) Vec<(Home, K::Seen)>);

impl<K: Observe> Reading for Things<K> {
    fn homes(&self) -> Vec<&Home> {
        self.0.iter().map(|(home, _)| home).collect()
    }

    fn place(self: Box<Self>, homes: &mut dyn Homes) {
        for (home, seen) in self.0 {
            let mut all = homes.at(&home).into_iter();
            let Some(last) = all.next_back() else { continue };
            all.for_each(|observed| K::place(observed, seen.clone()));
            K::place(last, seen);
        }
    }
}

/// Reads one kind.
pub(super) fn read<'l, K: Observe>(look: &'l Look<'_>) -> BoxFuture<'l, Result<Box<dyn Reading>, CallError>> {
    // On the heap: side by side in one future, all kinds would be too large for a stack.
    Box::pin(async {
        let in_bulk = !look.is_whole();
        let mut things = if in_bulk && matches!(K::BULK, Bulk::Nothing) { Vec::new() } else { K::read(look).await? };
        if let Bulk::Assumed(assume) = K::BULK
            && in_bulk
        {
            things.iter_mut().for_each(|(_, seen)| assume(seen));
        }
        Ok(Box::new(Things::<K>(things)) as Box<dyn Reading>)
    })
}
