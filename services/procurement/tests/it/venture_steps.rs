//! The steps of a venture round, each taken as its own person would.

use kernel::keys::SocialWorkerId;
use kit::{
    auth::{Caller, Role},
    graph::global,
};
use serde_json::{Value, json};
use testkit::service::caller;

use crate::support::{House, community_id, expert, manager, org_id, uuid_of};

pub const COUNTY: &str = "230103000000";
/// Registered in another city.
pub const OPERATOR: u128 = 6;
/// Filed: no legal person.
pub const FILED: u128 = 7;
pub const GRANT_BUDGET: i64 = 400_000;

/// Civil affairs of the county.
pub fn county() -> Caller {
    caller(Role::CivilAffairs, COUNTY)
}

/// The purse of the county.
pub fn treasurer() -> Caller {
    caller(Role::FundManager, COUNTY)
}

pub fn round_input(fund: &Value, operator: u128) -> Value {
    json!({
        "divisionCode": COUNTY, "fundId": fund, "operatorId": org_id(operator),
        "title": "为老服务公益创投", "theme": "助餐、陪伴、适老化", "budget": GRANT_BUDGET,
        "grantCap": 300_000, "dropExtremes": true, "passPoints": 60,
        "tranchePercents": [50, 30, 20],
        "criteria": [
            { "name": "方案", "weight": 60, "maxScore": 100 },
            { "name": "团队", "weight": 40, "maxScore": 50 },
        ],
    })
}

pub fn application(round: &Value, org: u128, requested: i64) -> Value {
    let worker = SocialWorkerId::from_uuid(uuid::Uuid::from_u128(0x50));
    json!({
        "roundId": round, "organizationId": org_id(org), "communityId": community_id(),
        "socialWorkerId": global(worker), "title": format!("项目 {org}"), "plan": "方案",
        "elderCare": true, "beneficiaries": 50, "requested": requested,
    })
}

impl House {
    /// A planned round, operated from outside: round and fund.
    pub async fn planned_round(&self) -> (Value, Value) {
        let fund = self.fund_named("公益创投专项", 1_000_000).await;
        let input = round_input(&fund, OPERATOR);
        let made = self
            .act(&county(), "planVentureRound", &input, "round { id }")
            .await;
        (made["round"]["id"].clone(), fund)
    }

    /// Called for applications.
    pub async fn called_round(&self) -> (Value, Value) {
        let (round, fund) = self.planned_round().await;
        let input = json!({ "roundId": round, "closesAt": self.in_days(15) });
        self.act(&treasurer(), "callVentureRound", &input, "round { id }")
            .await;
        (round, fund)
    }

    /// Three applications: a filed organisation's and two others.
    pub async fn applied(&self) -> (Value, Value, Vec<Value>) {
        let (round, fund) = self.called_round().await;
        let mut all = Vec::new();
        for (org, requested) in [(FILED, 100_000), (0, 200_000), (1, 150_000)] {
            let input = application(&round, org, requested);
            let made = self
                .act(
                    &manager(org),
                    "applyToVentureRound",
                    &input,
                    "application { id }",
                )
                .await;
            all.push(made["application"]["id"].clone());
        }
        (round, fund, all)
    }

    /// All three screened and visited.
    pub async fn visited(&self) -> (Value, Value, Vec<Value>) {
        let (round, fund, all) = self.applied().await;
        self.wait_days(16);
        for one in &all {
            let screen = json!({ "applicationId": one, "passed": true });
            self.act(
                &manager(OPERATOR),
                "screenVentureApplication",
                &screen,
                "application { id }",
            )
            .await;
            let visit = json!({
                "applicationId": one, "passed": true, "visitedOn": "2026-03-10", "findings": "属实",
            });
            self.act(
                &county(),
                "recordDueDiligence",
                &visit,
                "application { id }",
            )
            .await;
        }
        (round, fund, all)
    }

    /// Before five reviewers: their ids.
    pub async fn defended(&self) -> (Value, Value, Vec<Value>, Vec<Value>) {
        let (round, fund, all) = self.visited().await;
        let mut seats = Vec::new();
        for _ in 0..5 {
            seats.push(self.expert(false).await);
        }
        let input = json!({ "roundId": round, "reviewerIds": seats });
        self.act(&county(), "beginVentureDefence", &input, "round { id }")
            .await;
        (round, fund, all, seats)
    }

    /// A whole sheet: `base` of a hundred for the first project, ten less for each next.
    pub async fn venture_sheet(&self, round: &Value, all: &[Value], base: i64) -> Value {
        let query = "query($id: ID!) { ventureRound(id: $id) { criteria { id maxScore } } }";
        let found = self.ask(&county(), query, json!({ "id": round })).await;
        let criteria = found["ventureRound"]["criteria"].as_array().unwrap();
        let mut scores = Vec::new();
        for (n, one) in (0..).zip(all) {
            for criterion in criteria {
                let most = criterion["maxScore"].as_i64().unwrap();
                scores.push(json!({
                    "applicationId": one, "criterionId": criterion["id"],
                    "score": (base - 10 * n) * most / 100,
                }));
            }
        }
        json!({ "roundId": round, "scores": scores })
    }

    /// Every sheet is in; nobody has locked.
    pub async fn judged(&self) -> (Value, Value, Vec<Value>, Vec<Value>) {
        let (round, fund, all, seats) = self.defended().await;
        let sheet = self.venture_sheet(&round, &all, 90).await;
        for seat in &seats {
            self.act(
                &expert(uuid_of(seat)),
                "submitVentureScores",
                &sheet,
                "sheet { lockedAt }",
            )
            .await;
        }
        (round, fund, all, seats)
    }

    /// Every total is public.
    pub async fn on_show(&self) -> (Value, Value, Vec<Value>, Vec<Value>) {
        let (round, fund, all, seats) = self.judged().await;
        let input = json!({ "roundId": round });
        for seat in &seats {
            self.act(
                &expert(uuid_of(seat)),
                "lockVentureSheet",
                &input,
                "sheet { lockedAt }",
            )
            .await;
        }
        (round, fund, all, seats)
    }

    /// The first two are to be funded, the third no longer fits.
    pub async fn confirmed_round(&self) -> (Value, Value, Vec<Value>, Vec<Value>) {
        let (round, fund, all, seats) = self.on_show().await;
        self.settle(&round).await;
        (round, fund, all, seats)
    }

    /// The time for objections is over, and who is funded is settled.
    pub async fn settle(&self, round: &Value) {
        self.wait_days(12);
        let input = json!({ "roundId": round });
        self.act(&county(), "confirmVentureRound", &input, "round { id }")
            .await;
    }

    /// Both agreements are signed: their ids.
    pub async fn granted(&self) -> (Value, Value, Vec<Value>, Vec<Value>) {
        let (round, fund, all, seats) = self.confirmed_round().await;
        (round, fund, self.grant(&all).await, seats)
    }

    /// The agreements with the first two.
    pub async fn grant(&self, all: &[Value]) -> Vec<Value> {
        let mut agreements = Vec::new();
        for (one, host) in all.iter().zip([org_id(2), json!(null)]) {
            let input = json!({ "applicationId": one, "fiscalHostId": host });
            let made = self
                .act(
                    &county(),
                    "signVentureAgreement",
                    &input,
                    "agreement { id }",
                )
                .await;
            agreements.push(made["agreement"]["id"].clone());
        }
        agreements
    }
}
