//! Options that are part of the spec and not built yet.

use super::{Spec, SshSource};
use crate::fault::{Faults, Pointer};

/// An option that is not built yet: the field that it stands in, how a message names it, and whether a spec asks for it.
type Unavailable = ([&'static str; 2], &'static str, fn(&Spec) -> bool);

/// All of them. One that has been built leaves this table.
const UNAVAILABLE: &[Unavailable] = &[
    (["network", "ipam_pool_id"], "an IPAM pool", |spec| spec.network.ipam_pool_id.is_some()),
    (["access", "ssh_from"], "a prefix list", |spec| spec.access.ssh_from.iter().any(is_list)),
    (["access", "attachments"], "an attachment", |spec| !spec.access.attachments.is_empty()),
];

fn is_list(source: &SshSource) -> bool {
    matches!(source, SshSource::PrefixList(_))
}

impl Spec {
    /// The options that it asks for and that are not built yet; those that have their defaults pass. The pointers
    /// lead from the spec.
    #[cfg(test)]
    pub(crate) fn unavailable(&self) -> Faults {
        let mut faults = Faults::new();
        self.refuse_unavailable(&Pointer::root(), &mut faults);
        faults
    }

    /// Writes them down, with pointers that lead through `at`, where the spec stands.
    pub(super) fn refuse_unavailable(&self, at: &Pointer, faults: &mut Faults) {
        for ([room, field], what, asked_for) in UNAVAILABLE {
            if asked_for(self) {
                let message = format!("{what} is not available yet; leave it out of {room}.{field}");
                faults.push(&at.field(room).field(field), message);
            }
        }
    }
}
