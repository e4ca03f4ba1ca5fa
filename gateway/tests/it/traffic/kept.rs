//! Entities that are kept one by one, what gateways keep together in Redis, and
//! for whom.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::BoxFuture;
use gateway::{
    Authenticator, Config, Gateway, GraphRequest, Identity, Parts, RequestContext,
    cache::follow,
    config::{Cache, CachedSubgraph, Share},
    supergraph::{SubgraphSource, Way},
    transport::MemoryTransport,
};
use kernel::Refusal;
use proptest::{
    prelude::{Strategy, any, prop},
    test_runner::{Config as Trials, TestRunner},
};
use serde_json::{Value as Json, json};

use crate::{
    redis::Server,
    servers::{self, background},
};

const LIST: &str = "type Query { needs(ids: [ID!]!): [Need!]! }
    type Need @key(fields: \"id\") { id: ID! }";
const MORE: &str = "type Query { me: String } type Mutation { touch: Int }
    type Need @key(fields: \"id\") { id: ID! title: String mine: String }";

/// `Bearer li.read+write.7` is the seventh token of `li` with two scopes.
struct Door;

impl Authenticator for Door {
    fn authenticate<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Identity, Refusal>> {
        let mut parts = token.split('.');
        let subject = parts.next().unwrap_or_default().to_owned();
        let scopes = parts.next().unwrap_or_default().split('+');
        let identity = Identity {
            subject,
            scopes: scopes.map(str::to_owned).collect(),
            expires: i64::MAX,
        };
        Box::pin(async { Ok(identity) })
    }
}

/// Who a subgraph takes the caller for: not the token's number.
fn caller(context: &RequestContext) -> String {
    let token = context.bearer().unwrap_or("nobody");
    token
        .rsplit_once('.')
        .map_or(token, |(who, _)| who)
        .to_owned()
}

/// The subgraphs behind several gateways.
#[derive(Clone, Default)]
struct World {
    /// The ids that entities were asked for by, call by call.
    asked: Arc<Mutex<Vec<Vec<String>>>>,
    /// What the subgraph says of keeping.
    hint: Arc<Mutex<Json>>,
    /// Counts calls; each answer has its number.
    calls: Arc<Mutex<usize>>,
    /// Entities with an error at their title.
    broken: Arc<Mutex<Vec<String>>>,
}

impl World {
    fn saying(max_age: u64, scope: &str) -> Self {
        let world = Self::default();
        world.says(max_age, scope);
        world
    }

    fn says(&self, max_age: u64, scope: &str) {
        let said = json!({"cacheControl": {"maxAge": max_age, "scope": scope}});
        *self.hint.lock().unwrap() = said;
    }

    /// What entities were asked for since the last look.
    fn asked(&self) -> Vec<Vec<String>> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    fn more(&self, query: &str, variables: &[u8], context: &RequestContext) -> Json {
        let number = {
            let mut calls = self.calls.lock().unwrap();
            *calls += 1;
            *calls
        };
        if query.starts_with("mutation") {
            return json!({"data": {"touch": number}});
        }
        let extensions = self.hint.lock().unwrap().clone();
        if !query.contains("_entities") {
            let me = format!("{}#{number}", caller(context));
            return json!({"data": {"me": me}, "extensions": extensions});
        }
        let variables: Json = serde_json::from_slice(variables).unwrap();
        let ids: Vec<String> = variables["representations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["id"].as_str().unwrap().to_owned())
            .collect();
        self.asked.lock().unwrap().push(ids.clone());
        let broken = self.broken.lock().unwrap();
        let mut errors = Vec::new();
        let entities = ids.iter().enumerate().map(|(index, id)| {
            if broken.contains(id) {
                errors.push(json!({"message": "x", "path": ["_entities", index, "title"],
                    "extensions": {"code": "FORBIDDEN"}}));
                return json!({"__typename": "Need", "title": null});
            }
            json!({"__typename": "Need", "title": format!("{id}#{number}"), "mine": caller(context)})
        });
        let entities: Vec<_> = entities.collect();
        let mut answer = json!({"data": {"_entities": entities}, "extensions": extensions});
        if !errors.is_empty() {
            answer["errors"] = errors.into();
        }
        answer
    }

    async fn gateway(&self, cache: Cache, redis: Option<&Server>) -> Gateway {
        let list = MemoryTransport::new(|_, variables, _| {
            let variables: Json = serde_json::from_slice(&variables).unwrap();
            let ids = variables["ids"].as_array().unwrap().iter();
            let needs: Vec<_> = ids
                .map(|id| json!({"__typename": "Need", "id": id}))
                .collect();
            let answer = json!({"data": {"needs": needs}}).to_string();
            Box::pin(async move { Ok(answer.into()) })
        });
        let world = self.clone();
        let more = MemoryTransport::new(move |query, variables, context| {
            let answer = world.more(&query, &variables, &context).to_string();
            Box::pin(async move { Ok(answer.into()) })
        });
        let way = |name: &str, sdl: &str, transport| {
            let way = Way::Memory {
                sdl: sdl.into(),
                transport: Arc::new(transport),
            };
            (name.to_owned(), ("http://in.process".to_owned(), way))
        };
        let ways = BTreeMap::from([way("list", LIST, list), way("more", MORE, more)]);
        let config = Config {
            cache,
            redis: redis.map(Server::settings).unwrap_or_default(),
            ..servers::config()
        };
        let parts = Parts {
            authenticator: Some(Arc::new(Door)),
            ..Parts::default()
        };
        let source = Arc::new(SubgraphSource::new(ways, None));
        let gateway = Gateway::with_source(config, parts, source);
        gateway.refresh().await.unwrap();
        gateway
    }
}

fn cache(share: Share) -> Cache {
    Cache {
        share,
        subgraphs: BTreeMap::from([("more".to_owned(), CachedSubgraph::default())]),
        ..Cache::default()
    }
}

const TITLES: &str = "query Titles($ids: [ID!]!) { needs(ids: $ids) { title } }";

async fn ask(gateway: &Gateway, query: &str, ids: &[&str], token: &str) -> Json {
    let mut headers = Vec::new();
    let value = format!("Bearer {token}");
    if !token.is_empty() {
        headers.push(("authorization", value.as_str()));
    }
    let mut request = GraphRequest::new(query);
    request.variables.insert("ids".to_owned(), json!(ids));
    let context = servers::context(gateway, &headers);
    let response = gateway.execute(request, &context, false).await;
    serde_json::from_slice(&response.body).unwrap()
}

async fn titles(gateway: &Gateway, ids: &[&str], token: &str) -> Vec<String> {
    let answer = ask(gateway, TITLES, ids, token).await;
    let needs = answer["data"]["needs"].as_array();
    let titles = needs.unwrap_or_else(|| panic!("{answer}")).iter();
    titles
        .map(|it| it["title"].as_str().unwrap_or("null").to_owned())
        .collect()
}

#[tokio::test]
async fn only_the_entities_that_nobody_asked_for_are_asked_for() {
    let world = World::saying(30, "PUBLIC");
    let gateway = world.gateway(cache(Share::Nothing), None).await;
    assert_eq!(titles(&gateway, &["1", "2"], "").await, ["1#1", "2#1"]);
    assert_eq!(
        titles(&gateway, &["2", "3", "1"], "").await,
        ["2#1", "3#2", "1#1"]
    );
    assert_eq!(world.asked(), [vec!["1", "2"], vec!["3"]]);
    assert_eq!(titles(&gateway, &["3"], "li.a.1").await, ["3#2"]);
    // Another operation, with other fields of the list.
    let other = "query Other($ids: [ID!]!) { needs(ids: $ids) { id title } }";
    let answer = ask(&gateway, other, &["1", "3"], "").await;
    let all = json!([{"id": "1", "title": "1#1"}, {"id": "3", "title": "3#2"}]);
    assert_eq!(answer, json!({"data": {"needs": all}}));
    assert_eq!(world.asked(), [[""; 0]; 0]);
    // Other fields of the entity are another thing.
    let mine = "query Mine($ids: [ID!]!) { needs(ids: $ids) { mine } }";
    ask(&gateway, mine, &["1"], "").await;
    assert_eq!(world.asked(), [["1"]]);
}

#[tokio::test]
async fn an_error_stands_at_its_entity_although_others_were_kept() {
    let world = World::saying(30, "PUBLIC");
    let gateway = world.gateway(cache(Share::Nothing), None).await;
    titles(&gateway, &["1"], "").await;
    world.broken.lock().unwrap().push("3".to_owned());
    let answer = ask(&gateway, TITLES, &["1", "2", "3"], "").await;
    let needs = json!([{"title": "1#1"}, {"title": "2#2"}, {"title": null}]);
    assert_eq!(answer["data"]["needs"], needs);
    assert_eq!(answer["errors"][0]["path"], json!(["needs", 2, "title"]));
    assert_eq!(answer["errors"].as_array().unwrap().len(), 1);
    // An answer with errors is not kept, not even in part.
    world.broken.lock().unwrap().clear();
    assert_eq!(titles(&gateway, &["1", "2"], "").await, ["1#1", "2#3"]);
}

#[tokio::test]
async fn what_one_gateway_has_asked_for_is_known_to_the_others() {
    let Some(server) = Server::start().await else {
        return;
    };
    let world = World::saying(30, "PUBLIC");
    let one = world.gateway(cache(Share::Public), Some(&server)).await;
    let other = world.gateway(cache(Share::Public), Some(&server)).await;
    assert_eq!(titles(&one, &["1", "2"], "li.a.1").await, ["1#1", "2#1"]);
    assert_eq!(titles(&other, &["2", "3"], "wu.b.1").await, ["2#1", "3#2"]);
    assert_eq!(world.asked(), [vec!["1", "2"], vec!["3"]]);
    assert_eq!(titles(&one, &["3", "2"], "").await, ["3#2", "2#1"]);
    let me = "{ me }";
    let first = ask(&one, me, &[], "").await;
    assert_eq!(
        ask(&other, me, &[], "li.a.1").await,
        first,
        "whole answers too"
    );

    // A write through one ends what that one takes, however old it is.
    servers::ask(&other, "mutation { touch }", &[]).await;
    let again = titles(&other, &["2"], "").await;
    assert_ne!(again, ["2#1"]);
    assert_eq!(titles(&other, &["2"], "").await, again);
    // A third one comes later, and knows what was asked last.
    let third = world.gateway(cache(Share::Public), Some(&server)).await;
    assert_eq!(titles(&third, &["2"], "").await, again);
}

#[tokio::test]
async fn what_is_for_one_caller_leaves_the_process_only_where_that_is_allowed() {
    let Some(server) = Server::start().await else {
        return;
    };
    let world = World::saying(30, "PRIVATE");
    let own = world.gateway(cache(Share::Public), Some(&server)).await;
    let away = world.gateway(cache(Share::Public), Some(&server)).await;
    assert_eq!(titles(&own, &["1"], "li.a.1").await, ["1#1"]);
    assert_eq!(
        titles(&own, &["1"], "li.a.2").await,
        ["1#1"],
        "another token"
    );
    assert_eq!(titles(&away, &["1"], "li.a.1").await, ["1#2"]);

    let one = world.gateway(cache(Share::All), Some(&server)).await;
    let other = world.gateway(cache(Share::All), Some(&server)).await;
    assert_eq!(titles(&one, &["1"], "li.a.1").await, ["1#3"]);
    assert_eq!(titles(&other, &["1"], "li.a.9").await, ["1#3"]);
    for another in ["wu.a.1", "li.b.1", "li.a+b.1", ""] {
        let theirs = titles(&other, &["1"], another).await;
        assert_ne!(theirs, ["1#3"], "{another}");
    }
}

#[tokio::test]
async fn everything_goes_on_when_redis_is_killed() {
    let Some(mut server) = Server::start().await else {
        return;
    };
    let world = World::saying(30, "PUBLIC");
    let one = world.gateway(cache(Share::Public), Some(&server)).await;
    let other = world.gateway(cache(Share::Public), Some(&server)).await;
    titles(&one, &["1"], "").await;
    server.kill();
    assert_eq!(titles(&one, &["1"], "").await, ["1#1"], "its memory has it");
    assert_eq!(titles(&other, &["1", "2"], "").await, ["1#2", "2#2"]);
    assert_eq!(titles(&other, &["2"], "").await, ["2#2"]);
    servers::ask(&other, "mutation { touch }", &[]).await;
    assert_eq!(titles(&other, &["2"], "").await, ["2#4"]);
}

/// Asks until it is so; the time it takes decides nothing.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let looking = async {
        while !is_so().await {
            let _ =
                tokio::time::timeout(Duration::from_millis(5), std::future::pending::<()>()).await;
        }
    };
    let ended = tokio::time::timeout(Duration::from_secs(30), looking).await;
    assert!(ended.is_ok(), "never: {what}");
}

#[tokio::test]
async fn an_event_ends_the_entity_that_it_names_in_every_gateway() {
    let Some(server) = Server::start().await else {
        return;
    };
    let world = World::saying(30, "PUBLIC");
    let mut settings = cache(Share::Public);
    let of = settings.subgraphs.get_mut("more").unwrap();
    of.events = Some("events.more".to_owned());
    of.precise = vec!["Need".to_owned()];
    let url = server.settings().url.unwrap();
    let mut gateways = Vec::new();
    let mut following = Vec::new();
    for _ in 0..2 {
        let gateway = world.gateway(settings.clone(), Some(&server)).await;
        let (follower, url) = (gateway.clone(), url.clone());
        following.push(background(async move {
            let _ = follow(follower.peers().answers(), &url).await;
        }));
        gateways.push(gateway);
    }
    let (one, other) = (&gateways[0], &gateways[1]);
    for gateway in [one, other] {
        until("it is kept once the events are seen", async || {
            titles(gateway, &["x"], "").await == titles(gateway, &["x"], "").await
        })
        .await;
    }
    let both = titles(one, &["1", "2"], "").await;
    assert_eq!(titles(other, &["1", "2"], "").await, both, "through Redis");
    let root = ask(one, "{ me }", &[], "").await;

    let client = ::redis::Client::open(url.as_str()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let event = json!({"aggregate": "need", "aggregate_id": "1", "data": {}}).to_string();
    let mut add = ::redis::cmd("XADD");
    add.arg("events.more").arg("*").arg("event").arg(event);
    let _: String = add.query_async(&mut connection).await.unwrap();
    for gateway in [one, other] {
        until("the event ends what it names", async || {
            titles(gateway, &["1"], "").await != both[..1]
        })
        .await;
        assert_eq!(
            titles(gateway, &["2"], "").await,
            both[1..],
            "and nothing else"
        );
    }
    assert_eq!(
        titles(one, &["1"], "").await,
        titles(other, &["1"], "").await
    );
    assert_ne!(
        ask(one, "{ me }", &[], "").await,
        root,
        "a whole answer may hold it"
    );

    // An event that names nothing may mean anything.
    let mut add = ::redis::cmd("XADD");
    add.arg("events.more").arg("*").arg("what").arg("ever");
    let _: String = add.query_async(&mut connection).await.unwrap();
    for gateway in [one, other] {
        until("it ends everything", async || {
            titles(gateway, &["2"], "").await != both[1..]
        })
        .await;
    }
    following.iter().for_each(tokio::task::AbortHandle::abort);
}

/// Whatever callers ask, in whatever order, through whichever gateway: what a
/// subgraph says of one of them no other is told.
#[test]
fn what_is_for_one_caller_never_reaches_another() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let Some(server) = runtime.block_on(Server::start()) else {
        return;
    };
    let world = World::default();
    let gateways = runtime.block_on(async {
        let one = world.gateway(cache(Share::All), Some(&server)).await;
        [one, world.gateway(cache(Share::All), Some(&server)).await]
    });
    let steps = (
        0..3_usize,
        0..4_usize,
        0..3_usize,
        0..2_usize,
        any::<bool>(),
        0..3_usize,
    );
    let steps = prop::collection::vec(steps, 1..12).prop_filter("some", |it| !it.is_empty());
    let mut trials = TestRunner::new(Trials {
        cases: 64,
        failure_persistence: None,
        ..Trials::default()
    });
    let ran = trials.run(&steps, |steps| {
        for (subject, scopes, token, gateway, root, scope) in steps {
            let subject = ["li", "wu", ""][subject];
            let scopes = ["a", "b", "a+b", ""][scopes];
            let (token, who) = if subject.is_empty() {
                (String::new(), "nobody".to_owned())
            } else {
                let who = format!("{subject}.{scopes}");
                (format!("{who}.{token}"), who)
            };
            // One that nobody understands is no word for everybody.
            world.says(30, ["PRIVATE", "private", "STAFF"][scope]);
            runtime.block_on(async {
                let gateway = &gateways[gateway];
                if root {
                    let answer = ask(gateway, "{ me }", &[], &token).await;
                    let me = answer["data"]["me"].as_str().unwrap();
                    assert_eq!(me.split('#').next(), Some(who.as_str()));
                } else {
                    let mine = "query Mine($ids: [ID!]!) { needs(ids: $ids) { mine } }";
                    let answer = ask(gateway, mine, &["1", "2"], &token).await;
                    let both = json!([{"mine": who}, {"mine": who}]);
                    assert_eq!(answer["data"]["needs"], both);
                }
            });
        }
        Ok(())
    });
    ran.unwrap();
    let calls = *world.calls.lock().unwrap();
    // Three subjects, some with four sets of scopes, two kinds of questions.
    assert!(calls <= 18, "something was kept: {calls} calls");
}
