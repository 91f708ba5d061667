//! The rules of a VPC, evaluated as AWS evaluates them.

mod acl;
mod flow;
pub(crate) mod group;
mod route;
mod standing;
mod view;

pub(crate) use acl::AccessList;
pub(crate) use flow::{Connections, End, passes_list};
pub(crate) use group::Peer;
pub(crate) use route::{Forwarding, Way};
pub use standing::{Standing, endpoint_stands};
pub(crate) use view::{SubnetView, View};
