//! From what is asked and what is there to the stack that should be: which block, which zones. Pure.

use std::collections::BTreeMap;

use ipnet::Ipv4Net;
use sha2::{Digest, Sha256};

use crate::registry::{Claims, Record, allocate};
use ringfence_model::{
    failure::{Failure, FailureKind},
    fault::Fault,
    name::EnvironmentName,
    policy::{Limit, check_size},
    scope::Scope,
    spec::{AvailabilityZones, Network, Spec, Tags},
    stack::{self, Owner, Prescribed, Purpose, ServiceNames, SshBlocks, Stack, StackOption},
};
use ringfence_observed::{IpamPool, Observed, Vpc};

/// What there is, as far as choosing block and zones needs it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Circumstances<'a> {
    pub(super) environment: &'a EnvironmentName,
    /// Whose it is.
    pub(super) owner: &'a Owner,
    /// Where it is to stand.
    pub(super) scope: &'a Scope,
    pub(super) prescribed: &'a Prescribed,
    pub(super) record: Option<&'a Record>,
    pub(super) observed: &'a Observed,
    /// Every VPC of the region.
    pub(super) vpcs: &'a [Vpc],
    /// Every claim, by region.
    pub(super) claims: &'a BTreeMap<Ipv4Net, Claims>,
    /// The zones of the region, in order; those that the subnets stand in will do where [`standing_zones`] tells them.
    pub(super) zones: &'a [String],
    /// The blocks to allocate from.
    pub(super) pool: &'a [Ipv4Net],
    /// Counts the tries of this invocation, so that one that lost a race chooses another block.
    pub(super) round: usize,
}

