//! Names that AWS itself gave once and for all.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// IDs by name, kept for the life of the process.
#[derive(Debug, Default)]
pub(crate) struct KnownIds(Mutex<BTreeMap<String, String>>);

impl KnownIds {
    /// The IDs of things, each with its name, by the names that each may have; `None` where of one none is known.
    pub(crate) fn of(&self, things: &[Vec<String>]) -> Option<Vec<(String, String)>> {
        let known = self.lock();
        let found = |names: &Vec<String>| names.iter().find_map(|name| Some((name.clone(), known.get(name)?.clone())));
        things.iter().map(found).collect()
    }

    /// Keeps the ID of a name.
    pub(crate) fn learn(&self, name: &str, id: &str) {
        self.lock().insert(name.to_owned(), id.to_owned());
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        // A map is whole whatever happened to who held it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_names_are_known_or_none_are_told() {
        let known = KnownIds::default();
        let names = [vec!["s3".to_owned()], vec!["dynamodb".to_owned(), "cn.dynamodb".to_owned()]];
        known.learn("s3", "pl-1");
        assert_eq!(known.of(&names), None);
        known.learn("cn.dynamodb", "pl-2");
        assert_eq!(known.of(&names), Some(vec![("s3".into(), "pl-1".into()), ("cn.dynamodb".into(), "pl-2".into())]));
    }
}
