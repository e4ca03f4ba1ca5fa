//! A running service whose peers know a few people, communities and
//! organisations, and short ways to what its cases begin with.

use std::sync::Arc;

use async_graphql::Request;
use kernel::keys::{CommunityId, OrganizationId, ResidentId};
use kit::{
    auth::{Actor, Caller, Role},
    events::{self, NewEvent, Relay},
    graph::{Prepare, global},
};
use serde_json::{Value, json};
use socialwork::{graphql, state::State, worker};
use testkit::service::{TestService, caller, data, execute, peer, resident};
use uuid::Uuid;

use crate::peers::{AGENCY, COMMUNITY, ELDER, ELSEWHERE, HERE, LI, WANG, routes};

pub const REGISTER: &str = "mutation($input: RegisterSocialWorkerInput!) {
    registerSocialWorker(input: $input) { socialWorker {
        id source grade certificateNo registeredFrom registeredTo examPassedOn active demo version
        resident { id } employer { id } communities { id } fitness { mayServe refusal } } } }";
pub const TRAINING: &str = "mutation($input: RecordTrainingInput!) {
    recordTraining(input: $input) { training { id course minutes on } } }";
pub const EXAM: &str = "mutation($input: RecordExamInput!) {
    recordExam(input: $input) { exam { id passed score } } }";
pub const VOLUNTEER: &str = "mutation($input: RegisterVolunteerInput!) {
    registerVolunteer(input: $input) { volunteer {
        id skills trained insuredUntil guardianConsent active demo
        community { id } resident { id } fitness { mayServe refusal } } } }";
pub const TRAIN: &str = "mutation($input: TrainVolunteerInput!) {
    trainVolunteer(input: $input) { volunteer {
        id trained trainings { topic on } fitness { mayServe refusal } } } }";

pub const PLACE: &str = "mutation($input: PlaceVolunteerInput!) {
    placeVolunteer(input: $input) { placement {
        id organization { id } placedAt endedAt } } }";
pub const LEAVE: &str = "mutation($input: EndPlacementInput!) {
    endPlacement(input: $input) { placement { endedAt } } }";

/// The service under test.
pub struct House {
    pub service: TestService,
    pub state: State,
    schema: graphql::Subgraph,
    prepare: Prepare,
}

