//! Where supergraphs come from: subgraphs that are asked for their schemas, or a
//! file.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::{BoxFuture, join_all};
use kernel::{Refusal, refuse};

use super::{Kept, LastGood, Transports, packed, way::Way};
use crate::{
    compose::{self, SubgraphSchema},
    transport::Trust,
};

/// How long a subgraph may take to tell its schema.
const SDL_LIMIT: Duration = Duration::from_secs(3);

/// What a look at the source found.
#[derive(Debug)]
pub enum Load {
    /// The same as last time.
    Unchanged,
    Fresh(Fresh),
}

/// A supergraph and the ways to its subgraphs.
pub struct Fresh {
    pub sdl: String,
    /// Known ways; a subgraph without one is reached by the URL in the
    /// supergraph.
    pub transports: Transports,
    pub kept: Option<Kept>,
}

impl std::fmt::Debug for Fresh {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Fresh").finish_non_exhaustive()
    }
}

/// A source of supergraphs.
pub trait SupergraphSource: Send + Sync + 'static {
    /// Looks for a new supergraph.
    fn load(&self) -> BoxFuture<'_, Result<Load, Refusal>>;

    /// The last one that was good, for a start when there is no other.
    fn last_good(&self) -> Option<Fresh> {
        None
    }

    /// Called when a fresh supergraph is in use: the next look compares to it.
    fn accepted(&self, fresh: &Kept);
}

/// Subgraphs that answer their own schemas.
pub struct SubgraphSource {
    ways: BTreeMap<String, (String, Way)>,
    /// The last schema each has told.
    known: Mutex<BTreeMap<String, String>>,
    /// What the generation in use was made of.
    used: Mutex<BTreeMap<String, String>>,
    last_good: Option<LastGood>,
}

impl SubgraphSource {
    /// `ways`: name → address and transport.
    pub fn new(ways: BTreeMap<String, (String, Way)>, last_good: Option<LastGood>) -> Self {
        let known = last_good
            .as_ref()
            .and_then(LastGood::read)
            .map(|it| it.subgraphs);
        Self {
            ways,
            known: Mutex::new(known.unwrap_or_default()),
            used: Mutex::default(),
            last_good,
        }
    }

    fn transports(&self) -> Transports {
        self.ways
            .iter()
            .map(|(name, (_, way))| (name.clone(), way.transport()))
            .collect()
    }

    /// Every subgraph's schema: what it says now, else what it said last.
    async fn schemas(&self) -> Result<Vec<SubgraphSchema>, Refusal> {
        let told = join_all(
            self.ways
                .iter()
                .map(|(name, (url, way))| async move { (name, url, way.sdl(SDL_LIMIT).await) }),
        )
        .await;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut schemas, mut silent) = (Vec::new(), Vec::new());
        for (name, url, sdl) in told {
            match sdl {
                Ok(sdl) => {
                    known.insert(name.clone(), sdl);
                }
                Err(error) => tracing::warn!(subgraph = %name, %error, "a subgraph told no schema"),
            }
            match known.get(name) {
                Some(sdl) => schemas.push(SubgraphSchema {
                    name: name.clone(),
                    url: url.clone(),
                    sdl: sdl.clone(),
                }),
                None => silent.push(name.clone()),
            }
        }
        if silent.is_empty() {
            return Ok(schemas);
        }
        let silent = silent.join(", ");
        Err(refuse!(Unavailable, "SUBGRAPH_SCHEMA_UNKNOWN",
            zh: "还没有取得这些子图的结构:{silent}",
            en: "the schemas of these subgraphs are not known yet: {silent}"))
    }
}

