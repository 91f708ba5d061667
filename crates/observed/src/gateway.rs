//! What leads out of a VPC, as observed.

use super::Tags;

/// What kind of thing leads out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GatewayKind {
    /// Internet gateway, `igw-…`
    Internet,
    /// Egress-only internet gateway, `eigw-…`
    EgressOnlyInternet,
    /// NAT gateway, `nat-…`
    Nat,
    /// Peering connection, `pcx-…`
    Peering,
    /// Transit gateway attachment, `tgw-attach-…`
    TransitAttachment,
    /// Virtual private gateway, `vgw-…`
    VirtualPrivate,
}

/// Something attached to the VPC that leads out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// Its ID; for a transit gateway attachment that of the attachment.
    pub id: String,
    /// What it is.
    pub kind: GatewayKind,
    /// What routes name it by where that is not its ID: the transit gateway (`tgw-…`) of an attachment.
    pub route_target: String,
    /// Its state as AWS words it (`available`, `pending-acceptance`, …).
    pub state: String,
    /// Who asked for it, where it was not this VPC's side: of a peering connection the other VPC's, which needs no
    /// permission of ours to ask. Everything else that is attached is asked for by who owns this VPC.
    pub requester: Option<Requester>,
}

/// The other side of a peering connection, which asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requester {
    /// The account of the VPC that asked; empty when AWS does not say.
    pub account: String,
    /// Whether it is another account than this VPC's, or not known to be the same.
    pub is_foreign: bool,
}

/// What a VPC endpoint is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VpcEndpointType {
    /// A route to a prefix list (S3, DynamoDB).
    Gateway,
    /// Network interfaces with private DNS.
    Interface,
    /// Any other: a Gateway Load Balancer endpoint, a resource or a service-network endpoint.
    Other,
}

impl VpcEndpoint {
    /// Whether it is on its way out, or never came up.
    #[must_use]
    pub fn is_going(&self) -> bool {
        matches!(self.state.as_str(), "deleting" | "deleted" | "failed" | "rejected" | "expired")
    }

    /// Whether AWS is taking it away: until it has, no other can answer under the names of its service.
    #[must_use]
    pub fn is_deleting(&self) -> bool {
        self.state == "deleting"
    }
}

/// A VPC endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VpcEndpoint {
    /// `vpce-…`
    pub id: String,
    /// `com.amazonaws.us-east-1.s3`
    pub service_name: String,
    /// What it is made of.
    pub endpoint_type: VpcEndpointType,
    /// Its state in lower case: `pending`, `available`, `partial`, `deleting`, `failed`, …
    pub state: String,
    /// The last error that AWS met with it, code and message.
    pub last_error: Option<String>,
    /// The policy as JSON text, as AWS gives it back.
    pub policy: String,
    /// The tables that route to a gateway endpoint.
    pub route_tables: Vec<String>,
    /// The subnets in which an interface endpoint has interfaces.
    pub subnets: Vec<String>,
    /// The groups that guard an interface endpoint.
    pub security_groups: Vec<String>,
    /// The network interfaces of an interface endpoint.
    pub interfaces: Vec<String>,
    /// `PrivateDnsEnabled`
    pub private_dns: bool,
    /// Tags.
    pub tags: Tags,
}
