//! `list`: which environments there are, from the records.

use super::{
    Controller,
    listing::{Entry, Listing, entry, unreadable},
};
use ringfence_model::{
    failure::Failure,
    request::{Action, ListRequest},
};

impl Controller<'_> {
    /// Lists environments by name, a page at a time. Those that are gone are left out.
    pub(super) async fn list(&self, request: ListRequest) -> Result<Listing, Failure> {
        let (records, next_token) = self.registry().page(request.limit, request.next_token.as_deref()).await?;
        let there = records.readable.iter().filter(|record| !record.is_gone()).map(entry);
        let mut environments: Vec<Entry> = there.chain(records.unreadable.into_iter().filter_map(unreadable)).collect();
        environments.sort_by(|one, other| one.environment.as_str().cmp(other.environment.as_str()));
        Ok(Listing { action: Action::List, environments, next_token })
    }
}
