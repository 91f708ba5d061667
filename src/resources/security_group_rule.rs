//! Rules of security groups: as AWS reports them, and as it takes them.

use aws_sdk_ec2::types::{IpPermission, IpRange, Ipv6Range, PrefixListId, UserIdGroupPair};
use ipnet::IpNet;

use super::{Run, ec2, protocol};
use crate::aws::CallError;
use ringfence_model::plan::Reference;
use ringfence_observed::{
    Direction, IcmpTypeCode, PeerGroup, PortRange, Protocol, SecurityGroup, SecurityGroupRule, Source,
};

/// A rule whose other end may be a group in the making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(super) protocol: Protocol,
    pub(super) ports: PortRange,
    pub(super) icmp: IcmpTypeCode,
    pub(super) end: End,
    pub(super) description: String,
}

/// The other end of a [`Rule`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    Cidr(IpNet),
    Group(Reference),
    PeerGroup(PeerGroup),
    PrefixList(String),
}

impl End {
    /// Whether two ends are one. IDs of groups are unique among all accounts.
    fn is(&self, other: &Self) -> bool {
        match (self.group(), other.group()) {
            (None, None) => self == other,
            (one, other) => one == other,
        }
    }

    fn group(&self) -> Option<&str> {
        match self {
            Self::Group(Reference::Present(id)) => Some(id),
            Self::PeerGroup(group) => Some(&group.id),
            Self::Group(Reference::Made(_)) | Self::Cidr(_) | Self::PrefixList(_) => None,
        }
    }
}

/// AWS gives every new group one rule: everything may leave
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>).
pub(super) fn rules_of_new_group(direction: Direction) -> Vec<Rule> {
    match direction {
        Direction::Ingress => Vec::new(),
        Direction::Egress => vec![Rule {
            protocol: Protocol::All,
            ports: PortRange::ALL,
            icmp: IcmpTypeCode::ALL,
            end: End::Cidr(IpNet::V4(ipnet::Ipv4Net::default())),
            description: String::new(),
        }],
    }
}

/// The rules of a group in one direction.
pub(super) fn rules_of(group: &SecurityGroup, direction: Direction) -> Vec<Rule> {
    group.rules.iter().filter(|rule| rule.direction == direction).map(Rule::from_seen).collect()
}

impl Rule {
    fn from_seen(rule: &SecurityGroupRule) -> Self {
        let end = match &rule.source {
            Source::Cidr(cidr) => End::Cidr(*cidr),
            Source::Group(id) => End::Group(Reference::Present(id.clone())),
            Source::PeerGroup(group) => End::PeerGroup(group.clone()),
            Source::PrefixList(id) => End::PrefixList(id.clone()),
        };
        let (protocol, ports, icmp) = (rule.protocol, rule.ports, rule.icmp);
        Self { protocol, ports, icmp, end, description: rule.description.clone() }
    }

    /// A rule as `DescribeSecurityGroupRules` tells it, where it has its ID; none where its other end cannot be read.
    pub(super) fn from_numbered(rule: &aws_sdk_ec2::types::SecurityGroupRule) -> Option<Self> {
        let protocol = protocol::from_text(rule.ip_protocol()?);
        let block = rule.cidr_ipv4().or_else(|| rule.cidr_ipv6());
        let end = match (block, rule.prefix_list_id(), rule.referenced_group_info()) {
            (Some(block), ..) => End::Cidr(block.parse().ok()?),
            (None, Some(list), _) => End::PrefixList(list.to_owned()),
            (None, None, Some(group)) => End::PeerGroup(PeerGroup {
                id: group.group_id()?.to_owned(),
                owner: group.user_id().unwrap_or_default().to_owned(),
                peering_connection: group.vpc_peering_connection_id().unwrap_or_default().to_owned(),
            }),
            (None, None, None) => return None,
        };
        Some(Self {
            protocol,
            ports: ports(protocol, rule.from_port(), rule.to_port()),
            icmp: protocol::messages(protocol, rule.from_port(), rule.to_port()),
            end,
            description: rule.description().unwrap_or_default().to_owned(),
        })
    }

    /// Whether AWS takes the two for one rule: descriptions do not count.
    pub(super) fn same(&self, other: &Self) -> bool {
        (self.protocol, self.ports, self.icmp) == (other.protocol, other.ports, other.icmp) && self.end.is(&other.end)
    }

    /// The group at its other end, where that is one that stands: its ID.
    pub(super) fn group(&self) -> Option<&str> {
        self.end.group()
    }

    /// The rule as AWS takes it.
    pub(super) fn permission(&self, run: &Run<'_>) -> Result<IpPermission, CallError> {
        Ok(match &self.end {
            End::Group(group) => self.to_sdk(Some(run.id(group)?)),
            _ => self.to_sdk(None),
        })
    }