impl Circumstances<'_> {
    /// The stack that `spec` asks for.
    ///
    /// Refused with `Conflict` when something immutable would have to change or the block is taken, `QuotaExceeded`
    /// when the pool is full, `InvalidRequest` when the region cannot hold what is asked for.
    pub(super) fn resolve(&self, spec: &Spec) -> Result<Stack, Failure> {
        let ipam_pool = spec.network.ipam_pool_id.as_ref().filter(|_| self.observed.vpc.is_none());
        let cidr = match ipam_pool {
            Some(_) => Stack::any_block(spec.network.prefix_length.get()),
            None => self.block(spec)?,
        };
        let ipam_pool = ipam_pool.map(ToString::to_string);
        let zones = self.zones(spec, cidr)?;
        let stack = Stack { ipam_pool, ..self.stack(spec, cidr, zones) };
        check_endpoints(&stack)?;
        check_keys(&stack)?;
        check_policies(&stack)?;
        check_tags(&stack)?;
        Ok(stack)
    }

    /// The stack to judge what stands by: that which `spec` asks for, or, where that is refused by now, what stands of it,
    /// with the refusal. What was accepted once is not to hide behind a refusal of today. An error only where nothing
    /// stands.
    pub(super) fn stack_to_judge(&self, spec: &Spec) -> Result<(Stack, Option<Failure>), Failure> {
        match self.resolve(spec) {
            Ok(stack) => Ok((stack, None)),
            Err(refusal) => match self.standing(spec) {
                Some(stack) => Ok((stack, Some(refusal))),
                None => Err(refusal),
            },
        }
    }

    /// The stack that `spec` asks for in the VPC that stands, whether or not it could be made: the block is the VPC's, the
    /// zones those of the subnets, and nothing more is allowed than the spec says. No plan may come of it.
    fn standing(&self, spec: &Spec) -> Option<Stack> {
        let vpc = self.observed.vpc.as_ref()?;
        let standing = zones_by_position(vpc.cidr, self.observed);
        let names = named_zones(spec);
        let candidates = names.iter().flatten().chain(self.zones);
        let mut unused = candidates.filter(|zone| !standing.values().any(|taken| taken == zone));
        let zones = (0..spec.network.availability_zones.count()).map(|position| {
            // A subnet that is missing is missed, whatever its zone would be called.
            let zone = standing.get(&position).copied().or_else(|| unused.next());
            zone.unwrap_or(&self.scope.region).clone()
        });
        let zones = zones.collect();
        Some(self.stack(spec, vpc.cidr, zones))
    }

    fn stack(&self, spec: &Spec, cidr: Ipv4Net, zones: Vec<String>) -> Stack {
        Stack {
            owner: self.owner.clone(),
            cidr,
            ipam_pool: None,
            zones,
            retired_tags: self.record.map(|record| record.retired_tags_with(spec)).unwrap_or_default(),
            ssh_from: SshBlocks::of(&spec.access.ssh_from, &self.observed.prefix_lists),
            service_names: ServiceNames::of(spec, &self.scope.region, self.observed),
            spec: spec.clone(),
            scope: self.scope.clone(),
            prescribed: self.prescribed.clone(),
        }
    }

    fn block(&self, spec: &Spec) -> Result<Ipv4Net, Failure> {
        let asked = spec.network.cidr.map(|cidr| cidr.net());
        if let Some(vpc) = &self.observed.vpc {
            self.check_immutable(spec, asked, vpc)?;
            return Ok(vpc.cidr);
        }
        if let Some(asked) = asked {
            self.check_free(asked)?;
            return Ok(asked);
        }
        let length = spec.network.prefix_length.get();
        // A block that was claimed for a VPC that may be on its way.
        if let Some(claimed) = self.record.and_then(|record| record.cidr).filter(|block| block.prefix_len() == length)
            && self.check_free(claimed).is_ok()
        {
            return Ok(claimed);
        }
        let mut taken: Vec<Ipv4Net> = self.vpcs.iter().flat_map(blocks_of).collect();
        taken.extend(self.claims.values().flat_map(|claims| claims.blocks.keys()));
        allocate(self.pool, length, &taken, self.choice()).ok_or_else(|| {
            let pool: Vec<String> = self.pool.iter().map(ToString::to_string).collect();
            let pool = pool.join(", ");
            let region = &self.scope.region;
            let message = format!(
                "no block of /{length} is free in the CIDR pool {pool} of {region}: every one overlaps a VPC or a claim; \
                 widen RINGFENCE_CIDR_POOL, ask for a longer network.prefix_length, or delete an environment"
            );
            Failure::new(FailureKind::QuotaExceeded, message)
        })
    }

    fn check_immutable(&self, spec: &Spec, asked: Option<Ipv4Net>, vpc: &Vpc) -> Result<(), Failure> {
        if let Some(asked) = asked.filter(|asked| *asked != vpc.cidr) {
            let message = format!(
                "{} has {}, and a VPC's primary block cannot be changed to {asked}; delete the environment first, or ask for {}",
                vpc.id, vpc.cidr, vpc.cidr
            );
            return Err(conflict("/spec/network/cidr", message));
        }
        let before = self.record.and_then(|record| record.spec.as_ref()).map(|spec| &spec.network);
        let length = spec.network.prefix_length;
        // One that is not named is the default, and asks for nothing of a VPC that had its block named.
        let was_allocated = before.is_some_and(|before| before.cidr.is_none() && before.prefix_length != length);
        let is_named = length != Network::default().prefix_length;
        if asked.is_none() && length.get() != vpc.cidr.prefix_len() && (is_named || was_allocated) {
            let message = format!("{} has {}, and the size of a VPC's block cannot be changed", vpc.id, vpc.cidr);
            return Err(conflict("/spec/network/prefix_length", message));
        }
        let before = self.record.and_then(|record| record.spec.as_ref()).map(|spec| &spec.network.ipam_pool_id);
        if before.is_some_and(|before| *before != spec.network.ipam_pool_id && spec.network.ipam_pool_id.is_some()) {
            let message =
                format!("{} has {} already, and a VPC's block cannot come from another pool", vpc.id, vpc.cidr);
            return Err(conflict("/spec/network/ipam_pool_id", message));
        }
        Ok(())
    }

    fn check_free(&self, block: Ipv4Net) -> Result<(), Failure> {
        let overlaps = |other: &Ipv4Net| other.contains(&block) || block.contains(other);
        let vpc = self.vpcs.iter().find(|vpc| blocks_of(vpc).any(|other| overlaps(&other)));
        if let Some(vpc) = vpc {
            let message = format!("{block} overlaps {}, which has {}", vpc.id, vpc.cidr);
            return Err(conflict("/spec/network/cidr", message));
        }
        let claims = self.claims.values().flat_map(|claims| &claims.blocks);
        let claim = claims
            .into_iter()
            .find(|(other, environment)| overlaps(other) && environment.as_str() != self.environment.as_str());
        match claim {
            Some((other, environment)) => {
                let message = format!("{block} overlaps {other}, which environment {environment} claims");
                Err(conflict("/spec/network/cidr", message))
            }
            None => Ok(()),
        }
    }

    /// Which of the free blocks to take: another for each environment and round.
    fn choice(&self) -> usize {
        let hash = Sha256::digest(self.environment.as_str());
        usize::from(hash[0]).wrapping_add(self.round)
    }

    /// The zones by position. What stands keeps its zone.
    fn zones(&self, spec: &Spec, cidr: Ipv4Net) -> Result<Vec<String>, Failure> {
        const POINTER: &str = "/spec/network/availability_zones";
        let standing = zones_by_position(cidr, self.observed);
        let names = named_zones(spec);
        let count = spec.network.availability_zones.count();
        if let Some(names) = &names {
            let unknown = names.iter().enumerate().filter(|(_, name)| !self.zones.contains(name));
            let unknown: Vec<Fault> = unknown
                .map(|(index, name)| Fault {
                    pointer: format!("{POINTER}/{index}"),
                    message: format!("{} has no zone {name}; it has {}", self.scope.region, self.zones.join(", ")),
                })
                .collect();
            if !unknown.is_empty() {
                return Err(Failure::of_faults(FailureKind::InvalidRequest, unknown));
            }
        }
        for (position, zone) in &standing {
            let kept = match &names {
                Some(names) => names.contains(zone),
                None => *position < count,
            };
            if !kept {
                let message = format!("the environment has subnets in {zone}, and a zone cannot be taken away");
                return Err(conflict(POINTER, message));
            }
        }
        let candidates = names.as_deref().unwrap_or(self.zones);
        let mut unused = candidates.iter().filter(|zone| !standing.values().any(|taken| taken == zone));
        (0..count)
            .map(|position| standing.get(&position).copied().or_else(|| unused.next()).cloned())
            .collect::<Option<Vec<String>>>()
            .ok_or_else(|| {
                let message = format!("{} has {} zones, {count} were asked for", self.scope.region, self.zones.len());
                invalid(POINTER, message)
            })
    }
}

