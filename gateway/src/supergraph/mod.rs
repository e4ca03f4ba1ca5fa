//! One generation of the graph: the supergraph, its planner, its types and the
//! ways to its subgraphs. Requests hold the generation they began with.

mod api;
mod joins;
pub mod packed;
mod reached;
mod route;
mod schema;
mod source;
mod store;
mod way;

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, OnceLock},
};

use hive_router_query_planner::{
    consumer_schema::ConsumerSchema,
    planner::{Planner, QueryPlannerOptions},
    utils::parsing::safe_parse_schema,
};
use kernel::{Refusal, refuse};

pub use self::{
    reached::{Reached, SERVICE as REACHED},
    schema::{InputField, Schema, TypeInfo, TypeKind},
    source::{FileSource, Fresh, Load, SubgraphSource, SupergraphSource, from_config},
    store::{Kept, LastGood, Slot},
    way::Way,
};
use crate::{
    authorize::Rules,
    config::Limits,
    cost::Model,
    peer::{Peer, Peers},
    plan::PlanCache,
    transport::SubgraphTransport,
};

/// Subgraph name → way to it.
pub type Transports = BTreeMap<String, Arc<dyn SubgraphTransport>>;

/// Everything that depends on the supergraph.
pub struct Generation {
    /// Counts up with every swap.
    pub number: u64,
    /// The supergraph as it was loaded.
    pub sdl: String,
    pub planner: Planner,
    reached: OnceLock<Option<Reached>>,
    pub schema: Schema,
    /// What only some callers are given.
    pub rules: Rules,
    pub transports: Transports,
    /// What is known of the subgraphs, whatever the generation.
    pub peers: BTreeMap<String, Arc<Peer>>,
    pub plans: PlanCache,
    /// What things weigh.
    pub costs: Model,
}

impl std::fmt::Debug for Generation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Generation")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

impl Generation {
    /// Reads a supergraph of the join spec.
    pub fn load(
        number: u64,
        sdl: String,
        mut transports: Transports,
        peers: &Peers,
        limits: &Limits,
    ) -> Result<Self, Refusal> {
        let document = safe_parse_schema(&sdl).map_err(|error| {
            let error = error.to_string();
            unusable(&error, &error)
        })?;
        // The planner reports some broken schemas by panicking.
        let mut planner = catch_unwind(AssertUnwindSafe(|| {
            Planner::new_from_supergraph(&document, QueryPlannerOptions::default())
        }))
        .map_err(|_| unusable("不符合 join 规范", "it does not follow the join spec"))?
        .map_err(|error| unusable(&error.to_string(), &error.to_string()))?;
        let api = api::clean((*planner.consumer_schema.document).clone());
        planner.consumer_schema = Arc::new(ConsumerSchema::from(Arc::new(api)));
        let schema = Schema::new(&document, &planner.consumer_schema.document);
        let rules = Rules::new(&document, &schema);
        for (name, url) in &planner.supergraph.subgraph_endpoint_map {
            if !transports.contains_key(name) {
                let transport =
                    route::follow(url, limits.response_bytes, peers.trust()).map_err(|it| {
                        unusable(
                            &format!("没有通往子图 {name} 的连接:{}", it.detail),
                            &format!("there is no way to the subgraph {name}: {}", it.detail),
                        )
                    })?;
                transports.insert(name.clone(), transport);
            }
        }
        let plans = PlanCache::new(limits.plan_cache_bytes);
        Ok(Self {
            number,
            sdl,
            planner,
            reached: OnceLock::new(),
            schema,
            rules,
            peers: peers.of(transports.keys()),
            transports,
            plans,
            costs: Model::new(&document),
        })
    }

    /// What plans from entities on, made when it is first needed; None where
    /// nothing can be planned so.
    pub fn reached(&self) -> Option<&Reached> {
        let make = || {
            let document = safe_parse_schema(&self.sdl).ok()?;
            catch_unwind(AssertUnwindSafe(|| Reached::new(&document))).ok()?
        };
        self.reached.get_or_init(make).as_ref()
    }

    /// The schema that clients see, as text.
    pub fn api_sdl(&self) -> String {
        let document = &self.planner.consumer_schema.document;
        crate::project::print_api(document)
    }
}

fn unusable(zh: &str, en: &str) -> Refusal {
    refuse!(Invalid, "SUPERGRAPH_UNUSABLE",
        zh: "超图无法使用:{zh}", en: "the supergraph cannot be used: {en}")
}
