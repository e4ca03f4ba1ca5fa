//! A running service, its callers and its peers.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_graphql::Request;
use kernel::{
    Clock as _,
    keys::{CommunityId, OrganizationId, ResidentId},
};
use kit::{
    auth::{Actor, Caller, Role},
    graph::{Prepare, global},
};
use procurement::{graphql, state::State};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor, PgPool};
use testkit::service::{Events, TestService, caller, data, execute, peer, resident, subscribe};
use uuid::Uuid;

use crate::{
    peers::{COMMUNITY, COMMUNITY_CODE, ELSEWHERE, Org, Peers},
    venture_steps::{FILED, OPERATOR},
};

/// The service under test.
pub struct House {
    pub service: TestService,
    pub state: State,
    pub peers: Peers,
    schema: graphql::Subgraph,
    prepare: Prepare,
    keys: AtomicUsize,
}

impl House {
    pub async fn open() -> Self {
        let peers = Peers::default();
        for n in 0..8 {
            let org = Org {
                may_bid: true,
                elder_care: true,
                legal_person: n != FILED,
                division: if n == OPERATOR {
                    "310101001001"
                } else {
                    COMMUNITY_CODE
                },
                led_by: vec![leader(n)],
            };
            peers.world().orgs.insert(org_uuid(n), org);
        }
        let address = peer(peers.routes()).await;
        let known = [
            ("communities", address),
            ("incubation", address),
            ("socialwork", address),
            ("eldercare", address),
        ];
        let service = TestService::start(&procurement::serve::DEFINITION, &known).await;
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
            peers,
            keys: AtomicUsize::default(),
        }
    }

    pub fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.service.clock.now()
    }

    /// Moves the clock.
    pub fn wait_days(&self, days: i64) {
        self.service.clock.advance(chrono::TimeDelta::days(days));
    }

    /// An instant so many days from now, as a client writes it.
    pub fn in_days(&self, days: i64) -> String {
        (self.now() + chrono::TimeDelta::days(days)).to_rfc3339()
    }

    /// A subscription, as the gateway would open it.
    pub fn subscribe(&self, caller: &Caller, query: &str, variables: Value) -> Events {
        subscribe(&self.schema, &self.prepare, caller, query, variables)
    }

    /// Any operation, as the gateway would send it.
    pub async fn run(&self, caller: &Caller, query: &str, variables: Value) -> Value {
        execute(&self.schema, &self.prepare, caller, query, variables).await
    }

    /// The same while no peer can be reached.
    pub async fn run_alone(&self, caller: &Caller, query: &str, variables: Value) -> Value {
        let state = State::new(self.service.deaf(&procurement::serve::DEFINITION)).unwrap();
        let schema = graphql::schema(Some(state.clone()));
        let prepare: Prepare = Arc::new(move |request: Request, caller: &Caller| {
            graphql::prepare(&state, request, caller)
        });
        execute(&schema, &prepare, caller, query, variables).await
    }

    /// A query that must succeed.
    pub async fn ask(&self, caller: &Caller, query: &str, variables: Value) -> Value {
        data(self.run(caller, query, variables).await)
    }

    /// A mutation `verbNoun(input: VerbNounInput!)` and the whole response; a
    /// fresh idempotency key where the input has none.
    pub async fn try_act(&self, caller: &Caller, verb: &str, input: &Value, want: &str) -> Value {
        let mut input = input.clone();
        if input.get("idempotencyKey").is_none() {
            let n = self.keys.fetch_add(1, Ordering::SeqCst);
            input["idempotencyKey"] = json!(format!("fresh-key-{n:04}"));
        }
        let kind = format!("{}{}Input", verb[..1].to_uppercase(), &verb[1..]);
        let query = format!("mutation($input: {kind}!) {{ {verb}(input: $input) {{ {want} }} }}");
        self.run(caller, &query, json!({ "input": input })).await
    }

    /// The same, where it must succeed: its payload.
    pub async fn act(&self, caller: &Caller, verb: &str, input: &Value, want: &str) -> Value {
        data(self.try_act(caller, verb, input, want).await)[verb].clone()
    }

    /// The same, where it must be refused: its reason.
    pub async fn refused(&self, caller: &Caller, verb: &str, input: &Value) -> String {
        let response = self.try_act(caller, verb, input, "__typename").await;
        testkit::service::reason(&response)
    }

    /// The same: reason and field.
    pub async fn refused_at(&self, caller: &Caller, verb: &str, input: &Value) -> (String, String) {
        let response = self.try_act(caller, verb, input, "__typename").await;
        let field = response["errors"][0]["extensions"]["field"]
            .as_str()
            .unwrap_or_default();
        (testkit::service::reason(&response), field.to_owned())
    }

    /// Hand-written SQL by the owner of the schema, and why it was refused.
    pub async fn refused_sql(&self, sql: &str) -> String {
        refused_by(&self.service.db.owner, sql).await
    }

    /// The same by the role that serves.
    pub async fn refused_sql_as_app(&self, sql: &str) -> String {
        refused_by(&self.service.db.app, sql).await
    }

    /// Hand-written SQL by the owner of the schema.
    pub async fn sql(&self, sql: &str) {
        let done = self
            .service
            .db
            .owner
            .execute(AssertSqlSafe(sql.to_owned()))
            .await;
        done.unwrap();
    }

    /// One number of the database.
    pub async fn count(&self, sql: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
            .fetch_one(&self.service.db.owner)
            .await
            .unwrap()
    }
}

