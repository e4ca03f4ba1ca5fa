//! A community becomes a pilot in one service, and another one knows its duty.

use sanshe::demo::{people::COUNTY, seed};
use serde_json::{Value, json};

use crate::support::House;

const DUTIES: &str = "query($division: DivisionCode!) {
    centreObligations(first: 5, filter: { divisionCode: $division, standing: true }) {
      nodes { areaM2 thresholdM2 community { id name } } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pilot_that_is_large_enough_has_to_set_up_a_centre() {
    let house = House::open().await;
    let mut world = house.world();
    seed::seed(&mut world).await.unwrap();
    seed::show::pilot::seed(&mut world).await.unwrap();
    let community = world.made("community").unwrap();

    // Told over the bus: another service, another database.
    let known = |found: &Value| found["centreObligations"]["nodes"] != json!([]);
    let found = world
        .settle("civil", DUTIES, json!({ "division": COUNTY }), known)
        .await
        .unwrap();
    assert_eq!(
        found["centreObligations"]["nodes"],
        json!([{ "areaM2": 1200, "thresholdM2": 1000, "community": { "id": community["id"], "name": community["name"] } }])
    );
}
