//! Which blocks of addresses are taken. Pure.
//!
//! A VPC is a /16 at most, so every block lies within one /16, its region. One item a region holds the blocks claimed
//! in it and a revision: a claim is written on the condition that nobody claimed in that region since it was read, so
//! that two blocks of different sizes cannot overlap either.

use std::collections::BTreeMap;

use ipnet::Ipv4Net;
use serde::{Deserialize, Deserializer};

use super::attribute::{Readable, text_or_default};

/// The prefix length of a region.
const REGION_PREFIX_LENGTH: u8 = 16;

/// How many free blocks a choice is made among. Environments that are asked for at once choose different ones, so
/// that few have to try again; the pool still fills from its beginning, so that large blocks stay free at its end.
const CHOICES: usize = 16;

/// The claims in one region.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Claims {
    /// Who claims a block.
    #[serde(deserialize_with = "readable")]
    pub(crate) blocks: BTreeMap<Ipv4Net, String>,
    /// Counts the writes.
    #[serde(deserialize_with = "text_or_default")]
    pub(crate) revision: u64,
}

/// What is no block, or nobody's, is passed over.
fn readable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<Ipv4Net, String>, D::Error> {
    let blocks = BTreeMap::<String, Readable<String>>::deserialize(deserializer).unwrap_or_default();
    let blocks =
        blocks.into_iter().filter_map(|(block, Readable(environment))| Some((block.parse().ok()?, environment?)));
    Ok(blocks.collect())
}

/// The /16 that a block lies in.
pub(crate) fn region_of(block: Ipv4Net) -> Ipv4Net {
    Ipv4Net::new_assert(block.network(), REGION_PREFIX_LENGTH.min(block.prefix_len())).trunc()
}

/// A free block of `prefix_length` from `pool` that overlaps nothing in `taken`; `None` when there is none. `choice`
/// picks one of the first few.
pub(crate) fn allocate(pool: &[Ipv4Net], prefix_length: u8, taken: &[Ipv4Net], choice: usize) -> Option<Ipv4Net> {
    let mut free = Vec::with_capacity(CHOICES);
    let mut taken: Vec<(u32, u32)> = taken.iter().map(|block| (first(*block), last(*block))).collect();
    taken.sort_unstable();
    for block in pool {
        free_blocks(*block, prefix_length, &taken, &mut free);
        if free.len() >= CHOICES {
            break;
        }
    }
    if free.is_empty() { None } else { free.get(choice % free.len()).copied() }
}

/// Adds the free blocks of a part of the pool to `free`, in ascending order, until there are enough to choose from.
fn free_blocks(pool: Ipv4Net, prefix_length: u8, taken: &[(u32, u32)], free: &mut Vec<Ipv4Net>) {
    if prefix_length < pool.prefix_len() {
        return;
    }
    let size = 1_u64 << (32 - prefix_length);
    let end = u64::from(last(pool));
    let mut start = u64::from(first(pool));
    let mut index = 0;
    while start + size - 1 <= end && free.len() < CHOICES {
        // Sorted by their first address, and the blocks of VPCs nest or lie apart: what ends before here stays behind.
        while taken.get(index).is_some_and(|(_, last)| u64::from(*last) < start) {
            index += 1;
        }
        let blocking = taken[index.min(taken.len())..]
            .iter()
            .take_while(|(first, _)| u64::from(*first) < start + size)
            .filter(|(_, last)| u64::from(*last) >= start)
            .map(|(_, last)| u64::from(*last))
            .max();
        match blocking {
            Some(last) => start = (last / size + 1) * size,
            None => {
                if let Ok(address) = u32::try_from(start) {
                    free.push(Ipv4Net::new_assert(address.into(), prefix_length));
                }
                start += size;
            }
        }
    }
}

fn first(block: Ipv4Net) -> u32 {
    block.network().into()
}

fn last(block: Ipv4Net) -> u32 {
    block.broadcast().into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn net(text: &str) -> Ipv4Net {
        text.parse().unwrap()
    }

    #[test]
    fn a_full_pool_gives_nothing() {
        let pool = [net("10.0.0.0/15")];
        assert_eq!(allocate(&pool, 16, &[net("10.0.0.0/16"), net("10.1.128.0/24")], 0), None);
        assert_eq!(allocate(&pool, 17, &[net("10.0.0.0/16"), net("10.1.128.0/24")], 5), Some(net("10.1.0.0/17")));
        assert_eq!(allocate(&pool, 14, &[], 0), None);
    }

    #[test]
    fn a_large_vpc_of_somebody_else_is_stepped_over() {
        assert_eq!(allocate(&[net("10.0.0.0/8")], 16, &[net("10.0.0.0/9")], 0), Some(net("10.128.0.0/16")));
        assert_eq!(allocate(&[net("10.0.0.0/8")], 16, &[net("0.0.0.0/0")], 0), None);
    }

    #[test]
    fn the_region_of_a_block_is_its_slash_16() {
        assert_eq!(region_of(net("10.42.128.0/20")), net("10.42.0.0/16"));
        assert_eq!(region_of(net("10.42.0.0/16")), net("10.42.0.0/16"));
    }

    proptest! {
        #[test]
        fn what_is_given_is_free_and_in_the_pool(
            wanted in 16_u8..=24,
            choice in 0_usize..100,
            taken in proptest::collection::vec((any::<u32>(), 14_u8..=28), 0..60),
        ) {
            let pool = [net("10.8.0.0/14"), net("192.168.0.0/16")];
            let taken: Vec<Ipv4Net> = taken
                .into_iter()
                .map(|(address, length)| {
                    let base = if address % 4 == 0 { 0xC0A8_0000 } else { 0x0A08_0000 };
                    Ipv4Net::new(((address & 0x0003_FFFF) | base).into(), length).unwrap().trunc()
                })
                .collect();
            let free: Vec<Ipv4Net> = pool
                .iter()
                .flat_map(|block| block.subnets(wanted).unwrap())
                .filter(|block| !taken.iter().any(|other| other.contains(block) || block.contains(other)))
                .collect();
            let given = allocate(&pool, wanted, &taken, choice);
            prop_assert_eq!(given.is_some(), !free.is_empty());
            if let Some(given) = given {
                prop_assert!(free.contains(&given));
            }
        }
    }
}