    /// `group` is the ID of the other end, where that is a group of this VPC.
    fn to_sdk(&self, group: Option<&str>) -> IpPermission {
        let description = (!self.description.is_empty()).then(|| self.description.clone());
        let permission = IpPermission::builder().ip_protocol(protocol::to_text(self.protocol));
        let permission = match self.protocol {
            Protocol::Tcp | Protocol::Udp => {
                permission.from_port(i32::from(self.ports.from)).to_port(i32::from(self.ports.to))
            }
            other if protocol::has_messages(other) => permission.from_port(self.icmp.icmp_type).to_port(self.icmp.code),
            _ => permission,
        };
        match &self.end {
            End::Cidr(IpNet::V4(cidr)) => permission
                .ip_ranges(IpRange::builder().cidr_ip(cidr.to_string()).set_description(description).build())
                .build(),
            End::Cidr(IpNet::V6(cidr)) => permission
                .ipv6_ranges(Ipv6Range::builder().cidr_ipv6(cidr.to_string()).set_description(description).build())
                .build(),
            End::Group(_) => {
                let pair = UserIdGroupPair::builder().set_group_id(group.map(ToOwned::to_owned));
                permission.user_id_group_pairs(pair.set_description(description).build()).build()
            }
            End::PeerGroup(group) => {
                let given = |text: &String| (!text.is_empty()).then(|| text.clone());
                let pair = UserIdGroupPair::builder()
                    .group_id(&group.id)
                    .set_user_id(given(&group.owner))
                    .set_vpc_peering_connection_id(given(&group.peering_connection));
                permission.user_id_group_pairs(pair.set_description(description).build()).build()
            }
            End::PrefixList(list) => permission
                .prefix_list_ids(PrefixListId::builder().prefix_list_id(list).set_description(description).build())
                .build(),
        }
    }
}

/// AWS gives rules that differ in their other end alone as one permission; here each is a rule of its own.
pub(super) fn rules_from_sdk(
    action: &'static str,
    group: &aws_sdk_ec2::types::SecurityGroup,
    direction: Direction,
    permission: &IpPermission,
    rules: &mut Vec<SecurityGroupRule>,
) -> Result<(), CallError> {
    let protocol = protocol::from_text(permission.ip_protocol().unwrap_or_default());
    let ports = ports(protocol, permission.from_port(), permission.to_port());
    let icmp = protocol::messages(protocol, permission.from_port(), permission.to_port());
    let mut add = |source, description: Option<&str>| {
        let description = description.unwrap_or_default().to_owned();
        rules.push(SecurityGroupRule { direction, protocol, ports, icmp, source, description });
    };
    for range in permission.ip_ranges() {
        add(Source::Cidr(ec2::block(action, range.cidr_ip().unwrap_or_default())?), range.description());
    }
    for range in permission.ipv6_ranges() {
        add(Source::Cidr(ec2::block(action, range.cidr_ipv6().unwrap_or_default())?), range.description());
    }
    for pair in permission.user_id_group_pairs() {
        add(source_of(group, pair), pair.description());
    }
    for list in permission.prefix_list_ids() {
        add(Source::PrefixList(list.prefix_list_id().unwrap_or_default().to_owned()), list.description());
    }
    Ok(())
}

/// The ports that a rule of `protocol` is for. What cannot be read is every port, which the proof has to fear most.
fn ports(protocol: Protocol, from: Option<i32>, to: Option<i32>) -> PortRange {
    let port = |port: Option<i32>, otherwise| port.and_then(|port| u16::try_from(port).ok()).unwrap_or(otherwise);
    match protocol {
        Protocol::Tcp | Protocol::Udp => PortRange { from: port(from, 0), to: port(to, u16::MAX) },
        _ => PortRange::ALL,
    }
}

