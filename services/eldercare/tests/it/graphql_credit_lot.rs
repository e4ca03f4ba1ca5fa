//! Lots through the real schema: what providing and purchasing bring, what may
//! be handed on, what ends, and what a group may do.

use chrono::TimeDelta;
use kernel::keys::OrganizationId;
use kit::auth::{Caller, Role};
use serde_json::{Value, json};
use testkit::{
    access::{Line, local, oversight},
    service::{caller, data, reason, resident},
};
use uuid::Uuid;

use crate::{
    graphql_credit::{DONATE, TRANSFER, donate, relate, transfer},
    peers::{COMMUNITY, LI, ORGANIZATION, SOCIAL_WORKER, WANG, YOUNG, ZHAO},
    support::{
        House, PLACE, auditor, contractor, id_of, li, nobody, order, person, social_worker, staff,
        volunteer, wang,
    },
};

const ACCOUNT: &str = "balance held transferable lots { kind left expiresOn transferable }
    holds { minutes order { state } } entries(first: 9) { nodes { kind minutes lots { kind minutes } } }";

fn organization() -> Value {
    json!(id_of::<OrganizationId>(ORGANIZATION))
}

async fn account(house: &House, who: &Caller, of: Uuid) -> Value {
    let query = format!("query($id: ID!) {{ creditAccount(residentId: $id) {{ {ACCOUNT} }} }}");
    data(house.run(who, &query, json!({ "id": person(of) })).await)["creditAccount"].clone()
}

async fn group(house: &House, who: &Caller) -> Value {
    let query = format!(
        "query($id: ID!) {{ organizationCreditAccount(organizationId: $id) {{ ownerKind {ACCOUNT} }} }}"
    );
    data(
        house
            .run(who, &query, json!({ "id": organization() }))
            .await,
    )["organizationCreditAccount"]
        .clone()
}

/// Lunch for Li, brought by the social worker, paid in money and confirmed.
async fn paid_service(house: &House, key: &str) {
    let placed = house.ordered(LI, &format!("order-{key}")).await;
    let visit = house
        .assigned(
            &placed,
            "SOCIAL_WORKER",
            SOCIAL_WORKER,
            &format!("assign-{key}"),
        )
        .await;
    house.served(&social_worker(), &visit).await;
    let done = house
        .step(&li(), "confirmVisit", &visit, json!({ "method": "APP" }))
        .await;
    assert_eq!(done["state"], "SETTLED", "{done}");
}

const PURCHASES: &str =
    "UPDATE policy_parameters SET value = 300 WHERE key = 'ec.credit.purchase_minutes'";

#[tokio::test]
async fn those_who_provide_and_who_purchase_earn_at_the_rates_in_force() {
    let house = House::open().await;
    paid_service(&house, "00000001").await;
    let worker = resident(YOUNG, COMMUNITY);
    let earned = account(&house, &worker, YOUNG).await;
    assert_eq!(
        (&earned["balance"], &earned["lots"]),
        (
            &json!(6),
            &json!([{ "kind": "SERVICE", "left": 6, "expiresOn": null, "transferable": true }])
        )
    );
    assert_eq!(earned["entries"]["nodes"][0]["kind"], "PROVIDE");
    assert_eq!(group(&house, &contractor()).await["balance"], 6);
    // No rate for purchases is in force yet.
    assert_eq!(account(&house, &li(), LI).await["balance"], 0);
    house.sql(PURCHASES).await;
    paid_service(&house, "00000002").await;
    let bought = account(&house, &li(), LI).await;
    // Twenty yuan at 300 minutes per 100.
    assert_eq!(
        bought["lots"],
        json!([{ "kind": "PURCHASE", "left": 60, "expiresOn": null, "transferable": false }])
    );
    assert_eq!(bought["transferable"], 0);
    // A volunteer earns the whole of it, and their group nothing.
    house.volunteer_earned("00000003").await;
    assert_eq!(account(&house, &volunteer(), ZHAO).await["balance"], 60);
    assert_eq!(group(&house, &contractor()).await["balance"], 12);
}

#[tokio::test]
async fn minutes_from_purchases_are_spent_and_given_and_handed_to_nobody() {
    let house = House::open().await;
    house.sql(PURCHASES).await;
    relate(&house, LI, WANG).await;
    paid_service(&house, "00000001").await;
    house.endow(LI, 30).await;
    let before = account(&house, &li(), LI).await;
    assert_eq!(
        (&before["balance"], &before["transferable"]),
        (&json!(90), &json!(30))
    );
    let refused = house
        .run(&li(), TRANSFER, transfer("transfer-0001", WANG, 31))
        .await;
    assert_eq!(reason(&refused), "CREDITS_NOT_TRANSFERABLE");
    assert_eq!(refused["errors"][0]["extensions"]["field"], "input.minutes");
    data(
        house
            .run(&li(), TRANSFER, transfer("transfer-0002", WANG, 20))
            .await,
    );
    let to = account(&house, &wang(), WANG).await;
    assert_eq!(
        to["entries"]["nodes"][0]["lots"],
        json!([{ "kind": "GRANT", "minutes": 20 }]),
        "handed on as it was"
    );
    // Spent first is what can be spent on nothing else.
    let mut input = order(LI, "order-minutes");
    input["input"]["payWithMinutes"] = json!(true);
    data(house.run(&li(), PLACE, input).await);
    let held = account(&house, &li(), LI).await;
    assert_eq!(
        held["holds"],
        json!([{ "minutes": 60, "order": { "state": "PLACED" } }])
    );
    assert_eq!(held["transferable"], 10);
    data(house.run(&li(), DONATE, donate("donate-00001", 10)).await);
    let left = account(&house, &li(), LI).await;
    assert_eq!(
        (
            &left["lots"][0]["kind"],
            &left["lots"][0]["left"],
            &left["balance"]
        ),
        (&json!("PURCHASE"), &json!(50), &json!(60))
    );
}

