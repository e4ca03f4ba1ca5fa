//! The demonstration is made once, also where its making was cut off.

use chrono::Datelike as _;
use sanshe::demo::seed;
use serde_json::json;

use crate::support::House;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_cut_off_is_taken_up_and_nothing_is_there_twice() {
    let house = House::open().await;
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("demonstration.json");
    let mut world = house.world();
    world.begin("demo");
    seed::seed(&mut world).await.unwrap();
    let day = world.day().await.unwrap();
    std::fs::write(&path, serde_json::to_vec(world.all()).unwrap()).unwrap();
    // Everything was made, and then the power went.
    world.begin("demo-show");
    seed::show::seed(&mut world).await.unwrap();

    world.wait(chrono::TimeDelta::days(1)).await.unwrap();
    for _ in 0..2 {
        let mut again = house.world();
        seed::ensure(&mut again, data.path()).await.unwrap();
        assert_eq!(again.day().await.unwrap(), day);
        for name in [
            "pilot",
            "study visit",
            "incubatee",
            "venture round",
            "data resource",
        ] {
            assert_eq!(again.id(name).unwrap(), world.id(name).unwrap(), "{name}");
        }
    }
    let query = "{ pilots(first: 9) { nodes { state replication { visits visitors } } } studyVisits(first: 9) { nodes { state } } studios(first: 9) { nodes { state } }
        ventureRounds(first: 9) { nodes { state } } providers(first: 9) { nodes { lines } } }";
    let seen = world.send(None, query, json!({})).await.unwrap();
    assert_eq!(
        seen.data,
        json!({
            "pilots": { "nodes": [{ "state": "OPERATING", "replication": { "visits": 1, "visitors": 1 } }] },
            "studyVisits": { "nodes": [{ "state": "REPORTED" }] }, "studios": { "nodes": [{ "state": "OPEN" }] },
            "ventureRounds": { "nodes": [{ "state": "CALLING" }] }, "providers": { "nodes": [{ "lines": ["DAY_CARE"] }] },
        })
    );
    // What the services tell each other moves the goals.
    let goals = "query($year: Int!) { goals(divisionCode: \"230103000000\", year: $year) {
        indicators { code actual met target { amount demo } } } }";
    let pilots = json!({ "code": "PILOTS", "actual": 1, "met": true, "target": { "amount": 1, "demo": true } });
    world
        .settle("civil", goals, json!({ "year": day.year() }), |seen| {
            let goals = seen["goals"].as_array().into_iter().flatten();
            let mut all = goals
                .filter_map(|goal| goal["indicators"].as_array())
                .flatten();
            all.any(|one| *one == pilots)
        })
        .await
        .unwrap();
    house.platform.stop().await;
}
