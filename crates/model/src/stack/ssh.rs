//! Where SSH may come from: the blocks of `access.ssh_from`, and those that its prefix lists hold.

use ipnet::{IpNet, Ipv4Net};

use crate::spec::{SshSource, cover_the_internet};
use ringfence_observed::PrefixList;

/// The blocks that may reach port 22 of the training subnets.
///
/// Network ACLs know no prefix lists, so the lists are expanded into the blocks that they held when they were read.
/// Somebody may change a list later on. One that would let the whole internet in counts for nothing then, so that no
/// list opens an environment that was closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SshBlocks(Vec<Ipv4Net>);

impl SshBlocks {
    /// The blocks of `sources`, those that the spec names itself first, as far as `lists` tells what is in the lists.
    pub fn of(sources: &[SshSource], lists: &[PrefixList]) -> Self {
        let mut blocks: Vec<Ipv4Net> = sources.iter().filter_map(SshSource::block).collect();
        let named = blocks.len();
        for block in sources.iter().filter_map(|source| list_of(source, lists)).flat_map(ipv4_blocks) {
            if !blocks.iter().any(|other| other.contains(&block)) {
                blocks.push(block);
            }
        }
        if cover_the_internet(blocks.iter().copied()) {
            blocks.truncate(named);
        }
        Self(blocks)
    }

    /// The blocks, those that the spec names itself first.
    pub fn as_slice(&self) -> &[Ipv4Net] {
        &self.0
    }

    /// Whether every address of `block` is among them.
    pub fn contain(&self, block: IpNet) -> bool {
        let IpNet::V4(block) = block else { return false };
        Ipv4Net::aggregate(&self.0).iter().any(|whole| whole.contains(&block))
    }
}

/// Everything for which `sources` cannot be had: a list that is not there or holds IPv6 addresses, the whole internet
/// once the lists are expanded, and more blocks than the `room` that a network ACL has for them.
pub fn source_faults(sources: &[SshSource], lists: &[PrefixList], room: usize) -> Vec<String> {
    let mut faults = Vec::new();
    for source in sources {
        let SshSource::PrefixList(id) = source else { continue };
        let message = match list_of(source, lists) {
            None => format!("there is no prefix list {id} here, or it is not shared with this account"),
            Some(list) if ipv4_blocks(list).count() < list.entries.len() => {
                format!("{id} holds IPv6 addresses, and environments have no IPv6; name a list of IPv4 addresses")
            }
            Some(_) => continue,
        };
        faults.push(message);
    }
    let named = sources.iter().filter_map(SshSource::block);
    let listed = sources.iter().filter_map(|source| list_of(source, lists)).flat_map(ipv4_blocks);
    if cover_the_internet(named.chain(listed)) {
        let message = "the prefix lists and blocks admit the whole internet (0.0.0.0/0) between them";
        faults.push(message.to_owned());
        return faults;
    }
    let blocks = SshBlocks::of(sources, lists).0.len();
    if blocks > room {
        let message = format!(
            "{blocks} blocks, prefix lists expanded, are more than the {room} that the network ACL of the training \
             subnets has entries left for; name fewer or larger ones"
        );
        faults.push(message);
    }
    faults
}

fn list_of<'a>(source: &SshSource, lists: &'a [PrefixList]) -> Option<&'a PrefixList> {
    match source {
        SshSource::PrefixList(id) => lists.iter().find(|list| list.id == id.as_str()),
        SshSource::Cidr(_) => None,
    }
}

fn ipv4_blocks(list: &PrefixList) -> impl Iterator<Item = Ipv4Net> {
    list.entries.iter().filter_map(|entry| match entry {
        IpNet::V4(block) => Some(*block),
        IpNet::V6(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "pl-0123456789abcdef0";

    fn sources(texts: &[&str]) -> Vec<SshSource> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn list(entries: &[&str]) -> Vec<PrefixList> {
        let entries = entries.iter().map(|entry| entry.parse().unwrap()).collect();
        vec![PrefixList { id: LIST.to_owned(), name: "offices".to_owned(), entries }]
    }

    fn blocks(sources: &[SshSource], lists: &[PrefixList]) -> Vec<String> {
        SshBlocks::of(sources, lists).0.iter().map(ToString::to_string).collect()
    }

    fn said(sources: &[SshSource], lists: &[PrefixList]) -> Vec<String> {
        source_faults(sources, lists, 3)
    }

    #[test]
    fn lists_are_expanded_behind_what_is_named_and_nothing_stands_twice() {
        let sources = sources(&["10.0.0.0/8", LIST]);
        let lists = list(&["10.1.0.0/16", "192.0.2.0/24", "192.0.2.7/32", "198.51.100.0/24"]);
        assert_eq!(blocks(&sources, &lists), ["10.0.0.0/8", "192.0.2.0/24", "198.51.100.0/24"]);
        assert!(said(&sources, &lists).is_empty());
    }

    #[test]
    fn a_list_that_is_not_known_is_a_fault_of_its_own_and_adds_nothing() {
        let sources = sources(&["10.0.0.0/8", LIST]);
        assert_eq!(blocks(&sources, &[]), ["10.0.0.0/8"]);
        let faults = said(&sources, &[]);
        assert!(faults.len() == 1 && faults[0].contains(LIST), "{faults:?}");
    }

    #[test]
    fn a_list_that_completes_the_internet_is_refused_and_counts_for_nothing() {
        let sources = sources(&["0.0.0.0/1", LIST]);
        let lists = list(&["128.0.0.0/2", "192.0.0.0/3"]);
        assert_eq!(blocks(&sources, &lists), ["0.0.0.0/1"]);
        let faults = said(&sources, &lists);
        assert!(faults.len() == 1 && faults[0].contains("0.0.0.0/0"), "{faults:?}");
    }

    #[test]
    fn no_more_blocks_than_entries_and_no_ipv6() {
        let sources = sources(&[LIST]);
        let many = said(&sources, &list(&["10.0.0.0/16", "10.2.0.0/16", "10.4.0.0/16", "10.6.0.0/16"]));
        assert!(many.len() == 1 && many[0].starts_with("4 blocks"), "{many:?}");
        let modern = said(&sources, &list(&["10.0.0.0/16", "fd00::/8"]));
        assert!(modern.len() == 1 && modern[0].contains("IPv6"), "{modern:?}");
    }

    #[test]
    fn what_adjoining_blocks_hold_together_is_held() {
        let blocks = SshBlocks::of(&sources(&["10.0.0.0/9", "10.128.0.0/9"]), &[]);
        assert!(blocks.contain("10.0.0.0/8".parse().unwrap()));
        assert!(!blocks.contain("10.0.0.0/7".parse().unwrap()));
        assert!(!blocks.contain("fd00::/8".parse().unwrap()));
    }
}