#[tokio::test]
async fn a_group_only_gives() {
    let house = House::open().await;
    paid_service(&house, "00000001").await;
    let give = async |who: &Caller, minutes: i64, key: &str| {
        let input = json!({ "organizationId": organization(), "minutes": minutes });
        house
            .act(
                who,
                ("donateOrganizationCredits", "account { balance }"),
                key,
                input,
            )
            .await
    };
    for (who, why) in [
        (nobody(), "UNAUTHENTICATED"),
        (staff(), "FORBIDDEN"),
        (caller(Role::OrgManager, COMMUNITY), "FORBIDDEN"),
    ] {
        assert_eq!(reason(&give(&who, 1, "give-0000001").await), why);
    }
    assert_eq!(
        reason(&give(&contractor(), 7, "give-0000002").await),
        "CREDITS_INSUFFICIENT"
    );
    assert_eq!(
        reason(&give(&contractor(), 0, "give-0000003").await),
        "MINUTES_RANGE"
    );
    let given = data(give(&contractor(), 4, "give-0000004").await);
    assert_eq!(given["donateOrganizationCredits"]["account"]["balance"], 2);
    assert_eq!(data(give(&contractor(), 4, "give-0000004").await), given);
    assert!(group(&house, &auditor()).await.is_object());
    assert!(group(&house, &li()).await.is_null());
    let post = |kind: &str, to: &str, order: &str| {
        format!(
            "INSERT INTO journal_entries (id, kind, key, request_hash, at) VALUES
                 ('00000000-0000-7000-8000-0000000000e1', '{kind}', 'by-hand', sha256('x'), '2026-03-02');
             INSERT INTO postings (entry_id, account_id, minutes, balance_after)
             SELECT '00000000-0000-7000-8000-0000000000e1', id, CASE owner_kind WHEN 'ORG' THEN -1 ELSE 1 END, 0
             FROM credit_accounts WHERE owner_kind = 'ORG' OR {to} ORDER BY owner_kind {order}"
        )
    };
    let person = format!("owner_id = '{LI}'");
    for (kind, to) in [
        ("DONATE", person.as_str()),
        ("TRANSFER", &person),
        ("GRANT", "owner_kind = 'POOL'"),
    ] {
        assert_eq!(
            house.refused(&post(kind, to, "")).await,
            "ORG_ONLY_DONATES",
            "{kind}"
        );
    }
}

#[tokio::test]
async fn where_a_parameter_says_so_minutes_end_and_what_is_on_hold_is_spared() {
    let house = House::open().await;
    house
        .sql("UPDATE policy_parameters SET value = 12 WHERE key = 'ec.credit.expire_months'")
        .await;
    relate(&house, ZHAO, LI).await;
    house.volunteer_earned("00000001").await;
    house.volunteer_earned("00000002").await;
    let mut zhao = volunteer();
    zhao.actor.roles.insert(Role::Resident);
    data(
        house
            .run(&zhao, TRANSFER, transfer("transfer-0001", LI, 60))
            .await,
    );
    let lots = account(&house, &li(), LI).await["lots"].clone();
    assert_eq!(
        lots[0]["expiresOn"], "2027-03-02",
        "handing on makes nothing last longer"
    );
    let mut input = order(LI, "order-minutes");
    input["input"]["payWithMinutes"] = json!(true);
    let placed = data(house.run(&li(), PLACE, input).await)["placeOrder"]["order"].clone();
    house.pass(TimeDelta::days(364)).await;
    assert_eq!(account(&house, &volunteer(), ZHAO).await["balance"], 60);
    house.pass(TimeDelta::days(1)).await;
    let after = account(&house, &volunteer(), ZHAO).await;
    assert_eq!((&after["balance"], &after["lots"]), (&json!(0), &json!([])));
    assert_eq!(after["entries"]["nodes"][0]["kind"], "EXPIRE");
    assert_eq!(
        account(&house, &li(), LI).await["balance"],
        60,
        "ordered in time"
    );
    // The order comes to nothing: what was on hold ends a day later.
    let cancel = json!({ "orderId": placed["id"], "reason": "外出" });
    house
        .done(
            &li(),
            ("cancelOrder", "order { state }"),
            "cancel-00001",
            cancel,
        )
        .await;
    house.pass(TimeDelta::days(1)).await;
    assert_eq!(account(&house, &li(), LI).await["balance"], 0);
    let pool = data(
        house
            .run(&nobody(), "{ creditPool { balance } }", json!({}))
            .await,
    );
    assert_eq!(pool["creditPool"]["balance"], 120);
}

