//! Addresses through the real schema, and by hand-written SQL.

use serde_json::{Value, json};
use testkit::service::{data, reason};

use crate::{
    sharing::{call, done},
    support::{GRID, House, neighbour, nobody, refused, staff, staff_elsewhere},
};

const REGISTER: (&str, &str) = ("registerAddress", "address { id text grid { code } }");
const ASSIGN: (&str, &str) = (
    "assignAddressGrid",
    "address { grids { grid { code } from until } }",
);
const SECOND: &str = "230103001001002";

async fn second_grid(house: &House) {
    let input = json!({ "code": SECOND, "name": "第二网格", "kind": "RESIDENTIAL" });
    done(
        house,
        &staff(),
        ("registerGrid", "grid { id }"),
        "second",
        input,
    )
    .await;
}

fn house_three() -> Value {
    json!({ "gridCode": GRID, "text": "花园街 3 号", "from": "2026-01-01" })
}

#[tokio::test]
async fn an_address_lies_in_one_grid_on_every_day() {
    let house = House::open().await;
    second_grid(&house).await;
    for (who, expected) in [
        (nobody(), "UNAUTHENTICATED"),
        (neighbour(), "FORBIDDEN"),
        (staff_elsewhere(), "FORBIDDEN"),
    ] {
        let answer = call(&house, &who, REGISTER, "strange", house_three()).await;
        assert_eq!(reason(&answer), expected);
    }
    let made = done(&house, &staff(), REGISTER, "one", house_three()).await["address"].clone();
    assert_eq!(made["grid"]["code"], GRID);
    let twice = call(&house, &staff(), REGISTER, "two", house_three()).await;
    assert_eq!(
        refused(&twice),
        ("ADDRESS_EXISTS".into(), "input.text".into())
    );
    let assign =
        |grid: &str, from: &str| json!({ "addressId": made["id"], "gridCode": grid, "from": from });
    for (grid, from, expected) in [
        (GRID, "2026-04-01", "ADDRESS_GRID_SAME"),
        (SECOND, "2026-01-01", "ADDRESS_GRID_FROM"),
        ("230103001002001", "2026-04-01", "GRID_NOT_FOUND"),
    ] {
        let answer = call(&house, &staff(), ASSIGN, expected, assign(grid, from)).await;
        assert_eq!(reason(&answer), expected);
    }
    let moved = done(
        &house,
        &staff(),
        ASSIGN,
        "one",
        assign(SECOND, "2026-04-01"),
    )
    .await;
    assert_eq!(
        moved["address"]["grids"],
        json!([{ "grid": { "code": GRID }, "from": "2026-01-01", "until": "2026-04-01" },
               { "grid": { "code": SECOND }, "from": "2026-04-01", "until": null }])
    );
    let days = "query($id: ID!) { address(id: $id) { now: grid { code }
        last: grid(on: \"2026-03-31\") { code } next: grid(on: \"2026-04-01\") { code }
        before: grid(on: \"2025-12-31\") { code } } }";
    let seen = data(house.run(&staff(), days, json!({ "id": made["id"] })).await);
    assert_eq!(
        seen["address"],
        json!({ "now": { "code": GRID }, "last": { "code": GRID }, "next": { "code": SECOND }, "before": null })
    );
    let list = format!(
        "{{ addresses(first: 5, gridCode: \"{SECOND}\", on: \"2026-04-02\", contains: \"花园\") {{ nodes {{ text }} }} }}"
    );
    let found = data(house.run(&staff(), &list, json!({})).await);
    assert_eq!(
        found["addresses"]["nodes"],
        json!([{ "text": "花园街 3 号" }])
    );
    let today = format!("{{ addresses(first: 5, gridCode: \"{SECOND}\") {{ nodes {{ text }} }} }}");
    let none = data(house.run(&staff(), &today, json!({})).await);
    assert_eq!(none["addresses"]["nodes"], json!([]));
}

#[tokio::test]
async fn the_database_leaves_no_day_without_a_grid_and_none_with_two() {
    let house = House::open().await;
    second_grid(&house).await;
    done(&house, &staff(), REGISTER, "one", house_three()).await;
    let lies = |grid: &str, period: &str| {
        format!("INSERT INTO address_grids SELECT id, '{grid}', '{period}' FROM addresses")
    };
    let ends = "UPDATE address_grids SET period = '[2026-01-01,2026-04-01)'";
    for (sql, expected) in [
        (lies(SECOND, "[2026-02-01,)"), "ADDRESS_IN_ONE_GRID"),
        (
            lies("230103001002001", "[2025-01-01,2026-01-01)"),
            "GRID_OF_OTHER_COMMUNITY",
        ),
        (ends.to_owned(), "ADDRESS_WITHOUT_GRID"),
        (
            format!("{ends}; {}", lies(SECOND, "[2026-05-01,)")),
            "ADDRESS_WITHOUT_GRID",
        ),
        (
            "UPDATE address_grids SET period = '[2025-06-01,)'".into(),
            "ADDRESS_GRID_FIXED",
        ),
        (
            "INSERT INTO addresses VALUES (gen_random_uuid(), '230103001001', '别处', now())"
                .into(),
            "ADDRESS_WITHOUT_GRID",
        ),
    ] {
        assert_eq!(house.refusal(&sql).await, expected, "{sql}");
    }
    assert_eq!(
        house.refusal("UPDATE addresses SET text = 'x'").await,
        "APPEND_ONLY"
    );
    assert!(house.app_may_not("DELETE FROM address_grids").await);
}
