//! Protocols as EC2 writes them, in ACL entries and in rules of groups.

use ringfence_observed::{IcmpTypeCode, Protocol};

/// Reads a protocol: its name, its IANA number, or `-1` for all. What it makes of anything else is for the proof to say:
/// in a rule that allows it may be all, in one that denies nothing.
pub(super) fn from_text(text: &str) -> Protocol {
    match text {
        "tcp" | "6" => Protocol::Tcp,
        "udp" | "17" => Protocol::Udp,
        "icmp" | "1" => Protocol::Icmp,
        "icmpv6" | "58" => Protocol::Other(58),
        "-1" => Protocol::All,
        _ => text.parse().map_or(Protocol::Unknown, Protocol::Other),
    }
}

/// Whether it is ICMP or ICMPv6, whose rules say which messages they are for.
pub(super) const fn has_messages(protocol: Protocol) -> bool {
    matches!(protocol, Protocol::Icmp | Protocol::Other(58))
}

/// Which messages a rule of `protocol` is for: `icmp_type` and `code` as AWS gives them, which stand for nothing in
/// rules of other protocols. What AWS leaves out is any.
pub(super) fn messages(protocol: Protocol, icmp_type: Option<i32>, code: Option<i32>) -> IcmpTypeCode {
    if has_messages(protocol) {
        IcmpTypeCode { icmp_type: icmp_type.unwrap_or(-1), code: code.unwrap_or(-1) }
    } else {
        IcmpTypeCode::ALL
    }
}

/// Writes a protocol as rules of security groups hold it.
pub(super) fn to_text(protocol: Protocol) -> String {
    match protocol {
        // Nothing that is wanted is unknown, and what is taken away goes by its ID.
        Protocol::All | Protocol::Unknown => "-1".to_owned(),
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
    fn messages_are_of_icmp_alone() {
        let echo = IcmpTypeCode { icmp_type: 8, code: 0 };
        assert_eq!(messages(Protocol::Icmp, Some(8), Some(0)), echo);
        assert_eq!(messages(from_text("icmpv6"), Some(8), Some(0)), echo);
        assert_eq!(messages(Protocol::Tcp, Some(8), Some(9)), IcmpTypeCode::ALL);
        assert_eq!(messages(Protocol::Icmp, None, None), IcmpTypeCode::ALL);
        assert_eq!(messages(Protocol::Icmp, Some(3), None), IcmpTypeCode { icmp_type: 3, code: -1 });
    }

    #[test]
    fn what_is_not_known_is_not_taken_for_all() {
        assert_eq!(from_text("-1"), Protocol::All);
        for text in ["what", "", "256", "-2", "TCP/IP"] {
            assert_eq!(from_text(text), Protocol::Unknown, "{text}");
        }
    }
}
