//! The body of a POST: whatever comes, a request or a refusal; and a document
//! that is one goes through the whole pipeline.

#![no_main]

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use gateway::{
    Config, Gateway, GraphRequest, Parts, RequestContext,
    supergraph::{SubgraphSource, Way},
    transport::MemoryTransport,
};
use libfuzzer_sys::fuzz_target;

const SDL: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])
type Query { item(id: ID, in: In): Item items: [Node!] }
input In { n: Int list: [In!] kind: Kind = A }
enum Kind { A B }
interface Node { id: ID! }
type Item implements Node @key(fields: "id") { id: ID! text(of: String): String next: Item }
type Other implements Node { id: ID! size: Float }
"#;

struct House {
    runtime: tokio::runtime::Runtime,
    gateway: Gateway,
    context: RequestContext,
}

fn house() -> &'static House {
    static HOUSE: OnceLock<House> = OnceLock::new();
    HOUSE.get_or_init(|| {
        // The planner's panics are caught by the gateway; libFuzzer's own hook
        // would end the process before that. One that gets out still ends it.
        std::panic::set_hook(Box::new(|_| {}));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let transport = MemoryTransport::new(|_, _, _| {
            Box::pin(async { Ok(r#"{"data":{"item":null,"items":[]}}"#.into()) })
        });
        let way = Way::Memory {
            sdl: SDL.into(),
            transport: Arc::new(transport),
        };
        let ways = BTreeMap::from([("a".to_owned(), ("http://in.process".to_owned(), way))]);
        let source = Arc::new(SubgraphSource::new(ways, None));
        let gateway = Gateway::with_source(Config::default(), Parts::default(), source);
        if let Err(refusal) = runtime.block_on(gateway.refresh()) {
            panic!("no graph: {}", refusal.en);
        }
        let context = gateway.context(&http::HeaderMap::new());
        House {
            runtime,
            gateway,
            context,
        }
    })
}

fuzz_target!(|body: &[u8]| {
    // A body as it is, and a document alone: half of all inputs each.
    let request = match body.split_first() {
        Some((b'{', _)) => GraphRequest::from_body(body).ok(),
        Some((_, rest)) => std::str::from_utf8(rest).ok().map(GraphRequest::new),
        None => None,
    };
    if let Some(request) = request {
        let house = house();
        let mut context = house.context.clone();
        context.deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
        let response = house.runtime.block_on(house.gateway.execute(request, &context, false));
        assert_eq!(response.body.first(), Some(&b'{'));
    }
});
