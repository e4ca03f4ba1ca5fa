//! Subgraphs that answer what a test says, and remember what they were asked.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use futures_util::future::BoxFuture;
use gateway::{
    Config, Gateway, Parts,
    compose::{Composed, Problem, SubgraphSchema, compose},
    supergraph::{Fresh, Kept, Load, SupergraphSource, Transports},
    transport::{MemoryTransport, TransportError},
};
use kernel::{Kind, Refusal};
use serde_json::{Value as Json, json};

/// What a subgraph was asked: document and variables.
pub type Asked = (String, String, Json);

/// A graph of scripted subgraphs.
pub struct Script {
    pub gateway: Gateway,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// A supergraph that is there already.
struct Fixed {
    sdl: String,
    transports: Transports,
}

impl SupergraphSource for Fixed {
    fn load(&self) -> BoxFuture<'_, Result<Load, Refusal>> {
        Box::pin(async {
            let (sdl, transports) = (self.sdl.clone(), self.transports.clone());
            Ok(Load::Fresh(Fresh {
                sdl,
                transports,
                kept: None,
            }))
        })
    }

    fn accepted(&self, _: &Kept) {}
}

const FEDERATION: &str = r#"extend schema @link(url: "https://specs.apollo.dev/federation/v2.5",
    import: ["@key", "@shareable", "@external", "@requires", "@provides", "@override",
        "@interfaceObject", "@inaccessible", "@authenticated"])
"#;

/// Composes SDLs that need not repeat the link.
pub fn composed(sdls: &[(&str, &str)]) -> Result<Composed, Vec<Problem>> {
    let schemas: Vec<_> = sdls
        .iter()
        .map(|(name, sdl)| SubgraphSchema {
            name: (*name).to_owned(),
            url: format!("http://{name}.invalid"),
            sdl: format!("{FEDERATION}{sdl}"),
        })
        .collect();
    compose(&schemas)
}

impl Script {
    /// `answer` gets the subgraph's name, the document and the variables.
    pub async fn new(
        sdls: &[(&str, &str)],
        answer: impl Fn(&str, &str, &Json) -> Json + Send + Sync + 'static,
    ) -> Self {
        let supergraph = composed(sdls)
            .unwrap_or_else(|problems| panic!("{problems:#?}"))
            .supergraph;
        let names = sdls.iter().map(|(name, _)| *name);
        Self::of(supergraph, names, answer).await
    }

    pub async fn of<'n>(
        supergraph: String,
        names: impl Iterator<Item = &'n str>,
        answer: impl Fn(&str, &str, &Json) -> Json + Send + Sync + 'static,
    ) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(answer);
        let mut transports = Transports::new();
        for name in names {
            let (asked, answer) = (Arc::clone(&asked), Arc::clone(&answer));
            let service = name.to_owned();
            let transport = MemoryTransport::new(move |query, variables, _| {
                let variables = serde_json::from_slice(&variables).unwrap_or(Json::Null);
                let body = answer(&service, &query, &variables);
                asked
                    .lock()
                    .unwrap()
                    .push((service.clone(), query, variables));
                Box::pin(async move {
                    if body == json!("down") {
                        return Err(TransportError::new(
                            Kind::Unavailable,
                            "10.1.1.1:80 refused",
                        ));
                    }
                    Ok(body.to_string().into())
                })
            });
            transports.insert(name.to_owned(), Arc::new(transport));
        }
        let source = Arc::new(Fixed {
            sdl: supergraph,
            transports,
        });
        let config = Config {
            ..crate::servers::config()
        };
        let gateway = Gateway::with_source(config, Parts::default(), source);
        gateway.refresh().await.unwrap();
        Self { gateway, asked }
    }

    pub async fn ask(&self, query: &str) -> Json {
        crate::servers::ask(&self.gateway, query, &[]).await
    }

    /// All that was asked since the last look.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    /// The representations that a subgraph got, by variable.
    pub fn representations(&self, service: &str) -> BTreeMap<String, Json> {
        let asked = self.asked();
        let of = asked.iter().filter(|(name, ..)| name == service);
        of.filter_map(|(_, _, variables)| variables.as_object())
            .flat_map(|it| it.iter().map(|(name, value)| (name.clone(), value.clone())))
            .collect()
    }
}