async fn refused_by(pool: &PgPool, sql: &str) -> String {
    let tried = pool.execute(AssertSqlSafe(sql.to_owned())).await;
    let error = tried.expect_err("the database must refuse this");
    kit::Error::from(error).reason().to_owned()
}

pub fn org_uuid(n: u128) -> Uuid {
    Uuid::from_u128(0x0a00 + n)
}

/// Who leads an organisation.
pub fn leader(n: u128) -> Uuid {
    Uuid::from_u128(0x1e00 + n)
}

/// The manager of an organisation.
pub fn manager(n: u128) -> Caller {
    let mut caller = caller(Role::OrgManager, COMMUNITY_CODE);
    caller.actor.subject = format!("manager-{n}");
    caller.actor.organization_id = Some(org_uuid(n));
    caller
}

pub fn officer() -> Caller {
    caller(Role::ProcurementOfficer, COMMUNITY_CODE)
}

pub fn officer_elsewhere() -> Caller {
    caller(Role::ProcurementOfficer, ELSEWHERE)
}

pub fn fund_manager() -> Caller {
    caller(Role::FundManager, COMMUNITY_CODE)
}

pub fn staff() -> Caller {
    caller(Role::CommunityStaff, COMMUNITY_CODE)
}

pub fn nobody() -> Caller {
    Caller::of(Actor::anonymous())
}

pub fn elder(n: u128) -> Caller {
    resident(elder_uuid(n), COMMUNITY_CODE)
}

pub fn elder_uuid(n: u128) -> Uuid {
    Uuid::from_u128(0xe1d0 + n)
}

/// An expert with a token of their own.
pub fn expert(id: Uuid) -> Caller {
    let mut actor = Actor::new(format!("expert-{id}"), [Role::Expert]);
    actor.expert_id = Some(id);
    Caller::of(actor)
}

pub fn org_id(n: u128) -> Value {
    json!(global(OrganizationId::from_uuid(org_uuid(n))))
}

pub fn community_id() -> Value {
    json!(global(CommunityId::from_uuid(COMMUNITY)))
}

pub fn resident_id(id: Uuid) -> Value {
    json!(global(ResidentId::from_uuid(id)))
}

/// The id inside a global one.
pub fn uuid_of(id: &Value) -> Uuid {
    let decoded = kernel::GlobalId::decode(id.as_str().unwrap()).unwrap();
    decoded.id.parse().unwrap()
}
