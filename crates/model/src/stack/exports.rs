//! What an environment publishes, derived from what stands.

use serde_json::{Value, json};

use super::{Purpose, Stack, TRAINING_PLACEMENT_GROUP, Tier};
use ringfence_observed::Observed;

/// One value to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Its name, which is also that of its parameter.
    pub name: String,
    /// Its value; that of a list joined with commas, as a StringList holds it.
    pub value: String,
    /// Whether it is a list.
    pub list: bool,
}

impl Export {
    /// The name of the export that holds all others as one JSON object.
    pub const WHOLE: &str = "exports";

    /// The full name of its parameter.
    #[must_use]
    pub fn parameter_name(&self, stack: &Stack) -> String {
        format!("{}/{}/{}", stack.prescribed.export_prefix, stack.environment(), self.name)
    }
}

/// The names of all exports, those that only options add among them, the whole set last.
const NAMES: [&str; 14] = [
    "vpc_id",
    "training_subnet_id",
    "services_subnet_id",
    "training_sg_id",
    "ai_training_role_arn",
    "vpc_cidr",
    "services_sg_id",
    "ai_training_instance_profile_arn",
    "training_subnet_ids",
    "services_subnet_ids",
    "availability_zones",
    "placement_group_name",
    "instance_connect_endpoint_id",
    Export::WHOLE,
];

/// The names of all exports, the whole set last.
pub fn export_names() -> impl Iterator<Item = &'static str> {
    NAMES.into_iter()
}

/// What the environment publishes, the whole set last; `None` while a part of it does not stand.
#[must_use]
pub fn exports(stack: &Stack, observed: &Observed) -> Option<Vec<Export>> {
    let exports = foreseen_exports(stack, observed);
    (!exports.iter().any(|export| export.value.contains(UNKNOWN))).then_some(exports)
}

/// What stands for the ID of something that is yet to be made.
const UNKNOWN: &str = "(not known yet)";

/// What the environment will publish once it stands, the whole set last, with what is not known yet left open.
#[must_use]
pub fn foreseen_exports(stack: &Stack, observed: &Observed) -> Vec<Export> {
    let known = |id: Option<&String>| id.cloned().unwrap_or_else(|| UNKNOWN.to_owned());
    let subnet_ids = |tier: Tier| -> Vec<String> {
        let blocks = stack.subnets().into_iter().filter(|(of, _, _)| *of == tier);
        let found = |block| observed.subnets.iter().find(|subnet| subnet.cidr == block).map(|subnet| &subnet.id);
        blocks.map(|(_, _, block)| known(found(block))).collect()
    };
    let group = |tier: Tier| {
        let name = stack.full_name(&tier.security_group());
        known(observed.security_groups.iter().find(|group| group.name == name).map(|group| &group.id))
    };
    let name = stack.identity_name(Purpose::Training);
    // What IAM gives for an ARN at first may be another ID: nobody could use it.
    let wanted = stack.role_arn(Purpose::Training);
    let role = observed.roles.iter().find(|role| role.name == name && role.arn == wanted).map(|role| &role.arn);
    let wanted = stack.instance_profile_arn(Purpose::Training);
    let mut profiles = observed.instance_profiles.iter();
    let profile = profiles.find(|profile| profile.name == name && profile.arn == wanted).map(|profile| &profile.arn);
    let (training, services) = (subnet_ids(Tier::Training), subnet_ids(Tier::Services));
    let single = |name: &str, value: String| Export { name: name.to_owned(), value, list: false };
    let list = |name: &str, values: &[String]| Export { name: name.to_owned(), value: values.join(","), list: true };
    let mut exports = vec![
        single("vpc_id", known(observed.vpc.as_ref().map(|vpc| &vpc.id))),
        single("training_subnet_id", known(training.first())),
        single("services_subnet_id", known(services.get(1).or_else(|| services.first()))),
        single("training_sg_id", group(Tier::Training)),
        single("ai_training_role_arn", known(role)),
        single("vpc_cidr", stack.cidr.to_string()),
        single("services_sg_id", group(Tier::Services)),
        single("ai_training_instance_profile_arn", known(profile)),
        list("training_subnet_ids", &training),
        list("services_subnet_ids", &services),
        list("availability_zones", &stack.zones),
    ];
    if stack.spec.training.cluster {
        let name = stack.full_name(TRAINING_PLACEMENT_GROUP);
        let group = observed.placement_groups.iter().find(|group| group.name == name);
        exports.push(single("placement_group_name", known(group.map(|group| &group.name))));
    }
    if stack.spec.access.instance_connect {
        let mut ours = observed.instance_connect_endpoints.iter().filter(|endpoint| stack.owner.owns(&endpoint.tags));
        let standing = ours.find(|endpoint| endpoint.is_up());
        exports.push(single("instance_connect_endpoint_id", known(standing.map(|endpoint| &endpoint.id))));
    }
    let whole = Value::Object(object(&exports)).to_string();
    exports.push(single(Export::WHOLE, whole));
    exports
}

/// Exports as the JSON object of an answer: lists as arrays, and without the whole set in itself.
#[must_use]
pub fn object(exports: &[Export]) -> serde_json::Map<String, Value> {
    let parts = exports.iter().filter(|export| export.name != Export::WHOLE);
    parts
        .map(|export| {
            let value =
                if export.list { json!(export.value.split(',').collect::<Vec<_>>()) } else { json!(export.value) };
            (export.name.clone(), value)
        })
        .collect()
}

#[cfg(test)]
mod tests;
