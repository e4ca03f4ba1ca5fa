//! A running service with a small register: one province down to two
//! townships, each with communities, and a grid.

use std::sync::Arc;

use async_graphql::Request;
use kernel::{CitizenId, keys::ResidentId};
use kit::{
    auth::{Actor, Caller, Role},
    config::PiiSettings,
    graph::Prepare,
};
use serde_json::{Value, json};
use smartdata::{app, graphql, state::State};
use testkit::service::{TestService, caller, data, execute, resident};

pub const TOWNSHIP: &str = "230103001000";
pub const COMMUNITY: &str = "230103001001";
pub const NEXT_COMMUNITY: &str = "230103001002";
pub const ELSEWHERE: &str = "230102001001";
pub const GRID: &str = "230103001001001";

pub const REGISTER: &str = "mutation($input: RegisterResidentInput!) {
    registerResident(input: $input) { resident {
        id name citizenId phone birthDate age sex status verified demo
        community { divisionCode } grid { code } } } }";

/// Loads a division register without going through files.
const REGISTER_ROWS: &str = "INSERT INTO divisions (code, name, valid) VALUES
    ('230000000000', '黑龙江省', '(,)'), ('230100000000', '哈尔滨市', '(,)'),
    ('230102000000', '道里区', '(,)'), ('230103000000', '南岗区', '(,)'),
    ('230102001000', '兆麟街道', '(,)'), ('230103001000', '花园街道', '(,)');
    INSERT INTO divisions (code, name, demo, valid) VALUES
    ('230103001001', '向阳社区', true, '(,)'), ('230103001002', '和平社区', true, '(,)'),
    ('230102001001', '友谊社区', true, '(,)');
    INSERT INTO grids (id, code, name, kind, demo, created_at) VALUES
    ('00000000-0000-7000-8000-000000000001', '230103001001001', '第一网格', 'RESIDENTIAL', true,
     '2026-03-02T00:00:00Z');";

fn prepare(state: &State) -> Prepare {
    let state = state.clone();
    Arc::new(move |request: Request, caller: &Caller| graphql::prepare(&state, request, caller))
}

/// The service under test.
pub struct House {
    pub service: TestService,
    pub state: State,
    schema: graphql::Subgraph,
    prepare: Prepare,
}

impl House {
    /// A service whose register is still empty.
    pub async fn empty() -> Self {
        let service = TestService::start(&smartdata::serve::DEFINITION, &[]).await;
        let state = State::new(service.core.clone());
        Self {
            schema: graphql::schema(Some(state.clone())),
            prepare: prepare(&state),
            state,
            service,
        }
    }

    /// The same service after a restart with other keys for personal data.
    pub fn restart(&mut self, keys: PiiSettings) {
        let core = &mut self.service.core;
        core.pii = Arc::new(keys.keys().unwrap());
        let mut settings = (*core.settings).clone();
        settings.pii = keys;
        core.settings = Arc::new(settings);
        self.state = State::new(core.clone());
        self.schema = graphql::schema(Some(self.state.clone()));
        self.prepare = prepare(&self.state);
    }

    /// A service with the small register.
    pub async fn open() -> Self {
        let house = Self::empty().await;
        sqlx::raw_sql(REGISTER_ROWS)
            .execute(&house.service.db.owner)
            .await
            .unwrap();
        house
    }

    /// Runs an operation as the gateway would.
    pub async fn run(&self, caller: &Caller, query: &str, variables: Value) -> Value {
        execute(&self.schema, &self.prepare, caller, query, variables).await
    }

