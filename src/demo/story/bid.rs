//! 投标、开标: sealed bids whose keys stay with the bidders. The first round
//! gets two bids and cannot be opened; the second gets three.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use chrono::TimeDelta;
use kernel::seal;
use serde_json::{Value, json};

use super::buy;
use crate::demo::world::World;

/// Everybody who has no bid in the tender, some of them with power.
const ONLOOKERS: &[Option<&str>] = &[
    Some("officer"),
    Some("auditor"),
    Some("admin"),
    Some("civil"),
    Some("fund"),
    Some("staff"),
    Some("e1"),
    Some("buyer"),
    Some("wang"),
    None,
];

/// Two bids are too few: the tender is abandoned, and its need goes out again.
pub async fn too_few(world: &mut World) -> Result<()> {
    world.tell(
        "七 仅两家投标:不得开标,废标后重新招标 / two bids open nothing: abandoned and tendered again",
    );
    for (account, price) in [("org-a", 7900), ("org-b", 8500)] {
        submit(world, account, price).await?;
    }
    world
        .wait(TimeDelta::days(21) + TimeDelta::minutes(1))
        .await?;
    let tender = json!({ "tenderId": world.id("tender")? });
    world
        .must_refuse(
            "officer",
            "openTender",
            tender.clone(),
            "TENDER_TOO_FEW_BIDS",
        )
        .await?;
    unreadable(world, &["org-a", "org-b"]).await?;
    let mut abandon = tender.clone();
    abandon["reason"] = json!("投标人不足三家");
    world
        .act("officer", "abandonTender", abandon, "tender { state }")
        .await?;
    world
        .must_refuse("officer", "openTender", tender, "TENDER_STATE")
        .await?;
    let need = world
        .ask(
            "officer",
            "query($id: ID!) { procurementNeed(id: $id) { state } }",
            json!({ "id": world.id("procurement need")? }),
        )
        .await?;
    ensure!(
        need["procurementNeed"]["state"] == "RESERVED",
        "the need did not go back to its budget: {need}"
    );
    buy::tender(world).await
}

/// Three sealed bids, opened when it is time, each with its own key.
pub async fn bid(world: &mut World) -> Result<()> {
    world.tell("八 密封投标:开标前任何人都读不到 / sealed bids that nobody can read");
    let mut keys = BTreeMap::new();
    for (account, price) in [("org-a", 7800), ("org-b", 8400), ("org-c", 7200)] {
        keys.insert(account, submit(world, account, price).await?);
    }
    let bidders = ["org-a", "org-b", "org-c"];
    unreadable(world, &bidders).await?;
    let tender = json!({ "tenderId": world.id("tender")? });
    world
        .must_refuse("officer", "openTender", tender.clone(), "TENDER_NOT_DUE")
        .await?;
    let early = json!({ "bidId": world.id("bid of org-a")?, "key": keys["org-a"] });
    world
        .must_refuse("org-a", "unsealBid", early, "KEY_BEFORE_OPENING")
        .await?;
    world
        .wait(TimeDelta::days(21) + TimeDelta::minutes(1))
        .await?;
    let late = sealed(world, "org-a", 100)?;
    world
        .must_refuse("org-a", "submitBid", late.0, "TENDER_CLOSED")
        .await?;
    unreadable(world, &bidders).await?;

    world.tell("九 开标、评审、定标 / opened, scored by a lawful panel, ranked, awarded");
    world
        .act("officer", "openTender", tender.clone(), "tender { state }")
        .await?;
    let wrong = json!({ "bidId": world.id("bid of org-a")?, "key": keys["org-b"] });
    world
        .must_refuse("org-a", "unsealBid", wrong, "SEAL_WRONG_KEY")
        .await?;
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

/// Before the opening nobody reads a bid: onlookers see none, and a bidder
/// sees that their own was received, not what the platform knows of it.
async fn unreadable(world: &World, bidders: &[&str]) -> Result<()> {
    let query = "query($id: ID!) { tender(id: $id) {
        myBid { id state price proposal } bids { id state price proposal } } }";
    let id = json!({ "id": world.id("tender")? });
    for who in ONLOOKERS {
        let seen = world.send(*who, query, id.clone()).await?;
        ensure!(
            seen.errors.is_empty() && seen.data["tender"] == json!({ "myBid": null, "bids": [] }),
            "before the opening {who:?} sees {seen:?}"
        );
    }
    for bidder in bidders {
        let seen = world.ask(bidder, query, id.clone()).await?;
        let own = json!({
            "id": world.id(&format!("bid of {bidder}"))?, "state": "SEALED",
            "price": null, "proposal": null,
        });
        ensure!(
            seen["tender"] == json!({ "myBid": own, "bids": [own] }),
            "before the opening {bidder} sees {seen}"
        );
    }
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
