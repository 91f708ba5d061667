//! What is there of all that is attached to a VPC, and what somebody outside has merely asked for.

use ringfence_observed::{Gateway, GatewayKind};

/// How far something attached to a VPC has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// This side made or accepted it. It carries packets, or needs nothing more of this side to do so.
    Attached,
    /// Somebody outside asks for it, and this side has not accepted it. It carries nothing.
    Requested,
    /// What somebody outside asked for is being deleted. AWS tells requests from connections no longer: it may never
    /// have been accepted, or carry its last packets.
    Closing,
    /// It carries nothing and does not come back.
    Gone,
}

impl Standing {
    /// How far a gateway has come. A state that is not known, or that AWS does not tell, counts as attached.
    ///
    /// Peering connections are what others can bring about alone: whoever knows account and VPC may ask, and either
    /// side may delete (<https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-lifecycle>).
    /// What this VPC's side asked for is attached from the start, since the other side's acceptance opens it. So it is
    /// with a transit gateway of another account: the owner of the VPC attaches, the gateway's owner accepts
    /// (<https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html#vpc-attachment-lifecycle>).
    pub fn of(gateway: &Gateway) -> Self {
        let is = |states: &[&str]| states.iter().any(|state| gateway.state.eq_ignore_ascii_case(state));
        let asked_outside = gateway.requester.is_some();
        match gateway.kind {
            GatewayKind::Internet | GatewayKind::EgressOnlyInternet | GatewayKind::VirtualPrivate
                if is(&["detached"]) =>
            {
                Self::Gone
            }
            GatewayKind::Nat if is(&["deleted", "failed"]) => Self::Gone,
            GatewayKind::TransitAttachment if is(&["deleted", "failed", "rejected"]) => Self::Gone,
            GatewayKind::Peering if is(&["deleted", "expired", "failed", "rejected"]) => Self::Gone,
            GatewayKind::Peering if asked_outside && is(&["initiating-request", "pending-acceptance"]) => {
                Self::Requested
            }
            GatewayKind::Peering if asked_outside && is(&["deleting"]) => Self::Closing,
            _ => Self::Attached,
        }
    }
}

/// Whether an endpoint in this state is there. Who owns this VPC made every endpoint in it. One that is still going may
/// still carry packets, and of one that waits for acceptance, or was rejected, the service's owner alone decides; only
/// what cannot come back does not count.
///
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/concepts.html#concepts-vpc-endpoints>
pub fn endpoint_stands(state: &str) -> bool {
    !["deleted", "expired", "failed"].iter().any(|gone| state.eq_ignore_ascii_case(gone))
}
