//! The encryption key of personal data rotates as `docs/operations/keys.md`
//! says: each step is a restart with the settings of that step.

use kernel::Clock as _;
use kit::{config::PiiSettings, repair::Hand};
use serde_json::{Value, json};
use testkit::service::data;

use uuid::Uuid;

use crate::support::{House, REGISTER, citizen_id, refused, registration, staff, staff_for};

const SEE: &str = "query($id: ID!) { resident(id: $id) { name phone } }";
const FIND: &str =
    "query($citizenId: CitizenId!) { residentByCitizenId(citizenId: $citizenId) { id } }";

const OLD: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const NEW: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";
const INDEX: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

fn keys(version: u8, key: &str, previous: &[(&str, &str)]) -> PiiSettings {
    PiiSettings {
        version,
        key: key.into(),
        previous: previous
            .iter()
            .map(|(version, key)| ((*version).to_owned(), (*key).to_owned()))
            .collect(),
        index_key: INDEX.into(),
    }
}

/// Which keys the stored fields were written with, oldest first.
async fn versions(house: &House) -> Vec<i32> {
    sqlx::query_scalar("SELECT get_byte(name_sealed, 0) FROM residents ORDER BY id")
        .fetch_all(&house.service.db.owner)
        .await
        .unwrap()
}

fn shown() -> Value {
    json!({ "resident": { "name": "王秀兰", "phone": "13800138000" } })
}

#[tokio::test]
async fn what_the_old_key_wrote_is_read_after_the_rotation_and_found_by_its_number() {
    let mut house = House::open().await;
    let old = house.registered(1).await;
    house.restart(keys(1, NEW, &[("0", OLD)]));
    let new = house.registered(2).await;
    assert_eq!(versions(&house).await, [0, 1]);
    for id in [&old, &new] {
        let seen = house
            .run(&staff_for("上门探访"), SEE, json!({ "id": id }))
            .await;
        assert_eq!(data(seen), shown());
    }
    // The index has the key it always had: the person is found, and is not
    // registered a second time.
    let wanted = json!({ "citizenId": citizen_id(1) });
    let found = data(house.run(&staff_for("补登"), FIND, wanted).await);
    assert_eq!(found["residentByCitizenId"]["id"], json!(old));
    let mut again = registration(1);
    again["input"]["idempotencyKey"] = json!("register-again");
    let answer = house.run(&staff(), REGISTER, again).await;
    assert_eq!(refused(&answer).0, "RESIDENT_EXISTS");
}

#[tokio::test]
async fn without_the_old_key_its_fields_are_refused_and_the_others_are_read() {
    let mut house = House::open().await;
    let old = house.registered(1).await;
    house.restart(keys(1, NEW, &[("0", OLD)]));
    let new = house.registered(2).await;
    house.restart(keys(1, NEW, &[]));
    let lost = house
        .run(&staff_for("上门探访"), SEE, json!({ "id": old }))
        .await;
    let error = &lost["errors"][0];
    assert_eq!(
        error["extensions"]["code"], "INTERNAL_SERVER_ERROR",
        "{lost}"
    );
    assert!(!lost.to_string().contains("13800138000"));
    let seen = house
        .run(&staff_for("上门探访"), SEE, json!({ "id": new }))
        .await;
    assert_eq!(data(seen), shown());
    // The key comes back: nothing was damaged meanwhile.
    house.restart(keys(1, NEW, &[("0", OLD)]));
    let seen = house
        .run(&staff_for("上门探访"), SEE, json!({ "id": old }))
        .await;
    assert_eq!(data(seen), shown());
}

#[tokio::test]
async fn after_a_renewal_nothing_needs_the_old_key() {
    let mut house = House::open().await;
    let old = house.registered(1).await;
    house.restart(keys(1, NEW, &[("0", OLD)]));
    house.registered(2).await;
    let hand = Hand {
        by: "运维值班台".into(),
        why: "旧密钥停用".into(),
        request_id: Uuid::from_u128(7),
        at: house.service.clock.now(),
    };
    let mut owner = house.service.db.owner.acquire().await.unwrap();
    for column in smartdata::serve::DEFINITION.sealed {
        let both = house.service.core.pii.clone();
        let done = column.renew(&mut owner, &both, &hand).await.unwrap();
        let residents = u64::from(column.table == "residents");
        assert_eq!((done.renewed, done.shut), (residents, 0), "{column:?}");
    }
    assert_eq!(versions(&house).await, [1, 1]);
    house.restart(keys(1, NEW, &[]));
    let seen = house
        .run(&staff_for("上门探访"), SEE, json!({ "id": old }))
        .await;
    assert_eq!(data(seen), shown());
}
