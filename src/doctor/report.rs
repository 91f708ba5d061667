//! What an examination comes to. Pure.

use serde::Serialize;

use ringfence_model::request::Action;

/// What of the installation was looked at, what is missing, and how to mend it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Diagnosis {
    /// What was asked.
    action: Action,
    /// Whether an environment can be made.
    status: Health,
    /// Everything that is looked at, in a fixed order, one entry each.
    checks: Vec<Checked>,
    /// What is missing or wrong, in the order of the checks.
    findings: Vec<Finding>,
    /// What a default environment takes of each quota that it meets.
    quotas: Vec<Quota>,
}

/// Whether an environment can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum Health {
    /// Every required check was looked at, and holds.
    Ready,
    /// Nothing required is known to be missing, but not everything could be looked at.
    Unknown,
    /// Something required is missing: see `findings`.
    Unready,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Checked {
    /// Which.
    pub(crate) check: CheckName,
    /// Whether environments cannot be made, or not as promised, where it does not hold.
    pub(crate) required: bool,
    /// Whether it could be looked at.
    pub(crate) looked_at: bool,
    /// Whether it was looked at and nothing is to be mended.
    pub(crate) ok: bool,
    /// What was seen, or why it could not be looked at.
    pub(crate) because: String,
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum CheckName {
    /// The DynamoDB table, and its key schema.
    Table,
    /// The table's time to live, which removes what is kept of deleted environments.
    TableTimeToLive,
    /// The event bus.
    EventBus,
    /// The policy that bounds every role that is made.
    PermissionsBoundary,
    /// What the function's own role may do, by IAM's policy simulator.
    Permissions,
    /// The role that all flow logs are delivered with, where the installation has one.
    FlowLogRole,
    /// VPCs of the region.
    QuotaVpcs,
    /// Gateway endpoints of the region.
    QuotaGatewayEndpoints,
    /// Interface endpoints of one VPC.
    QuotaInterfaceEndpoints,
    /// IAM roles of the account.
    QuotaRoles,
    /// Instance profiles of the account.
    QuotaInstanceProfiles,
    /// Standard parameters of the region.
    QuotaParameters,
    /// Availability zones that are up.
    Zones,
    /// Whether the pool has a free block, and which VPCs of others it meets.
    CidrPool,
    /// Whether a rule asks for what CloudTrail records.
    Cloudtrail,
    /// Whether GuardDuty puts endpoints into VPCs.
    Guardduty,
}

impl CheckName {
    /// Every check with whether it is required, in the order of the answer.
    pub(crate) const ALL: [(Self, bool); 16] = [
        (Self::Table, true),
        (Self::TableTimeToLive, false),
        (Self::EventBus, true),
        (Self::PermissionsBoundary, true),
        (Self::Permissions, true),
        (Self::FlowLogRole, true),
        (Self::QuotaVpcs, true),
        (Self::QuotaGatewayEndpoints, true),
        (Self::QuotaInterfaceEndpoints, true),
        (Self::QuotaRoles, true),
        (Self::QuotaInstanceProfiles, true),
        (Self::QuotaParameters, true),
        (Self::Zones, true),
        (Self::CidrPool, true),
        (Self::Cloudtrail, false),
        (Self::Guardduty, false),
    ];
}

/// Something that is missing or wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Finding {
    /// The check that found it.
    pub(crate) check: CheckName,
    /// Whether environments cannot be made, or not as promised, until it is mended.
    pub(crate) required: bool,
    /// What it is.
    pub(crate) what: String,
    /// Why it matters.
    pub(crate) why: String,
    /// The one command that mends it.
    pub(crate) mend: String,
}

/// A quota that a default environment meets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Quota {
    /// Its name in Service Quotas, or on the page of the service.
    pub(crate) quota: &'static str,
    /// How many a default environment takes.
    pub(crate) need: u64,
    /// How many there are; left out where they could not be counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) used: Option<u64>,
    /// How many there may be.
    pub(crate) limit: u64,
    /// Where `limit` is AWS's default, because the account's own could not be read: the page that states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) default_by: Option<&'static str>,
}

/// What one look came to: one check or several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Examined {
    /// By check, what was seen, or why it could not be looked at.
    seen: Vec<(CheckName, Result<String, String>)>,
    findings: Vec<Finding>,
    quotas: Vec<Quota>,
}

