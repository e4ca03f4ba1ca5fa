//! A service that is away costs a client its own fields: of a query over all
//! services one list is missing, and the others are as they were.

use std::time::Duration;

use sanshe::services::SERVICES;
use serde_json::{Value, json};

use crate::{
    processes::Processes,
    support::{EVERYWHERE, told},
};

/// The list of each service in that query.
const LISTS: [(&str, &str); 6] = [
    ("communities", "communities"),
    ("incubation", "organizations"),
    ("socialwork", "socialWorkers"),
    ("eldercare", "menuItems"),
    ("procurement", "tenders"),
    ("smartdata", "divisions"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_is_away_takes_its_own_list_alone() {
    let Some(processes) = Processes::start().await else {
        return;
    };
    assert_eq!(LISTS.len(), SERVICES.len(), "a list of every service");
    let mut world = processes.world("away");
    let patience = world.patience();
    let whole = world.send(None, EVERYWHERE, json!({})).await.unwrap();
    assert!(told(&whole).is_empty(), "{whole:?}");

    for (service, list) in LISTS {
        assert!(whole.data[list]["edges"].is_array(), "{list}: {whole:?}");
        processes.take_away(service);
        // Nobody is patient here: this is about the answer while it is away.
        world = world.patient(Duration::ZERO);
        let answer = world.send(None, EVERYWHERE, json!({})).await.unwrap();
        let missing = (format!("/{list}"), "UNAVAILABLE".to_owned());
        assert_eq!(told(&answer), [missing], "{service} is away");
        let mut rest = whole.data.clone();
        rest[list] = Value::Null;
        assert_eq!(answer.data, rest, "{service} is away");

        processes.bring_back(service);
        world = world.patient(patience);
        let again = world.send(None, EVERYWHERE, json!({})).await.unwrap();
        assert_eq!((told(&again), again.data), (Vec::new(), whole.data.clone()));
    }
}
