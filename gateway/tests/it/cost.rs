//! Prices: what the schema and the settings say of an operation, before it runs.

use std::sync::Arc;

use async_graphql::{Response, Value};
use gateway::{Config, Gateway};
use serde_json::{Value as Json, json};

use crate::{
    library::Subgraph,
    servers::{By, ask_with, config, gateway_with},
};

const SDL: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@cost", "@listSize"])

type Query {
  user: User
  heavy: User @cost(weight: 7)
  users: [User!]!
  matrix: [[User!]!]!
  assumed: [User!]! @listSize(assumedSize: 5)
  paged(first: Int, last: Int): [User!]! @listSize(assumedSize: 3, slicingArguments: ["first", "last"], requireOneSlicingArgument: false)
  strict(first: Int, last: Int): [User!]! @listSize(slicingArguments: ["first", "last"])
  connection(first: Int = 4): UserConnection! @listSize(slicingArguments: ["first"], sizedFields: ["edges", "nodes"], requireOneSlicingArgument: false)
  any: Any
  priced(blob: Blob @cost(weight: 3), level: Level): Int
  find(filter: Filter, filters: [Filter!]): Int
}
type Mutation { touch: Int }
type User { id: ID! name: String! score: Score friends: [User!]! dear: Int @cost(weight: 11) }
type Tool @cost(weight: 20) { id: ID! }
union Any = User | Tool
type UserConnection { edges: [UserEdge!]! nodes: [User!]! total: Int }
type UserEdge { node: User! cursor: String! }
scalar Score @cost(weight: 4)
scalar Blob
enum Level @cost(weight: 2) { LOW HIGH }
input Filter { name: String @cost(weight: 5) and: [Filter!] }
"#;

fn shop() -> Subgraph {
    Subgraph {
        name: "shop",
        sdl: SDL.to_owned(),
        run: Arc::new(|_| Box::pin(async { Response::new(Value::Null) })),
        stream: Arc::new(|_| Box::pin(futures_util::stream::empty())),
        calls: Arc::default(),
    }
}

async fn shop_with(settings: Config) -> Gateway {
    gateway_with(vec![shop()], By::Memory, settings).await
}

async fn price(gateway: &Gateway, query: &str, variables: &Json) -> Json {
    let answer = ask_with(gateway, query, variables.clone(), &[("x-sanshe-cost", "1")]).await;
    let estimated = answer["extensions"]["cost"]["estimated"].clone();
    if estimated.is_null() {
        return answer["errors"][0]["extensions"]["reason"].clone();
    }
    estimated
}

