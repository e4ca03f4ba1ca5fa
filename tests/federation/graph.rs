//! A case brought to life.

use std::{collections::BTreeMap, sync::Arc};

use gateway::{Gateway, Parts};
use graphql_tools::parser::schema::parse_schema;

use crate::{
    case::Case,
    engine::{
        Engine,
        types::{Types, implements},
    },
    servers::{By, gateway},
    world::World,
};

pub struct Graph {
    pub gateway: Gateway,
    pub engines: Vec<Arc<Engine>>,
    pub world: Arc<World>,
}

impl Graph {
    pub async fn of(case: &Case, by: By) -> Self {
        Self::with(case, by, Parts::default()).await
    }

    pub async fn with(case: &Case, by: By, parts: Parts) -> Self {
        let types: Vec<_> = case
            .subgraphs
            .iter()
            .map(|(_, sdl)| Types::subgraph(sdl))
            .collect();
        let world = Arc::new(World::new(&case.data, &case.only, implements(types.iter())));
        let engines: Vec<_> = case
            .subgraphs
            .iter()
            .map(|(name, sdl)| Arc::new(Engine::subgraph(name, sdl, &world)))
            .collect();
        let gateway = gateway(&engines, by, parts).await;
        Self {
            gateway,
            engines,
            world,
        }
    }

    /// The same graph as one schema.
    pub fn monolith(&self) -> Engine {
        let generation = self.gateway.generation().unwrap();
        let all = parse_schema::<String>(&generation.sdl)
            .unwrap()
            .into_static();
        let api = Types::new((*generation.planner.consumer_schema.document).clone());
        let subgraphs: Vec<_> = self.engines.iter().map(|it| it.types.clone()).collect();
        // The one schema has no views of its own: what all records say holds.
        Engine::monolith(api, Types::new(all), &subgraphs, &self.world)
    }

    /// Forgets what was asked and written.
    pub fn begin(&self) {
        self.world.log.lock().unwrap().clear();
        for engine in &self.engines {
            engine.asked.lock().unwrap().clear();
        }
    }

    /// How often each subgraph was asked.
    pub fn calls(&self) -> BTreeMap<String, usize> {
        let counts = self
            .engines
            .iter()
            .map(|it| (it.name.clone(), it.asked.lock().unwrap().len()));
        counts.filter(|(_, count)| *count > 0).collect()
    }
}
