//! Clocks, counts and panels, refused by the database on its own.

use serde_json::json;

use crate::support::{House, officer, uuid_of};

#[tokio::test]
async fn the_clocks_are_kept_also_by_hand() {
    let house = House::open().await;
    house.drafted().await;
    let publish = |days: i64, documents: i64| {
        format!(
            "UPDATE tenders SET state = 'PUBLISHED', published_at = created_at,
                 documents_until = created_at + interval '{documents} days',
                 closes_at = created_at + interval '{days} days',
                 seed_commitment = repeat('0', 64),
                 opens_at = created_at + interval '{days} days'"
        )
    };
    assert_eq!(
        house.refused_sql(&publish(20, 7)).await,
        "EXPERT_POOL_MISSING"
    );
    let pool = |digest: &str| {
        format!("INSERT INTO expert_pools SELECT id, {digest}, created_at FROM tenders")
    };
    let sound = pool("prc_pool_digest(id)");
    // No digest of an empty list, and none but the list's own.
    assert_eq!(house.refused_sql(&sound).await, "EXPERT_POOL_DIGEST");
    let list = "INSERT INTO expert_pool_members SELECT t.id, e.id FROM tenders t, experts e";
    house.sql(list).await;
    let other = pool("repeat('0', 64)");
    assert_eq!(house.refused_sql(&other).await, "EXPERT_POOL_DIGEST");
    house.sql(&sound).await;
    assert_eq!(
        house.refused_sql(&publish(19, 8)).await,
        "BID_PERIOD_TOO_SHORT"
    );
    assert_eq!(
        house.refused_sql(&publish(20, 6)).await,
        "DOCUMENT_PERIOD_TOO_SHORT"
    );
    assert_eq!(
        house.refused_sql(&publish(20, 21)).await,
        "TENDER_CLOCK_ORDER"
    );
    let unset = "UPDATE tenders SET state = 'PUBLISHED', published_at = created_at";
    assert!(!house.refused_sql(unset).await.is_empty());
    let uncommitted = publish(20, 7).replace("repeat('0', 64)", "NULL");
    assert_eq!(
        house.refused_sql(&uncommitted).await,
        "SEED_COMMITMENT_MISSING"
    );
    house.sql(&publish(20, 7)).await;
    let earlier = "UPDATE tenders SET closes_at = closes_at - interval '1 hour'";
    assert_eq!(house.refused_sql(earlier).await, "TENDER_CLOSE_MOVED");
}

#[tokio::test]
async fn a_parameter_that_is_missing_stops_the_act() {
    let house = House::open().await;
    let (tender, _) = house.draft().await;
    house
        .sql("DELETE FROM policy_parameters WHERE key = 'prc.open.bid_days'")
        .await;
    let refused = house
        .refused(&officer(), "publishTender", &house.notice(&tender))
        .await;
    assert_eq!(refused, "PARAMETER_MISSING");
}

#[tokio::test]
async fn a_stricter_rule_of_the_city_wins() {
    let house = House::open().await;
    let (tender, _) = house.draft().await;
    house
        .sql(
            "INSERT INTO policy_parameters (key, division, value, unit, effective, source)
             VALUES ('prc.open.bid_days', '230100000000', 25, '日', '[2026-01-01,)', '市级文件')",
        )
        .await;
    let refused = house
        .refused(&officer(), "publishTender", &house.notice(&tender))
        .await;
    assert_eq!(refused, "BID_PERIOD_TOO_SHORT");
}

#[tokio::test]
async fn bids_come_in_time_or_not_at_all() {
    let house = House::open().await;
    let (tender, _, _) = house.bidden().await;
    let id = uuid_of(&tender);
    let late = format!(
        "INSERT INTO bids SELECT gen_random_uuid(), tender_id, gen_random_uuid(), nonce, ciphertext,
             commitment, 'SEALED', NULL, NULL, NULL,
             (SELECT closes_at FROM tenders WHERE id = '{id}'), NULL, now(), 1 FROM bids LIMIT 1"
    );
    assert_eq!(house.refused_sql(&late).await, "TENDER_CLOSED");
    let twice = "INSERT INTO bids SELECT gen_random_uuid(), tender_id, organization_id, nonce,
         ciphertext, commitment, 'SEALED', NULL, NULL, NULL, received_at, NULL, now(), 1 FROM bids";
    assert_eq!(house.refused_sql(twice).await, "BID_ALREADY_SUBMITTED");
    assert_eq!(
        house
            .refused_sql("UPDATE bids SET state = 'UNSEALED', price_fen = 1")
            .await,
        "KEY_BEFORE_OPENING"
    );
    assert_eq!(
        house.refused_sql("UPDATE bids SET price_fen = 1").await,
        "BID_IMMUTABLE"
    );
    // Two are too few to open, whoever asks.
    house
        .sql(
            "UPDATE bids SET state = 'WITHDRAWN' WHERE id = (SELECT min(id::text)::uuid FROM bids)",
        )
        .await;
    let open = "UPDATE tenders SET state = 'OPENING', opened_at = opens_at, updated_at = opens_at";
    assert_eq!(house.refused_sql(open).await, "TENDER_TOO_FEW_BIDS");
    let early = "UPDATE tenders SET state = 'OPENING', opened_at = published_at";
    assert_eq!(house.refused_sql(early).await, "TENDER_NOT_DUE");
}

