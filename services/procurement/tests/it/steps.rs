//! The steps of a procurement, each taken as its own person would, so that a
//! case begins where it matters.

use kernel::{
    GlobalId,
    keys::{OrganizationId, ProposalId, TenderId},
    seal::{Key, seal_fresh},
};
use kit::graph::global;
use procurement::domain::{bid::associated_data, panel::commitment};
use serde_json::{Value, json};

use crate::{
    peers::{COMMUNITY_CODE, PROPOSAL},
    support::{
        House, community_id, elder_uuid, expert, fund_manager, manager, officer, org_id, org_uuid,
        staff, uuid_of,
    },
};

/// The price of each of three bidders, in 分; the second is the lowest.
pub const PRICES: [i64; 3] = [400_000, 360_000, 380_000];
pub const BUDGET: i64 = 450_000;
pub const SEED: &str = "drawn in public, seed 42";

pub fn line(kind: &str) -> Value {
    json!({
        "description": "为老年人送午餐", "kind": kind, "unit": "次",
        "quantity": 300, "unitCeiling": 1500,
    })
}

pub fn need_input(kind: &str) -> Value {
    json!({
        "proposalId": global(ProposalId::from_uuid(PROPOSAL)),
        "communityId": community_id(),
        "divisionCode": COMMUNITY_CODE,
        "title": "花园社区助餐服务",
        "lines": [line(kind)],
    })
}

pub fn tender_input(need: &Value) -> Value {
    json!({
        "needId": need,
        "method": "OPEN",
        "title": "花园社区助餐服务采购",
        "priceWeight": 30,
        "criteria": [
            { "name": "服务方案", "kind": "TECHNICAL", "weight": 50, "maxScore": 100 },
            { "name": "同类业绩", "kind": "COMMERCIAL", "weight": 20, "maxScore": 20, "objective": true },
        ],
        "milestones": [
            { "title": "第一期", "units": 100, "percent": 40 },
            { "title": "第二期", "units": 200, "percent": 60 },
        ],
    })
}

/// A sealed offer as the bidder's own computer makes it.
pub fn sealed(tender: &Value, org: u128, content: &str) -> (Value, Key) {
    let tender = TenderId::from_uuid(uuid_of(tender));
    let bound_to = associated_data(tender, OrganizationId::from_uuid(org_uuid(org)));
    let (envelope, key) = seal_fresh(content.as_bytes(), &bound_to);
    let text = envelope.to_text();
    let parts: Vec<&str> = text.split('.').collect();
    (
        json!({ "nonce": parts[1], "ciphertext": parts[2], "commitment": parts[3] }),
        key,
    )
}

/// A sealed bid that came in.
pub struct SealedBid {
    pub id: Value,
    pub org: u128,
    pub key: Key,
}

impl House {
    pub async fn fund(&self, amount: i64) -> Value {
        self.fund_named("居家养老专项", amount).await
    }

    pub async fn fund_named(&self, name: &str, amount: i64) -> Value {
        let input = json!({ "name": name, "divisionCode": "230103000000" });
        let mut county = fund_manager();
        county.actor.division = Some(kernel::DivisionCode::try_new("230103000000").unwrap());
        let fund =
            self.act(&county, "createFund", &input, "fund { id }").await["fund"]["id"].clone();
        let money = json!({ "fundId": fund, "amount": amount, "document": "哈财社〔2026〕1号" });
        self.act(&county, "appropriateFund", &money, "fund { id }")
            .await;
        fund
    }

    pub async fn need(&self) -> Value {
        let made = self
            .act(
                &staff(),
                "raiseNeed",
                &need_input("SERVICE_UNIT"),
                "need { id }",
            )
            .await;
        made["need"]["id"].clone()
    }

    /// A need whose budget is held: need and fund.
    pub async fn reserved(&self) -> (Value, Value) {
        let (need, fund) = (self.need().await, self.fund(1_000_000).await);
        let held = json!({ "needId": need, "fundId": fund, "amount": BUDGET });
        self.act(&fund_manager(), "reserveBudget", &held, "need { id }")
            .await;
        (need, fund)
    }