/// The zones that the environment's subnets stand in, if they are all that `spec` asks for: then it does not matter which
/// others the region has, and they need not be asked for.
pub(super) fn standing_zones(spec: &Spec, observed: &Observed) -> Option<Vec<String>> {
    let standing = zones_by_position(observed.vpc.as_ref()?.cidr, observed);
    let are_all = (0..spec.network.availability_zones.count()).all(|position| standing.contains_key(&position));
    let zones: Vec<String> = standing.into_values().cloned().collect();
    let are_those = named_zones(spec).is_none_or(|names| names.iter().all(|name| zones.contains(name)));
    (are_all && are_those).then_some(zones)
}

/// The zones of the subnets by the position that these have in the block.
fn zones_by_position(cidr: Ipv4Net, observed: &Observed) -> BTreeMap<usize, &String> {
    // What somebody else put onto a place of the layout is no zone of ours.
    let subnets = observed.subnets.iter().filter(|subnet| subnet.tags.contains_key(stack::ENVIRONMENT));
    subnets.filter_map(|subnet| Some((stack::position(cidr, subnet.cidr)?.1, &subnet.zone))).collect()
}

/// The zones that `spec` asks for by name, if it does.
fn named_zones(spec: &Spec) -> Option<Vec<String>> {
    match &spec.network.availability_zones {
        AvailabilityZones::Count(_) => None,
        AvailabilityZones::Names(names) => Some(names.iter().map(ToString::to_string).collect()),
    }
}

fn blocks_of(vpc: &Vpc) -> impl Iterator<Item = Ipv4Net> {
    std::iter::once(vpc.cidr).chain(vpc.secondary_cidrs.iter().copied())
}

/// Refuses sources of SSH that cannot be had: asked of who asks for them, and not of an environment that stands when
/// somebody changes a prefix list later on.
pub(super) fn check_sources(stack: &Stack, observed: &Observed) -> Result<(), Failure> {
    const POINTER: &str = "/spec/access/ssh_from";
    let sources = &stack.spec.access.ssh_from;
    let faults = stack::source_faults(sources, &observed.prefix_lists, stack::room_for_ssh(stack));
    // A spec holds them sorted: which of them was sent where is not known any more.
    let faults = faults.into_iter().map(|message| Fault { pointer: POINTER.to_owned(), message });
    let faults: Vec<Fault> = faults.collect();
    if faults.is_empty() { Ok(()) } else { Err(Failure::of_faults(FailureKind::InvalidRequest, faults)) }
}

/// Refuses an IPAM pool that no VPC of this region can have its block from.
pub(super) fn check_pool(id: &str, pool: Option<&IpamPool>, stack: &Stack) -> Result<(), Failure> {
    let region = &stack.scope.region;
    let message = match pool {
        None => format!("there is no IPAM pool {id} in {region}, or it is not shared with this account"),
        Some(pool) if !pool.is_ipv4 => format!("{id} allocates IPv6 addresses, and environments have no IPv6"),
        Some(pool) if pool.locale != *region => {
            format!("{id} allocates for {}, not for {region}; its locale must be the region", pool.locale)
        }
        Some(_) => return Ok(()),
    };
    Err(invalid("/spec/network/ipam_pool_id", message))
}

/// Each interface endpoint takes an address in a services subnet of every zone.
fn check_endpoints(stack: &Stack) -> Result<(), Failure> {
    let wanted = stack.interface_services().count();
    let room = stack::services_addresses(stack.cidr.prefix_len());
    if u32::try_from(wanted).is_ok_and(|wanted| wanted <= room) {
        return Ok(());
    }
    let message = format!(
        "{wanted} interface endpoints need an address each in every services subnet, and those of a /{} have {room}; \
         ask for fewer, or for a larger network",
        stack.cidr.prefix_len()
    );
    Err(invalid("/spec/egress/endpoints", message))
}

