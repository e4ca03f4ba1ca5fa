//! Resources for tests.

use std::collections::BTreeMap;

use crate::crd::{
    Checks, Owner, SchemaSource, Selector, Subgraph, SubgraphSpec, Supergraph, SupergraphSpec,
};

pub fn subgraph_spec() -> SubgraphSpec {
    SubgraphSpec {
        endpoint: "grpc://needs:7401".to_owned(),
        schema: SchemaSource {
            sdl: Some("type Query { needs: Int }".to_owned()),
            ..SchemaSource::default()
        },
        timeout: "3s".to_owned(),
        owner: Owner {
            team: "社区科".to_owned(),
            contact: None,
        },
        suspend: false,
    }
}

pub fn subgraph() -> Subgraph {
    let mut subgraph = Subgraph::new("needs", subgraph_spec());
    subgraph.metadata.namespace = Some("city".to_owned());
    subgraph.metadata.uid = Some("uid-needs".to_owned());
    subgraph.metadata.generation = Some(1);
    subgraph
}

pub fn supergraph() -> Supergraph {
    let labels = BTreeMap::from([("graph".to_owned(), "city".to_owned())]);
    let mut supergraph = Supergraph::new(
        "city",
        SupergraphSpec {
            selector: Selector {
                match_labels: Some(labels),
                match_expressions: None,
            },
            checks: Checks::default(),
            pin: None,
            history: 3,
        },
    );
    supergraph.metadata.namespace = Some("city".to_owned());
    supergraph.metadata.uid = Some("uid-city".to_owned());
    supergraph.metadata.generation = Some(1);
    supergraph
}
