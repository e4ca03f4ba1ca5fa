//! A service under test: its real schema over a fresh database, a frozen
//! clock, callers made by hand, and peers that speak the real contract.

use std::{
    any::TypeId,
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_graphql::{ObjectType, Request, Schema, SubscriptionType, Variables};
use futures_util::{StreamExt as _, stream::BoxStream};
use kernel::{DivisionCode, FrozenClock};
use kit::{
    auth::{Actor, Caller, Role},
    config::Settings,
    db::Db,
    events::Bus,
    graph::{Asked, Inputs, Prepare},
    service::{Core, Definition},
};
use serde_json::Value;
use tonic::service::Routes;
use uuid::Uuid;

use crate::{TestDb, frozen_clock};

/// A service's core for one test.
pub struct TestService {
    /// What the service is given.
    pub core: Core,
    /// Its clock; move it with `advance`.
    pub clock: FrozenClock,
    /// Its database; `owner` for what a test tampers with.
    pub db: TestDb,
}

impl TestService {
    /// A service with these peers: name and address.
    pub async fn start(definition: &Definition, peers: &[(&str, SocketAddr)]) -> Self {
        let db = TestDb::fresh(&[&kit::db::MIGRATOR, definition.migrator]).await;
        let clock = frozen_clock();
        let mut settings = Settings {
            database_url: db.app_url(),
            ..Settings::default()
        };
        settings.peers = peers
            .iter()
            .map(|(name, address)| ((*name).to_owned(), format!("http://{address}")))
            .collect::<BTreeMap<_, _>>();
        // Any fixed keys will do: the database dies with the test.
        settings.pii.key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".into();
        settings.pii.index_key = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=".into();
        let mut core = Core::open(
            definition,
            Arc::new(settings),
            clock.shared(),
            Bus::in_process(),
        )
        .expect("the service opens");
        core.db = Db::from_pool(db.app.clone());
        Self { core, clock, db }
    }

    /// The same service, with its database and clock, while none of its peers
    /// can be reached.
    pub fn deaf(&self, definition: &Definition) -> Core {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let nobody = free.local_addr().expect("a bound port");
        drop(free);
        let mut settings = (*self.core.settings).clone();
        for address in settings.peers.values_mut() {
            *address = format!("http://{nobody}");
        }
        let mut core = Core::open(
            definition,
            Arc::new(settings),
            self.clock.shared(),
            Bus::in_process(),
        )
        .expect("the service opens");
        core.db = self.core.db.clone();
        core
    }
}

/// A peer on loopback that answers as the test says; it ends with the test's
/// runtime.
pub async fn peer(routes: Routes) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let address = listener.local_addr().expect("a bound port");
    #[expect(clippy::disallowed_methods, reason = "ends with the test's runtime")]
    tokio::spawn(async move {
        let limits = kit::grpc::Limits::of_requests(std::time::Duration::from_secs(10));
        kit::grpc::serve(routes, listener, limits, std::future::pending()).await
    });
    address
}

/// A caller with one role in a division; set the ids a case needs.
pub fn caller(role: Role, division: &str) -> Caller {
    let mut actor = Actor::new(format!("test-{role:?}").to_lowercase(), [role]);
    actor.division = Some(DivisionCode::try_new(division).expect("a division code"));
    Caller::of(actor)
}

/// A resident of a community.
pub fn resident(id: Uuid, community: &str) -> Caller {
    let mut caller = caller(Role::Resident, community);
    caller.actor.subject = format!("resident-{id}");
    caller.actor.resident_id = Some(id);
    caller
}

/// What a schema takes in, read once in a process: its roots are types and say
/// all of it. A table of authorisation runs thousands of refusals, and to write
/// and read the text of a schema takes a tenth of a second.
fn inputs<Q, M, S>(schema: &Schema<Q, M, S>) -> Arc<Inputs>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    static READ: Mutex<Option<HashMap<TypeId, Arc<Inputs>>>> = Mutex::new(None);
    let mut read = READ.lock().expect("no reader panics");
    let inputs = read
        .get_or_insert_default()
        .entry(TypeId::of::<(Q, M, S)>())
        .or_insert_with(|| Arc::new(Inputs::read(&schema.sdl())));
    Arc::clone(inputs)
}

/// Runs an operation as the gateway would, errors told as the service tells them.
pub async fn execute<Q, M, S>(
    schema: &Schema<Q, M, S>,
    prepare: &Prepare,
    caller: &Caller,
    query: &str,
    variables: Value,
) -> Value
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let sent = variables.to_string();
    let request = Request::new(query)
        .variables(Variables::from_json(variables))
        .data(caller.clone());
    let mut response = schema.execute(prepare(request, caller)).await;
    if !response.errors.is_empty() {
        let asked = Asked {
            inputs: &inputs(schema),
            query,
            operation: None,
            variables: sent.as_bytes(),
        };
        kit::graph::tell(&mut response, caller, "test", &asked);
    }
    serde_json::to_value(&response).expect("a response is JSON")
}

/// A subscription under test.
pub struct Events(BoxStream<'static, Value>);

impl Events {
    /// The next response; None after the last. Fails where none comes.
    pub async fn next(&mut self) -> Option<Value> {
        tokio::time::timeout(Duration::from_secs(20), self.0.next())
            .await
            .expect("no event came")
    }
}

/// Subscribes as the gateway would, errors told as the service tells them.
pub fn subscribe<Q, M, S>(
    schema: &Schema<Q, M, S>,
    prepare: &Prepare,
    caller: &Caller,
    query: &str,
    variables: Value,
) -> Events
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let sent = variables.to_string();
    let request = Request::new(query)
        .variables(Variables::from_json(variables))
        .data(caller.clone());
    let (request, caller) = (prepare(request, caller), caller.clone());
    let (inputs, query) = (inputs(schema), query.to_owned());
    let answers = schema.execute_stream(request).map(move |mut response| {
        let asked = Asked {
            inputs: &inputs,
            query: &query,
            operation: None,
            variables: sent.as_bytes(),
        };
        kit::graph::tell(&mut response, &caller, "test", &asked);
        serde_json::to_value(&response).expect("a response is JSON")
    });
    Events(answers.boxed())
}

/// The reason of the first error of a response; panics where there is none.
pub fn reason(response: &Value) -> String {
    let reason = &response["errors"][0]["extensions"]["reason"];
    reason
        .as_str()
        .unwrap_or_else(|| panic!("no error in {response:#}"))
        .to_owned()
}

/// The data of a response that must carry no error.
pub fn data(response: Value) -> Value {
    assert!(response.get("errors").is_none(), "{response:#}");
    response["data"].clone()
}
