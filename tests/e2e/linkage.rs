//! The linkage story of the pilot plan, with every illegal shortcut tried.

use crate::support::House;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_need_is_linked_through_all_services_to_its_rating() {
    let house = House::open().await;
    let mut world = house.world();
    sanshe::demo::seed::seed(&mut world).await.unwrap();
    sanshe::demo::story::play(&mut world).await.unwrap();
    house.platform.stop().await;
}
