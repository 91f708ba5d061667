//! The table of checks in `docs/proof.md`: what each looks at, beside what its declaration says.

use ringfence_model::schema::assert_table;

use super::super::{
    CheckName::{self, *},
    Purpose,
};

/// What a check looks at, and what somebody might expect of it that it does not look at. A check without texts does not
/// compile.
const fn texts(check: CheckName) -> (&'static str, &'static str) {
    match check {
        VpcPresent => ("that AWS reports a VPC for the environment; without one no other check is made", ""),
        NoRouteOut => (
            "every route of every route table in the VPC, whichever subnets it serves: it stays in the VPC, leads \
             to a gateway endpoint, or leads to `access.ssh_from` through what `access.attachments` names. A \
             blackhole counts, and so does a gateway that propagates routes",
            "whether a packet could take the route: that is `nothing-reaches-out`",
        ),
        NoGateway => (
            "internet, egress-only, NAT, transit and virtual private gateways and peering connections, in every \
             state that this side has had a hand in, unless `access.attachments` names them",
            "requests that nobody here has accepted: that is `no-request-from-outside`",
        ),
        NoRequestFromOutside => (
            "requests of others for a connection, such as a peering connection, that nobody here has accepted",
            "what they would open: nothing until they are accepted",
        ),
        NoBridgingInterface => (
            "the type of every network interface: none of a kind that carries traffic across the border of the \
             VPC, but for the EC2 Instance Connect Endpoint asked for, or being taken away, and a transit gateway \
             that the spec names",
            "what a service does behind an interface of another type",
        ),
        EndpointsKnown => (
            "every VPC endpoint: its service is one that `egress.endpoints` names, and of that kind; GuardDuty's \
             own apart, and those of its own that AWS is taking away",
            "its policy: that is `endpoint-policies-bound`",
        ),
        MainRouteTableLocal => (
            "the main table, which serves every subnet that has none: it knows the VPC alone and takes on no \
             routes",
            "the other tables: that is `no-route-out`",
        ),
        NothingReachesOut => (
            "one packet for every kind of traffic, from every subnet under any group of the VPC, to every address \
             that a route leads out to: an ACL or the groups stop it. One packet is enough, with or without \
             replies",
            "traffic to gateway endpoints, which their policies bind; names that DNS looks up: that is \
             `dns-filtered`",
        ),
        NothingReachesIn => (
            "the same the other way round, by every internet gateway, peering connection, transit and virtual \
             private gateway, from any source address; SSH from `access.ssh_from` to training subnets apart",
            "NAT and egress-only gateways, by which nobody opens a connection",
        ),
        NoOpenGroup => (
            "every group in the VPC, whoever made it: none admits the whole world, and none of Ringfence's own \
             lets everything out, also not in pieces, by several rules, prefix lists, or groups on one interface",
            "what groups of others let out: that is `no-foreign-open-egress`",
        ),
        NoForeignOpenEgress => (
            "groups of others that let everything out, as every new group does",
            "whether a packet finds a way by it: that is `nothing-reaches-out`",
        ),
        NoPublicAddresses => (
            "blocks of the VPC outside RFC 1918, IPv6 blocks, subnets that give public or IPv6 addresses, \
             interfaces that have one",
            "",
        ),
        DefaultGroupClosed => ("that the default group has no rules", ""),
        DefaultAclUnused => ("that the default ACL allows nothing and serves no subnet of the environment", ""),
        SshOnlyAsAsked => (
            "the training group: it admits port 22 from `access.ssh_from`, from itself and from the EC2 Instance \
             Connect Endpoint alone, also inside the VPC",
            "what other groups let in from inside",
        ),
        EndpointPoliciesBound => (
            "the policy of every endpoint, whoever made it: principals and resources of this account alone, \
             beside reads of AWS's own buckets and images, such as [what it builds](what-it-builds.md#by-default) \
             names",
            "GuardDuty's endpoint: that is `guardduty-contained`",
        ),
        GuardDutyContained => (
            "what is tagged as GuardDuty's: the endpoint of its service in this region, with a policy for this \
             account, and a group that lets in TCP 443 from inside alone. With `egress.guardduty: refuse` there \
             is none",
            "",
        ),
        RoleBound => (
            "each role's trust, inline policies and managed policies, held to a list of actions, resources and \
             conditions, and to the S3 data that the spec names",
            "to which account SageMaker hands an interface over (`ec2:CreateNetworkInterfacePermission`): nothing \
             bounds it, and the check says so",
        ),
        DataThroughThisVpc => {
            ("that no policy of a role allows S3 data by another way than this VPC", "policies of buckets")
        }
        PermissionsBoundary => (
            "that the configured boundary is on every role; `told` where none is configured",
            "what the boundary allows: [`doctor`](deploy.md#ask-what-it-lacks) looks at that",
        ),
        DnsFiltered => (
            "DNS Firewall, rule by rule as the resolver evaluates it: nothing passes that `egress.allow_domains` \
             does not allow, all else is blocked, and it fails closed. `told` where `egress.allow_domains` is not \
             given",
            "where a CNAME chain that begins with an allowed name leads",
        ),
        EverySubnetExplicit => (
            "that every subnet of the environment is there, with a route table and an ACL of its own",
            "subnets of others",
        ),
        TrainingReachesTraining => (
            "that training hosts reach each other on every port and protocol, and that their group refers to \
             itself both ways, as EFA needs",
            "",
        ),
        TrainingReachesServices => (
            "that training hosts reach the services tier on each of `access.services_ports`, and replies come \
             back",
            "whether a host listens there",
        ),
        EndpointsReachable => (
            "that each interface endpoint asked for is available, has private DNS and an interface, and is \
             reached on 443 from both tiers, with replies. One that is `partial` is `told`",
            "",
        ),
        GatewayEndpointsRouted => (
            "that each gateway endpoint asked for is available, and that routes, ACLs and groups of both tiers \
             lead to it and back",
            "",
        ),
        SshAsAsked => (
            "that ACLs and the training group admit port 22 from each block of `access.ssh_from` and from the EC2 \
             Instance Connect Endpoint, with replies",
            "whether an attachment leads there yet",
        ),
        DnsWorks => ("that DNS support and hostnames of the VPC are on; `told` where a look did not read them", ""),
        FlowLogsOn => (
            "that an active flow log records all traffic to the environment's log group, with the role that was \
             meant, and that the group is there. What AWS could not deliver of late is `told`",
            "what the records say",
        ),
        RoleUsable => (
            "that each role is there, that the services asked for can assume it, and that the instance profile \
             holds it",
            "",
        ),
        Unrecognized => ("", ""),
    }
}

fn row(check: CheckName) -> Vec<String> {
    let follows = match check.purpose() {
        Purpose::KeepsClosed => "exposed",
        Purpose::MustWork => "failed",
        Purpose::Tells => "told",
    };
    let (looks_at, not_at) = texts(check);
    assert!(!looks_at.is_empty(), "nothing says what {check} looks at");
    vec![format!("`{check}`"), format!("`{follows}`"), looks_at.to_owned(), not_at.to_owned()]
}

#[test]
fn the_table_of_checks_is_committed() {
    let mut rows = vec![["`check`", "when it fails", "looks at", "does not look at"].map(ToOwned::to_owned).to_vec()];
    rows.extend(CheckName::ALL.iter().map(|check| row(*check)));
    assert_table("proof.md", "checks", &rows);
}