    /// A draft: tender and fund.
    pub async fn draft(&self) -> (Value, Value) {
        let (need, fund) = self.reserved().await;
        let made = self
            .act(
                &officer(),
                "createTender",
                &tender_input(&need),
                "tender { id }",
            )
            .await;
        (made["tender"]["id"].clone(), fund)
    }

    /// A draft, and the experts from whom its panel will be drawn.
    pub async fn drafted(&self) -> (Value, Value) {
        self.pool(6).await;
        self.draft().await
    }

    pub fn notice(&self, tender: &Value) -> Value {
        json!({
            "tenderId": tender, "documentsUntil": self.in_days(8),
            "closesAt": self.in_days(20), "opensAt": self.in_days(20),
            "seedCommitment": commitment(SEED),
        })
    }

    /// A published tender: tender and fund.
    pub async fn published(&self) -> (Value, Value) {
        let (tender, fund) = self.drafted().await;
        self.act(
            &officer(),
            "publishTender",
            &self.notice(&tender),
            "tender { id }",
        )
        .await;
        (tender, fund)
    }

    pub async fn bid(&self, tender: &Value, org: u128, price: i64) -> SealedBid {
        let content = json!({ "priceFen": price, "proposal": format!("方案 {org}") });
        let (envelope, key) = sealed(tender, org, &content.to_string());
        let input =
            json!({ "tenderId": tender, "organizationId": org_id(org), "envelope": envelope });
        let made = self
            .act(&manager(org), "submitBid", &input, "bid { id }")
            .await;
        SealedBid {
            id: made["bid"]["id"].clone(),
            org,
            key,
        }
    }

    /// Published, with three sealed bids.
    pub async fn bidden(&self) -> (Value, Value, Vec<SealedBid>) {
        let (tender, fund) = self.published().await;
        let mut bids = Vec::new();
        for (org, price) in (0..).zip(PRICES) {
            bids.push(self.bid(&tender, org, price).await);
        }
        (tender, fund, bids)
    }

    pub async fn unseal(&self, bid: &SealedBid) -> Value {
        let input = json!({ "bidId": bid.id, "key": &*bid.key.to_text() });
        self.act(
            &manager(bid.org),
            "unsealBid",
            &input,
            "bid { id state price finding }",
        )
        .await
    }

    /// The opening has begun.
    pub async fn opening(&self) -> (Value, Value, Vec<SealedBid>) {
        let (tender, fund, bids) = self.bidden().await;
        self.wait_days(20);
        self.act(
            &officer(),
            "openTender",
            &json!({ "tenderId": tender }),
            "tender { state }",
        )
        .await;
        (tender, fund, bids)
    }

    /// All bids are read out.
    pub async fn opened(&self) -> (Value, Value, Vec<SealedBid>) {
        let (tender, fund, bids) = self.opening().await;
        for bid in &bids {
            self.unseal(bid).await;
        }
        let input = json!({ "tenderId": tender });
        self.act(&officer(), "finishOpening", &input, "tender { state }")
            .await;
        (tender, fund, bids)
    }

    pub async fn expert(&self, of_buyer: bool) -> Value {
        let input = json!({ "name": "专家", "specialty": "养老服务", "ofBuyer": of_buyer });
        let made = self
            .act(&officer(), "registerExpert", &input, "expert { id }")
            .await;
        made["expert"]["id"].clone()
    }

    /// So many experts who may be drawn.
    pub async fn pool(&self, size: usize) {
        for _ in 0..size {
            self.expert(false).await;
        }
    }

    /// A person of the buyer.
    pub async fn buyer(&self) -> Value {
        self.expert(true).await
    }

    pub fn panel_input(tender: &Value, buyer: &Value) -> Value {
        json!({
            "tenderId": tender, "buyerRepresentativeIds": [buyer],
            "expertCount": 4, "seed": SEED,
        })
    }

    /// Opened, all qualified, with a panel: its members' ids.
    pub async fn seated(&self) -> (Value, Value, Vec<SealedBid>, Vec<Value>) {
        let (tender, fund, bids) = self.opened().await;
        for bid in &bids {
            let input = json!({ "bidId": bid.id, "passed": true });
            self.act(&officer(), "qualifyBid", &input, "bid { state }")
                .await;
        }
        let buyer = self.buyer().await;
        let input = Self::panel_input(&tender, &buyer);
        let want = "panel { size members { role expert { id } } }";
        let panel = self.act(&officer(), "formPanel", &input, want).await["panel"].clone();
        let members = panel["members"].as_array().unwrap().iter();
        let members = members
            .map(|member| member["expert"]["id"].clone())
            .collect();
        (tender, fund, bids, members)
    }

