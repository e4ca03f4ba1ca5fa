//! The way of a need through SM-3, step by step through the real schema; each
//! step takes the ones before it.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::{House, staff, voter, wang};

/// Where a chain stands: the graph's ids of what it has so far.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    pub need: Value,
    pub trace: Value,
    pub proposal: Value,
    pub ballot: Value,
}

impl Chain {
    /// The input of a mutation that takes only the proposal.
    pub fn input(&self) -> Value {
        json!({ "proposalId": self.proposal })
    }

    /// The input of a vote.
    pub fn vote(&self, choice: &str) -> Value {
        json!({ "ballotId": self.ballot, "choice": choice })
    }

    /// The input of a paper ballot.
    pub fn paper(&self, choice: &str, resident: Value, serial: &str) -> Value {
        json!({ "ballotId": self.ballot, "choice": choice, "residentId": resident,
                "paperSerial": serial })
    }

    /// The input of a purchase of one line.
    pub fn purchase(&self, kind: &str) -> Value {
        json!({ "proposalId": self.proposal, "route": "PROCUREMENT", "title": "老人助餐服务",
                "lines": [{ "description": "上门助餐", "kind": kind, "unit": "次",
                            "quantity": 100, "unitCeiling": 1500 }] })
    }
}

pub async fn reported(house: &House) -> Chain {
    let input = json!({
        "communityId": kit::graph::global(house.community.id),
        "category": "MEALS",
        "description": "老人中午吃不上热饭",
        "forElders": true,
    });
    let need = house
        .act(&wang(), "reportNeed", &input, "need { id traceId }")
        .await["need"]
        .clone();
    Chain {
        need: need["id"].clone(),
        trace: need["traceId"].clone(),
        ..Chain::default()
    }
}

pub async fn verified(house: &House) -> Chain {
    let chain = reported(house).await;
    let input = json!({ "needId": chain.need, "accept": true });
    house
        .act(&staff(), "verifyNeed", &input, "need { state }")
        .await;
    chain
}

pub fn raise(chain: &Chain) -> Value {
    json!({ "needId": chain.need, "title": "开办助餐点", "text": "为老人提供午餐与送餐" })
}

pub async fn raised(house: &House) -> Chain {
    let mut chain = verified(house).await;
    let made = house
        .act(&staff(), "raiseProposal", &raise(&chain), "proposal { id }")
        .await;
    chain.proposal = made["proposal"]["id"].clone();
    chain
}

pub async fn screened(house: &House) -> Chain {
    let chain = raised(house).await;
    let input = json!({ "proposalId": chain.proposal, "inScope": true });
    step(house, "screenProposal", &input, "SCREENED").await;
    chain
}

pub async fn seconded(house: &House) -> Chain {
    let chain = screened(house).await;
    for n in 0..3 {
        house
            .act(&voter(n), "secondProposal", &chain.input(), "__typename")
            .await;
    }
    chain
}

pub async fn on_agenda(house: &House) -> Chain {
    let chain = seconded(house).await;
    step(house, "placeOnAgenda", &chain.input(), "ON_AGENDA").await;
    chain
}

/// A vote that opens in an hour and lasts a day.
pub fn ballot(house: &House, chain: &Chain, eligible: i32) -> Value {
    let opens_at = house.service.core.clock.now() + TimeDelta::hours(1);
    json!({ "proposalId": chain.proposal, "unit": "PERSON", "eligible": eligible,
            "opensAt": opens_at, "closesAt": opens_at + TimeDelta::days(1) })
}

/// The vote is called, not yet begun.
pub async fn called(house: &House, eligible: i32) -> Chain {
    let mut chain = on_agenda(house).await;
    chain.ballot = call(house, &chain, eligible).await;
    chain
}

pub async fn call(house: &House, chain: &Chain, eligible: i32) -> Value {
    let input = ballot(house, chain, eligible);
    house
        .act(&staff(), "openBallot", &input, "ballot { id }")
        .await["ballot"]["id"]
        .clone()
}

/// The vote runs.
pub async fn voting(house: &House, eligible: i32) -> Chain {
    let chain = called(house, eligible).await;
    house.service.clock.advance(TimeDelta::hours(2));
    chain
}

/// Votes for and against are cast, and the time is over.
pub async fn voted(house: &House, eligible: i32, yes: u128, no: u128) -> Chain {
    let chain = voting(house, eligible).await;
    cast_all(house, &chain, yes, no).await;
    house.service.clock.advance(TimeDelta::days(1));
    chain
}

pub async fn cast_all(house: &House, chain: &Chain, yes: u128, no: u128) {
    for n in 0..yes + no {
        let vote = chain.vote(if n < yes { "FOR" } else { "AGAINST" });
        house
            .act(&voter(n), "castBallot", &vote, "__typename")
            .await;
    }
}

pub async fn close(house: &House, chain: &Chain) -> Value {
    let input = json!({ "ballotId": chain.ballot });
    let want = "ballot { result { decision votesFor votesAgainst abstentions } }";
    house.act(&staff(), "closeBallot", &input, want).await["ballot"]["result"].clone()
}

pub async fn adopted(house: &House) -> Chain {
    let chain = voted(house, 5, 3, 1).await;
    assert_eq!(close(house, &chain).await["decision"], "ADOPTED");
    chain
}

pub async fn published(house: &House) -> Chain {
    let chain = adopted(house).await;
    step(house, "publishDecision", &chain.input(), "PUBLISHED").await;
    chain
}

/// Until when residents may object.
pub async fn objection_until(house: &House, chain: &Chain) -> DateTime<Utc> {
    let found = look(house, chain, "objectionUntil").await;
    found["objectionUntil"].as_str().unwrap().parse().unwrap()
}

/// Nobody objected in time.
pub async fn unopposed(house: &House) -> Chain {
    let chain = published(house).await;
    let until = objection_until(house, &chain).await;
    house.service.clock.set(until);
    chain
}

pub async fn projectised(house: &House) -> Chain {
    let chain = unopposed(house).await;
    step(
        house,
        "projectiseProposal",
        &chain.purchase("SERVICE_UNIT"),
        "PROJECTISED",
    )
    .await;
    chain
}

/// A mutation of staff that leaves the proposal in a state.
pub async fn step(house: &House, verb: &str, input: &Value, state: &str) {
    let done = house.act(&staff(), verb, input, "proposal { state }").await;
    assert_eq!(done["proposal"]["state"], state, "{verb}");
}

/// What the proposal says to anybody.
pub async fn look(house: &House, chain: &Chain, fields: &str) -> Value {
    let query = format!("query($id: ID!) {{ proposal(id: $id) {{ {fields} }} }}");
    let nobody = crate::support::nobody();
    let found = house
        .run(&nobody, &query, json!({ "id": chain.proposal }))
        .await;
    testkit::service::data(found)["proposal"].clone()
}

/// Where the proposal stands.
pub async fn state(house: &House, chain: &Chain) -> String {
    look(house, chain, "state").await["state"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Where the need stands.
pub async fn need_state(house: &House, chain: &Chain) -> String {
    let query = "query($id: ID!) { need(id: $id) { state } }";
    let found = house
        .run(&staff(), query, json!({ "id": chain.need }))
        .await;
    testkit::service::data(found)["need"]["state"]
        .as_str()
        .unwrap()
        .to_owned()
}
