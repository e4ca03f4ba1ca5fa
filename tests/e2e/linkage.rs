//! The linkage story of the pilot plan, with every illegal shortcut tried, and
//! what a page of its tenders costs.

use std::collections::BTreeMap;

use sanshe::demo::world::World;
use serde_json::json;

use crate::support::House;

/// What a portal shows of the tenders of a county.
const PAGE: &str = "query Page($first: Int!) { tenders(first: $first) { edges { node {
    id title state budget
    community { name }
    award { amount organization { name } }
    need { title proposal { title state need { category description } } }
} } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_need_is_linked_through_all_services_to_its_rating() {
    let house = House::open().await;
    let mut world = house.world();
    sanshe::demo::seed::seed(&mut world).await.unwrap();
    sanshe::demo::story::play(&mut world).await.unwrap();
    a_page_asks_each_service_once_a_level(&world).await;
    // A year later what held for a year is made anew.
    world.wait(chrono::TimeDelta::days(400)).await.unwrap();
    world.begin("e2e-again");
    sanshe::demo::story::play(&mut world).await.unwrap();
    house.platform.stop().await;
}

/// The story left two tenders, of one community and of one need.
async fn a_page_asks_each_service_once_a_level(world: &World) {
    let client = world.client("civil").await.unwrap();
    let client = client.with("x-sanshe-explain", "1");
    let answer = client.send(PAGE, json!({ "first": 50 })).await.unwrap();
    assert!(answer.errors.is_empty(), "{answer:?}");
    assert_eq!(answer.data["tenders"]["edges"].as_array().unwrap().len(), 2);
    let calls = answer.extensions["explain"]["calls"].as_array().unwrap();
    let mut counted = BTreeMap::new();
    for call in calls {
        let (level, service) = (call["level"].as_u64().unwrap(), &call["service"]);
        *counted
            .entry((level, service.as_str().unwrap()))
            .or_insert(0) += 1;
    }
    // The tenders; their communities, winners and needs, each once for both.
    assert!(counted.len() >= 3, "{calls:?}");
    assert!(counted.values().all(|&times| times == 1), "{calls:?}");
    let services: std::collections::BTreeSet<_> =
        counted.keys().map(|(_, service)| *service).collect();
    let expected = ["communities", "incubation", "procurement"];
    assert_eq!(services, expected.into());
}
