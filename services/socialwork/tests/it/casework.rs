//! A case between Li (worker), Wang (supervisor) and the elder (client), and
//! short ways to move it on.

use kit::auth::{Caller, Role};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use testkit::service::{caller, data, reason};
use uuid::Uuid;

use crate::{
    peers::{COMMUNITY, ELDER, LI, WANG},
    support::{House, elder, resident_id},
};

/// The uuid within a global id.
pub fn inner(node: &Value) -> Uuid {
    kernel::GlobalId::decode(node["id"].as_str().unwrap())
        .unwrap()
        .id
        .parse()
        .unwrap()
}

/// A social worker of the register, logged in.
pub fn worker(registered: &Value) -> Caller {
    let mut caller = caller(Role::SocialWorker, COMMUNITY);
    let id = inner(registered);
    caller.actor.subject = format!("social-worker-{id}");
    caller.actor.social_worker_id = Some(id);
    caller
}

/// A mutation by its name, with the selection of its payload.
pub fn mutation(name: &str, selection: &str) -> String {
    let kind = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
    format!("mutation($input: {kind}!) {{ {name}(input: $input) {{ {selection} }} }}")
}

/// What there is of one mutation: who, which, with what, and a key of its own.
pub struct Desk {
    pub house: House,
    pub li: Value,
    pub wang: Value,
    keys: std::cell::Cell<u32>,
}

impl Desk {
    pub async fn open() -> Self {
        let house = House::open().await;
        let li = house.dispatched(LI, "key-desk-li").await;
        let wang = house.dispatched(WANG, "key-desk-wang").await;
        Self {
            house,
            li,
            wang,
            keys: std::cell::Cell::new(0),
        }
    }

    pub fn worker(&self) -> Caller {
        worker(&self.li)
    }

    pub fn supervisor(&self) -> Caller {
        worker(&self.wang)
    }

    /// Runs a mutation under a fresh key and answers all of it.
    pub async fn tried(&self, who: &Caller, name: &str, mut input: Value, rest: &str) -> Value {
        self.keys.set(self.keys.get() + 1);
        input["idempotencyKey"] = json!(format!("key-desk-{:06}", self.keys.get()));
        let query = mutation(name, rest);
        self.house.run(who, &query, json!({ "input": input })).await
    }

    /// Runs a mutation that must succeed; answers its payload.
    pub async fn done(&self, who: &Caller, name: &str, input: Value, rest: &str) -> Value {
        data(self.tried(who, name, input, rest).await)[name].clone()
    }

    /// Runs a mutation that must be refused; answers the reason and the field.
    pub async fn refused(&self, who: &Caller, name: &str, input: Value) -> (String, String) {
        let answer = self.tried(who, name, input, "__typename").await;
        let field = &answer["errors"][0]["extensions"]["field"];
        (
            reason(&answer),
            field.as_str().unwrap_or_default().to_owned(),
        )
    }

    /// Runs a query that must succeed.
    pub async fn read(&self, who: &Caller, query: &str) -> Value {
        data(self.house.run(who, query, json!({})).await)
    }

    /// SQL by hand, as the owner: the reason of its refusal.
    pub async fn by_hand(&self, sql: &str) -> String {
        let tried = sqlx::query(AssertSqlSafe(sql.to_owned()))
            .execute(&self.house.service.db.owner)
            .await;
        let Err(error) = tried else {
            panic!("the database must refuse: {sql}");
        };
        kit::Error::from(error).reason().to_owned()
    }

    /// SQL by hand that the database lets pass.
    pub async fn hand(&self, sql: &str) {
        sqlx::query(AssertSqlSafe(sql.to_owned()))
            .execute(&self.house.service.db.owner)
            .await
            .unwrap();
    }

    pub async fn case(&self) -> Value {
        self.done(
            &self.worker(),
            "openCase",
            opening(&self.wang),
            "case { id }",
        )
        .await["case"]
            .clone()
    }

    pub async fn assess(&self, case: &Value) {
        let input = json!({ "caseId": case["id"], "risk": "HIGH", "findings": "独居,近期跌倒" });
        self.done(&self.worker(), "assessCase", input, "case { id }")
            .await;
    }

    pub async fn plan(&self, case: &Value) {
        self.done(&self.worker(), "planCase", planning(case), "case { id }")
            .await;
    }

    pub async fn sign(&self, case: &Value) {
        let input = json!({ "caseId": case["id"], "signing": "ONLINE" });
        self.done(&elder(), "signCasePlan", input, "case { id }")
            .await;
    }

    pub async fn approve(&self, case: &Value) {
        let input = json!({ "caseId": case["id"], "approved": true });
        self.done(&self.supervisor(), "reviewCasePlan", input, "case { id }")
            .await;
    }
}

pub fn opening(supervisor: &Value) -> Value {
    json!({ "residentId": resident_id(ELDER), "supervisorId": supervisor["id"],
        "risk": "MID", "problem": "老伴去世后不愿出门" })
}

pub fn planning(case: &Value) -> Value {
    json!({ "caseId": case["id"], "reviewOn": "2026-05-01", "goals": [
        { "goal": "恢复社会交往", "indicator": "每周外出两次" },
        { "goal": "居家安全", "indicator": "三个月无跌倒" } ] })
}