/// The group that a rule of `group` names. AWS names the owner with every one, the account's own included.
fn source_of(group: &aws_sdk_ec2::types::SecurityGroup, pair: &UserIdGroupPair) -> Source {
    let id = pair.group_id().unwrap_or_default().to_owned();
    let (owner, peering_connection) = (pair.user_id(), pair.vpc_peering_connection_id().unwrap_or_default());
    let is_own = owner.is_none_or(str::is_empty) || owner == group.owner_id();
    if is_own && peering_connection.is_empty() {
        return Source::Group(id);
    }
    let owner = owner.unwrap_or_default().to_owned();
    Source::PeerGroup(PeerGroup { id, owner, peering_connection: peering_connection.to_owned() })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const OURS: &str = "111111111111";

    fn read(permission: &IpPermission) -> Vec<SecurityGroupRule> {
        let group = aws_sdk_ec2::types::SecurityGroup::builder().group_id("sg-1").owner_id(OURS).build();
        let mut rules = Vec::new();
        rules_from_sdk("test", &group, Direction::Ingress, permission, &mut rules)
            .unwrap_or_else(|error| unreachable!("{error}"));
        rules
    }

    fn permission(protocol: &str, from: i32, to: i32) -> aws_sdk_ec2::types::builders::IpPermissionBuilder {
        IpPermission::builder().ip_protocol(protocol).from_port(from).to_port(to)
    }

    fn anywhere() -> IpRange {
        IpRange::builder().cidr_ip("0.0.0.0/0").description("somebody's").build()
    }

    fn pair(id: &str, owner: &str) -> aws_sdk_ec2::types::builders::UserIdGroupPairBuilder {
        UserIdGroupPair::builder().group_id(id).user_id(owner)
    }

    #[rstest]
    #[case::echo(permission("icmp", 8, -1).ip_ranges(anywhere()).build())]
    #[case::fragmentation_needed(permission("icmp", 3, 4).ip_ranges(anywhere()).build())]
    #[case::any_message(permission("icmp", -1, -1).ip_ranges(anywhere()).build())]
    #[case::of_ipv6(permission("icmpv6", 128, 0).ipv6_ranges(Ipv6Range::builder().cidr_ipv6("::/0").build()).build())]
    #[case::ports(permission("tcp", 22, 23).ip_ranges(anywhere()).build())]
    #[case::of_another_account(permission("udp", 53, 53).user_id_group_pairs(pair("sg-2", "222222222222").build()).build())]
    #[case::behind_peering(permission("tcp", 0, 65535)
        .user_id_group_pairs(pair("sg-2", OURS).vpc_peering_connection_id("pcx-1").build()).build())]
    #[case::prefix_list(permission("tcp", 443, 443).prefix_list_ids(PrefixListId::builder().prefix_list_id("pl-1").build()).build())]
    #[case::another_protocol(IpPermission::builder().ip_protocol("50").ip_ranges(anywhere()).build())]
    fn what_is_read_is_written_back(#[case] reported: IpPermission) {
        let rules = read(&reported);
        assert_eq!(rules.len(), 1);
        assert_eq!(Rule::from_seen(&rules[0]).to_sdk(None), reported);
    }

    #[test]
    fn groups_of_others_are_told_from_our_own() {
        let sources =
            |pair: UserIdGroupPair| read(&permission("tcp", 1, 1).user_id_group_pairs(pair).build())[0].source.clone();
        assert_eq!(sources(pair("sg-2", OURS).build()), Source::Group("sg-2".into()));
        assert_eq!(sources(UserIdGroupPair::builder().group_id("sg-2").build()), Source::Group("sg-2".into()));
        let owner = "222222222222".to_owned();
        let other = PeerGroup { id: "sg-2".into(), owner, peering_connection: String::new() };
        assert_eq!(sources(pair("sg-2", "222222222222").build()), Source::PeerGroup(other));
    }

    #[test]
    fn a_rule_is_found_among_those_that_tell_their_ids() {
        let numbered = |protocol: &str, from, to| {
            aws_sdk_ec2::types::SecurityGroupRule::builder().ip_protocol(protocol).from_port(from).to_port(to)
        };
        let seen = |permission: aws_sdk_ec2::types::builders::IpPermissionBuilder| {
            Rule::from_seen(&read(&permission.build())[0])
        };
        let echo = Rule::from_numbered(&numbered("icmp", 8, -1).cidr_ipv4("0.0.0.0/0").build());
        assert!(echo.is_some_and(|rule| rule.same(&seen(permission("icmp", 8, -1).ip_ranges(anywhere())))));
        let other = aws_sdk_ec2::types::ReferencedSecurityGroup::builder().group_id("sg-2").user_id(OURS).build();
        let other = Rule::from_numbered(&numbered("tcp", 1, 2).referenced_group_info(other).build());
        let pair = pair("sg-2", OURS).build();
        assert!(other.is_some_and(|rule| rule.same(&seen(permission("tcp", 1, 2).user_id_group_pairs(pair)))));
        // AWS gives -1 for the ports of rules for all protocols here, and none in the description of a group.
        let all = Rule::from_numbered(&numbered("-1", -1, -1).cidr_ipv6("::/0").build());
        let everywhere = Ipv6Range::builder().cidr_ipv6("::/0").build();
        let seen = seen(IpPermission::builder().ip_protocol("-1").ipv6_ranges(everywhere));
        assert!(all.is_some_and(|rule| rule.same(&seen)));
        assert!(Rule::from_numbered(&numbered("tcp", 1, 2).build()).is_none());
    }

    #[test]
    fn messages_tell_rules_apart_and_descriptions_do_not() {
        let [echo, all] =
            [8, -1].map(|kind| Rule::from_seen(&read(&permission("icmp", kind, -1).ip_ranges(anywhere()).build())[0]));
        assert!(!echo.same(&all));
        assert!(echo.same(&Rule { description: "another".into(), ..echo.clone() }));
    }
}
