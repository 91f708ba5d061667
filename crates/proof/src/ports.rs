//! Port ranges that the proof asks about.

use ringfence_observed::PortRange;

/// Secure Shell.
pub(crate) const SSH: PortRange = PortRange::one(22);

/// AWS APIs.
pub(crate) const HTTPS: PortRange = PortRange::one(443);

/// The ports from which a Linux host opens connections (`net.ipv4.ip_local_port_range`), and so those that replies go
/// to. Network ACLs are stateless and have to admit them:
/// <https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports>
pub(crate) const EPHEMERAL: PortRange = PortRange { from: 32_768, to: 60_999 };

/// The ports from which SSH clients outside may come, whatever system they run.
pub(crate) const SSH_CLIENT: PortRange = PortRange { from: 1024, to: 65_535 };
