//! What was seen, sorted into its places: by tags, by the layout of addresses, and by who serves whom.

use std::collections::BTreeSet;

use super::marks::Marks;
use super::scene::Scene;
use super::words;
use ringfence_model::stack::{ENDPOINTS_SECURITY_GROUP, NAME, Owner, Tier, position};
use ringfence_observed::{Gateway, NetworkAcl, Observed, RouteTable, SecurityGroup, Subnet, Tags, VpcEndpoint};
use ringfence_proof::{Standing, endpoint_stands};

/// What all parts of the picture look at.
pub(super) struct View<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) marks: Marks<'a>,
    pub(super) inventory: Inventory<'a>,
}

impl<'a> View<'a> {
    pub(super) fn of(scene: &'a Scene<'a>) -> Self {
        Self { scene, marks: Marks::of(scene.isolation), inventory: Inventory::of(scene) }
    }

    pub(super) fn observed(&self) -> &'a Observed {
        self.scene.observed
    }

    /// Whether the tags say that it is the environment's own.
    pub(super) fn owns(&self, tags: &Tags) -> bool {
        self.scene.owner.owns(tags)
    }
}

/// What was seen in the VPC, each thing once.
pub(super) struct Inventory<'a> {
    /// The zones of the environment's subnets, by name.
    pub(super) zones: Vec<&'a str>,
    pub(super) training: TierParts<'a>,
    pub(super) services: TierParts<'a>,
    pub(super) endpoints_group: Option<&'a SecurityGroup>,
    /// Those that are not gone, whoever made them, by service.
    pub(super) endpoints: Vec<&'a VpcEndpoint>,
    pub(super) main_table: Option<&'a RouteTable>,
    pub(super) default_acl: Option<&'a NetworkAcl>,
    pub(super) default_group: Option<&'a SecurityGroup>,
    /// Those that are not gone.
    pub(super) gateways: Vec<&'a Gateway>,
    /// What has no place among the others.
    pub(super) strangers: Vec<Stranger<'a>>,
}

/// What makes up a tier.
pub(super) struct TierParts<'a> {
    pub(super) tier: Tier,
    pub(super) subnets: Vec<&'a Subnet>,
    pub(super) table: Option<&'a RouteTable>,
    pub(super) acl: Option<&'a NetworkAcl>,
    pub(super) group: Option<&'a SecurityGroup>,
}

/// A thing that belongs to no tier.
pub(super) struct Stranger<'a> {
    pub(super) what: &'static str,
    pub(super) id: &'a str,
    /// Its name, or what else tells it from others.
    pub(super) name: String,
    /// Whether Ringfence made it all the same: what an interrupted step left.
    pub(super) is_own: bool,
    /// Whether it stands for itself in the way of an environment that is closed.
    pub(super) is_bad: bool,
    pub(super) details: Vec<String>,
}

impl<'a> Inventory<'a> {
    fn of(scene: &Scene<'a>) -> Self {
        let Scene { observed, owner, .. } = *scene;
        let named = |what: &str| format!("{}-{what}", owner.environment);
        let group = |what: &str| {
            let name = named(what);
            observed.security_groups.iter().find(|group| group.name == name && owner.owns(&group.tags))
        };
        let tier = |tier| TierParts::of(tier, observed, owner, group(&Tier::security_group(tier)));
        let (training, services) = (tier(Tier::Training), tier(Tier::Services));
        let zones: BTreeSet<&str> =
            training.subnets.iter().chain(&services.subnets).map(|subnet| subnet.zone.as_str()).collect();
        let mut endpoints: Vec<_> =
            observed.endpoints.iter().filter(|endpoint| endpoint_stands(&endpoint.state)).collect();
        endpoints.sort_by_key(|endpoint| (words::service(&endpoint.service_name), &endpoint.id));
        let mut inventory = Self {
            zones: zones.into_iter().collect(),
            training,
            services,
            endpoints_group: group(ENDPOINTS_SECURITY_GROUP),
            endpoints,
            main_table: observed.route_tables.iter().find(|table| table.main),
            default_acl: observed.network_acls.iter().find(|acl| acl.default),
            default_group: observed.security_groups.iter().find(|group| group.is_default()),
            gateways: observed.gateways.iter().filter(|gateway| Standing::of(gateway) != Standing::Gone).collect(),
            strangers: Vec::new(),
        };
        inventory.strangers = inventory.left_over(scene);
        inventory
    }

