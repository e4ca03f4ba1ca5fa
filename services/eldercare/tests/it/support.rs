//! A running service with its peers, two elders and a menu, and the people
//! who use it.

use std::sync::Arc;

use async_graphql::{ID, Request};
use eldercare::{graphql, state::State};
use kernel::{TypedId, keys::ResidentId};
use kit::{
    auth::{Actor, Caller, Role},
    graph::{Prepare, global},
};
use serde_json::{Value, json};
use testkit::service::{Events, TestService, caller, data, execute, peer, resident, subscribe};
use uuid::Uuid;

use crate::peers::{
    COMMUNITY, CONTRACT, ELSEWHERE, LI, ORGANIZATION, SOCIAL_WORKER, VOLUNTEER, WANG, routes,
};

pub const REGISTER: &str = "mutation($input: RegisterElderInput!) { registerElder(input: $input) {
    elder { residentId category livesAlone demo version creditAccount { balance held available } } } }";
pub const PUBLISH: &str =
    "mutation($input: PublishMenuItemInput!) { publishMenuItem(input: $input) {
    menuItem { code name line unit minutes unitCost lowCap pricesFrom prices { tier price } } } }";
pub const PLACE: &str = "mutation($input: PlaceOrderInput!) { placeOrder(input: $input) { order {
    id state tier unitPrice subsidy copay creditValue creditMinutes assistedBy version
    decision { tier explanationZh } } } }";
pub const ASSIGN: &str = "mutation($input: AssignVisitInput!) { assignVisit(input: $input) {
    visit { id state workerKind version } } }";
pub const ACCOUNT: &str = "query($id: ID!) { creditAccount(residentId: $id) {
    balance held available cap entries(first: 10) { nodes { kind minutes balanceAfter ownerKind } } } }";

/// The service under test.
pub struct House {
    pub service: TestService,
    pub state: State,
    schema: graphql::Subgraph,
    prepare: Prepare,
}

impl House {
    /// A service with its peers and an empty database.
    pub async fn empty() -> Self {
        let peers = peer(routes()).await;
        let service = TestService::start(
            &eldercare::serve::DEFINITION,
            &[
                ("smartdata", peers),
                ("procurement", peers),
                ("socialwork", peers),
            ],
        )
        .await;
        let state = State::new(service.core.clone()).unwrap();
        let prepare: Prepare = {
            let state = state.clone();
            Arc::new(move |request: Request, caller: &Caller| {
                graphql::prepare(&state, request, caller)
            })
        };
        Self {
            schema: graphql::schema(Some(state.clone())),
            prepare,
            service,
            state,
        }
    }

    /// With Wang in special hardship, Li like most, and lunch on the menu.
    pub async fn open() -> Self {
        let house = Self::empty().await;
        for (id, category) in [(WANG, "SPECIAL_HARDSHIP"), (LI, "ORDINARY")] {
            data(house.run(&staff(), REGISTER, register(id, category)).await);
        }
        data(house.run(&officer(), PUBLISH, lunch("publish-lunch")).await);
        house
    }

    /// A subscription, as the gateway would open it.
    pub fn subscribe(&self, caller: &Caller, query: &str, variables: Value) -> Events {
        subscribe(&self.schema, &self.prepare, caller, query, variables)
    }

    pub async fn run(&self, caller: &Caller, query: &str, variables: Value) -> Value {
        execute(&self.schema, &self.prepare, caller, query, variables).await
    }

    /// The same while no peer can be reached.
    pub async fn run_alone(&self, caller: &Caller, query: &str, variables: Value) -> Value {
        let state = State::new(self.service.deaf(&eldercare::serve::DEFINITION)).unwrap();
        let schema = graphql::schema(Some(state.clone()));
        let prepare: Prepare = Arc::new(move |request: Request, caller: &Caller| {
            graphql::prepare(&state, request, caller)
        });
        execute(&schema, &prepare, caller, query, variables).await
    }

    /// A mutation `verb(input: VerbInput!)`, with what is selected of its payload.
    pub async fn act(
        &self,
        who: &Caller,
        (verb, select): (&str, &str),
        key: &str,
        input: Value,
    ) -> Value {
        let kind = format!("{}{}Input", verb[..1].to_uppercase(), &verb[1..]);
        let query = format!("mutation($input: {kind}!) {{ {verb}(input: $input) {{ {select} }} }}");
        let mut input = input;
        input["idempotencyKey"] = json!(key);
        self.run(who, &query, json!({ "input": input })).await
    }

