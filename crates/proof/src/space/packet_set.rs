//! Sets of packets as one sees them from one end: address of the other end times kind of traffic.

use std::ops::Range;

use super::{AddressLine, TrafficLine, TrafficSet};

/// A set of pairs of an address cell and a traffic class; a row of bits for each cell.
///
/// With the number of cells that rules make (some hundreds) this is small, and unions and differences of whole rule
/// sets are a few thousand word operations: what would be a walk of every packet is a walk of every *cell*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PacketSet {
    width: usize,
    words: Vec<u64>,
}

/// A cell and a class: one packet that stands for all that rules cannot tell from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    /// The cell of the other end's address.
    pub(crate) cell: usize,
    /// The class of the traffic.
    pub(crate) class: usize,
}

impl PacketSet {
    /// Nothing.
    pub(crate) fn empty(addresses: &AddressLine, traffic: &TrafficLine) -> Self {
        let width = traffic.width();
        Self { width, words: vec![0; width * addresses.len()] }
    }

    /// The traffic in a cell.
    pub(crate) fn row(&self, cell: usize) -> &[u64] {
        &self.words[cell * self.width..(cell + 1) * self.width]
    }

    fn row_mut(&mut self, cell: usize) -> &mut [u64] {
        &mut self.words[cell * self.width..(cell + 1) * self.width]
    }

    /// Adds `traffic` in each of `cells`.
    pub(crate) fn add(&mut self, cells: Range<usize>, traffic: &TrafficSet) {
        for cell in cells {
            for (word, added) in self.row_mut(cell).iter_mut().zip(traffic.words()) {
                *word |= added;
            }
        }
    }

    /// Adds what is in `traffic` and not in `decided` yet, and puts all of it there.
    pub(crate) fn add_undecided(&mut self, decided: &mut Self, cells: Range<usize>, traffic: &TrafficSet, add: bool) {
        for cell in cells {
            let (row, known) = (self.row_mut(cell), decided.row_mut(cell));
            for ((word, known), matched) in row.iter_mut().zip(known).zip(traffic.words()) {
                if add {
                    *word |= matched & !*known;
                }
                *known |= matched;
            }
        }
    }

    /// A packet of `traffic` in `cells` that is not in the set.
    pub(crate) fn first_missing(&self, cells: Range<usize>, traffic: &TrafficSet) -> Option<Packet> {
        cells.into_iter().find_map(|cell| {
            let missing = self.row(cell).iter().zip(traffic.words()).map(|(present, wanted)| wanted & !present);
            first_bit(missing).map(|class| Packet { cell, class })
        })
    }

    /// A class of traffic that the set holds in every one of `cells`; none when there are no cells.
    pub(crate) fn common_class(&self, cells: impl IntoIterator<Item = usize>) -> Option<usize> {
        let mut cells = cells.into_iter();
        let mut common = self.row(cells.next()?).to_vec();
        for cell in cells {
            if common.iter().all(|word| *word == 0) {
                return None;
            }
            for (word, present) in common.iter_mut().zip(self.row(cell)) {
                *word &= present;
            }
        }
        first_bit(common)
    }
}

/// The index of the first bit set.
pub(crate) fn first_bit(words: impl IntoIterator<Item = u64>) -> Option<usize> {
    words
        .into_iter()
        .enumerate()
        .find(|(_, word)| *word != 0)
        .map(|(index, word)| index * 64 + word.trailing_zeros() as usize)
}