    /// Registers somebody in the community of the tests; answers the global id.
    pub async fn registered(&self, n: u16) -> String {
        let answer = self.run(&staff(), REGISTER, registration(n)).await;
        data(answer)["registerResident"]["resident"]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &'static str) -> i64 {
        sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}")))
            .fetch_one(&self.service.db.owner)
            .await
            .unwrap()
    }

    /// The register as SQL by hand sees it: the reason of what is refused.
    pub async fn refusal(&self, sql: &str) -> String {
        let refused = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()))
            .execute(&self.service.db.owner)
            .await
            .expect_err(sql);
        kit::Error::from(refused).reason().to_owned()
    }

    /// Whether the role that serves may not even try.
    pub async fn app_may_not(&self, sql: &str) -> bool {
        let refused = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()))
            .execute(&self.service.db.app)
            .await
            .expect_err(sql);
        refused
            .as_database_error()
            .is_some_and(|error| error.code().as_deref() == Some("42501"))
    }
}

/// A well-formed number of a woman born in 1950, and one for each `n`.
pub fn citizen_id(n: u16) -> String {
    let born = "1950-05-01".parse().unwrap();
    CitizenId::synthetic("230103", born, n * 2)
        .unwrap()
        .expose()
        .to_owned()
}

pub fn registration(n: u16) -> Value {
    json!({ "input": {
        "idempotencyKey": format!("register-{n:04}"),
        "name": "王秀兰",
        "citizenId": citizen_id(n),
        "phone": "13800138000",
        "communityCode": COMMUNITY,
        "gridCode": GRID,
    } })
}

pub fn uuid_of(global: &str) -> ResidentId {
    ResidentId::from_global(global).unwrap()
}

pub fn nobody() -> Caller {
    Caller::of(Actor::anonymous())
}

pub fn staff() -> Caller {
    let mut caller = caller(Role::CommunityStaff, COMMUNITY);
    caller.actor.name = Some("李社工".into());
    caller
}

/// Staff who say why.
pub fn staff_for(purpose: &str) -> Caller {
    staff().for_purpose(purpose)
}

pub fn staff_elsewhere() -> Caller {
    caller(Role::CommunityStaff, ELSEWHERE)
}

pub fn civil_affairs() -> Caller {
    caller(Role::CivilAffairs, "230103000000")
}

pub fn admin() -> Caller {
    Caller::of(Actor::new("admin", [Role::PlatformAdmin]))
}

/// The resident of a global id, signed in.
pub fn themself(global: &str) -> Caller {
    resident(uuid_of(global).as_uuid(), COMMUNITY)
}

/// Another resident of the same community.
pub fn neighbour() -> Caller {
    resident(uuid::Uuid::from_u128(0xbeef), COMMUNITY)
}

/// The reason and the field of the first error.
pub fn refused(answer: &Value) -> (String, String) {
    let extensions = &answer["errors"][0]["extensions"];
    let text = |key: &str| extensions[key].as_str().unwrap_or_default().to_owned();
    assert!(!text("reason").is_empty(), "no error in {answer:#}");
    (text("reason"), text("field"))
}

/// Handles what is in the outbox of a peer: a `communities.need.reported`.
pub fn need_reported(id: u128, trace: uuid::Uuid, resident: ResidentId) -> kit::events::Event {
    kit::events::Event {
        id: uuid::Uuid::from_u128(id),
        subject: "communities.need.reported".into(),
        aggregate: "need".into(),
        aggregate_id: trace,
        sequence: 1,
        version: 1,
        trace_id: Some(trace),
        at: testkit_start(),
        data: json!({
            "need_id": trace, "trace_id": trace, "community_id": trace,
            "community_code": COMMUNITY, "resident_id": resident, "grid_code": GRID,
            "category": "MEALS",
        }),
    }
}

fn testkit_start() -> chrono::DateTime<chrono::Utc> {
    "2026-03-02T01:00:00Z".parse().unwrap()
}

/// Reads the four files of a folder as the command does.
pub async fn import(
    house: &House,
    folder: &std::path::Path,
) -> Result<app::import::Report, app::import::ImportError> {
    let today = kernel::china_date(house.service.core.clock.now());
    let mut conn = house.service.db.owner.acquire().await.unwrap();
    app::import::divisions(&mut conn, folder, today, &mut |_| {}).await
}
