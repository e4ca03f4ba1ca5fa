//! A platform that is stopped answers what it has taken on.

use kit::lifecycle::Tasks;
use sanshe::demo::client::Client;
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crate::support::House;

/// All six services, so that any of them that left early would be missed.
const EVERYWHERE: &str = "{
    communities(first: 1) { edges { node { id } } }
    tenders(first: 1) { edges { node { id } } }
    organizations(first: 1) { edges { node { id } } }
    menuItems(first: 1) { edges { node { code } } }
    socialWorkers(first: 1) { edges { node { id } } }
    divisions(first: 1) { edges { node { code } } }
}";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_fails_no_request_that_was_taken_on() {
    let house = House::open().await;
    let client = Client::new(house.platform.graph.clone());
    client.ask(EVERYWHERE, json!({})).await.unwrap();
    let (answered, tasks) = (Arc::new(AtomicUsize::new(0)), Tasks::new());
    let broken = Arc::new(std::sync::Mutex::new(Vec::new()));
    for _ in 0..4 {
        let (client, answered, broken) = (client.clone(), answered.clone(), broken.clone());
        tasks.spawn("caller", async move {
            // Until nobody is there any more.
            while let Ok(answer) = client.send(EVERYWHERE, json!({})).await {
                answered.fetch_add(1, Ordering::Relaxed);
                if !answer.errors.is_empty() {
                    broken.lock().unwrap().push(answer);
                }
            }
        });
    }
    while answered.load(Ordering::Relaxed) < 20 {
        tokio::task::yield_now().await;
    }
    house.platform.stop().await;
    assert!(tasks.stop(std::time::Duration::from_secs(10)).await);
    assert!(broken.lock().unwrap().is_empty(), "{broken:?}");
}