impl SupergraphSource for SubgraphSource {
    fn load(&self) -> BoxFuture<'_, Result<Load, Refusal>> {
        Box::pin(async move {
            let schemas = self.schemas().await?;
            let made_of: BTreeMap<_, _> = schemas
                .iter()
                .map(|it| (it.name.clone(), it.sdl.clone()))
                .collect();
            if *self.used.lock().unwrap_or_else(PoisonError::into_inner) == made_of {
                return Ok(Load::Unchanged);
            }
            let composed = tokio::task::spawn_blocking(move || {
                let composed = compose::compose(&schemas);
                composed.map(|composed| (composed, schemas))
            });
            let (composed, schemas) = match composed.await {
                Ok(Ok(done)) => done,
                Ok(Err(problems)) => return Err(compose::refusal(&problems)),
                Err(_) => {
                    return Err(refuse!(Internal, "COMPOSITION_FAILED",
                    zh: "合成子图时出错", en: "composition broke down"));
                }
            };
            for hint in &composed.hints {
                tracing::info!(%hint, "composition hint");
            }
            let kept = Kept::new(composed.supergraph.clone(), &schemas);
            let transports = self.transports();
            Ok(Load::Fresh(Fresh {
                sdl: composed.supergraph,
                transports,
                kept: Some(kept),
            }))
        })
    }

    fn last_good(&self) -> Option<Fresh> {
        let kept = self.last_good.as_ref()?.read()?;
        // A graph of other subgraphs than are configured now is no graph of ours.
        kept.subgraphs.keys().eq(self.ways.keys()).then(|| Fresh {
            sdl: kept.supergraph,
            transports: self.transports(),
            kept: None,
        })
    }

    fn accepted(&self, fresh: &Kept) {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = fresh.subgraphs.clone();
        if let Some(last_good) = &self.last_good
            && let Err(error) = last_good.write(fresh)
        {
            tracing::warn!(%error, "cannot keep the last good graph");
        }
    }
}

/// A supergraph file, plain or packed, over the URLs that it names.
#[derive(Debug)]
pub struct FileSource {
    path: PathBuf,
    used: Mutex<Option<String>>,
    last_good: Option<LastGood>,
}

impl FileSource {
    pub fn new(path: PathBuf, last_good: Option<LastGood>) -> Self {
        Self {
            path,
            used: Mutex::default(),
            last_good,
        }
    }
}

impl SupergraphSource for FileSource {
    fn load(&self) -> BoxFuture<'_, Result<Load, Refusal>> {
        Box::pin(async move {
            let path = self.path.display();
            let sdl = tokio::fs::read(&self.path)
                .await
                .and_then(packed::unpack)
                .map_err(|error| {
                    refuse!(Unavailable, "SUPERGRAPH_FILE_UNREADABLE",
                    zh: "无法读取超图文件 {path}:{error}",
                    en: "cannot read the supergraph file {path}: {error}")
                })?;
            if self
                .used
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .as_ref()
                == Some(&sdl)
            {
                return Ok(Load::Unchanged);
            }
            let kept = Kept {
                supergraph: sdl.clone(),
                subgraphs: BTreeMap::new(),
            };
            Ok(Load::Fresh(Fresh {
                sdl,
                transports: Transports::new(),
                kept: Some(kept),
            }))
        })
    }

    fn last_good(&self) -> Option<Fresh> {
        let kept = self.last_good.as_ref()?.read()?;
        Some(Fresh {
            sdl: kept.supergraph,
            transports: Transports::new(),
            kept: None,
        })
    }

    fn accepted(&self, fresh: &Kept) {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = Some(fresh.supergraph.clone());
        if let Some(last_good) = &self.last_good
            && let Err(error) = last_good.write(fresh)
        {
            tracing::warn!(%error, "cannot keep the last good graph");
        }
    }
}

/// The source of a configuration.
pub fn from_config(config: &crate::config::Config) -> Result<Arc<dyn SupergraphSource>, Refusal> {
    use crate::config::Source;
    let last_good = config.state_dir.as_deref().map(LastGood::new);
    match &config.source {
        Source::Supergraph(path) => Ok(Arc::new(FileSource::new(path.clone(), last_good))),
        Source::Subgraphs(addresses) => {
            let mut ways = BTreeMap::new();
            let (most, trust) = (
                config.limits.response_bytes,
                Trust::new(config.tls.ca_file.clone()),
            );
            for (name, address) in addresses {
                let way = Way::trusting(address, most, &trust).map_err(|error| {
                    let detail = error.detail;
                    refuse!(Invalid, "SUBGRAPH_ADDRESS_INVALID", field: name.clone(),
                        zh: "子图 {name} 的地址 {address} 无效:{detail}",
                        en: "the address {address} of the subgraph {name} is invalid: {detail}")
                })?;
                ways.insert(name.clone(), (address.clone(), way));
            }
            if ways.is_empty() {
                return Err(refuse!(Invalid, "SUBGRAPHS_MISSING",
                    zh: "没有配置任何子图", en: "no subgraph is configured"));
            }
            Ok(Arc::new(SubgraphSource::new(ways, last_good)))
        }
    }
}
