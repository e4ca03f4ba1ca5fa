//! The contracts of smartdata, procurement and socialwork, with the answers
//! that this service's cases need.

use proto::{
    procurement::v1::{
        GetContractRequest, GetContractResponse,
        contract_service_server::{ContractService, ContractServiceServer},
    },
    smartdata::v1::{
        BatchGetResidentsRequest, BatchGetResidentsResponse, GetResidentRequest,
        GetResidentResponse, ResidentRef, ResidentStatus,
        resident_service_server::{ResidentService, ResidentServiceServer},
    },
    socialwork::v1::{
        GetWorkerRequest, GetWorkerResponse,
        worker_service_server::{WorkerService, WorkerServiceServer},
    },
};
use tonic::{Request, Response, Status, service::Routes};
use uuid::Uuid;

pub const COMMUNITY: &str = "230103001001";
pub const ELSEWHERE: &str = "230102001001";

pub const WANG: Uuid = Uuid::from_u128(0x0a);
pub const LI: Uuid = Uuid::from_u128(0x0b);
pub const DEAD: Uuid = Uuid::from_u128(0x0c);
pub const YOUNG: Uuid = Uuid::from_u128(0x0d);
pub const UNVERIFIED: Uuid = Uuid::from_u128(0x0e);
/// The volunteer as a resident.
pub const ZHAO: Uuid = Uuid::from_u128(0x0f);
/// Wang's child.
pub const CHILD: Uuid = Uuid::from_u128(0x10);

/// Works for the contractor.
pub const NURSE: Uuid = Uuid::from_u128(0x11);

pub const CONTRACT: Uuid = Uuid::from_u128(0xc1);
pub const CONTRACT_ENDED: Uuid = Uuid::from_u128(0xc2);
pub const CONTRACT_ELSEWHERE: Uuid = Uuid::from_u128(0xc3);
/// Buys one unit only.
pub const CONTRACT_SMALL: Uuid = Uuid::from_u128(0xc4);
pub const ORGANIZATION: Uuid = Uuid::from_u128(0xa1);
pub const TRACE: Uuid = Uuid::from_u128(0x77);

pub const SOCIAL_WORKER: Uuid = Uuid::from_u128(0x51);
pub const SECOND_SOCIAL_WORKER: Uuid = Uuid::from_u128(0x52);
pub const EXPIRED_SOCIAL_WORKER: Uuid = Uuid::from_u128(0x53);
pub const THIRD_SOCIAL_WORKER: Uuid = Uuid::from_u128(0x54);
pub const FOURTH_SOCIAL_WORKER: Uuid = Uuid::from_u128(0x55);
pub const VOLUNTEER: Uuid = Uuid::from_u128(0x61);
/// A volunteer linked to no resident.
pub const NAMELESS_VOLUNTEER: Uuid = Uuid::from_u128(0x62);
/// Wang as a volunteer.
pub const WANG_VOLUNTEER: Uuid = Uuid::from_u128(0x63);

struct Peers;

/// All three, on one port.
pub fn routes() -> Routes {
    Routes::new(ResidentServiceServer::new(Peers))
        .add_service(ContractServiceServer::new(Peers))
        .add_service(WorkerServiceServer::new(Peers))
}

#[tonic::async_trait]
impl ResidentService for Peers {
    async fn get_resident(
        &self,
        request: Request<GetResidentRequest>,
    ) -> Result<Response<GetResidentResponse>, Status> {
        let id = request.into_inner().id;
        let (status, age) = match id.parse::<Uuid>() {
            Ok(WANG | LI | UNVERIFIED) => (ResidentStatus::Alive, 71),
            Ok(YOUNG | ZHAO | CHILD | NURSE) => (ResidentStatus::Alive, 59),
            Ok(DEAD) => (ResidentStatus::Deceased, 90),
            _ => return Err(Status::not_found("no such resident")),
        };
        let verified = id.parse() != Ok(UNVERIFIED);
        let resident = ResidentRef {
            id,
            status: status.into(),
            community_code: COMMUNITY.into(),
            verified,
            age,
            demo: true,
            ..ResidentRef::default()
        };
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

#[tonic::async_trait]
impl ContractService for Peers {
    async fn get_contract(
        &self,
        request: Request<GetContractRequest>,
    ) -> Result<Response<GetContractResponse>, Status> {
        let id = request.into_inner().id;
        let (division, performing, quantity) = match id.parse::<Uuid>() {
            Ok(CONTRACT) => (COMMUNITY, true, 1000),
            Ok(CONTRACT_SMALL) => (COMMUNITY, true, 1),
            Ok(CONTRACT_ENDED) => (COMMUNITY, false, 1000),
            Ok(CONTRACT_ELSEWHERE) => (ELSEWHERE, true, 1000),
            _ => return Err(Status::not_found("no such contract")),
        };
        Ok(Response::new(GetContractResponse {
            id,
            trace_id: TRACE.to_string(),
            organization_id: ORGANIZATION.to_string(),
            community_id: Uuid::from_u128(0xcc).to_string(),
            division_code: division.into(),
            performing,
            quantity,
            unit_price_fen: 1500,
            amount_fen: 1_500_000,
        }))
    }
}

#[tonic::async_trait]
impl WorkerService for Peers {
    async fn get_worker(
        &self,
        request: Request<GetWorkerRequest>,
    ) -> Result<Response<GetWorkerResponse>, Status> {
        let asked = request.into_inner();
        let (person, refusal) = match asked.id.parse::<Uuid>() {
            Ok(
                SOCIAL_WORKER | SECOND_SOCIAL_WORKER | THIRD_SOCIAL_WORKER | FOURTH_SOCIAL_WORKER,
            ) => (Some(YOUNG), ""),
            Ok(EXPIRED_SOCIAL_WORKER) => (Some(YOUNG), "REGISTRATION_EXPIRED"),
            Ok(VOLUNTEER) => (Some(ZHAO), ""),
            Ok(NAMELESS_VOLUNTEER) => (None, ""),
            Ok(WANG_VOLUNTEER) => (Some(WANG), ""),
            _ => return Err(Status::not_found("no such worker")),
        };
        Ok(Response::new(GetWorkerResponse {
            kind: asked.kind,
            id: asked.id,
            resident_id: person.map(|id| id.to_string()).unwrap_or_default(),
            organization_id: String::new(),
            may_serve: refusal.is_empty(),
            refusal: refusal.into(),
        }))
    }
}