    /// The same, which must succeed: the payload.
    pub async fn done(
        &self,
        who: &Caller,
        (verb, select): (&str, &str),
        key: &str,
        input: Value,
    ) -> Value {
        data(self.act(who, (verb, select), key, input).await)[verb].clone()
    }

    /// The nodes of a list of the graph.
    pub async fn nodes(&self, who: &Caller, list: &str, arguments: &str, select: &str) -> Value {
        let query = format!("{{ {list}(first: 50{arguments}) {{ nodes {{ {select} }} }} }}");
        data(self.run(who, &query, json!({})).await)[list]["nodes"].clone()
    }

    /// Time passes, and what falls due is done.
    pub async fn pass(&self, time: chrono::TimeDelta) {
        self.service.clock.advance(time);
        let timers = eldercare::worker::timers(&self.state);
        while timers.run_due_once().await.unwrap() > 0 {}
    }

    /// How often an event left.
    pub async fn told(&self, subject: &str) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM kit.outbox WHERE subject = $1")
            .bind(subject)
            .fetch_one(&self.service.db.owner)
            .await
            .unwrap()
    }

    /// Why the database refuses this, also from the owner of the schema.
    pub async fn refused(&self, sql: &str) -> String {
        let outcome: Result<(), sqlx::Error> = async {
            let mut tx = self.service.db.owner.begin().await?;
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()))
                .execute(&mut *tx)
                .await?;
            tx.commit().await
        }
        .await;
        kit::Error::from(outcome.expect_err(sql))
            .reason()
            .to_owned()
    }

    /// Hand-written SQL by the owner of the schema.
    pub async fn sql(&self, sql: &'static str) {
        sqlx::query(sql)
            .execute(&self.service.db.owner)
            .await
            .unwrap();
    }

    /// An order of lunch for an elder, placed by staff.
    pub async fn ordered(&self, elder: Uuid, key: &str) -> Value {
        let answer = self.run(&staff(), PLACE, order(elder, key)).await;
        data(answer)["placeOrder"]["order"].clone()
    }

    /// A visit for an order, an hour ahead of now.
    pub async fn assigned(&self, order: &Value, kind: &str, worker: Uuid, key: &str) -> Value {
        let answer = self
            .run(&staff(), ASSIGN, self.assign(order, kind, worker, key))
            .await;
        data(answer)["assignVisit"]["visit"].clone()
    }

    pub fn assign(&self, order: &Value, kind: &str, worker: Uuid, key: &str) -> Value {
        let now = self.service.core.clock.now();
        let worker = match kind {
            "VOLUNTEER" => global(kernel::keys::VolunteerId::from_uuid(worker)),
            "CARE_WORKER" => id_of::<eldercare::domain::care_worker::CareWorkerId>(worker),
            _ => global(kernel::keys::SocialWorkerId::from_uuid(worker)),
        };
        json!({ "input": {
            "idempotencyKey": key, "orderId": order["id"], "workerKind": kind, "workerId": worker,
            "plannedStart": now + chrono::TimeDelta::hours(1),
            "plannedEnd": now + chrono::TimeDelta::hours(2),
        } })
    }

    /// Does one step of a visit; answers its state.
    pub async fn step(&self, who: &Caller, step: &str, visit: &Value, more: Value) -> Value {
        let capital = format!("{}{}", step[..1].to_uppercase(), &step[1..]);
        let query = format!(
            "mutation($input: {capital}Input!) {{ {step}(input: $input) {{ visit {{
                 id state minutes tasks inAt outAt endReason version confirmMethod }} }} }}"
        );
        let id = visit["id"].as_str().unwrap();
        let mut input = json!({
            "idempotencyKey": format!("{step}-{}-{}", &id[id.len() - 16..], who.actor.subject),
            "visitId": visit["id"],
        });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        let answer = self.run(who, &query, json!({ "input": input })).await;
        if answer.get("errors").is_some() {
            return answer;
        }
        answer["data"][step]["visit"].clone()
    }

    /// A visit from its acceptance to the check-out, an hour in the home.
    pub async fn served(&self, worker: &Caller, visit: &Value) {
        self.step(worker, "acceptVisit", visit, json!({})).await;
        self.service.clock.advance(chrono::TimeDelta::hours(1));
        let state = self
            .step(worker, "checkIn", visit, json!({ "method": "TOKEN" }))
            .await;
        assert_eq!(state["state"], "CHECKED_IN", "{state}");
        self.service.clock.advance(chrono::TimeDelta::hours(1));
        let state = self
            .step(worker, "checkOut", visit, json!({ "tasks": ["送餐"] }))
            .await;
        assert_eq!(state["state"], "CHECKED_OUT", "{state}");
    }

    /// Lunch for Li, brought by the volunteer and confirmed: Zhao has an hour.
    pub async fn volunteer_earned(&self, key: &str) -> Value {
        let order = self.ordered(LI, &format!("order-{key}")).await;
        let visit = self
            .assigned(&order, "VOLUNTEER", VOLUNTEER, &format!("assign-{key}"))
            .await;
        self.served(&volunteer(), &visit).await;
        let state = self
            .step(&li(), "confirmVisit", &visit, json!({ "method": "APP" }))
            .await;
        assert_eq!(state["state"], "SETTLED", "{state}");
        visit
    }

    pub async fn account(&self, who: &Caller, resident: Uuid) -> Value {
        let answer = self
            .run(who, ACCOUNT, json!({ "id": person(resident) }))
            .await;
        data(answer)["creditAccount"].clone()
    }

    /// Gives a person minutes out of nothing, as only the owner of the schema can.
    pub async fn endow(&self, resident: Uuid, minutes: i64) {
        let mut tx = self.service.db.owner.begin().await.unwrap();
        sqlx::query(
            "INSERT INTO credit_accounts (id, owner_kind, owner_id, cap, opened_at)
             VALUES (gen_random_uuid(), 'PERSON', $1, 90000, '2026-01-01')
             ON CONFLICT (owner_kind, owner_id) DO NOTHING",
        )
        .bind(resident)
        .execute(&mut *tx)
        .await
        .unwrap();
        sqlx::query(
            "SELECT credit_post(gen_random_uuid(), 'GRANT', gen_random_uuid()::text,
                 sha256('endowed'), NULL, NULL, NULL, '2026-01-01',
                 ARRAY['00000000-0000-7000-8000-000000000001', a.id], ARRAY[-$2::bigint, $2])
             FROM credit_accounts a WHERE a.owner_kind = 'PERSON' AND a.owner_id = $1",
        )
        .bind(resident)
        .bind(minutes)
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }
}

