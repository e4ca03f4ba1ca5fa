//! Documents by name: remembered by their hash as clients send them
//! ([`automatic`]), or known from a file ([`manifest`]). Where the settings say
//! so, nothing else is served.

mod automatic;
mod manifest;

use std::sync::{Arc, PoisonError, RwLock};

use http::StatusCode;
use kernel::{Kind, Refusal, refuse};

use self::{automatic::Automatic, manifest::Watched};
pub use self::{automatic::Remember, manifest::Manifest};
use crate::{
    config,
    error::{GraphError, Message, Rejection},
    redis::Redis,
    request::GraphRequest,
};

/// All documents that have a name.
#[derive(Debug)]
pub struct Persisted {
    only: bool,
    automatic: Option<Automatic>,
    watched: Option<Watched>,
    manifest: RwLock<Option<Arc<Manifest>>>,
}

impl Persisted {
    pub fn new(settings: &config::Persisted, redis: Option<Arc<Redis>>) -> Self {
        // Where only known operations are served, none is learned.
        let automatic = settings.automatic && !settings.only;
        Self {
            only: settings.only,
            automatic: automatic.then(|| Automatic::new(settings, redis)),
            watched: settings.manifest.clone().map(Watched::new),
            manifest: RwLock::new(None),
        }
    }

    /// Reads the manifest if it has changed. A broken one leaves the last good
    /// one in use; before the first good one it is an error.
    pub async fn refresh(&self) -> Result<(), Refusal> {
        let Some(watched) = &self.watched else {
            return Ok(());
        };
        match watched.read().await {
            Ok(None) => Ok(()),
            Ok(Some(manifest)) => {
                tracing::info!(operations = manifest.len(), "a manifest is in use");
                let mut slot = self
                    .manifest
                    .write()
                    .unwrap_or_else(PoisonError::into_inner);
                *slot = Some(Arc::new(manifest));
                Ok(())
            }
            Err(refusal) if self.manifest().is_some() => {
                tracing::error!(error = %refusal, "the manifest cannot be used; the last good one stays");
                Ok(())
            }
            Err(refusal) => Err(refusal),
        }
    }

    fn manifest(&self) -> Option<Arc<Manifest>> {
        let slot = self.manifest.read().unwrap_or_else(PoisonError::into_inner);
        slot.clone()
    }

    /// Finds the document that the request names. What is answered shall be
    /// remembered once the document has proved good.
    pub async fn resolve(&self, request: &mut GraphRequest) -> Result<Option<Remember>, Rejection> {
        let hash = automatic::hash(&request.extensions)?;
        let id = request.document_id.as_deref().or(hash.as_deref());
        let manifest = self.manifest();
        if let (Some(id), Some(manifest)) = (id, &manifest)
            && let Some(document) = manifest.get(id)
        {
            if !request.query.is_empty() && request.query != *document {
                return Err(mismatch());
            }
            document.clone_into(&mut request.query);
            return Ok(None);
        }
        if self.only {
            let known = manifest.is_some_and(|it| it.holds(&request.query));
            return if known {
                Ok(None)
            } else {
                Err(unlisted(request))
            };
        }
        let Some(hash) = hash else {
            let is_unknown = request.query.is_empty() && request.document_id.is_some();
            return if is_unknown {
                Err(not_found())
            } else {
                Ok(None)
            };
        };
        let Some(automatic) = &self.automatic else {
            return Err(client(
                "PersistedQueryNotSupported",
                "PERSISTED_QUERY_NOT_SUPPORTED",
            ));
        };
        if request.query.is_empty() {
            request.query = automatic.find(&hash).await.ok_or_else(not_found)?;
            return Ok(None);
        }
        automatic::check(&request.query, &hash)?;
        Ok(Some(Remember {
            hash,
            document: request.query.as_str().into(),
        }))
    }

    /// Remembers a document that was planned.
    pub async fn remember(&self, document: Remember) {
        if let Some(automatic) = &self.automatic {
            automatic.remember(document).await;
        }
    }
}

/// An error that client libraries know by its very words.
fn client(message: &str, code: &str) -> Rejection {
    Rejection {
        status: StatusCode::BAD_REQUEST,
        well_formed: true,
        errors: vec![GraphError {
            code: code.to_owned(),
            reason: code.to_owned(),
            message: Message::Plain(message.to_owned()),
            path: Vec::new(),
            locations: Vec::new(),
            extensions: serde_json::Map::new(),
        }],
    }
}

fn not_found() -> Rejection {
    client("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
}

fn mismatch() -> Rejection {
    Rejection::malformed(
        StatusCode::UNPROCESSABLE_ENTITY,
        refuse!(Invalid, "PERSISTED_QUERY_HASH_MISMATCH", field: "query",
            zh: "query 与其编号或哈希不符",
            en: "the query is not the one that its id or hash names"),
    )
}

/// The refusal of what is not in the manifest, under the codes that clients know.
fn unlisted(request: &GraphRequest) -> Rejection {
    let mut error = GraphError::new(Refusal::new(
        Kind::Forbidden,
        "OPERATION_NOT_LISTED",
        "只提供清单中的操作(persisted.only)",
        "only operations of the manifest are served (persisted.only)",
    ));
    let code = if request.query.is_empty() {
        "PERSISTED_QUERY_NOT_IN_LIST"
    } else {
        "QUERY_NOT_IN_SAFELIST"
    };
    code.clone_into(&mut error.code);
    error
        .extensions
        .insert("field".to_owned(), "persisted.only".into());
    Rejection {
        status: StatusCode::FORBIDDEN,
        well_formed: true,
        errors: vec![error],
    }
}
