//! The space of packets, cut into cells that no rule can tell apart.

mod addresses;
mod cut;
mod packet_set;
mod traffic;

pub(crate) use addresses::AddressLine;
pub(crate) use cut::{GLOBAL_IPV6, RESERVED_IPV4, Space};
pub(crate) use packet_set::{Packet, PacketSet, first_bit};
pub(crate) use traffic::{TrafficLine, TrafficSet};