#[tokio::test]
async fn an_operation_costs_what_schema_settings_and_variables_say() {
    let gateway = shop_with(config()).await;
    let none = json!({});
    for (query, variables, expected) in [
        ("{ __typename }", &none, json!(0)),
        ("{ user { id name } }", &none, json!(1)),
        ("{ a: user { id } b: user { id } }", &none, json!(2)),
        ("{ heavy { id } }", &none, json!(7)),
        ("{ user { score } }", &none, json!(5)),
        ("{ users { id } }", &none, json!(10)),
        ("{ users { dear } }", &none, json!(120)),
        ("{ users { friends { id } } }", &none, json!(110)),
        ("{ matrix { id } }", &none, json!(100)),
        ("{ assumed { id } }", &none, json!(5)),
        // The same field twice is one field.
        (
            "{ user { dear } user { dear } ...F } fragment F on Query { user { dear } }",
            &none,
            json!(12),
        ),
        // Sizes: as asked for, the largest; else as assumed.
        ("{ paged { id } }", &none, json!(3)),
        ("{ paged(first: 50) { id } }", &none, json!(50)),
        ("{ paged(first: 2, last: 9) { id } }", &none, json!(9)),
        ("{ paged(first: -5) { id } }", &none, json!(0)),
        (
            "query($n: Int) { paged(first: $n) { id } }",
            &json!({"n": 7}),
            json!(7),
        ),
        (
            "query($n: Int) { paged(first: $n) { id } }",
            &none,
            json!(3),
        ),
        (
            "query($n: Int) { paged(first: $n) { id } }",
            &json!({"n": null}),
            json!(3),
        ),
        (
            "query($n: Int = 8) { paged(first: $n) { id } }",
            &none,
            json!(8),
        ),
        ("{ strict(first: 6) { id } }", &none, json!(6)),
        (
            "{ strict { id } }",
            &none,
            json!("SLICING_ARGUMENT_REQUIRED"),
        ),
        (
            "{ strict(first: 1, last: 1) { id } }",
            &none,
            json!("SLICING_ARGUMENT_REQUIRED"),
        ),
        ("{ strict(first: 1, last: null) { id } }", &none, json!(1)),
        // A connection hands its size on to what it holds.
        ("{ connection { total } }", &none, json!(1)),
        ("{ connection { edges { node { id } } } }", &none, json!(9)),
        (
            "{ connection(first: 100) { nodes { id } edges { cursor node { id } } } }",
            &none,
            json!(301),
        ),
        // A value is one of the members: the dearest counts, and the heaviest.
        ("{ any { __typename } }", &none, json!(20)),
        (
            "{ any { ... on User { dear } ... on Tool { id } } }",
            &none,
            json!(31),
        ),
        (
            "{ any { ... on User { dear } ... on User { score } } }",
            &none,
            json!(35),
        ),
        // Arguments and input objects.
        ("{ priced(blob: \"x\") }", &none, json!(3)),
        ("{ priced(blob: \"x\", level: LOW) }", &none, json!(5)),
        ("{ priced(blob: null) }", &none, json!(0)),
        (
            "query($l: Level) { priced(level: $l) }",
            &json!({"l": "HIGH"}),
            json!(2),
        ),
        ("{ find(filter: {name: \"a\"}) }", &none, json!(6)),
        ("{ find(filters: [{name: \"a\"}, {}]) }", &none, json!(7)),
        (
            "query($f: Filter) { find(filter: $f) }",
            &json!({"f": {"and": [{"name": "a"}, {"name": "b"}]}}),
            json!(13),
        ),
        // What is skipped costs nothing.
        (
            "query($a: Boolean!) { user @include(if: $a) { dear } users @skip(if: $a) { id } }",
            &json!({"a": true}),
            json!(12),
        ),
        (
            "query($a: Boolean!) { user @include(if: $a) { dear } users @skip(if: $a) { id } }",
            &json!({"a": false}),
            json!(10),
        ),
        (
            "query($a: Boolean!) { ... @include(if: $a) { users { id } } }",
            &json!({"a": false}),
            json!(0),
        ),
        ("mutation { touch }", &none, json!(10)),
    ] {
        assert_eq!(
            price(&gateway, query, variables).await,
            expected,
            "{query} {variables}"
        );
    }
}

#[tokio::test]
async fn what_is_too_dear_is_refused_with_both_numbers_and_nobody_is_asked() {
    let mut settings = config();
    settings.limits.cost.max = 100;
    let shop = shop();
    let calls = Arc::clone(&shop.calls);
    let gateway = gateway_with(vec![shop], By::Memory, settings).await;
    let query = "query($n: Int) { paged(first: $n) { id } }";
    let answer = ask_with(&gateway, query, json!({"n": 101}), &[]).await;
    let error = &answer["errors"][0];
    assert_eq!(error["extensions"]["reason"], "LIMIT_EXCEEDED");
    assert_eq!(error["extensions"]["field"], "cost");
    assert_eq!(
        (
            &error["extensions"]["estimated"],
            &error["extensions"]["maximum"]
        ),
        (&json!(101), &json!(100))
    );
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains("100") && message.contains("101"),
        "{message}"
    );
    assert!(answer.get("data").is_none() && answer.get("extensions").is_none());
    assert_eq!(calls.load(std::sync::atomic::Ordering::Relaxed), 0);
    let answer = ask_with(&gateway, query, json!({"n": 100}), &[]).await;
    assert!(answer.get("data").is_some(), "{answer}");
}

#[tokio::test]
async fn the_price_is_told_only_where_it_is_asked_for() {
    let gateway = shop_with(config()).await;
    let query = "{ paged(first: 2) { id } }";
    let answer = ask_with(&gateway, query, Json::Null, &[]).await;
    assert!(answer.get("extensions").is_none(), "{answer}");
    let asked = [("x-sanshe-cost", "1")];
    let answer = ask_with(&gateway, query, Json::Null, &asked).await;
    assert_eq!(
        answer["extensions"],
        json!({"cost": {"estimated": 2, "maximum": 1_000_000}})
    );
    // Also where it is the reason of the refusal.
    let mut settings = config();
    settings.limits.cost.max = 1;
    let answer = ask_with(&shop_with(settings).await, query, Json::Null, &asked).await;
    assert_eq!(
        answer["extensions"],
        json!({"cost": {"estimated": 2, "maximum": 1}})
    );
}