    /// All that has no place in a tier, among the defaults or among the endpoints.
    fn left_over(&self, scene: &Scene<'a>) -> Vec<Stranger<'a>> {
        let Scene { observed, owner, .. } = *scene;
        let tiers = [&self.training, &self.services];
        let name = |tags: &Tags| tags.get(NAME).cloned().unwrap_or_default();
        let mut strangers = Vec::new();
        for subnet in &observed.subnets {
            if !tiers.iter().any(|tier| tier.subnets.iter().any(|own| own.id == subnet.id)) {
                strangers.push(Stranger {
                    what: "Subnet",
                    id: &subnet.id,
                    name: format!("{} {}", subnet.cidr, name(&subnet.tags)),
                    is_own: owner.owns(&subnet.tags),
                    is_bad: true,
                    details: vec![format!("zone {}", subnet.zone)],
                });
            }
        }
        for table in observed.route_tables.iter().filter(|table| !table.main) {
            if !tiers.iter().any(|tier| tier.table.is_some_and(|own| own.id == table.id)) {
                strangers.push(Stranger {
                    what: "Route table",
                    id: &table.id,
                    name: name(&table.tags),
                    is_own: owner.owns(&table.tags),
                    is_bad: true,
                    details: words::routes(table),
                });
            }
        }
        for acl in observed.network_acls.iter().filter(|acl| !acl.default) {
            if !tiers.iter().any(|tier| tier.acl.is_some_and(|own| own.id == acl.id)) {
                strangers.push(Stranger {
                    what: "Network ACL",
                    id: &acl.id,
                    name: name(&acl.tags),
                    is_own: owner.owns(&acl.tags),
                    is_bad: true,
                    details: words::entries(acl),
                });
            }
        }
        let placed = [self.training.group, self.services.group, self.endpoints_group, self.default_group];
        for group in &observed.security_groups {
            if !placed.iter().flatten().any(|own| own.id == group.id) {
                strangers.push(Stranger {
                    what: "Security group",
                    id: &group.id,
                    name: group.name.clone(),
                    is_own: owner.owns(&group.tags),
                    is_bad: false,
                    details: words::rules(group),
                });
            }
        }
        strangers
    }
}

impl<'a> TierParts<'a> {
    fn of(tier: Tier, observed: &'a Observed, owner: &Owner, group: Option<&'a SecurityGroup>) -> Self {
        let vpc = observed.vpc.as_ref();
        let of_tier = |subnet: &&Subnet| {
            let position = vpc.and_then(|vpc| position(vpc.cidr, subnet.cidr));
            owner.owns(&subnet.tags) && position.is_some_and(|(of, _)| of == tier)
        };
        let mut subnets: Vec<_> = observed.subnets.iter().filter(of_tier).collect();
        subnets.sort_by_key(|subnet| (&subnet.zone, subnet.cidr));
        let own = |subnet: &str| subnets.iter().any(|own| own.id == subnet);
        let named = |tags: &Tags, what: &str| {
            tags.get(NAME).is_some_and(|name| *name == format!("{}-{what}", owner.environment))
        };
        let tables = observed.route_tables.iter().filter(|table| !table.main && owner.owns(&table.tags));
        let table = tables
            .filter_map(|table| {
                let serves = table.associations.iter().any(|association| own(&association.subnet));
                let named = named(&table.tags, &tier.route_table());
                (serves || named).then_some((!serves, !named, table))
            })
            .min_by_key(|(serves, named, table)| (*serves, *named, &table.id));
        let acls = observed.network_acls.iter().filter(|acl| !acl.default && owner.owns(&acl.tags));
        let acl = acls
            .filter_map(|acl| {
                let serves = acl.associations.iter().any(|association| own(&association.subnet));
                let named = named(&acl.tags, &tier.network_acl());
                (serves || named).then_some((!serves, !named, acl))
            })
            .min_by_key(|(serves, named, acl)| (*serves, *named, &acl.id));
        let (table, acl) = (table.map(|(.., table)| table), acl.map(|(.., acl)| acl));
        Self { tier, subnets, table, acl, group }
    }
}