impl Examined {
    /// Takes down what was seen.
    pub(super) fn saw(mut self, check: CheckName, because: impl Into<String>) -> Self {
        self.seen.push((check, Ok(because.into())));
        self
    }

    /// Takes down that something could not be looked at, and why.
    pub(super) fn missed(mut self, check: CheckName, why: impl Into<String>) -> Self {
        self.seen.push((check, Err(why.into())));
        self
    }

    /// Takes down what is missing or wrong, as far as a check found anything.
    pub(super) fn found(mut self, findings: impl IntoIterator<Item = Finding>) -> Self {
        self.findings.extend(findings);
        self
    }

    /// What two looks came to together.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.seen.extend(other.seen);
        self.findings.extend(other.findings);
        self.quotas.extend(other.quotas);
        self
    }

    /// Takes down a quota.
    pub(super) fn counted(mut self, quota: Quota) -> Self {
        self.quotas.push(quota);
        self
    }
}

impl Diagnosis {
    /// What the looks came to together. A check that no look says anything of was not looked at.
    pub(super) fn of(looks: Vec<Examined>) -> Self {
        let mut all = looks.into_iter().fold(Examined::default(), Examined::and);
        let checks: Vec<Checked> =
            CheckName::ALL.iter().map(|(check, required)| checked(*check, *required, &all)).collect();
        let place = |finding: &Finding| CheckName::ALL.iter().position(|(check, _)| *check == finding.check);
        all.findings.sort_by_key(place);
        let status = if all.findings.iter().any(|finding| finding.required) {
            Health::Unready
        } else if checks.iter().any(|check| check.required && !check.looked_at) {
            Health::Unknown
        } else {
            Health::Ready
        };
        Self { action: Action::Doctor, status, checks, findings: all.findings, quotas: all.quotas }
    }
}

fn checked(check: CheckName, required: bool, all: &Examined) -> Checked {
    let unseen = Err("AWS did not answer in time; ask again".to_owned());
    let seen = all.seen.iter().find(|(of, _)| *of == check).map_or(unseen, |(_, seen)| seen.clone());
    let looked_at = seen.is_ok();
    let found = all.findings.iter().any(|finding| finding.check == check);
    Checked { check, required, looked_at, ok: looked_at && !found, because: seen.unwrap_or_else(|why| why) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringfence_model::schema::{assert_committed, written};

    #[test]
    fn the_schema_is_committed() {
        assert_committed::<Diagnosis>("doctor", written());
    }

    fn all_seen() -> Examined {
        CheckName::ALL.iter().fold(Examined::default(), |all, (check, _)| all.saw(*check, "seen"))
    }

    fn finding(check: CheckName, required: bool) -> Finding {
        Finding { check, required, what: String::new(), why: String::new(), mend: String::new() }
    }

    #[test]
    fn everything_seen_and_nothing_found_is_ready() {
        let diagnosis = Diagnosis::of(vec![all_seen()]);
        assert_eq!(diagnosis.status, Health::Ready);
        assert!(diagnosis.checks.iter().all(|check| check.ok && check.looked_at));
    }

    #[test]
    fn what_nobody_looked_at_is_never_ok() {
        let diagnosis = Diagnosis::of(vec![Examined::default().missed(CheckName::Table, "denied")]);
        assert_eq!(diagnosis.status, Health::Unknown);
        assert!(diagnosis.checks.iter().all(|check| !check.ok && !check.looked_at));
        assert_eq!(diagnosis.checks.len(), CheckName::ALL.len());
        assert_eq!(diagnosis.checks[0].because, "denied");
        assert!(diagnosis.checks[1].because.contains("in time"));
    }

    #[test]
    fn only_what_is_required_keeps_it_from_being_ready() {
        let told = Diagnosis::of(vec![all_seen().found([finding(CheckName::Guardduty, false)])]);
        assert_eq!(told.status, Health::Ready);
        let missing = finding(CheckName::Table, true);
        let unready = Diagnosis::of(vec![all_seen().found([finding(CheckName::Zones, false), missing.clone()])]);
        assert_eq!(unready.status, Health::Unready);
        assert_eq!(unready.findings[0], missing);
        assert!(!unready.checks[0].ok && unready.checks[0].looked_at);
    }
}
