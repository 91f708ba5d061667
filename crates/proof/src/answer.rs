//! What the proof answers: a list of checks, and the verdict that follows from them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The outcome of a proof, as answers show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "testing"), derive(schemars::JsonSchema))]
pub struct Isolation {
    /// Whether every required check holds.
    pub isolated: bool,
    /// Every check that was made, always in the same order.
    pub checks: Vec<Check>,
}

/// One check of a proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "testing"), derive(schemars::JsonSchema))]
pub struct Check {
    /// Its stable name.
    pub check: CheckName,
    /// Whether the environment may only be published when it holds.
    pub required: bool,
    /// Whether it holds.
    pub holds: bool,
    /// Why it does or does not, naming the resources.
    pub because: String,
}

/// What follows from a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every required check holds.
    Isolated,
    /// These required checks of what keeps things in and out do not hold, whatever else does not.
    Exposed(Vec<CheckName>),
    /// It is closed, but these required checks of what must work do not hold.
    Unusable(Vec<CheckName>),
}

/// What a check is for, and so what its failure means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It keeps things in and out: without it the environment is exposed.
    KeepsClosed,
    /// It must work: without it nobody can train here.
    MustWork,
    /// It tells of what opens nothing by itself, and is never required.
    Tells,
}

impl Isolation {
    /// Sums up `checks`.
    #[must_use]
    pub fn of(checks: Vec<Check>) -> Self {
        Self { isolated: checks.iter().all(|check| check.holds || !check.required), checks }
    }

    /// What follows from the checks. Exposure outweighs what does not work.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let failing = self.checks.iter().filter(|check| check.required && !check.holds).map(|check| check.check);
        // Whatever is required and says nothing of working is taken for what keeps it closed.
        let (broken, open): (Vec<_>, Vec<_>) = failing.partition(|check| check.purpose() == Purpose::MustWork);
        match (open.is_empty(), broken.is_empty()) {
            (false, _) => Verdict::Exposed(open),
            (true, false) => Verdict::Unusable(broken),
            (true, true) => Verdict::Isolated,
        }
    }
}

/// Declares the checks once: variant, stable name, purpose.
macro_rules! check_names {
    ($($(#[$documentation:meta])* $variant:ident = $name:literal, $purpose:ident;)+) => {
        /// The name of a check. Names are part of the answer and never change their meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum CheckName {
            $($(#[$documentation])* $variant,)+
            /// A check of another version of this program, read back from a stored answer.
            Unrecognized,
        }

        impl CheckName {
            /// Every check of this version, in the order in which they are answered.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                    Self::Unrecognized => "unrecognized",
                }
            }

            /// What the check is for. Of one that is not known, the worse is assumed.
            #[must_use]
            pub const fn purpose(self) -> Purpose {
                match self {
                    $(Self::$variant => Purpose::$purpose,)+
                    Self::Unrecognized => Purpose::KeepsClosed,
                }
            }
        }
    };
}

check_names! {
    /// AWS reports a VPC for the environment at all.
    VpcPresent = "vpc-present", MustWork;
    /// No route of any table leads out of the VPC, but to `ssh_from` through a named attachment.
    NoRouteOut = "no-route-out", KeepsClosed;
    /// No gateway, peering connection or attachment is there that is not named.
    NoGateway = "no-gateway", KeepsClosed;
    /// Nobody outside waits for this side to accept a connection. It opens nothing.
    NoRequestFromOutside = "no-request-from-outside", Tells;
    /// No interface stands in the VPC whose very nature is to carry traffic across its border.
    NoBridgingInterface = "no-bridging-interface", KeepsClosed;
    /// Every VPC endpoint belongs to a service that was asked for.
    EndpointsKnown = "endpoints-known", KeepsClosed;
    /// The main route table, which serves whatever has no table, knows the VPC alone.
    MainRouteTableLocal = "main-route-table-local", KeepsClosed;
    /// No packet leaves the VPC from any subnet under any group.
    NothingReachesOut = "nothing-reaches-out", KeepsClosed;
    /// No packet from outside reaches any subnet under any group, SSH as asked apart.
    NothingReachesIn = "nothing-reaches-in", KeepsClosed;
    /// No security group admits the whole world, and none of the environment's own lets everything out.
    NoOpenGroup = "no-open-group", KeepsClosed;
    /// No group of others lets everything out. What finds a way by it, the walk finds.
    NoForeignOpenEgress = "no-foreign-open-egress", Tells;
    /// Nothing has, or would be given, a public address.
    NoPublicAddresses = "no-public-addresses", KeepsClosed;
    /// The default security group has no rules.
    DefaultGroupClosed = "default-group-closed", KeepsClosed;
    /// The default network ACL allows nothing and serves none of the environment's subnets.
    DefaultAclUnused = "default-acl-unused", KeepsClosed;
    /// The training hosts admit SSH from nowhere else than asked.
    SshOnlyAsAsked = "ssh-only-as-asked", KeepsClosed;
    /// Endpoint policies admit this account's principals and resources alone.
    EndpointPoliciesBound = "endpoint-policies-bound", KeepsClosed;
    /// What GuardDuty put into the VPC is what GuardDuty makes, and serves this account alone.
    GuardDutyContained = "guardduty-contained", KeepsClosed;
    /// Roles allow what was asked for, to whom it was asked for.
    RoleBound = "role-bound", KeepsClosed;
    /// Roles reach S3 data through this VPC alone.
    DataThroughThisVpc = "data-through-this-vpc", KeepsClosed;
    /// The configured permissions boundary is on every role.
    PermissionsBoundary = "permissions-boundary", KeepsClosed;
    /// DNS answers allowed names alone.
    DnsFiltered = "dns-filtered", KeepsClosed;
    /// Every subnet of the environment is there, with a route table and a network ACL of its own.
    EverySubnetExplicit = "every-subnet-explicit", MustWork;
    /// Training hosts reach each other on every port.
    TrainingReachesTraining = "training-reaches-training", MustWork;
    /// Training hosts reach the services tier on the ports asked for, and replies come back.
    TrainingReachesServices = "training-reaches-services", MustWork;
    /// Both tiers reach every interface endpoint, and replies come back.
    EndpointsReachable = "endpoints-reachable", MustWork;
    /// Both tiers reach every gateway endpoint, and replies come back.
    GatewayEndpointsRouted = "gateway-endpoints-routed", MustWork;
    /// SSH works from where it was asked for.
    SshAsAsked = "ssh-as-asked", MustWork;
    /// The VPC resolves names.
    DnsWorks = "dns-works", MustWork;
    /// All traffic is recorded.
    FlowLogsOn = "flow-logs-on", MustWork;
    /// The services that were asked for can assume the roles.
    RoleUsable = "role-usable", MustWork;
}

impl fmt::Display for CheckName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(any(test, feature = "testing"))]
impl schemars::JsonSchema for CheckName {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CheckName".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names: Vec<&str> = Self::ALL.iter().chain([&Self::Unrecognized]).map(|name| name.as_str()).collect();
        schemars::json_schema!({"description": "Names never change their meaning.", "enum": names})
    }
}

impl From<CheckName> for String {
    fn from(name: CheckName) -> Self {
        name.as_str().to_owned()
    }
}

impl From<String> for CheckName {
    /// A name that this version does not know must not make a stored answer unreadable after a rollback.
    fn from(name: String) -> Self {
        Self::ALL.iter().copied().find(|known| known.as_str() == name).unwrap_or(Self::Unrecognized)
    }
}
