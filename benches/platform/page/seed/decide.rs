//! From the needs of residents to needs that are bought.

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::places::{Place, STAFF};
use crate::page::hands::Hands;

/// What one unit may cost at most, and how many are bought.
const UNIT_CEILING: i64 = 1_500;
const QUANTITY: i64 = 300;

/// What a tender may cost.
pub const BUDGET: i64 = UNIT_CEILING * QUANTITY;

/// A proposal on its way.
#[derive(Clone)]
struct Asked {
    place: Place,
    proposal: Value,
    ballot: Value,
    opens: DateTime<Utc>,
}

/// One need for each place; answers the procurement needs.
pub async fn decide(hands: &Hands, places: Vec<Place>) -> Result<Vec<Value>> {
    let opens = hands.desk().now().await? + TimeDelta::minutes(30);
    let places = places.into_iter().map(|place| (place, opens)).collect();
    let asked = hands.each(places, propose).await?;
    hands.wait(TimeDelta::minutes(31)).await?;
    let asked = hands.each(asked, vote).await?;
    hands.wait(TimeDelta::days(3)).await?;
    let asked = hands.each(asked, publish).await?;
    hands.wait(TimeDelta::days(10)).await?;
    hands.each(asked, projectise).await
}

async fn propose(hands: Hands, (place, opens): (Place, DateTime<Utc>)) -> Result<Asked> {
    let report = json!({
        "communityId": place.community, "category": "MEALS", "forElders": true,
        "description": "社区里的老人中午吃不上热饭,希望有人送餐",
    });
    let made = hands
        .act(&place.residents[0], "reportNeed", report, "need { id }")
        .await?;
    let need = made["need"]["id"].clone();
    let verify = json!({ "needId": need, "accept": true });
    hands
        .act(STAFF, "verifyNeed", verify, "need { state }")
        .await?;
    let raise = json!({
        "needId": need, "title": "社区老人助餐",
        "text": "为社区老人提供助餐与上门送餐服务,由社会组织承接。",
    });
    let made = hands
        .act(STAFF, "raiseProposal", raise, "proposal { id }")
        .await?;
    let proposal = made["proposal"]["id"].clone();
    let screen = json!({ "proposalId": proposal, "inScope": true });
    hands
        .act(STAFF, "screenProposal", screen, "proposal { state }")
        .await?;
    let this = json!({ "proposalId": proposal });
    for resident in &place.residents[..3] {
        hands
            .act(
                resident,
                "secondProposal",
                this.clone(),
                "proposal { state }",
            )
            .await?;
    }
    hands
        .act(STAFF, "placeOnAgenda", this, "proposal { state }")
        .await?;
    let open = json!({
        "proposalId": proposal, "unit": "PERSON", "eligible": place.residents.len(),
        "opensAt": opens, "closesAt": opens + TimeDelta::days(2),
    });
    let made = hands
        .act(STAFF, "openBallot", open, "ballot { id }")
        .await?;
    Ok(Asked {
        ballot: made["ballot"]["id"].clone(),
        place,
        proposal,
        opens,
    })
}

async fn vote(hands: Hands, asked: Asked) -> Result<Asked> {
    for resident in &asked.place.residents {
        let vote = json!({ "ballotId": asked.ballot, "choice": "FOR" });
        hands.act(resident, "castBallot", vote, "receipt").await?;
    }
    Ok(asked)
}

async fn publish(hands: Hands, asked: Asked) -> Result<Asked> {
    let want = "ballot { result { decision } }";
    let closed = hands
        .act(
            STAFF,
            "closeBallot",
            json!({ "ballotId": asked.ballot }),
            want,
        )
        .await?;
    anyhow::ensure!(
        closed["ballot"]["result"]["decision"] == "ADOPTED",
        "the ballot that opened at {} was not adopted: {closed}",
        asked.opens
    );
    let this = json!({ "proposalId": asked.proposal });
    hands
        .act(STAFF, "publishDecision", this, "proposal { state }")
        .await?;
    Ok(asked)
}

async fn projectise(hands: Hands, asked: Asked) -> Result<Value> {
    let project = json!({
        "proposalId": asked.proposal, "route": "PROCUREMENT", "title": "社区老人助餐服务",
        "lines": [{
            "description": "上门助餐", "kind": "SERVICE_UNIT", "unit": "次",
            "quantity": QUANTITY, "unitCeiling": UNIT_CEILING,
        }],
    });
    let want = "proposal { procurementNeed { id } }";
    let made = hands
        .act(STAFF, "projectiseProposal", project, want)
        .await?;
    Ok(made["proposal"]["procurementNeed"]["id"].clone())
}
