//! Which subnet gets which addresses.
//!
//! The VPC is cut into four quarters. The first three are the training subnets of the first, second and third zone;
//! the fourth is cut into four again, and its first three parts are the services subnets. So a block depends on
//! nothing but the position of its zone: a zone added later moves nobody, and training has four times the addresses
//! of services (an EFA instance takes dozens). The smallest VPC, a /24, still gives services subnets of a /28, the
//! smallest that AWS makes (<https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html>).

use ipnet::Ipv4Net;

use super::Tier;

/// The most zones that the layout has room for.
pub(crate) const MAXIMUM_ZONES: usize = 3;

/// AWS keeps the first four and the last address of every subnet for itself.
pub(crate) const RESERVED_ADDRESSES: u32 = 5;

/// The block of a tier's subnet in the zone at `position` (from 0); `None` when there is no such position or the VPC
/// is too small to be cut.
#[must_use]
pub(crate) fn subnet(vpc: Ipv4Net, tier: Tier, position: usize) -> Option<Ipv4Net> {
    if position >= MAXIMUM_ZONES {
        return None;
    }
    match tier {
        Tier::Training => part(vpc, position),
        Tier::Services => part(part(vpc, MAXIMUM_ZONES)?, position),
    }
}

/// Where `block` stands in the layout of `vpc`.
#[must_use]
pub fn position(vpc: Ipv4Net, block: Ipv4Net) -> Option<(Tier, usize)> {
    Tier::ALL
        .into_iter()
        .flat_map(|tier| (0..MAXIMUM_ZONES).map(move |position| (tier, position)))
        .find(|(tier, position)| subnet(vpc, *tier, *position) == Some(block))
}

/// The addresses that a services subnet of a VPC of this prefix length has to give away.
#[must_use]
pub fn services_addresses(vpc_prefix_length: u8) -> u32 {
    let host_bits = 32_u32.saturating_sub(u32::from(vpc_prefix_length) + 4).min(31);
    (1_u32 << host_bits).saturating_sub(RESERVED_ADDRESSES)
}

fn part(block: Ipv4Net, index: usize) -> Option<Ipv4Net> {
    block.subnets(block.prefix_len() + 2).ok()?.nth(index)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn gives_most_to_training() {
        let vpc = "10.42.0.0/16".parse().unwrap();
        let blocks: Vec<String> = Tier::ALL
            .into_iter()
            .flat_map(|tier| (0..3).map(move |position| subnet(vpc, tier, position).unwrap().to_string()))
            .collect();
        assert_eq!(
            blocks,
            ["10.42.0.0/18", "10.42.64.0/18", "10.42.128.0/18", "10.42.192.0/20", "10.42.208.0/20", "10.42.224.0/20"]
        );
        assert_eq!(services_addresses(16), 4091);
        assert_eq!(services_addresses(24), 11);
    }

    proptest! {
        #[test]
        fn blocks_lie_inside_and_never_overlap(address: u32, length in 16_u8..=24) {
            let vpc = Ipv4Net::new(address.into(), length).unwrap().trunc();
            let blocks: Vec<Ipv4Net> = Tier::ALL
                .into_iter()
                .flat_map(|tier| (0..MAXIMUM_ZONES).filter_map(move |position| subnet(vpc, tier, position)))
                .collect();
            prop_assert_eq!(blocks.len(), 6);
            for (index, block) in blocks.iter().enumerate() {
                prop_assert!(vpc.contains(block));
                prop_assert!(block.prefix_len() <= 28);
                for other in &blocks[index + 1..] {
                    prop_assert!(!block.contains(other) && !other.contains(block));
                }
                let (tier, at) = position(vpc, *block).unwrap();
                prop_assert_eq!(subnet(vpc, tier, at), Some(*block));
            }
        }
    }
}
