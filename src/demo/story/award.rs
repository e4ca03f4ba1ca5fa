//! 评审、定标、签约: a lawful panel, locked sheets, a ranking, a contract equal
//! to the bid.

use anyhow::Result;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::buy::SEED;
use crate::demo::world::World;

/// A lawful panel scores, sheets lock, the ranking follows from the sheets.
pub async fn award(world: &mut World) -> Result<()> {
    let tender = json!({ "tenderId": world.id("tender")? });
    let panel = |buyer: Value, experts: u32| {
        json!({
            "tenderId": tender["tenderId"], "buyerRepresentativeIds": buyer,
            "expertCount": experts, "seed": SEED,
        })
    };
    let (fair, tied) = (world.id("buyer")?, world.id("tied")?);
    world
        .must_refuse(
            "officer",
            "formPanel",
            panel(json!([fair]), 3),
            "PANEL_SIZE",
        )
        .await?;
    world
        .must_refuse(
            "officer",
            "formPanel",
            panel(json!([fair, tied]), 3),
            "PANEL_EXPERT_SHARE",
        )
        .await?;
    world
        .must_refuse(
            "officer",
            "formPanel",
            panel(json!([tied]), 4),
            "PANEL_MEMBER_CONFLICTED",
        )
        .await?;
    world
        .act(
            "officer",
            "formPanel",
            panel(json!([fair]), 4),
            "panel { size experts }",
        )
        .await?;
    for account in ["org-a", "org-b", "org-c"] {
        let qualify = json!({ "bidId": world.id(&format!("bid of {account}"))?, "passed": true });
        world
            .act("officer", "qualifyBid", qualify, "bid { state }")
            .await?;
    }
    let decide = json!({ "tenderId": tender["tenderId"], "bidId": world.id("bid of org-a")? });
    world
        .must_refuse(
            "officer",
            "awardTender",
            decide.clone(),
            "SHEETS_NOT_LOCKED",
        )
        .await?;

    let query = "query($id: ID!) { tender(id: $id) { criteria { id kind } panel { iAmMember } } }";
    for expert in ["e1", "e2", "e3", "e4", "e5", "buyer"] {
        let seen = world
            .ask(expert, query, json!({ "id": tender["tenderId"] }))
            .await?;
        if seen["tender"]["panel"]["iAmMember"] != true {
            continue;
        }
        let mut scores = Vec::new();
        for criterion in seen["tender"]["criteria"].as_array().into_iter().flatten() {
            if criterion["kind"] == "PRICE" {
                continue;
            }
            for (account, score) in [("org-a", 92), ("org-b", 85), ("org-c", 70)] {
                scores.push(json!({
                    "bidId": world.id(&format!("bid of {account}"))?,
                    "criterionId": criterion["id"], "score": score,
                }));
            }
        }
        let give = json!({ "tenderId": tender["tenderId"], "scores": scores });
        world
            .act(expert, "submitScores", give, "sheet { submittedAt }")
            .await?;
        world
            .must_refuse("officer", "rankTender", tender.clone(), "SHEETS_NOT_LOCKED")
            .await?;
        world
            .act(
                expert,
                "lockScoreSheet",
                tender.clone(),
                "sheet { lockedAt }",
            )
            .await?;
    }
    let ranked = world
        .act(
            "officer",
            "rankTender",
            tender.clone(),
            "tender { ranking { rank bidId total } }",
        )
        .await?;
    anyhow::ensure!(
        ranked["tender"]["ranking"][0]["bidId"] == world.id("bid of org-a")?,
        "another bid won: {ranked}"
    );
    let second = json!({ "tenderId": tender["tenderId"], "bidId": world.id("bid of org-c")? });
    world
        .must_refuse("officer", "awardTender", second, "AWARD_NOT_IN_RANK_ORDER")
        .await?;
    world
        .act(
            "officer",
            "awardTender",
            decide,
            "award { amount organization { id } }",
        )
        .await?;
    let sign = json!({ "tenderId": tender["tenderId"], "fundId": world.id("fund")? });
    world
        .must_refuse("officer", "signContract", sign.clone(), "TENDER_STATE")
        .await?;
    world
        .act("officer", "publishAward", tender, "tender { state }")
        .await?;
    world
        .must_refuse(
            "officer",
            "signContract",
            sign.clone(),
            "CONTRACT_BEFORE_PUBLICITY",
        )
        .await?;
    world.wait(TimeDelta::days(4)).await?;
    let signed = world
        .act(
            "officer",
            "signContract",
            sign,
            "contract { id amount milestones { id } }",
        )
        .await?;
    anyhow::ensure!(
        signed["contract"]["amount"] == 7800,
        "the contract is not the bid: {signed}"
    );
    world.keep("contract", signed["contract"].clone());
    Ok(())
}
