//! Names of operations as labels of metrics. Clients choose the names, so only
//! so many become labels of their own; the rest is `other`.

use std::{
    collections::HashSet,
    sync::{Arc, PoisonError, RwLock},
};

/// Most names with a label of their own.
const MOST: usize = 200;

/// The longest name with a label of its own.
const LONGEST: usize = 64;

/// The names seen first.
#[derive(Debug, Default)]
pub struct Operations(RwLock<HashSet<Arc<str>>>);

impl Operations {
    /// The label of an operation. Only names of operations that were planned
    /// come here: what is no operation of this graph takes no label.
    pub fn label(&self, name: Option<&str>) -> Arc<str> {
        let Some(name) = name else {
            return "anonymous".into();
        };
        if let Some(known) = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
        {
            return Arc::clone(known);
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if name.len() > LONGEST || known.len() >= MOST {
            return "other".into();
        }
        let name: Arc<str> = name.into();
        known.insert(Arc::clone(&name));
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_names_makes_no_flood_of_labels() {
        let operations = Operations::default();
        assert_eq!(&*operations.label(Some("Tenders")), "Tenders");
        assert_eq!(&*operations.label(Some(&"x".repeat(65))), "other");
        let labels: HashSet<_> = (0..10_000)
            .map(|index| operations.label(Some(&format!("N{index}"))))
            .collect();
        assert_eq!(labels.len(), MOST, "MOST - 1 names and `other`");
        assert_eq!(&*operations.label(Some("Tenders")), "Tenders");
        assert_eq!(&*operations.label(None), "anonymous");
    }
}
