//! A platform that is stopped answers what it has taken on.

use kit::lifecycle::Tasks;
use sanshe::demo::client::Client;
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crate::support::{EVERYWHERE, House};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_fails_no_request_that_was_taken_on() {
    // Any service that left early would be missed.
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