#[tokio::test]
async fn the_settings_say_what_the_schema_does_not() {
    let mut settings = config();
    let cost = &mut settings.limits.cost;
    (cost.list_size, cost.object, cost.scalar, cost.mutation) = (3, 2, 1, 50);
    let gateway = shop_with(settings).await;
    let none = json!({});
    assert_eq!(price(&gateway, "{ users { id name } }", &none).await, 12);
    assert_eq!(price(&gateway, "mutation { touch }", &none).await, 51);
}

#[tokio::test]
async fn a_price_beyond_all_numbers_is_the_highest_and_is_refused() {
    let mut settings = config();
    settings.limits.cost.list_size = u64::MAX / 2;
    let gateway = shop_with(settings).await;
    let query = "{ users { friends { friends { id } } } }";
    let answer = ask_with(&gateway, query, Json::Null, &[]).await;
    assert_eq!(answer["errors"][0]["extensions"]["field"], "cost");
    assert_eq!(answer["errors"][0]["extensions"]["estimated"], u64::MAX);
}

/// The schemas that the services of the house serve.
fn house() -> Vec<gateway::compose::SubgraphSchema> {
    let services = concat!(env!("CARGO_MANIFEST_DIR"), "/../services");
    let folders = std::fs::read_dir(services).unwrap().map(Result::unwrap);
    folders
        .filter_map(|folder| {
            let sdl = std::fs::read_to_string(folder.path().join("schema.graphql")).ok()?;
            let name = folder.file_name().into_string().unwrap();
            let url = format!("http://{name}.internal");
            Some(gateway::compose::SubgraphSchema { name, url, sdl })
        })
        .collect()
}

#[test]
fn the_sizes_of_our_own_connections_reach_the_supergraph() {
    let house = house();
    let sized: usize = house
        .iter()
        .map(|it| it.sdl.matches("@listSize(").count())
        .sum();
    assert!(sized > 0, "no service tells how long its connections get");
    let composed = gateway::compose::compose(&house).unwrap();
    // The definition of the directive is one more.
    let composed = composed.supergraph.matches("@listSize(").count();
    assert_eq!(composed, sized + 1);
}

const LISTED: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@listSize", "@shareable"])
type Query { items: [Item!]! @listSize(assumedSize: 20) item: Item }
type Item @key(fields: "id") { id: ID! name: String @shareable maker: Maker }
type Maker @key(fields: "id") { id: ID! }
"#;
const PRICED: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@requires"])
type Item @key(fields: "id") { id: ID! name: String @shareable price: Int tax: Int seller: Maker }
type Maker @key(fields: "id") { id: ID! rating: Int }
"#;
const STOCKED: &str = r#"
extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
type Item @key(fields: "id") { id: ID! count: Int }
"#;

#[tokio::test]
async fn what_is_looked_up_elsewhere_is_paid_for_by_each_object() {
    let named = |name, sdl: &str| Subgraph {
        name,
        sdl: sdl.to_owned(),
        ..shop()
    };
    let all = vec![named("a", LISTED), named("b", PRICED), named("c", STOCKED)];
    let mut settings = config();
    settings.limits.cost.entity = 3;
    let gateway = gateway_with(all, By::Memory, settings).await;
    for (query, variables, expected) in [
        // In the subgraph that has the list, and in several of them.
        ("{ items { id name } }", json!({}), 20),
        ("{ items { maker { id } } }", json!({}), 40),
        // Once for each object, however many fields, and for each subgraph.
        ("{ item { price } }", json!({}), 4),
        ("{ items { price tax } }", json!({}), 80),
        ("{ items { price ... { tax } name } }", json!({}), 80),
        ("{ items { price count } }", json!({}), 140),
        // What is below is where it was looked up.
        ("{ items { seller { id rating } } }", json!({}), 100),
        ("{ items { maker { rating } } }", json!({}), 100),
        // What is left out is not looked up.
        (
            "query($x: Boolean!) { items { id price @include(if: $x) } }",
            json!({"x": false}),
            20,
        ),
        (
            "query($x: Boolean!) { items { price @include(if: $x) tax } }",
            json!({"x": false}),
            80,
        ),
    ] {
        let found = price(&gateway, query, &variables).await;
        assert_eq!(found, json!(expected), "{query}");
    }
}
