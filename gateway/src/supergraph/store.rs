//! The generation in use, and the last good schemas on disk.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use serde::{Deserialize, Serialize};

use super::Generation;
use crate::compose::SubgraphSchema;

/// Holds the current generation. A swap is one pointer; whoever began with the
/// old one ends with it.
#[derive(Debug, Default)]
pub struct Slot(RwLock<Option<Arc<Generation>>>);

impl Slot {
    pub fn get(&self) -> Option<Arc<Generation>> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub fn set(&self, generation: Arc<Generation>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(generation);
    }
}

/// What is kept of a good load.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Kept {
    pub supergraph: String,
    /// Subgraph → its SDL.
    pub subgraphs: BTreeMap<String, String>,
}

impl Kept {
    pub fn new(supergraph: String, subgraphs: &[SubgraphSchema]) -> Self {
        let subgraphs = subgraphs.iter().map(|it| (it.name.clone(), it.sdl.clone()));
        Self {
            supergraph,
            subgraphs: subgraphs.collect(),
        }
    }
}

/// The file of the last good load.
#[derive(Clone, Debug)]
pub struct LastGood {
    path: PathBuf,
}

impl LastGood {
    pub fn new(folder: &Path) -> Self {
        Self {
            path: folder.join("last-good.json"),
        }
    }

    /// None where there is none, or none that can be read.
    pub fn read(&self) -> Option<Kept> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(%error, path = %self.path.display(), "cannot read the last good graph");
                return None;
            }
        };
        let kept = serde_json::from_slice(&bytes);
        kept.inspect_err(|error| tracing::warn!(%error, "the last good graph is unreadable"))
            .ok()
    }

    /// Writes beside and renames, so that a crash leaves the old file whole.
    pub fn write(&self, kept: &Kept) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let beside = self.path.with_extension("json.new");
        std::fs::write(&beside, serde_json::to_vec(kept)?)?;
        std::fs::rename(&beside, &self.path)
    }
}
