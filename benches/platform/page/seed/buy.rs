//! From needs to published awards: three sealed bids each, opened, scored by a
//! drawn panel, ranked. All tenders go side by side, so the clock moves once.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::{
    keys::{OrganizationId, TenderId},
    seal::{Key, seal_fresh},
};
use kit::auth::{Account, Actor, Role};
use procurement::domain::bid::associated_data;
use sanshe::demo::{people::COUNTY, world::World};
use serde_json::{Value, json};

use super::{decide::BUDGET, uuid_of};
use crate::page::hands::Hands;

const OFFICER: &str = "officer";
const SEED: &str = "drawn in public, with many seeing";
const PRICES: [i64; 3] = [400_000, 390_000, 380_000];

/// What all tenders share.
#[derive(Clone)]
struct Desk {
    fund: Value,
    /// Account and id of each bidder.
    bidders: Vec<(&'static str, Value)>,
    buyer: Value,
    now: DateTime<Utc>,
}

/// A tender on its way.
struct Buying {
    desk: Desk,
    tender: Value,
    bids: Vec<Bid>,
}

struct Bid {
    account: &'static str,
    id: Value,
    key: Key,
}

/// Buys each need from another winner in turn.
pub async fn buy(hands: &Hands, world: &World, needs: Vec<Value>) -> Result<()> {
    let mut bidders = Vec::new();
    for account in ["org-a", "org-b", "org-c"] {
        bidders.push((account, world.id(account)?));
    }
    let desk = Desk {
        fund: fund(hands).await?,
        buyer: pool(hands, world)?,
        now: hands.desk().now().await?,
        bidders,
    };
    let all = needs.into_iter().enumerate();
    let all = all.map(|(at, need)| (desk.clone(), at, need)).collect();
    let tenders = hands.each(all, tender).await?;
    hands.wait(TimeDelta::days(22)).await?;
    hands.each(tenders, award).await?;
    Ok(())
}

async fn fund(hands: &Hands) -> Result<Value> {
    let open = json!({ "name": "居家养老专项", "divisionCode": COUNTY });
    let made = hands.act("fund", "createFund", open, "fund { id }").await?;
    let fund = made["fund"]["id"].clone();
    let money = json!({ "fundId": fund, "amount": BUDGET * 100, "document": "示范拨款文件" });
    hands
        .act("fund", "appropriateFund", money, "fund { id }")
        .await?;
    Ok(fund)
}

/// The demonstration's experts and its buyer, each with an account that is
/// found by their id; answers the buyer.
fn pool(hands: &Hands, world: &World) -> Result<Value> {
    let mut accounts = Vec::new();
    for name in ["e1", "e2", "e3", "e4", "e5", "buyer"] {
        let id = world.id(name)?;
        let mut actor = Actor::new(name, [Role::Expert]);
        actor.expert_id = Some(uuid_of(&id)?);
        accounts.push(Account {
            name: account_of(&id)?,
            title_zh: "评审专家".into(),
            actor,
        });
    }
    hands.register(accounts)?;
    world.id("buyer")
}

fn account_of(expert: &Value) -> Result<String> {
    Ok(format!("expert-{}", uuid_of(expert)?))
}

/// Reserved, drafted, published, with three bids.
async fn tender(hands: Hands, (desk, at, need): (Desk, usize, Value)) -> Result<Buying> {
    let held = json!({ "needId": need, "fundId": desk.fund, "amount": BUDGET });
    hands
        .act("fund", "reserveBudget", held, "need { id }")
        .await?;
    let draft = json!({
        "needId": need, "method": "OPEN", "title": format!("社区助餐服务采购 {}", at + 1),
        "priceWeight": 30,
        "criteria": [
            { "name": "服务方案", "kind": "TECHNICAL", "weight": 50, "maxScore": 100 },
            { "name": "同类业绩", "kind": "COMMERCIAL", "weight": 20, "maxScore": 20, "objective": true },
        ],
        "milestones": [
            { "title": "第一期", "units": 100, "percent": 40 },
            { "title": "第二期", "units": 200, "percent": 60 },
        ],
    });
    let made = hands
        .act(OFFICER, "createTender", draft, "tender { id }")
        .await?;
    let tender = made["tender"]["id"].clone();
    let closes = desk.now + TimeDelta::days(21);
    let notice = json!({
        "tenderId": tender, "documentsUntil": desk.now + TimeDelta::days(16),
        "closesAt": closes, "opensAt": closes,
        "seedCommitment": procurement::domain::panel::commitment(SEED),
    });
    hands
        .act(OFFICER, "publishTender", notice, "tender { id }")
        .await?;
    let mut bids = Vec::new();
    let turns = desk.bidders.iter().cycle().skip(at % PRICES.len());
    for ((account, organization), price) in turns.zip(PRICES) {
        let bound_to = associated_data(
            TenderId::from_uuid(uuid_of(&tender)?),
            OrganizationId::from_uuid(uuid_of(organization)?),
        );
        let content = json!({ "priceFen": price, "proposal": "助餐服务方案" }).to_string();
        let (envelope, key) = seal_fresh(content.as_bytes(), &bound_to);
        let text = envelope.to_text();
        let parts: Vec<&str> = text.split('.').collect();
        let offer = json!({
            "tenderId": tender, "organizationId": organization,
            "envelope": { "nonce": parts[1], "ciphertext": parts[2], "commitment": parts[3] },
        });
        let made = hands.act(account, "submitBid", offer, "bid { id }").await?;
        let id = made["bid"]["id"].clone();
        bids.push(Bid { account, id, key });
    }
    Ok(Buying { desk, tender, bids })
}

/// Opened, qualified, scored, ranked, awarded, told.
async fn award(hands: Hands, buying: Buying) -> Result<()> {
    let Buying { desk, tender, bids } = &buying;
    let this = json!({ "tenderId": tender });
    let officer =
        async |verb: &str, input: Value, want: &str| hands.act(OFFICER, verb, input, want).await;
    let state = "tender { state }";
    officer("openTender", this.clone(), state).await?;
    for bid in bids {
        let unseal = json!({ "bidId": bid.id, "key": &*bid.key.to_text() });
        hands
            .act(bid.account, "unsealBid", unseal, "bid { state }")
            .await?;
    }
    officer("finishOpening", this.clone(), state).await?;
    for bid in bids {
        let passed = json!({ "bidId": bid.id, "passed": true });
        officer("qualifyBid", passed, "bid { state }").await?;
    }
    let form = json!({
        "tenderId": tender, "buyerRepresentativeIds": [desk.buyer], "expertCount": 4,
        "seed": SEED,
    });
    let formed = officer("formPanel", form, "panel { members { expert { id } } }").await?;
    let members = formed["panel"]["members"].as_array();
    let members: Vec<String> = members
        .context("the panel is told to the officer")?
        .iter()
        .map(|member| account_of(&member["expert"]["id"]))
        .collect::<Result<_>>()?;
    let sheet = sheet(&hands, &buying).await?;
    for member in &members {
        let want = "sheet { lockedAt }";
        hands
            .act(member, "submitScores", sheet.clone(), want)
            .await?;
        hands
            .act(member, "lockScoreSheet", this.clone(), want)
            .await?;
    }
    let ranked = officer(
        "rankTender",
        this.clone(),
        "tender { ranking { rank bidId } }",
    )
    .await?;
    let ranking = ranked["tender"]["ranking"].as_array();
    let first = ranking.and_then(|all| all.iter().find(|place| place["rank"] == 1));
    let first = first.with_context(|| format!("nobody is first: {ranked}"))?;
    let decided = json!({ "tenderId": tender, "bidId": first["bidId"] });
    officer("awardTender", decided, state).await?;
    officer("publishAward", this, state).await?;
    Ok(())
}

/// A whole sheet: the first bid has the best plan.
async fn sheet(hands: &Hands, buying: &Buying) -> Result<Value> {
    let query = "query($id: ID!) { tender(id: $id) { criteria { id kind } } }";
    let mut found = hands
        .ask(OFFICER, query, json!({ "id": buying.tender }))
        .await?;
    let criteria: Vec<HashMap<String, String>> =
        serde_json::from_value(found["tender"]["criteria"].take())?;
    let mut scores = Vec::new();
    for (n, bid) in (0..).zip(&buying.bids) {
        for criterion in &criteria {
            let score = match criterion["kind"].as_str() {
                "TECHNICAL" => 90 - 20 * n,
                "COMMERCIAL" => 15,
                // The price is scored by its formula.
                _ => continue,
            };
            scores.push(json!({ "bidId": bid.id, "criterionId": criterion["id"], "score": score }));
        }
    }
    Ok(json!({ "tenderId": buying.tender, "scores": scores }))
}