#[tokio::test]
async fn a_statement_says_what_there_was_and_what_is() {
    let house = House::open().await;
    house.endow(LI, 100).await;
    data(house.run(&li(), DONATE, donate("donate-00001", 30)).await);
    let query = |from: &str, to: &str| {
        format!(
            "query($id: ID!) {{ creditAccount(residentId: $id) {{
                 statement(from: \"{from}\", to: \"{to}\") {{ opening gained spent closing }} }} }}"
        )
    };
    let ask = async |from: &str, to: &str| {
        house
            .run(&li(), &query(from, to), json!({ "id": person(LI) }))
            .await
    };
    let march = data(ask("2026-03-01", "2026-03-31").await);
    assert_eq!(
        march["creditAccount"]["statement"],
        json!({ "opening": 100, "gained": 0, "spent": 30, "closing": 70 })
    );
    let year = data(ask("2025-12-31", "2026-12-31").await);
    assert_eq!(year["creditAccount"]["statement"]["gained"], 100);
    let wrong = ask("2026-03-02", "2026-03-01").await;
    assert_eq!(reason(&wrong), "STATEMENT_DAYS");
}

#[tokio::test]
async fn lots_move_only_with_postings() {
    let house = House::open().await;
    house.endow(LI, 100).await;
    for sql in [
        "UPDATE credit_lots SET minutes_left = 1",
        "DELETE FROM credit_lots",
        "INSERT INTO credit_lots (account_id, kind, minutes, minutes_left, first_at)
         SELECT id, 'SERVICE', 9, 9, now() FROM credit_accounts WHERE owner_kind = 'PERSON'",
    ] {
        let tried = sqlx::query(sql).execute(&house.service.db.app).await;
        assert!(
            tried.unwrap_err().to_string().contains("permission denied"),
            "{sql}"
        );
    }
    assert_eq!(
        house
            .refused("UPDATE credit_lots SET minutes_left = -1")
            .await,
        "CREDIT_LOT_LEFT"
    );
    // What a posting claims of lots is not believed.
    let forged = format!(
        "INSERT INTO journal_entries (id, kind, key, request_hash, at) VALUES
             ('00000000-0000-7000-8000-0000000000e1', 'DONATE', 'by-hand', sha256('x'), '2026-03-02');
         INSERT INTO postings (entry_id, account_id, minutes, balance_after, lots)
         SELECT '00000000-0000-7000-8000-0000000000e1', id, CASE owner_kind WHEN 'POOL' THEN 10 ELSE -10 END, 0,
             '[{{\"kind\": \"PURCHASE\", \"expires_on\": \"infinity\", \"minutes\": 10}}]'
         FROM credit_accounts WHERE owner_kind = 'POOL' OR owner_id = '{LI}'"
    );
    let mut tx = house.service.db.app.begin().await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(forged))
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let seen = account(&house, &li(), LI).await;
    assert_eq!(
        seen["entries"]["nodes"][0]["lots"],
        json!([{ "kind": "GRANT", "minutes": 10 }])
    );
    let mut conn = house.service.db.owner.acquire().await.unwrap();
    assert_eq!(eldercare::store::gauge::drift(&mut conn).await.unwrap(), 0);
}

/// Who may do what with the credits of a group.
pub async fn lines(house: &House) -> Vec<Line> {
    house
        .sql(
            "INSERT INTO credit_accounts (id, owner_kind, owner_id, division_code, opened_at)
             VALUES (gen_random_uuid(), 'ORG', '00000000-0000-0000-0000-0000000000a1',
                 '230103001001', '2026-01-01')
             ON CONFLICT DO NOTHING",
        )
        .await;
    let bound = || vec!["contractor".to_owned()];
    let staff = || local(&["community_staff", "civil_affairs"]);
    let of = format!("(organizationId: {}) {{ balance }}", organization());
    vec![
        Line::act(
            "donateOrganizationCredits",
            json!({ "organizationId": organization(), "minutes": 1 }),
            &[bound()],
        ),
        Line::read(
            "organizationCreditAccount",
            &of,
            &[bound(), staff(), oversight()],
        ),
    ]
}

#[tokio::test]
async fn a_rule_of_one_county_is_none_of_the_next() {
    let house = House::open().await;
    house
        .sql(
            "INSERT INTO policy_parameters (key, value, unit, effective, source, division)
             VALUES ('ec.credit.expire_months', 12, '月', '[2018-01-01,)', '示范', '230110000000')",
        )
        .await;
    // 230110 ends in a zero, and is a county like 230111.
    let open: Vec<bool> = sqlx::query_scalar(
        "SELECT credit_expiry(code, '2026-03-02') = 'infinity'
         FROM unnest(ARRAY['230110001000', '230111000000', NULL]) AS code",
    )
    .fetch_all(&house.service.db.app)
    .await
    .unwrap();
    assert_eq!(open, [false, true, true]);
}