impl House {
    pub async fn open() -> Self {
        let peers = peer(routes()).await;
        let service = TestService::start(
            &socialwork::serve::DEFINITION,
            &[
                ("smartdata", peers),
                ("incubation", peers),
                ("communities", peers),
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

    pub async fn run(&self, caller: &Caller, query: &str, variables: Value) -> Value {
        execute(&self.schema, &self.prepare, caller, query, variables).await
    }

    /// The same while no peer can be reached.
    pub async fn run_alone(&self, caller: &Caller, query: &str, variables: Value) -> Value {
        let state = State::new(self.service.deaf(&socialwork::serve::DEFINITION)).unwrap();
        let schema = graphql::schema(Some(state.clone()));
        let prepare: Prepare = Arc::new(move |request: Request, caller: &Caller| {
            graphql::prepare(&state, request, caller)
        });
        execute(&schema, &prepare, caller, query, variables).await
    }

    /// A dispatched social worker, without more.
    pub async fn dispatched(&self, person: Uuid, key: &str) -> Value {
        let input = dispatched(person, key);
        data(self.run(&civil(), REGISTER, input).await)["registerSocialWorker"]["socialWorker"]
            .clone()
    }

    /// A volunteer, insured but not trained.
    pub async fn volunteer(&self, person: Uuid, key: &str) -> Value {
        let input = volunteer(person, key);
        data(self.run(&staff(), VOLUNTEER, input).await)["registerVolunteer"]["volunteer"].clone()
    }

    pub async fn train(&self, volunteer: &Value, key: &str) -> Value {
        let input = json!({ "input": { "idempotencyKey": key, "volunteerId": volunteer["id"],
            "topic": "上门服务礼仪", "on": "2026-03-01" } });
        data(self.run(&staff(), TRAIN, input).await)["trainVolunteer"]["volunteer"].clone()
    }

    /// The volunteer joins the agency.
    pub async fn place(&self, volunteer: &Value, key: &str) -> Value {
        let input = place(volunteer, key);
        data(self.run(&wang(), PLACE, input).await)["placeVolunteer"]["placement"].clone()
    }

    /// Hours in the ledger of somebody.
    pub async fn hours(&self, person: Uuid, hours: i32, on: &str, key: &str) {
        let input = json!({ "input": { "idempotencyKey": key, "residentId": resident_id(person),
            "course": format!("课程 {key}"), "hours": hours, "on": on } });
        data(self.run(&civil(), TRAINING, input).await);
    }

    pub async fn exam(&self, person: Uuid, passed: bool, score: i32, on: &str, key: &str) -> Value {
        let input = json!({ "input": { "idempotencyKey": key, "residentId": resident_id(person),
            "passed": passed, "score": score, "on": on } });
        self.run(&civil(), EXAM, input).await
    }

    /// A visit that elder care settled, delivered as often as said.
    pub async fn settle(&self, visit: &Value, times: usize) {
        self.told("eldercare.visit.settled", visit, times).await;
    }

    /// A visit that elder care found void, delivered as often as said.
    pub async fn void(&self, visit: &Value, times: usize) {
        self.told("eldercare.visit.voided", visit, times).await;
    }

    async fn told(&self, subject: &'static str, visit: &Value, times: usize) {
        let core = &self.service.core;
        let consumer = worker::consumer(&self.state);
        consumer.register();
        for _ in 0..times {
            let event = NewEvent {
                subject,
                aggregate: "visit",
                aggregate_id: visit["visit_id"].as_str().unwrap().parse().unwrap(),
                trace_id: None,
                at: core.clock.now(),
                data: visit.clone(),
            };
            let mut conn = self.service.db.app.acquire().await.unwrap();
            events::append(&mut conn, &event).await.unwrap();
        }
        let relay = Relay::new(
            core.name,
            core.db.pool().clone(),
            core.bus.clone(),
            core.clock.clone(),
        );
        while relay.run_once().await.unwrap() > 0 {}
        consumer.run_due_once().await.unwrap();
    }

    /// One number of the database.
    pub async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query)
            .fetch_one(&self.service.db.owner)
            .await
            .unwrap()
    }
}

/// A visit as elder care tells it, of 2 March 2026 from `from` to `to` (UTC).
pub fn visit(n: u128, kind: &str, worker: &Value, from: &str, to: &str) -> Value {
    let id = kernel::GlobalId::decode(worker["id"].as_str().unwrap())
        .unwrap()
        .id;
    json!({
        "visit_id": Uuid::from_u128(0x1000 + n),
        "order_id": Uuid::from_u128(0x2000 + n),
        "trace_id": TRACE,
        "contract_id": Uuid::from_u128(0x3000),
        "worker_kind": kind,
        "worker_id": id,
        "elder_resident_id": ELDER,
        "in_at": format!("2026-03-02T{from}:00Z"),
        "out_at": format!("2026-03-02T{to}:00Z"),
        "minutes": 60,
    })
}

pub const TRACE: Uuid = Uuid::from_u128(0x7ace);

pub fn resident_id(id: Uuid) -> String {
    global(ResidentId::from_uuid(id)).to_string()
}

pub fn community_id(id: Uuid) -> String {
    global(CommunityId::from_uuid(id)).to_string()
}

pub fn organization_id(id: Uuid) -> String {
    global(OrganizationId::from_uuid(id)).to_string()
}

pub fn dispatched(person: Uuid, key: &str) -> Value {
    json!({ "input": { "idempotencyKey": key, "residentId": resident_id(person),
        "source": "DISPATCHED", "employerOrganizationId": organization_id(AGENCY),
        "communityIds": [community_id(HERE)] } })
}

pub fn qualified(person: Uuid, key: &str) -> Value {
    json!({ "input": { "idempotencyKey": key, "residentId": resident_id(person),
        "source": "QUALIFIED", "grade": "ASSISTANT", "certificateNo": "hlj20230001234",
        "registeredFrom": "2024-01-10", "communityIds": [community_id(HERE)] } })
}

pub fn municipal(person: Uuid, key: &str) -> Value {
    json!({ "input": { "idempotencyKey": key, "residentId": resident_id(person),
        "source": "MUNICIPAL_EXAM", "communityIds": [community_id(HERE)] } })
}

pub fn volunteer(person: Uuid, key: &str) -> Value {
    json!({ "input": { "idempotencyKey": key, "residentId": resident_id(person),
        "skills": ["理发", "陪聊"], "insuredUntil": "2026-12-31" } })
}

pub fn place(volunteer: &Value, key: &str) -> Value {
    json!({ "input": { "idempotencyKey": key, "volunteerId": volunteer["id"],
        "organizationId": organization_id(AGENCY) } })
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

pub fn elder() -> Caller {
    resident(ELDER, COMMUNITY)
}

pub fn staff() -> Caller {
    caller(Role::CommunityStaff, COMMUNITY)
}

pub fn staff_elsewhere() -> Caller {
    caller(Role::CommunityStaff, ELSEWHERE)
}

/// Civil affairs of the city, above both communities.
pub fn civil() -> Caller {
    caller(Role::CivilAffairs, "230100000000")
}

pub fn auditor() -> Caller {
    Caller::of(Actor::new("auditor", [Role::Auditor]))
}
