//! Placement groups and EC2 Instance Connect Endpoints as observed.

use super::Tags;

/// A placement group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacementGroup {
    /// `pg-…`
    pub id: String,
    /// Its name, unique in the account and region.
    pub name: String,
    /// `cluster`, `spread`, `partition` or `precision-time`
    pub strategy: String,
    /// `pending`, `available` or `deleting`
    pub state: String,
    /// Tags.
    pub tags: Tags,
}

/// An EC2 Instance Connect Endpoint, of which a VPC has one at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceConnectEndpoint {
    /// `eice-…`
    pub id: String,
    /// `create-in-progress`, `create-complete`, `create-failed`, and the same of `delete` and `update`.
    pub state: String,
    /// The subnet that it stands in.
    pub subnet: String,
    /// The groups that guard it.
    pub security_groups: Vec<String>,
    /// Its network interfaces.
    pub interfaces: Vec<String>,
    /// Whether hosts see the address of whoever connects instead of the endpoint's, which no group of ours admits.
    pub preserve_client_ip: bool,
    /// Tags.
    pub tags: Tags,
}

impl InstanceConnectEndpoint {
    /// Whether it stands, though AWS may still be altering it.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.state == "create-complete" || self.state.starts_with("update-")
    }

    /// Whether AWS is at work on it.
    #[must_use]
    pub fn is_changing(&self) -> bool {
        self.state.ends_with("-in-progress")
    }
}
