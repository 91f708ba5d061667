//! Names that AWS itself gave once and for all.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// IDs by name, kept for the life of the process.
#[derive(Debug, Default)]
pub(crate) struct KnownIds(Mutex<BTreeMap<String, String>>);

impl KnownIds {
    /// The IDs of all of `names`, each with its name; `None` where one is not known.
    pub(crate) fn of(&self, names: &[String]) -> Option<Vec<(String, String)>> {
        let known = self.lock();
        names.iter().map(|name| Some((name.clone(), known.get(name)?.clone()))).collect()
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
        let names = ["s3".to_owned(), "dynamodb".to_owned()];
        known.learn("s3", "pl-1");
        assert_eq!(known.of(&names), None);
        known.learn("dynamodb", "pl-2");
        assert_eq!(known.of(&names), Some(vec![("s3".into(), "pl-1".into()), ("dynamodb".into(), "pl-2".into())]));
    }
}
