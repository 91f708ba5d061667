//! Which blocks the pool still has, and whom it meets. Pure.

use ipnet::Ipv4Net;

use super::{
    commands::deploy,
    report::{CheckName, Examined, Finding},
};
use crate::registry::allocate;

/// The size of a network whose spec does not say.
const DEFAULT_PREFIX_LENGTH: u8 = 16;
/// The smallest network that a spec may ask for.
const SMALLEST: u8 = 24;
/// How many VPCs are named.
const NAMED: usize = 5;
/// Where private addresses are: <https://www.rfc-editor.org/rfc/rfc1918>
const PRIVATE: [(&str, u8); 3] = [("10.0.0.0", 8), ("172.16.0.0", 12), ("192.168.0.0", 16)];

/// A VPC of the region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Neighbour {
    pub(super) id: String,
    pub(super) blocks: Vec<Ipv4Net>,
    /// Whether this installation made it.
    pub(super) is_ours: bool,
}

/// Judges the pool beside the VPCs that are there.
pub(super) fn judge(pool: &[Ipv4Net], neighbours: &[Neighbour]) -> Examined {
    let taken: Vec<Ipv4Net> = neighbours.iter().flat_map(|vpc| vpc.blocks.iter().copied()).collect();
    let free = (DEFAULT_PREFIX_LENGTH..=SMALLEST).find(|length| allocate(pool, *length, &taken, 0).is_some());
    let pool_text = listed(pool.iter().map(ToString::to_string));
    let examined = Examined::default();
    let free = match free {
        None => {
            let what = format!("the pool {pool_text} has no block of /{SMALLEST} left that no VPC of the region has");
            let why = "no environment can be made unless its spec says network.cidr or network.ipam_pool_id: each ends as QuotaExceeded";
            return examined.saw(CheckName::CidrPool, what.clone()).found([finding(true, what, why, &taken)]);
        }
        Some(length) => length,
    };
    let mut findings = Vec::new();
    if free > DEFAULT_PREFIX_LENGTH {
        let what = format!("the largest block that the pool {pool_text} still has is a /{free}");
        let why = "a spec that does not say network.prefix_length asks for a /16, and ends as QuotaExceeded";
        findings.push(finding(false, what, why, &taken));
    }
    let met: Vec<&Neighbour> = neighbours.iter().filter(|vpc| !vpc.is_ours && meets(pool, &vpc.blocks)).collect();
    if !met.is_empty() {
        let named = met
            .iter()
            .take(NAMED)
            .map(|vpc| format!("{} ({})", vpc.id, listed(vpc.blocks.iter().map(ToString::to_string))));
        let more = if met.len() > NAMED { format!(" and {} more", met.len() - NAMED) } else { String::new() };
        let what = format!("the pool {pool_text} holds addresses of VPCs that others made: {}{more}", listed(named));
        let why = "an environment never gets a block that a VPC of the region has, but one that it gets may be given to a VPC of theirs later; \
                   AWS attaches no two networks that overlap, and Ringfence looks at this account and region alone";
        findings.push(finding(false, what, why, &taken));
    }
    let seen =
        format!("the pool {pool_text} has a free block of /{free}; {} VPCs of others have addresses in it", met.len());
    examined.saw(CheckName::CidrPool, seen).found(findings)
}

fn finding(required: bool, what: String, why: &str, taken: &[Ipv4Net]) -> Finding {
    let block = roomiest(taken).map_or_else(|| "BLOCKS".to_owned(), |block| block.to_string());
    Finding { check: CheckName::CidrPool, required, what, why: why.to_owned(), mend: deploy("CidrPool", &block) }
}

/// The largest private block that nobody in the region has an address of.
fn roomiest(taken: &[Ipv4Net]) -> Option<Ipv4Net> {
    let ranges: Vec<Ipv4Net> =
        PRIVATE.iter().filter_map(|(start, length)| format!("{start}/{length}").parse().ok()).collect();
    (8..=SMALLEST).find_map(|length| allocate(&ranges, length, taken, 0))
}

fn meets(pool: &[Ipv4Net], blocks: &[Ipv4Net]) -> bool {
    pool.iter().any(|one| blocks.iter().any(|other| one.contains(other) || other.contains(one)))
}

fn listed(texts: impl Iterator<Item = String>) -> String {
    texts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::doctor::report::{Diagnosis, Health};

    fn nets(text: &str) -> Vec<Ipv4Net> {
        text.split_whitespace().map(|block| block.parse().unwrap()).collect()
    }

    fn told(pool: &str, others: &str, ours: &str) -> serde_json::Value {
        let vpc = |block: Ipv4Net, is_ours| Neighbour { id: format!("vpc-{block}"), blocks: vec![block], is_ours };
        let others = nets(others).into_iter().map(|block| vpc(block, false));
        let neighbours: Vec<Neighbour> = others.chain(nets(ours).into_iter().map(|block| vpc(block, true))).collect();
        let diagnosis = Diagnosis::of(vec![judge(&nets(pool), &neighbours)]);
        assert_eq!(
            serde_json::to_value(&diagnosis).unwrap()["status"] == "unready",
            diagnosis_is(&diagnosis, Health::Unready)
        );
        serde_json::to_value(diagnosis).unwrap()
    }

    fn diagnosis_is(diagnosis: &Diagnosis, health: Health) -> bool {
        serde_json::to_value(diagnosis).unwrap()["status"] == serde_json::to_value(health).unwrap()
    }

    #[rstest]
    #[case::apart("10.0.0.0/8", "172.31.0.0/16", "", &[])]
    #[case::ours("10.0.0.0/8", "172.31.0.0/16", "10.0.0.0/16", &[])]
    #[case::met("10.0.0.0/8", "10.9.0.0/16 172.31.0.0/16", "", &[(false, "vpc-10.9.0.0/16", "CidrPool=10.128.0.0/9")])]
    #[case::inside("10.9.0.0/16", "10.0.0.0/8", "", &[(true, "no block of /24", "CidrPool=172.16.0.0/12")])]
    #[case::used_up("10.0.0.0/15", "", "10.0.0.0/16 10.1.0.0/16", &[(true, "no block of /24", "CidrPool=10.128.0.0/9")])]
    #[case::small("10.9.0.0/20", "", "", &[(false, "a /20", "CidrPool=10.0.0.0/8")])]
    #[case::crumbs("10.8.0.0/15", "10.8.0.0/17 10.9.0.0/17", "", &[
        (false, "a /17", "CidrPool=10.128.0.0/9"), (false, "vpc-10.8.0.0/17", "CidrPool=10.128.0.0/9"),
    ])]
    fn a_pool_beside_vpcs(
        #[case] pool: &str,
        #[case] others: &str,
        #[case] ours: &str,
        #[case] expected: &[(bool, &str, &str)],
    ) {
        let told = told(pool, others, ours);
        let findings = told["findings"].as_array().unwrap();
        assert_eq!(findings.len(), expected.len(), "{findings:?}");
        for (finding, (required, what, mend)) in findings.iter().zip(expected) {
            assert_eq!(finding["required"], *required);
            assert!(finding["what"].as_str().unwrap().contains(what), "{finding}");
            assert!(finding["mend"].as_str().unwrap().ends_with(mend), "{finding}");
        }
    }

    #[test]
    fn where_every_private_address_is_taken_no_block_is_offered() {
        let told = told("10.0.0.0/8", "0.0.0.0/0", "");
        assert!(told["findings"][0]["mend"].as_str().unwrap().ends_with("CidrPool=BLOCKS"));
    }
}
