//! Protocols as EC2 writes them, in ACL entries and in rules of groups.

use crate::observed::Protocol;

/// Reads a protocol: its name, its IANA number, or `-1` for all. What nobody knows counts as all, which is what the
/// proof has to fear most.
pub(super) fn from_text(text: &str) -> Protocol {
    match text {
        "tcp" | "6" => Protocol::Tcp,
        "udp" | "17" => Protocol::Udp,
        "icmp" | "1" => Protocol::Icmp,
        "icmpv6" | "58" => Protocol::Other(58),
        _ => text.parse().map_or(Protocol::All, Protocol::Other),
    }
}

/// Writes a protocol as rules of security groups hold it.
pub(super) fn to_text(protocol: Protocol) -> String {
    match protocol {
        Protocol::All => "-1".to_owned(),
        Protocol::Tcp => "tcp".to_owned(),
        Protocol::Udp => "udp".to_owned(),
        Protocol::Icmp => "icmp".to_owned(),
        Protocol::Other(58) => "icmpv6".to_owned(),
        Protocol::Other(number) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(number in 0_u8..=255) {
            let protocol = from_text(&number.to_string());
            prop_assert_eq!(from_text(&to_text(protocol)), protocol);
        }
    }

    #[test]
    fn the_unknown_counts_as_all() {
        assert_eq!(from_text("-1"), Protocol::All);
        assert_eq!(from_text("what"), Protocol::All);
    }
}
