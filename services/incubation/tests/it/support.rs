//! A running service, with peers that know three people and one community.

use std::sync::Arc;

use async_graphql::Request;
use incubation::{graphql, state::State};
use kernel::keys::{CommunityId, OrganizationId, ResidentId};
use kit::{
    auth::{Actor, Caller, Role},
    graph::{Prepare, global},
};
use proto::{
    communities::v1::{
        GetCommunityRequest, GetCommunityResponse,
        community_service_server::{CommunityService, CommunityServiceServer},
        get_community_request::Key,
    },
    smartdata::v1::{
        BatchGetResidentsRequest, BatchGetResidentsResponse, GetResidentRequest,
        GetResidentResponse, ResidentRef, ResidentStatus,
        resident_service_server::{ResidentService, ResidentServiceServer},
    },
};
use serde_json::{Value, json};
use testkit::service::{TestService, caller, data, execute, peer};
use tonic::{Request as Rpc, Response, Status, service::Routes};
use uuid::Uuid;

/// The county of the registrar, and another.
pub const COUNTY: &str = "230103000000";
pub const ELSEWHERE: &str = "230102000000";
/// The community of the filings.
pub const COMMUNITY: &str = "230103001001";
pub const GARDEN: Uuid = Uuid::from_u128(0x0c);
pub const WANG: Uuid = Uuid::from_u128(0x0a);
pub const DEAD: Uuid = Uuid::from_u128(0x0b);
/// People whom nobody is related to.
pub const OTHERS: [Uuid; 3] = [
    Uuid::from_u128(0xa1),
    Uuid::from_u128(0xa2),
    Uuid::from_u128(0xa3),
];
/// The city and the province of the county.
pub const CITY: &str = "230100000000";
pub const PROVINCE: &str = "230000000000";

/// Other communities of the county, 1 to 20, and where they are.
pub fn garden(n: u128) -> (Uuid, String) {
    (Uuid::from_u128(0xc00 + n), format!("2301030020{n:02}"))
}

/// Codes of private non-enterprise units whose checks hold.
pub const CODES: [&str; 3] = [
    "522306000000000350",
    "522306000000002700",
    "522306000000005020",
];

/// smartdata's contract.
struct People;

#[tonic::async_trait]
impl ResidentService for People {
    async fn get_resident(
        &self,
        _: Rpc<GetResidentRequest>,
    ) -> Result<Response<GetResidentResponse>, Status> {
        Err(Status::unimplemented("this service always asks for many"))
    }

    async fn batch_get_residents(
        &self,
        request: Rpc<BatchGetResidentsRequest>,
    ) -> Result<Response<BatchGetResidentsResponse>, Status> {
        let known = |id: &String| match id.parse::<Uuid>() {
            Ok(WANG) => Some(ResidentStatus::Alive),
            Ok(other) if OTHERS.contains(&other) => Some(ResidentStatus::Alive),
            Ok(DEAD) => Some(ResidentStatus::Deceased),
            _ => None,
        };
        let residents = request.into_inner().ids.into_iter().filter_map(|id| {
            known(&id).map(|status| ResidentRef {
                id,
                status: status.into(),
                community_code: COMMUNITY.into(),
                ..ResidentRef::default()
            })
        });
        Ok(Response::new(BatchGetResidentsResponse {
            residents: residents.collect(),
        }))
    }
}

/// communities' contract.
struct Places;

#[tonic::async_trait]
impl CommunityService for Places {
    async fn get_community(
        &self,
        request: Rpc<GetCommunityRequest>,
    ) -> Result<Response<GetCommunityResponse>, Status> {
        let Some(Key::Id(id)) = request.into_inner().key else {
            return Err(Status::not_found("no such community"));
        };
        let others = (1..=20).map(garden);
        let known = others.chain([(GARDEN, COMMUNITY.to_owned())]);
        let found = known.into_iter().find(|(known, _)| known.to_string() == id);
        let (_, division_code) = found.ok_or_else(|| Status::not_found("no such community"))?;
        Ok(Response::new(GetCommunityResponse {
            id,
            division_code,
            name: "花园社区".into(),
            active: true,
        }))
    }
}

