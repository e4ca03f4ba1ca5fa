//! The other services, as far as their contracts say and these cases need.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use kit::Error;
use proto::{
    incubation::v1::{
        GetOrganizationRequest, GetOrganizationResponse, OrganizationStanding,
        organization_service_server::{OrganizationService, OrganizationServiceServer},
    },
    procurement::v1::{
        RaiseNeedRequest, RaiseNeedResponse,
        need_service_server::{NeedService, NeedServiceServer},
    },
    smartdata::v1::{
        BatchGetResidentsRequest, BatchGetResidentsResponse, GetResidentRequest,
        GetResidentResponse, ResidentRef, ResidentStatus,
        resident_service_server::{ResidentService, ResidentServiceServer},
    },
};
use tonic::{Request, Response, Status, service::Routes};
use uuid::Uuid;

pub const COMMUNITY: &str = "230103001001";
pub const ELSEWHERE: &str = "230102001001";
pub const WANG: Uuid = Uuid::from_u128(0x0a);
pub const DEAD: Uuid = Uuid::from_u128(0x0b);
pub const MINOR: Uuid = Uuid::from_u128(0x0c);
pub const UNVERIFIED: Uuid = Uuid::from_u128(0x0d);
pub const STRANGER: Uuid = Uuid::from_u128(0x0e);
pub const MOVED: Uuid = Uuid::from_u128(0x0f);
/// Organisations that incubation knows.
pub const ORGANIZATION: Uuid = Uuid::from_u128(0x51);
pub const PREPARING: Uuid = Uuid::from_u128(0x52);
pub const ABNORMAL: Uuid = Uuid::from_u128(0x53);
pub const REVOKED: Uuid = Uuid::from_u128(0x54);
pub const DISSOLVED: Uuid = Uuid::from_u128(0x55);
/// Verified adults of the community from here on.
const ADULTS: u128 = 0x100;

/// A verified adult of the community.
pub fn adult(n: u128) -> Uuid {
    Uuid::from_u128(ADULTS + n)
}

/// What the peers were asked, and how they are.
#[derive(Clone, Default)]
pub struct Peers {
    /// smartdata answers nothing while this is set.
    pub people_down: Arc<AtomicBool>,
    /// Whether incubation answers nothing.
    pub register_down: Arc<AtomicBool>,
    /// What became of an organisation meanwhile.
    pub dissolved: Arc<Mutex<Vec<Uuid>>>,
    /// Needs raised in procurement: key, what was asked, its id.
    pub raised: Arc<Mutex<HashMap<String, (RaiseNeedRequest, Uuid)>>>,
}

impl Peers {
    pub fn routes(&self) -> Routes {
        Routes::new(ResidentServiceServer::new(People(self.clone())))
            .add_service(NeedServiceServer::new(Market(self.clone())))
            .add_service(OrganizationServiceServer::new(Register(self.clone())))
    }

    /// What procurement was asked for and accepted.
    pub fn purchases(&self) -> Vec<RaiseNeedRequest> {
        let raised = self.raised.lock().unwrap();
        raised.values().map(|(asked, _)| asked.clone()).collect()
    }
}

struct People(Peers);

#[tonic::async_trait]
impl ResidentService for People {
    async fn get_resident(
        &self,
        request: Request<GetResidentRequest>,
    ) -> Result<Response<GetResidentResponse>, Status> {
        if self.0.people_down.load(Ordering::SeqCst) {
            return Err(Status::unavailable("smartdata is down"));
        }
        let id = request.into_inner().id;
        let known = id.parse::<Uuid>().unwrap_or_default();
        let mut resident = ResidentRef {
            id,
            status: ResidentStatus::Alive.into(),
            community_code: COMMUNITY.into(),
            verified: true,
            age: 71,
            ..ResidentRef::default()
        };
        match known {
            DEAD => resident.status = ResidentStatus::Deceased.into(),
            MOVED => resident.status = ResidentStatus::Moved.into(),
            MINOR => resident.age = 17,
            UNVERIFIED => resident.verified = false,
            STRANGER => resident.community_code = ELSEWHERE.into(),
            WANG => {}
            other if other.as_u128() >= ADULTS => resident.age = 18,
            _ => return Err(Status::not_found("no such resident")),
        }
        Ok(Response::new(GetResidentResponse {
            resident: Some(resident),
        }))
    }

    async fn batch_get_residents(
        &self,
        _: Request<BatchGetResidentsRequest>,
    ) -> Result<Response<BatchGetResidentsResponse>, Status> {
        Err(Status::unimplemented("this service never asks for many"))
    }
}

struct Market(Peers);

#[tonic::async_trait]
impl NeedService for Market {
    async fn raise_need(
        &self,
        request: Request<RaiseNeedRequest>,
    ) -> Result<Response<RaiseNeedResponse>, Status> {
        let asked = request.into_inner();
        if let Some(at) = asked.lines.iter().position(|line| line.kind == "HEADCOUNT") {
            let refused = Error::refused(
                "LINE_BUYS_HEADCOUNT",
                "买事不买人",
                "a purchase buys services, not people",
            );
            return Err(kit::grpc::status::write(
                &refused.at(format!("lines.{at}.kind")),
            ));
        }
        let mut raised = self.0.raised.lock().unwrap();
        let next = Uuid::from_u128(0xbeef + raised.len() as u128);
        let key = asked.idempotency_key.clone();
        let (first, id) = raised.entry(key).or_insert_with(|| (asked.clone(), next));
        assert_eq!(*first, asked, "one key, two different needs");
        Ok(Response::new(RaiseNeedResponse {
            need_id: id.to_string(),
        }))
    }
}

struct Register(Peers);

#[tonic::async_trait]
impl OrganizationService for Register {
    async fn get_organization(
        &self,
        request: Request<GetOrganizationRequest>,
    ) -> Result<Response<GetOrganizationResponse>, Status> {
        if self.0.register_down.load(Ordering::SeqCst) {
            return Err(Status::unavailable("incubation is down"));
        }
        let id = request.into_inner().id;
        let known: Uuid = id.parse().unwrap_or_default();
        let standing = match known {
            gone if self.0.dissolved.lock().unwrap().contains(&gone) => {
                OrganizationStanding::Dissolved
            }
            ORGANIZATION => OrganizationStanding::Registered,
            PREPARING => OrganizationStanding::Preparing,
            ABNORMAL => OrganizationStanding::Abnormal,
            REVOKED => OrganizationStanding::Revoked,
            DISSOLVED => OrganizationStanding::Dissolved,
            _ => {
                let unknown = Error::not_found(
                    "ORGANIZATION_NOT_FOUND",
                    "没有这家组织",
                    "there is no such organisation",
                );
                return Err(kit::grpc::status::write(&unknown));
            }
        };
        Ok(Response::new(GetOrganizationResponse {
            id,
            standing: standing.into(),
            ..GetOrganizationResponse::default()
        }))
    }
}