#[tokio::test]
async fn a_panel_is_lawful_also_by_hand() {
    let house = House::open().await;
    let (tender, _, _) = house.opened().await;
    house.buyer().await;
    let id = uuid_of(&tender);
    let panel = format!(
        "INSERT INTO panels SELECT id, repeat('0', 64), 'a seed of eight', 6, 'x', opened_at
         FROM tenders WHERE id = '{id}'"
    );
    let seat = |n: usize| {
        format!(
            "{panel}; INSERT INTO panel_members
             SELECT '{id}', id, 'EXPERT', row_number() OVER (ORDER BY id)
             FROM (SELECT id FROM experts WHERE NOT of_buyer ORDER BY id LIMIT {n}) e"
        )
    };
    assert_eq!(house.refused_sql(&panel).await, "PANEL_SIZE");
    assert_eq!(house.refused_sql(&seat(4)).await, "PANEL_SIZE");
    let buyer = format!(
        "{panel}; INSERT INTO panel_members SELECT '{id}', id, 'EXPERT', 0 FROM experts WHERE of_buyer"
    );
    assert_eq!(house.refused_sql(&buyer).await, "PANEL_EXPERT_OF_BUYER");
    // An expert who came after the publication, and an attempt to list them.
    let late = uuid_of(&house.expert(false).await);
    let outside =
        format!("{panel}; INSERT INTO panel_members VALUES ('{id}', '{late}', 'EXPERT', 0)");
    assert_eq!(
        house.refused_sql(&outside).await,
        "PANEL_EXPERT_NOT_IN_POOL"
    );
    let join = format!("INSERT INTO expert_pool_members VALUES ('{id}', '{late}')");
    assert_eq!(house.refused_sql(&join).await, "EXPERT_POOL_FROZEN");
    assert_eq!(
        house.refused_sql("DELETE FROM expert_pool_members").await,
        "APPEND_ONLY"
    );
    let few = format!(
        "{panel}; INSERT INTO panel_members
         SELECT '{id}', id, CASE WHEN n < 3 THEN 'BUYER' ELSE 'EXPERT' END, n
         FROM (SELECT expert_id AS id, row_number() OVER (ORDER BY expert_id) AS n FROM expert_pool_members) e
         WHERE n <= 5"
    );
    assert_eq!(house.refused_sql(&few).await, "PANEL_EXPERT_SHARE");
    house
        .sql(
            "INSERT INTO expert_relations
             SELECT gen_random_uuid(), e.id, b.organization_id, 'OWNER', NULL, now()
             FROM experts e, bids b",
        )
        .await;
    assert_eq!(house.refused_sql(&seat(5)).await, "PANEL_MEMBER_CONFLICTED");
}

#[tokio::test]
async fn awards_and_contracts_are_those_of_the_ranking() {
    let house = House::open().await;
    let (tender, _, _) = house.ranked().await;
    let award = |rank: i64, amount: &str| {
        format!(
            "INSERT INTO awards (id, tender_id, bid_id, organization_id, amount_fen, decided_at, in_time, notice_by)
             SELECT gen_random_uuid(), b.tender_id, b.id, b.organization_id, {amount}, now(), true, now()
             FROM bids b JOIN tender_ranking r ON r.bid_id = b.id WHERE r.rank = {rank}"
        )
    };
    assert_eq!(
        house.refused_sql(&award(2, "b.price_fen")).await,
        "AWARD_NOT_IN_RANK_ORDER"
    );
    assert_eq!(
        house.refused_sql(&award(1, "b.price_fen + 1")).await,
        "AWARD_DIFFERS_FROM_BID"
    );
    let skipped = "UPDATE tenders SET state = 'AWARDED'";
    assert_eq!(house.refused_sql(skipped).await, "AWARD_MISSING");
    let first = "query($id: ID!) { tender(id: $id) { ranking { bidId } } }";
    let seen = house.ask(&officer(), first, json!({ "id": tender })).await;
    let bid = seen["tender"]["ranking"][0]["bidId"].clone();
    let decided = json!({ "tenderId": tender, "bidId": bid });
    house
        .act(&officer(), "awardTender", &decided, "tender { state }")
        .await;
    house
        .act(
            &officer(),
            "publishAward",
            &json!({ "tenderId": tender }),
            "tender { state }",
        )
        .await;
    let contract = |amount: &str, signed: &str| {
        format!(
            "INSERT INTO contracts (id, trace_id, tender_id, award_id, need_id, fund_id, organization_id,
                 community_id, division_code, amount_fen, quantity, state, signed_at, ends_on, archived_until, updated_at)
             SELECT gen_random_uuid(), t.trace_id, t.id, a.id, t.need_id, r.fund_id, a.organization_id,
                 t.community_id, t.division_code, {amount}, 300, 'PERFORMING', {signed}, '2027-01-01', '2042-01-01', now()
             FROM tenders t JOIN awards a ON a.tender_id = t.id JOIN reservations r ON r.need_id = t.need_id"
        )
    };
    let due = "a.publicity_ends_at";
    let refused = house.refused_sql(&contract("a.amount_fen - 1", due)).await;
    assert_eq!(refused, "CONTRACT_DIFFERS_FROM_BID");
    let refused = house
        .refused_sql(&contract("a.amount_fen", "a.published_at"))
        .await;
    assert_eq!(refused, "CONTRACT_BEFORE_PUBLICITY");
    let late = "a.sign_by + interval '1 second'";
    assert_eq!(
        house.refused_sql(&contract("a.amount_fen", late)).await,
        "CONTRACT_TOO_LATE"
    );
    assert_eq!(
        house.refused_sql(&contract("a.amount_fen", due)).await,
        "MILESTONE_AMOUNTS"
    );
}