pub fn id_of<T: TypedId>(id: Uuid) -> ID {
    global(T::from_uuid(id))
}

pub fn person(id: Uuid) -> ID {
    id_of::<ResidentId>(id)
}

pub fn register(id: Uuid, category: &str) -> Value {
    json!({ "input": {
        "idempotencyKey": format!("register-{id}"), "residentId": person(id),
        "category": category, "livesAlone": true,
    } })
}

pub fn lunch(key: &str) -> Value {
    json!({ "input": {
        "idempotencyKey": key, "code": "MEAL-LUNCH", "name": "助餐(午餐)", "line": "MEALS",
        "unit": "份", "minutes": 60, "unitCost": 1500, "lowCap": 600,
        "prices": [
            { "tier": "COST", "price": 1200 },
            { "tier": "LOW", "price": 500 },
            { "tier": "PAID", "price": 2000 },
        ],
    } })
}

pub fn order(elder: Uuid, key: &str) -> Value {
    json!({ "input": {
        "idempotencyKey": key, "elderResidentId": person(elder), "menuItemCode": "MEAL-LUNCH",
        "contractId": id_of::<kernel::keys::ContractId>(CONTRACT),
    } })
}

pub fn nobody() -> Caller {
    Caller::of(Actor::anonymous())
}

pub fn wang() -> Caller {
    resident(WANG, COMMUNITY)
}

pub fn li() -> Caller {
    resident(LI, COMMUNITY)
}

pub fn staff() -> Caller {
    caller(Role::CommunityStaff, COMMUNITY)
}

pub fn staff_elsewhere() -> Caller {
    let mut staff = caller(Role::CommunityStaff, ELSEWHERE);
    staff.actor.subject = "staff-elsewhere".into();
    staff
}

pub fn officer() -> Caller {
    caller(Role::CivilAffairs, "230103000000")
}

pub fn auditor() -> Caller {
    Caller::of(Actor::new("auditor", [Role::Auditor]))
}

pub fn contractor() -> Caller {
    let mut manager = caller(Role::OrgManager, COMMUNITY);
    manager.actor.organization_id = Some(ORGANIZATION);
    manager
}

pub fn social_worker() -> Caller {
    let mut worker = caller(Role::SocialWorker, COMMUNITY);
    worker.actor.social_worker_id = Some(SOCIAL_WORKER);
    worker
}

pub fn volunteer() -> Caller {
    let mut worker = caller(Role::Volunteer, COMMUNITY);
    worker.actor.volunteer_id = Some(VOLUNTEER);
    worker.actor.resident_id = Some(crate::peers::ZHAO);
    worker
}
