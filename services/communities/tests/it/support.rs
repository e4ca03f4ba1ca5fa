//! A running service with one community, and peers on loopback.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_graphql::Request;
use communities::{domain, graphql, state::State, store};
use kernel::{DivisionCode, keys::CommunityId};
use kit::{
    auth::{Actor, Caller, Role},
    graph::Prepare,
};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor, PgPool};
use testkit::service::{Events, TestService, caller, data, execute, peer, resident, subscribe};
use uuid::Uuid;

use crate::peers::{COMMUNITY, ELSEWHERE, Peers, STRANGER, WANG, adult};

/// The service under test.
pub struct House {
    pub service: TestService,
    pub state: State,
    pub community: domain::community::Community,
    pub peers: Peers,
    schema: graphql::Subgraph,
    prepare: Prepare,
    keys: AtomicUsize,
}

impl House {
    pub async fn open() -> Self {
        let peers = Peers::default();
        let address = peer(peers.routes()).await;
        Self::with(peers, address, address).await
    }

    /// With nobody where procurement should be.
    pub async fn without_procurement() -> Self {
        let peers = Peers::default();
        let address = peer(peers.routes()).await;
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let nobody = free.local_addr().unwrap();
        drop(free);
        Self::with(peers, address, nobody).await
    }

    async fn with(peers: Peers, people: SocketAddr, market: SocketAddr) -> Self {
        let service = TestService::start(
            &communities::serve::DEFINITION,
            &[
                ("smartdata", people),
                ("procurement", market),
                ("incubation", people),
            ],
        )
        .await;
        let state = State::new(service.core.clone()).unwrap();
        let community = domain::community::Community::try_new(
            CommunityId::new(&service.core.ids),
            domain::community::NewCommunity {
                division_code: DivisionCode::try_new(COMMUNITY).unwrap(),
                name: "花园社区".into(),
                kind: domain::community::CommunityKind::Residents,
                households: 1200,
                population: 3000,
                service_area_m2: 1100,
                demo: true,
            },
            service.core.clock.now(),
        )
        .unwrap();
        let mut tx = service.core.db.begin(&staff()).await.unwrap();
        store::community::insert(&mut tx, &community).await.unwrap();
        tx.commit().await.unwrap();
        let prepare: Prepare = {
            let state = state.clone();
            Arc::new(move |request: Request, caller: &Caller| {
                graphql::prepare(&state, request, caller)
            })
        };
        Self {
            schema: graphql::schema(Some(state.clone())),
            prepare,
            state,
            service,
            community,
            peers,
            keys: AtomicUsize::default(),
        }
    }

    /// A subscription, as the gateway would open it.
    pub fn subscribe(&self, caller: &Caller, query: &str, variables: Value) -> Events {
        subscribe(&self.schema, &self.prepare, caller, query, variables)
    }

    /// Any operation, as the gateway would send it.
    pub async fn run(&self, caller: &Caller, query: &str, variables: Value) -> Value {
        execute(&self.schema, &self.prepare, caller, query, variables).await
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

    /// One value of the database.
    pub async fn count(&self, sql: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
            .fetch_one(&self.service.db.owner)
            .await
            .unwrap()
    }
}

async fn refused_by(pool: &PgPool, sql: &str) -> String {
    let refused = pool.execute(AssertSqlSafe(sql.to_owned())).await;
    let error = refused.expect_err(sql);
    let denied = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| code == "42501");
    if denied {
        return "DENIED".into();
    }
    kit::Error::from(error).reason().to_owned()
}

pub fn wang() -> Caller {
    resident(WANG, COMMUNITY)
}

/// A verified adult of the community.
pub fn voter(n: u128) -> Caller {
    resident(adult(n), COMMUNITY)
}

/// Somebody of the community by their id.
pub fn person(id: Uuid) -> Caller {
    resident(id, COMMUNITY)
}

pub fn stranger() -> Caller {
    resident(STRANGER, ELSEWHERE)
}

pub fn nobody() -> Caller {
    Caller::of(Actor::anonymous())
}

pub fn staff() -> Caller {
    caller(Role::CommunityStaff, COMMUNITY)
}

pub fn staff_elsewhere() -> Caller {
    caller(Role::CommunityStaff, ELSEWHERE)
}

/// The graph's id of a resident.
pub fn resident_id(id: Uuid) -> Value {
    json!(kit::graph::global(kernel::keys::ResidentId::from_uuid(id)))
}

/// The database's id behind a graph's id.
pub fn raw(id: &Value) -> Uuid {
    let global = kernel::GlobalId::decode(id.as_str().unwrap()).unwrap();
    global.id.parse().unwrap()
}

/// All calls at once.
pub async fn join<F: Future<Output = Value>>(calls: impl IntoIterator<Item = F>) -> Vec<Value> {
    futures_util::future::join_all(calls).await
}
