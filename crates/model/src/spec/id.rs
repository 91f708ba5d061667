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
    {"pattern": "^ipam-pool-[0-9a-f]{8,17}$"},
    |text| is_id(text, "ipam-pool-")
}

text_type! {
    /// The ID of a managed prefix list, `pl-…`.
    PrefixListId,
    "the ID of a prefix list such as pl-0123456789abcdef0",
    {"pattern": "^pl-[0-9a-f]{8,17}$"},
    |text| is_id(text, "pl-")
}

text_type! {
    /// The ID of something that others may attach to the VPC.
    AttachmentId,
    "the ID of a peering connection (pcx-…), a transit gateway (tgw-…), an attachment of one (tgw-attach-…) \
     or a virtual private gateway (vgw-…)",
    {"pattern": "^(?:pcx|tgw|tgw-attach|vgw)-[0-9a-f]{8,17}$"},
    |text| ["pcx-", "tgw-", "tgw-attach-", "vgw-"].iter().any(|prefix| is_id(text, prefix))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("pcx-0123456789abcdef0")]
    #[case("pcx-11112222")]
    #[case("tgw-0123456789abcdef0")]
    #[case("tgw-attach-0123456789abcdef0")]
    #[case("vgw-0123456789abcdef0")]
    fn attachments(#[case] text: &str) {
        assert_eq!(text.parse::<AttachmentId>().unwrap().to_string(), text);
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
