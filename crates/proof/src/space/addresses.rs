//! The number line of addresses, cut into cells.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use ipnet::IpNet;

/// All addresses, IPv4 before IPv6, cut wherever a block begins or ends.
///
/// No rule can tell two addresses of one cell apart, so that what holds for its first address holds for all of it.
#[derive(Debug)]
pub(crate) struct AddressLine {
    /// The first address of each cell, ascending. `IpAddr` orders every IPv4 address before every IPv6 one.
    starts: Vec<IpAddr>,
}

impl AddressLine {
    /// Cuts the line at both ends of every block.
    pub(crate) fn cut(blocks: impl IntoIterator<Item = IpNet>) -> Self {
        let mut starts = vec![IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)];
        for block in blocks {
            starts.push(block.network());
            starts.extend(following(block.broadcast()));
        }
        starts.sort_unstable();
        starts.dedup();
        Self { starts }
    }

    /// How many cells there are.
    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    /// The cell that holds `address`.
    pub(crate) fn cell(&self, address: IpAddr) -> usize {
        self.starts.partition_point(|start| *start <= address).saturating_sub(1)
    }

    /// The cells that make up a block. Exact for a block that the line was cut at, and for a single address.
    pub(crate) fn within(&self, block: IpNet) -> Range<usize> {
        self.cell(block.network())..self.cell(block.broadcast()) + 1
    }

    /// The cell of this line that holds each cell of a finer one, which is cut wherever this one is.
    pub(crate) fn holding(&self, finer: &Self) -> Vec<usize> {
        let mut cell = 0;
        let mut hold = |start: &IpAddr| {
            while self.starts.get(cell + 1).is_some_and(|next| next <= start) {
                cell += 1;
            }
            cell
        };
        finer.starts.iter().map(&mut hold).collect()
    }

    /// The first address of a cell, which stands for all of it.
    pub(crate) fn representative(&self, cell: usize) -> IpAddr {
        self.starts[cell]
    }
}

/// The address after the last one of a block; none at the end of a family, where the next one begins anyway.
fn following(last: IpAddr) -> Option<IpAddr> {
    match last {
        IpAddr::V4(address) => address.to_bits().checked_add(1).map(|bits| Ipv4Addr::from_bits(bits).into()),
        IpAddr::V6(address) => address.to_bits().checked_add(1).map(|bits| Ipv6Addr::from_bits(bits).into()),
    }
}
