//! Blocks of IPv4 addresses, written in the one way that leaves no doubt.

use ipnet::Ipv4Net;

use crate::fault::Malformed;

/// Reads a block such as `10.0.0.0/16`: four decimal numbers without leading zeros, a prefix length, and no bit set
/// behind it (AWS would silently cut it off).
///
/// # Errors
/// What was expected; for an address within a block, the boundary of that block.
pub(super) fn parse_block(text: &str) -> Result<Ipv4Net, Malformed> {
    let block: Option<Ipv4Net> = text.parse().ok().filter(|block: &Ipv4Net| block.to_string() == text);
    match block {
        Some(block) if block == block.trunc() => Ok(block),
        Some(block) => Err(Malformed::new(format!("a block on its network boundary, which is {}", block.trunc()))),
        None if text.parse::<std::net::Ipv4Addr>().is_ok() => {
            Err(Malformed::new(format!("an IPv4 block in CIDR notation; a single address is {text}/32")))
        }
        None => Err(Malformed::new("an IPv4 block in CIDR notation such as 10.20.0.0/16")),
    }
}

/// Blocks of a /16 or more in which no host of the public internet can be
/// ([IANA's registry](https://www.iana.org/assignments/iana-ipv4-special-registry/)): leaving them out of a list of
/// blocks leaves nobody out.
const NOT_PUBLIC: [([u8; 4], u8); 10] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// Whether `blocks` together hold every public address: `0.0.0.0/0` in whatever disguise.
pub fn cover_the_internet(blocks: impl IntoIterator<Item = Ipv4Net>) -> bool {
    let not_public = NOT_PUBLIC.iter().filter_map(|(address, length)| Ipv4Net::new((*address).into(), *length).ok());
    let all: Vec<Ipv4Net> = blocks.into_iter().chain(not_public).collect();
    Ipv4Net::aggregate(&all).iter().any(|block| block.prefix_len() == 0)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("10.20.0.1/16", "10.20.0.0/16")]
    #[case("1.2.3.4/0", "0.0.0.0/0")]
    #[case("10.20.0.1", "10.20.0.1/32")]
    #[case("10.20.0.0/33", "such as")]
    #[case("10.20.0.0/016", "such as")]
    #[case("010.20.0.0/16", "such as")]
    #[case("10.20/16", "such as")]
    #[case("0/0", "such as")]
    #[case("10.20.0.0/255.255.0.0", "such as")]
    #[case(" 10.20.0.0/16", "such as")]
    #[case("fd00::/8", "such as")]
    fn no_blocks(#[case] text: &str, #[case] hint: &str) {
        let message = parse_block(text).unwrap_err().to_string();
        assert!(message.contains(hint), "{message}");
    }

    #[rstest]
    #[case::nothing(&[], false)]
    #[case::all(&["0.0.0.0/0"], true)]
    #[case::half(&["0.0.0.0/1"], false)]
    #[case::halves(&["0.0.0.0/1", "128.0.0.0/1"], true)]
    #[case::quarters(&["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"], true)]
    #[case::overlapping(&["128.0.0.0/1", "64.0.0.0/2", "0.0.0.0/2", "10.0.0.0/8"], true)]
    #[case::all_hosts(&["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3"], true)]
    #[case::most_hosts(&["0.0.0.0/1", "128.0.0.0/2"], false)]
    #[case::private(&["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"], false)]
    fn disguises(#[case] blocks: &[&str], #[case] all: bool) {
        assert_eq!(cover_the_internet(blocks.iter().map(|block| block.parse().unwrap())), all);
    }

    prop_compose! {
        /// Every block that lists of 15 can be made of to much effect, at random.
        fn large_block()(address: u32, length in 0_u8..=6) -> Ipv4Net {
            Ipv4Net::new(Ipv4Addr::from(address), length).unwrap().trunc()
        }
    }

    /// The complement of one block, in as many pieces as its prefix is long.
    fn all_but(block: Ipv4Net) -> Vec<Ipv4Net> {
        (1..=block.prefix_len())
            .map(|length| {
                let flipped = u32::from(block.addr()) ^ (1 << (32 - u32::from(length)));
                Ipv4Net::new(flipped.into(), length).unwrap().trunc()
            })
            .collect()
    }

    /// The whole internet in `pieces` blocks, of which `choices` says where it is cut.
    fn cut_up(pieces: usize, choices: &[prop::sample::Index]) -> Vec<Ipv4Net> {
        let mut blocks = vec![Ipv4Net::default()];
        for choice in choices.iter().take(pieces - 1) {
            let block = blocks.swap_remove(choice.index(blocks.len()));
            blocks.extend(block.subnets(block.prefix_len() + 1).unwrap());
        }
        blocks
    }

    /// Asks for one address of every /16, which is exact for blocks of a /16 and more.
    fn brute_force(blocks: &[Ipv4Net]) -> bool {
        (0..=u16::MAX).map(|upper| Ipv4Addr::from(u32::from(upper) << 16)).all(|address| {
            let shared = address.octets()[0] == 100 && (64..=127).contains(&address.octets()[1]);
            let benchmarks = address.octets()[0] == 198 && matches!(address.octets()[1], 18 | 19);
            let public = !(address.octets()[0] == 0
                || address.is_private()
                || shared
                || address.is_loopback()
                || address.is_link_local()
                || benchmarks
                || address.octets()[0] >= 224);
            !public || blocks.iter().any(|block| block.contains(&address))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn agrees_with_asking_for_every_address(
            blocks in prop::collection::vec(large_block(), 0..15),
        ) {
            prop_assert_eq!(cover_the_internet(blocks.iter().copied()), brute_force(&blocks));
        }

        #[test]
        fn no_way_of_cutting_it_up_hides_it(
            pieces in 1..=15_usize,
            choices in prop::collection::vec(any::<prop::sample::Index>(), 15),
        ) {
            let mut blocks = cut_up(pieces, &choices);
            prop_assert!(cover_the_internet(blocks.iter().copied()));
            blocks.swap_remove(choices[14].index(pieces));
            prop_assert_eq!(cover_the_internet(blocks.iter().copied()), brute_force(&blocks));
        }

        #[test]
        fn one_public_block_left_out_is_enough(address: u32, length in 1_u8..=15) {
            let block = Ipv4Net::new(address.into(), length).unwrap().trunc();
            let blocks = all_but(block);
            prop_assert_eq!(cover_the_internet(blocks.iter().copied()), brute_force(&blocks));
        }
    }
}