    /// The whole sheet of one member: `base` points for the plan of the first
    /// bid, ten less for each next.
    pub async fn sheet(&self, tender: &Value, bids: &[SealedBid], base: i64) -> Value {
        let query = "query($id: ID!) { tender(id: $id) { criteria { id kind } } }";
        let found = self.ask(&officer(), query, json!({ "id": tender })).await;
        let criteria = found["tender"]["criteria"].as_array().unwrap().clone();
        let of = |kind: &str| criteria.iter().find(|c| c["kind"] == kind).unwrap()["id"].clone();
        let mut scores = Vec::new();
        for (n, bid) in (0..).zip(bids) {
            let plan = base - 10 * n;
            scores.push(json!({ "bidId": bid.id, "criterionId": of("TECHNICAL"), "score": plan }));
            scores.push(json!({ "bidId": bid.id, "criterionId": of("COMMERCIAL"), "score": 15 }));
        }
        json!({ "tenderId": tender, "scores": scores })
    }

    /// Every member has scored; nobody has locked.
    pub async fn scored(&self) -> (Value, Value, Vec<SealedBid>, Vec<Value>) {
        let (tender, fund, bids, members) = self.seated().await;
        for (n, member) in (0..).zip(&members) {
            let sheet = self.sheet(&tender, &bids, 80 + n).await;
            let member = expert(uuid_of(member));
            self.act(&member, "submitScores", &sheet, "sheet { lockedAt }")
                .await;
        }
        (tender, fund, bids, members)
    }

    /// Ranked.
    pub async fn ranked(&self) -> (Value, Value, Vec<SealedBid>) {
        let (tender, fund, bids, members) = self.scored().await;
        let input = json!({ "tenderId": tender });
        for member in &members {
            let member = expert(uuid_of(member));
            self.act(&member, "lockScoreSheet", &input, "sheet { lockedAt }")
                .await;
        }
        self.act(&officer(), "rankTender", &input, "tender { state }")
            .await;
        (tender, fund, bids)
    }

    /// Awarded to the first, and told.
    pub async fn told(&self) -> (Value, Value) {
        let (tender, fund, bids) = self.ranked().await;
        let decided = json!({ "tenderId": tender, "bidId": bids[0].id });
        self.act(&officer(), "awardTender", &decided, "tender { state }")
            .await;
        let input = json!({ "tenderId": tender });
        self.act(&officer(), "publishAward", &input, "tender { state }")
            .await;
        (tender, fund)
    }

    /// A signed contract and its milestones.
    pub async fn signed(&self) -> (Value, Vec<Value>, Value) {
        let (tender, fund) = self.told().await;
        self.wait_days(3);
        let input = json!({ "tenderId": tender, "fundId": fund });
        let want = "contract { id milestones { id } }";
        let made = self.act(&officer(), "signContract", &input, want).await["contract"].clone();
        let milestones = made["milestones"].as_array().unwrap().iter();
        (
            made["id"].clone(),
            milestones.map(|one| one["id"].clone()).collect(),
            fund,
        )
    }

    /// What eldercare tells: so many visits, to the first so many elders.
    pub fn deliver(&self, visits: u32, elders: u128) {
        let mut world = self.peers.world();
        world.delivered = visits;
        world.recipients = (0..elders).map(elder_uuid).collect();
    }

    /// A milestone that the contractor submitted; the winner is the first bidder.
    pub async fn submitted(&self) -> (Value, Vec<Value>, Value) {
        let (contract, milestones, fund) = self.signed().await;
        self.deliver(100, 3);
        let input = json!({ "milestoneId": milestones[0], "note": "已送 100 次" });
        self.act(
            &manager(0),
            "submitMilestone",
            &input,
            "milestone { state }",
        )
        .await;
        (contract, milestones, fund)
    }
}

/// The kind inside a global id.
pub fn kind_of(id: &Value) -> String {
    GlobalId::decode(id.as_str().unwrap()).unwrap().kind
}
