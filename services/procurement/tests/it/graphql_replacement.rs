//! A seat on a panel that changes hands.

use serde_json::{Value, json};

use crate::{
    graphql_panel::declare,
    support::{House, expert, nobody, officer, uuid_of},
};

const PANEL: &str = "query($id: ID!) { tender(id: $id) { panel { size experts
    members { role expert { id } } replacements { gone { id } come { id } reason } } } }";

fn out(tender: &Value, who: &Value, reason: &str) -> Value {
    json!({ "tenderId": tender, "expertId": who, "reason": reason, "statement": "突发疾病" })
}

async fn panel(house: &House, tender: &Value) -> Value {
    house.ask(&officer(), PANEL, json!({ "id": tender })).await["tender"]["panel"].clone()
}

#[tokio::test]
async fn the_next_lot_takes_the_seat_and_the_old_sheet_counts_no_more() {
    let house = House::open().await;
    let (tender, _, bids, members) = house.scored().await;
    let lock = json!({ "tenderId": tender });
    for member in &members {
        house
            .act(
                &expert(uuid_of(member)),
                "lockScoreSheet",
                &lock,
                "sheet { lockedAt }",
            )
            .await;
    }
    // Only now it comes out that a member is tied to the second bidder.
    let gone = &members[0];
    declare(&house, gone, None).await;
    assert_eq!(
        house.refused(&officer(), "rankTender", &lock).await,
        "PANEL_MEMBER_CONFLICTED"
    );
    let input = out(&tender, gone, "CONFLICTED");
    house
        .act(&officer(), "replacePanelMember", &input, "panel { size }")
        .await;
    let after = panel(&house, &tender).await;
    assert_eq!((&after["size"], &after["experts"]), (&json!(5), &json!(4)));
    let swap = &after["replacements"][0];
    assert_eq!(
        (&swap["gone"]["id"], &swap["reason"]),
        (gone, &json!("CONFLICTED"))
    );
    let come = swap["come"]["id"].clone();
    assert!(!members.contains(&come));
    assert_eq!(
        house.refused(&officer(), "rankTender", &lock).await,
        "SHEETS_NOT_LOCKED"
    );
    let sheet = house.sheet(&tender, &bids, 40).await;
    assert_eq!(
        house
            .refused(&expert(uuid_of(gone)), "submitScores", &sheet)
            .await,
        "NOT_PANEL_MEMBER"
    );
    let new = expert(uuid_of(&come));
    house
        .act(&new, "submitScores", &sheet, "sheet { lockedAt }")
        .await;
    house
        .act(&new, "lockScoreSheet", &lock, "sheet { lockedAt }")
        .await;
    let want = "tender { ranking { quality } }";
    let ranked = house.act(&officer(), "rankTender", &lock, want).await["tender"].clone();
    assert_eq!(ranked["ranking"].as_array().unwrap().len(), 3);
    let late = out(&tender, &come, "UNAVAILABLE");
    assert_eq!(
        house.refused(&officer(), "replacePanelMember", &late).await,
        "TENDER_STATE"
    );
}