/// A key of another region cannot encrypt what is stored in this one's S3 and CloudWatch Logs.
fn check_keys(stack: &Stack) -> Result<(), Failure> {
    let region = &stack.scope.region;
    // A spec holds them sorted: which of them was sent where is not known any more.
    let training = stack.spec.training.kms_keys.iter().map(|key| ("/spec/training/kms_keys", key));
    let logs = stack.spec.flow_logs.kms_key.iter().map(|key| ("/spec/flow_logs/kms_key", key));
    let faults: Vec<Fault> = training
        .chain(logs)
        .filter(|(_, key)| key.region() != region)
        .map(|(pointer, key)| Fault { pointer: pointer.to_owned(), message: format!("{key} is not in {region}") })
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Failure::of_faults(FailureKind::InvalidRequest, faults)) }
}

/// IAM bounds the size of a role's inline policies: too many data locations do not fit.
fn check_policies(stack: &Stack) -> Result<(), Failure> {
    // As long as an ID can get.
    const SOME_VPC: &str = "vpc-00000000000000000";
    let permissions = stack::permissions(stack, Purpose::Training, SOME_VPC);
    check_size([&permissions], Limit::InlinePolicies).map_err(|error| {
        invalid("/spec/training", format!("the training role's policy would not fit: {error}; name fewer locations"))
    })
}

/// The VPC of an environment with options names them in a tag of its own.
fn check_tags(stack: &Stack) -> Result<(), Failure> {
    const MOST: usize = Tags::MOST - 1;
    let found = stack.spec.tags.iter().count();
    if found <= MOST || StackOption::asked(&stack.spec).is_empty() {
        return Ok(());
    }
    let message = format!(
        "expected at most {MOST} tags beside training.cluster, access.instance_connect or egress.allow_domains; \
         found {found}"
    );
    Err(invalid("/spec/tags", message))
}

fn conflict(pointer: &str, message: String) -> Failure {
    Failure::of_field(FailureKind::Conflict, pointer, message)
}

fn invalid(pointer: &str, message: String) -> Failure {
    Failure::of_field(FailureKind::InvalidRequest, pointer, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringfence_observed::{Subnet, Tags};

    /// An environment with a subnet of the training tier in each of `zones`, by their positions.
    fn standing_in(zones: &[&str]) -> Observed {
        let vpc = Vpc {
            id: "vpc-1".to_owned(),
            cidr: "10.7.0.0/16".parse().unwrap(),
            secondary_cidrs: Vec::new(),
            ipv6_cidrs: Vec::new(),
            dns_support: None,
            dns_hostnames: None,
            tags: Tags::new(),
        };
        let blocks = ["10.7.0.0/18", "10.7.64.0/18", "10.7.128.0/18"];
        let subnets = zones.iter().zip(blocks).map(|(zone, block)| Subnet {
            id: format!("subnet-in-{zone}"),
            zone: (*zone).to_owned(),
            cidr: block.parse().unwrap(),
            ipv6_cidrs: Vec::new(),
            map_public_ip: false,
            assign_ipv6: false,
            tags: Tags::from([(stack::ENVIRONMENT.to_owned(), "fraud-v3".to_owned())]),
        });
        Observed { vpc: Some(vpc), subnets: subnets.collect(), ..Observed::default() }
    }

    fn asking_for(zones: serde_json::Value) -> Spec {
        serde_json::from_value(serde_json::json!({"network": {"availability_zones": zones}})).unwrap()
    }

    #[test]
    fn zones_are_asked_for_where_a_subnet_has_none() {
        let told = standing_zones(&asking_for(2.into()), &standing_in(&["us-east-1c", "us-east-1a"]));
        assert_eq!(told, Some(vec!["us-east-1c".to_owned(), "us-east-1a".to_owned()]));
        assert_eq!(standing_zones(&asking_for(3.into()), &standing_in(&["us-east-1c", "us-east-1a"])), None);
        assert_eq!(standing_zones(&asking_for(1.into()), &Observed::default()), None);
    }

    #[test]
    fn zones_are_asked_for_where_another_is_named() {
        let standing = standing_in(&["us-east-1c", "us-east-1a"]);
        let named = |zones: [&str; 2]| standing_zones(&asking_for(serde_json::json!(zones)), &standing).is_some();
        assert!(named(["us-east-1a", "us-east-1c"]));
        assert!(!named(["us-east-1a", "us-east-1b"]), "whether there is a us-east-1b only AWS knows");
    }
}