/// The service under test.
pub struct House {
    pub service: TestService,
    pub state: State,
    schema: graphql::Subgraph,
    prepare: Prepare,
}

impl House {
    pub async fn open() -> Self {
        let people = peer(Routes::new(ResidentServiceServer::new(People))).await;
        let places = peer(Routes::new(CommunityServiceServer::new(Places))).await;
        let peers = [("smartdata", people), ("communities", places)];
        let service = TestService::start(&incubation::serve::DEFINITION, &peers).await;
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
        let state = State::new(self.service.deaf(&incubation::serve::DEFINITION)).unwrap();
        let schema = graphql::schema(Some(state.clone()));
        let prepare: Prepare = Arc::new(move |request: Request, caller: &Caller| {
            graphql::prepare(&state, request, caller)
        });
        execute(&schema, &prepare, caller, query, variables).await
    }

    /// A registered organisation; `n` chooses its code.
    pub async fn registered(&self, n: usize) -> Value {
        let answer = self.run(&registrar(), REGISTER, register(n)).await;
        data(answer)["registerOrganization"]["organization"].clone()
    }

    /// A filed organisation.
    pub async fn filed(&self) -> Value {
        let answer = self.run(&registrar(), FILE, file("key-file-0001")).await;
        data(answer)["fileOrganization"]["organization"].clone()
    }

    /// How many events of a subject wait in the outbox.
    pub async fn told(&self, subject: &str) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM kit.outbox WHERE subject = $1")
            .bind(subject)
            .fetch_one(&self.service.db.owner)
            .await
            .unwrap()
    }
}

pub const REGISTER: &str = "mutation($input: RegisterOrganizationInput!) {
    registerOrganization(input: $input) { organization {
        id name uscc usccCheck usccOverride { reason by } kind status legalPerson mayBid fields
        registeredOn elderCareCapable version registrarDivision { code } } } }";
pub const FILE: &str = "mutation($input: FileOrganizationInput!) {
    fileOrganization(input: $input) { organization {
        id name uscc usccCheck kind status legalPerson mayBid fields registeredOn version
        registrarDivision { code } community { id } } } }";

pub fn register(n: usize) -> Value {
    json!({ "input": {
        "idempotencyKey": format!("key-register-{n}"),
        "name": format!("花园社会工作服务中心{n}"),
        "kind": "PRIVATE_NON_ENTERPRISE",
        "uscc": CODES[n],
        "functionalType": "SOCIAL_SERVICE",
        "origin": "LOCAL",
        "registrarDivision": COUNTY,
        "relatedResidents": [resident(WANG)],
        "registeredOn": "2020-05-06",
        "demo": true,
    } })
}

pub fn file(key: &str) -> Value {
    json!({ "input": {
        "idempotencyKey": key,
        "name": "邻里互助会",
        "communityId": global(CommunityId::from_uuid(GARDEN)),
        "fields": ["MUTUAL_AID"],
    } })
}

pub fn resident(id: Uuid) -> Value {
    json!(global(ResidentId::from_uuid(id)))
}

/// The typed id behind a global one.
pub fn organization_id(organization: &Value) -> OrganizationId {
    OrganizationId::from_global(organization["id"].as_str().unwrap()).unwrap()
}

pub fn registrar() -> Caller {
    caller(Role::CivilAffairs, COUNTY)
}

pub fn registrar_elsewhere() -> Caller {
    caller(Role::CivilAffairs, ELSEWHERE)
}

pub fn community_staff() -> Caller {
    caller(Role::CommunityStaff, COMMUNITY)
}

/// The bureau of the city.
pub fn city() -> Caller {
    caller(Role::CivilAffairs, CITY)
}

/// Who keeps the funds of the community.
pub fn keeper() -> Caller {
    caller(Role::FundManager, COMMUNITY)
}

pub fn nobody() -> Caller {
    Caller::of(Actor::anonymous())
}

/// Who runs an organisation.
pub fn manager(organization: &Value) -> Caller {
    let mut manager = caller(Role::OrgManager, COUNTY);
    manager.actor.organization_id = Some(organization_id(organization).as_uuid());
    manager
}
