//! IDs that AWS gave to what a spec refers to.

use crate::text::text_type;

/// Whether `text` is one of the prefixes and then an ID as AWS makes them: 8 hexadecimal digits, or 17 since 2018
/// ([longer IDs](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html)). Any number in between is
/// taken too, since AWS promises none.
fn is_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|id| {
        (8..=17).contains(&id.len()) && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

text_type! {
    /// The ID of an Amazon VPC IPAM pool, `ipam-pool-…`.
    IpamPoolId,
    "the ID of an IPAM pool such as ipam-pool-0123456789abcdef0",
    |text| is_id(text, "ipam-pool-")
}

text_type! {
    /// The ID of a managed prefix list, `pl-…`.
    PrefixListId,
    "the ID of a prefix list such as pl-0123456789abcdef0",
    |text| is_id(text, "pl-")
}

text_type! {
    /// The ID of something that others may attach to the VPC: see [`AttachmentKind`].
    AttachmentId,
    "the ID of a peering connection (pcx-…), a transit gateway (tgw-…), an attachment of one (tgw-attach-…) \
     or a virtual private gateway (vgw-…)",
    |text| ["pcx-", "tgw-", "tgw-attach-", "vgw-"].iter().any(|prefix| is_id(text, prefix))
}

/// What may be attached to a VPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttachmentKind {
    /// A VPC peering connection, `pcx-…`.
    Peering,
    /// A transit gateway, `tgw-…`: any attachment of it to the VPC.
    TransitGateway,
    /// One attachment of a transit gateway, `tgw-attach-…`.
    TransitGatewayAttachment,
    /// A virtual private gateway, `vgw-…`.
    VirtualPrivateGateway,
}

impl AttachmentId {
    /// What it is the ID of.
    #[must_use]
    pub fn kind(&self) -> AttachmentKind {
        let id = self.as_str();
        if id.starts_with("pcx-") {
            AttachmentKind::Peering
        } else if id.starts_with("vgw-") {
            AttachmentKind::VirtualPrivateGateway
        } else if id.starts_with("tgw-attach-") {
            AttachmentKind::TransitGatewayAttachment
        } else {
            AttachmentKind::TransitGateway
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("pcx-0123456789abcdef0", AttachmentKind::Peering)]
    #[case("pcx-11112222", AttachmentKind::Peering)]
    #[case("tgw-0123456789abcdef0", AttachmentKind::TransitGateway)]
    #[case("tgw-attach-0123456789abcdef0", AttachmentKind::TransitGatewayAttachment)]
    #[case("vgw-0123456789abcdef0", AttachmentKind::VirtualPrivateGateway)]
    fn attachments(#[case] text: &str, #[case] kind: AttachmentKind) {
        assert_eq!(text.parse::<AttachmentId>().unwrap().kind(), kind);
    }

    #[rstest]
    #[case("igw-0123456789abcdef0")]
    #[case("tgw-")]
    #[case("tgw-attach-")]
    #[case("tgw-rtb-0123456789abcdef0")]
    #[case("pcx-0123456")]
    #[case("pcx-0123456789ABCDEF0")]
    #[case("pcx-0123456789abcdef01")]
    #[case("pcx-*")]
    #[case("")]
    fn no_attachments(#[case] text: &str) {
        assert!(text.parse::<AttachmentId>().is_err());
    }
}
