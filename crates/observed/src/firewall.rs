//! The parts of a Route 53 Resolver DNS Firewall as observed.

use super::Tags;

/// A list of domain names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirewallDomainList {
    /// `rslvr-fdl-…`
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// Its name, which others may have as well.
    pub name: String,
    /// The names in it, in lower case, without a final dot, in ascending order.
    pub domains: Vec<String>,
    /// Tags; `None` when they were not asked for.
    pub tags: Option<Tags>,
}

/// A group of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirewallRuleGroup {
    /// `rslvr-frg-…`
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// Its name, which others may have as well.
    pub name: String,
    /// Its rules.
    pub rules: Vec<FirewallRule>,
    /// Tags; `None` when they were not asked for.
    pub tags: Option<Tags>,
}

/// A rule of a group. The one with the lowest priority that matches a query decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirewallRule {
    /// Its place in the group.
    pub priority: i32,
    /// `ALLOW`, `ALERT` (which lets pass, too) or `BLOCK`
    pub action: String,
    /// The list of the names that it is about; empty for a rule that goes by what AWS makes of a name.
    pub domain_list: String,
    /// What such a rule is called by instead; empty for one with a list.
    pub threat_protection: String,
    /// `NODATA`, `NXDOMAIN` or `OVERRIDE`, of a `BLOCK`; else empty.
    pub block_response: String,
    /// `TRUST_REDIRECTION_DOMAIN` or `INSPECT_REDIRECTION_DOMAIN`
    pub redirection: String,
    /// The one type of query that it is about; empty for all.
    pub query_type: String,
}

/// The association of a rule group with the VPC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirewallAssociation {
    /// `rslvr-frgassoc-…`
    pub id: String,
    /// The rule group.
    pub rule_group: String,
    /// Its place among the associations of the VPC: the lowest is asked first.
    pub priority: i32,
    /// `COMPLETE`, `UPDATING` or `DELETING`
    pub status: String,
    /// Whether AWS refuses to remove it (`MutationProtection`).
    pub protected: bool,
}