#[tokio::test]
async fn nobody_chooses_the_expert_who_comes() {
    let house = House::open().await;
    let (tender, _, _, members) = house.seated().await;
    let seats = panel(&house, &tender).await["members"].clone();
    let buyer = seats
        .as_array()
        .unwrap()
        .iter()
        .find(|seat| seat["role"] == "BUYER")
        .unwrap()["expert"]["id"]
        .clone();
    let friend = house.expert(false).await;
    let mut named = out(&tender, &members[0], "UNAVAILABLE");
    named["substituteId"] = friend.clone();
    let house = &house;
    let refused = async |input: Value| {
        house
            .refused_at(&officer(), "replacePanelMember", &input)
            .await
    };
    assert_eq!(
        refused(named).await,
        ("REPLACEMENT_IS_DRAWN".into(), "input.substituteId".into())
    );
    assert_eq!(
        refused(out(&tender, &members[0], "CONFLICTED")).await,
        ("REPLACEMENT_CONFLICT_UNKNOWN".into(), "input.reason".into())
    );
    assert_eq!(
        refused(out(&tender, &friend, "UNAVAILABLE")).await,
        ("NOT_PANEL_MEMBER".into(), "input.expertId".into())
    );
    assert_eq!(
        refused(out(&tender, &buyer, "UNAVAILABLE")).await,
        ("SUBSTITUTE_MISSING".into(), "input.substituteId".into())
    );
    let mut twice = out(&tender, &buyer, "UNAVAILABLE");
    twice["substituteId"] = members[1].clone();
    assert_eq!(
        refused(twice).await,
        ("PANEL_MEMBER_TWICE".into(), "input.substituteId".into())
    );
    let mut colleague = out(&tender, &buyer, "UNAVAILABLE");
    let other = house.buyer().await;
    declare(house, &other, None).await;
    colleague["substituteId"] = other;
    assert_eq!(
        refused(colleague.clone()).await,
        (
            "PANEL_MEMBER_CONFLICTED".into(),
            "input.substituteId".into()
        )
    );
    colleague["substituteId"] = house.buyer().await;
    house
        .act(
            &officer(),
            "replacePanelMember",
            &colleague,
            "panel { size }",
        )
        .await;
    // The pool of six lets two experts come; the third who falls out leaves nobody.
    for member in &members[..2] {
        let input = out(&tender, member, "UNAVAILABLE");
        house
            .act(&officer(), "replacePanelMember", &input, "panel { size }")
            .await;
    }
    assert_eq!(
        refused(out(&tender, &members[2], "UNAVAILABLE")).await.0,
        "PANEL_POOL_TOO_SMALL"
    );
    // Nor are these names public before the result.
    let seen = house.ask(&nobody(), PANEL, json!({ "id": tender })).await;
    assert_eq!(seen["tender"]["panel"]["replacements"], json!(null));
}

#[tokio::test]
async fn the_database_knows_the_order_of_the_draw() {
    let house = House::open().await;
    let (tender, _, _, members) = house.seated().await;
    let (tender, gone) = (uuid_of(&tender), uuid_of(&members[0]));
    let free = "SELECT m.expert_id FROM expert_pool_members m
        WHERE NOT EXISTS (SELECT 1 FROM panel_members s WHERE s.expert_id = m.expert_id)
        ORDER BY prc_lot(m.tender_id, m.expert_id)";
    let seat = |order: &str, reason: &str| {
        format!(
            "WITH come AS ({free} {order} LIMIT 1),
             seated AS (INSERT INTO panel_members (tender_id, expert_id, role, draw_order)
                 SELECT '{tender}', expert_id, 'EXPERT', 90 FROM come RETURNING expert_id)
             SELECT 1 FROM seated;
             INSERT INTO panel_replacements
             SELECT '{tender}', '{gone}', s.expert_id, '{reason}', 'x', 'x', now()
             FROM panel_members s WHERE s.draw_order = 90"
        )
    };
    let (worst, next) = (seat("DESC", "UNAVAILABLE"), seat("", "UNAVAILABLE"));
    assert_eq!(house.refused_sql(&worst).await, "REPLACEMENT_OUT_OF_ORDER");
    assert_eq!(
        house.refused_sql(&seat("", "CONFLICTED")).await,
        "REPLACEMENT_CONFLICT_UNKNOWN"
    );
    house.sql(&next).await;
    assert_eq!(
        house
            .refused_sql("UPDATE panel_replacements SET reason = 'CONFLICTED'")
            .await,
        "APPEND_ONLY"
    );
    // A seat more without one less makes the panel even.
    let extra = format!(
        "INSERT INTO panel_members (tender_id, expert_id, role, draw_order)
         SELECT '{tender}', m.expert_id, 'EXPERT', 91 FROM expert_pool_members m
         WHERE NOT EXISTS (SELECT 1 FROM panel_members s WHERE s.expert_id = m.expert_id)"
    );
    assert_eq!(house.refused_sql(&extra).await, "PANEL_SIZE");
    let sheet = format!(
        "UPDATE tenders SET state = 'EVALUATING';
         INSERT INTO score_sheets (tender_id, expert_id, submitted_at) VALUES ('{tender}', '{gone}', now())"
    );
    assert_eq!(house.refused_sql(&sheet).await, "PANEL_MEMBER_REPLACED");
}
