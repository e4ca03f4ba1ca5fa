//! 政府购买服务: budget, tender, sealed bids, opening, scores, award, contract.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use chrono::TimeDelta;
use kernel::seal;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::demo::{people::COUNTY, world::World};

const SEED: &str = "幸福社区助餐-抽取种子-2026";

/// A fund and a reservation.
pub async fn prepare(world: &mut World) -> Result<()> {
    world.tell("五 资金与预算 / a fund, and a budget reserved from it");
    let fund = json!({ "name": format!("南岗区居家养老专项资金 {}", world.run()), "divisionCode": COUNTY });
    let made = world.act("fund", "createFund", fund, "fund { id }").await?;
    world.keep("fund", made["fund"].clone());
    let reserve = json!({
        "needId": world.id("procurement need")?, "fundId": world.id("fund")?, "amount": 9000,
    });
    world
        .must_refuse(
            "officer",
            "reserveBudget",
            reserve.clone(),
            "FUND_INSUFFICIENT",
        )
        .await?;
    let appropriate = json!({
        "fundId": world.id("fund")?, "amount": 1_000_000, "document": "南民发〔2026〕12号",
    });
    world
        .act("fund", "appropriateFund", appropriate, "fund { available }")
        .await?;
    world
        .act("officer", "reserveBudget", reserve, "need { state }")
        .await?;
    Ok(())
}

/// The tender goes out with its statutory clock.
pub async fn tender(world: &mut World) -> Result<()> {
    world.tell("六 公开招标:不少于二十日 / an open tender, at least twenty days");
    let create = json!({
        "needId": world.id("procurement need")?, "method": "OPEN", "title": "幸福社区老人助餐服务",
        "priceWeight": 20, "elderCare": true,
        "criteria": [
            { "name": "价格", "kind": "PRICE", "weight": 20, "maxScore": 100, "objective": true },
            { "name": "服务方案", "kind": "TECHNICAL", "weight": 60, "maxScore": 100, "objective": false },
            { "name": "业绩", "kind": "COMMERCIAL", "weight": 20, "maxScore": 100, "objective": false },
        ],
        "milestones": [
            { "title": "首次服务", "units": 1, "percent": 40 },
            { "title": "全部完成", "units": 2, "percent": 60 },
        ],
    });
    let made = world
        .act("officer", "createTender", create, "tender { id }")
        .await?;
    world.keep("tender", made["tender"].clone());
    let now = world.desk().now().await?;
    let publish = |days: i64, world: &World| -> Result<Value> {
        Ok(json!({
            "tenderId": world.id("tender")?, "documentsUntil": now + TimeDelta::days(12),
            "closesAt": now + TimeDelta::days(days), "opensAt": now + TimeDelta::days(days),
            "seedCommitment": hex::encode(Sha256::digest(SEED.as_bytes())),
        }))
    };
    let short = publish(19, world)?;
    world.refused("officer", "publishTender", short).await?;
    let lawful = publish(21, world)?;
    world
        .act(
            "officer",
            "publishTender",
            lawful,
            "tender { state closesAt }",
        )
        .await?;
    Ok(())
}

/// Three sealed bids: the keys stay with the bidders.
pub async fn bid(world: &mut World) -> Result<()> {
    world.tell("七 密封投标:开标前任何人都读不到 / sealed bids that nobody can read");
    let mut keys = BTreeMap::new();
    for (account, price) in [("org-a", 7800), ("org-b", 8400)] {
        keys.insert(account, submit(world, account, price).await?);
    }
    // An opening with two bids is tried on a clock of its own below.
    let seen = world
        .ask(
            "officer",
            "query($id: ID!) { tender(id: $id) { bidCount bids { id price } } }",
            json!({ "id": world.id("tender")? }),
        )
        .await?;
    anyhow::ensure!(
        seen["tender"]["bids"].as_array().is_none_or(Vec::is_empty),
        "bids can be seen before the opening: {seen}"
    );
    let tender = json!({ "tenderId": world.id("tender")? });
    world
        .refused("officer", "openTender", tender.clone())
        .await?;
    keys.insert("org-c", submit(world, "org-c", 7200).await?);
    let early = json!({ "bidId": world.id("bid of org-a")?, "key": keys["org-a"] });
    world.refused("org-a", "unsealBid", early).await?;
    world
        .wait(TimeDelta::days(21) + TimeDelta::minutes(1))
        .await?;
    let late = sealed(world, "org-a", 100)?;
    world
        .must_refuse("org-a", "submitBid", late.0, "TENDER_CLOSED")
        .await?;

    world.tell("八 开标、评审、定标 / opened, scored by a lawful panel, ranked, awarded");
    world
        .act("officer", "openTender", tender.clone(), "tender { state }")
        .await?;
    let wrong = json!({ "bidId": world.id("bid of org-a")?, "key": keys["org-b"] });
    world.refused("org-a", "unsealBid", wrong).await?;
    for (account, key) in &keys {
        let unseal = json!({ "bidId": world.id(&format!("bid of {account}"))?, "key": key });
        world
            .act(account, "unsealBid", unseal, "bid { price state }")
            .await?;
    }
    world
        .act("officer", "finishOpening", tender, "tender { state }")
        .await?;
    Ok(())
}

async fn submit(world: &mut World, account: &str, price: i64) -> Result<String> {
    let (input, key) = sealed(world, account, price)?;
    let made = world
        .act(account, "submitBid", input, "bid { id receivedAt }")
        .await?;
    world.keep(&format!("bid of {account}"), made["bid"].clone());
    Ok(key)
}

fn sealed(world: &World, account: &str, price: i64) -> Result<(Value, String)> {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
    let (tender, organization) = (world.id("tender")?, world.id(account)?);
    let content = json!({ "priceFen": price, "proposal": "每日上门送餐,志愿者陪餐" }).to_string();
    let text = |id: &Value| {
        id.as_str()
            .map(ToOwned::to_owned)
            .context("an id is a text")
    };
    let aad = seal::aad(&[text(&tender)?.as_bytes(), text(&organization)?.as_bytes()]);
    let (envelope, key) = seal::seal_fresh(content.as_bytes(), &aad);
    let input = json!({
        "tenderId": tender, "organizationId": organization,
        "envelope": {
            "nonce": BASE64.encode(envelope.nonce),
            "ciphertext": BASE64.encode(&envelope.ciphertext),
            "commitment": BASE64.encode(envelope.commitment),
        },
    });
    Ok((input, key.to_text().to_string()))
}

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
        .refused("officer", "formPanel", panel(json!([fair]), 3))
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
        .refused("officer", "awardTender", decide.clone())
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
            .refused("officer", "rankTender", tender.clone())
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
    world.refused("officer", "awardTender", second).await?;
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
        .refused("officer", "signContract", sign.clone())
        .await?;
    world
        .act("officer", "publishAward", tender, "tender { state }")
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
