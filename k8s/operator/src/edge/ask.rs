//! Asking a subgraph for its schema.

use std::time::Duration;

use gateway::{config::Limits, supergraph::Way};

use crate::plan::subgraph::Source;

/// How long a subgraph may take to tell its schema.
const LIMIT: Duration = Duration::from_secs(5);

/// Asks at the endpoint, over gRPC or GraphQL over HTTP.
pub async fn ask(endpoint: &str, limits: &Limits) -> Source {
    // The gateway's words for the two.
    let address = match endpoint.strip_prefix("grpc://") {
        Some(rest) => format!("http://{}", rest.trim_end_matches('/')),
        None => format!("graphql+{endpoint}"),
    };
    let answer = match Way::connect(&address, limits.response_bytes) {
        Ok(way) => way.sdl(LIMIT).await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(sdl) if !sdl.trim().is_empty() => Source::Sdl(sdl),
        Ok(_) => Source::Failed {
            reason: "SchemaEmpty",
            zh: format!("{endpoint} 返回了空的结构"),
            en: format!("{endpoint} told an empty schema"),
        },
        Err(error) => Source::Failed {
            reason: "EndpointUnreachable",
            zh: format!("无法从 {endpoint} 取得结构({})", error.kind),
            en: format!("{endpoint} told no schema ({})", error.kind),
        },
    }
}
