//! The tags that say whose a resource is.

use std::collections::BTreeMap;

use crate::spec;
use ringfence_observed::Tags;

/// The environment that a resource belongs to.
pub const ENVIRONMENT: &str = "ringfence:environment";
/// Who keeps it: always [`MANAGED_BY_VALUE`].
pub const MANAGED_BY: &str = "ringfence:managed-by";
/// The installation that made it: the name of its DynamoDB table.
pub const INSTALLATION: &str = "ringfence:installation";
/// The name that the AWS console shows.
pub const NAME: &str = "Name";
/// The value of [`MANAGED_BY`].
pub const MANAGED_BY_VALUE: &str = "ringfence";

/// Whose resources these are: the tags that a resource must carry before Ringfence changes or deletes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The environment's name.
    pub environment: String,
    /// The name of the table of this installation.
    pub installation: String,
}

impl Owner {
    /// Whether `tags` say that the resource is this environment's of this installation.
    #[must_use]
    pub fn owns(&self, tags: &Tags) -> bool {
        let is = |key: &str, value: &str| tags.get(key).is_some_and(|found| found == value);
        is(ENVIRONMENT, &self.environment) && is(MANAGED_BY, MANAGED_BY_VALUE) && is(INSTALLATION, &self.installation)
    }

    /// The value of the `Name` tag of the resource called `resource` within the environment.
    #[must_use]
    pub fn full_name(&self, resource: &str) -> String {
        format!("{}-{resource}", self.environment)
    }

    /// The three tags that [`Owner::owns`] looks for.
    #[must_use]
    pub fn tags(&self) -> Tags {
        BTreeMap::from([
            (ENVIRONMENT.to_owned(), self.environment.clone()),
            (MANAGED_BY.to_owned(), MANAGED_BY_VALUE.to_owned()),
            (INSTALLATION.to_owned(), self.installation.clone()),
        ])
    }
}

impl Owner {
    /// The owner's tags and those that a spec asks for.
    #[must_use]
    pub fn tags_with(&self, asked: &spec::Tags) -> Tags {
        let mut tags = self.tags();
        tags.extend(asked.iter().map(|(key, value)| (key.to_string(), value.to_string())));
        tags
    }
}

/// Whether both carry the tags of one owner.
#[must_use]
pub fn same_owner(one: &Tags, other: &Tags) -> bool {
    [ENVIRONMENT, MANAGED_BY, INSTALLATION]
        .iter()
        .all(|key| one.get(*key).is_some() && one.get(*key) == other.get(*key))
}

/// What must be set so that `observed` carries all of `wanted`; nothing when it does. Tags that somebody else added
/// stay.
#[must_use]
pub fn missing(wanted: &Tags, observed: &Tags) -> Tags {
    wanted
        .iter()
        .filter(|(key, value)| observed.get(*key) != Some(value))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner() -> Owner {
        Owner { environment: "fraud-v3".into(), installation: "table".into() }
    }

    #[test]
    fn owns_only_what_carries_all_three_tags() {
        let whole = owner().tags();
        assert!(owner().owns(&whole));
        for key in whole.keys() {
            let mut without = whole.clone();
            without.remove(key);
            assert!(!owner().owns(&without), "{key}");
            let mut other = whole.clone();
            other.insert(key.clone(), "other".into());
            assert!(!owner().owns(&other), "{key}");
        }
    }

    #[test]
    fn missing_names_what_is_absent_or_differs() {
        let wanted = Tags::from([("a".into(), "1".into()), ("b".into(), "2".into())]);
        let observed = Tags::from([("a".into(), "1".into()), ("b".into(), "x".into()), ("c".into(), "3".into())]);
        assert_eq!(missing(&wanted, &observed), Tags::from([("b".into(), "2".into())]));
        assert!(missing(&wanted, &wanted).is_empty());
    }
}
